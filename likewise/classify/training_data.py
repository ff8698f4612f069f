"""What is learnt from a table, and what is odd about it: all that is known before any work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from likewise.classify.data.checks import (
    Finding,
    check_numbers,
    check_sets,
    check_table,
    few,
    leakage,
)
from likewise.classify.data.columns import Labelled, read_labelled
from likewise.classify.data.label_sets import LabelSet
from likewise.classify.data.labels import (
    MOST_CELLS,
    check_classes,
    check_known,
    classes_of,
)
from likewise.classify.evaluate.decision import METRICS, check_metric
from likewise.classify.evaluate.thresholds import LABEL_METRICS, check_label_metric
from likewise.classify.learn.candidates import Candidate
from likewise.classify.learn.ridge import MOST, check_apart, check_enough
from likewise.classify.learn.weights import ClassWeight
from likewise.encoders import Encoder
from likewise.encoders.stream import uncomputable
from likewise.errors import InvalidLabels, InvalidOption, shown
from likewise.files.places import begun
from likewise.files.table import Table

Kind = Literal["classes", "numbers", "multi-label"]

SECONDS_PER_CHARACTER = 1.5e-5
SECONDS_PER_CELL = 7e-5
_NAMED = 5
"""Rows that are named where the encoder can't compute more."""
MOST_READ = 1_200
"""Characters of a text that the default encoder reads, or so."""


@dataclass(frozen=True)
class TrainingOptions:
    """What is learnt from a table, and how.

    text, label, target: names of columns; guessed where None, and `target` is for numbers.
    label_columns: columns of yes and no, one for each label, instead of `label`.
    multi: whether a text has several labels; None to guess from the cells.
    label_separator: what stands between the labels in a cell; None to guess.
    group: column whose equal values are never split between learning and testing.
    time: column by which the past is learnt from and the future tested.
    metric, class_weight, candidates, keep_texts: as in `Classifier`; a metric of None is
        accuracy, or micro-F1 of several labels per text.
    compared: whether models are compared on held-out texts, and a learning curve is drawn.
    most_cells: texts × labels that there is memory for.
    """

    text: str | None = None
    label: str | None = None
    target: str | None = None
    group: str | None = None
    time: str | None = None
    label_columns: Sequence[str] = ()
    multi: bool | None = None
    label_separator: str | None = None
    metric: str | None = None
    class_weight: ClassWeight = None
    candidates: Sequence[Candidate] | None = None
    keep_texts: bool = True
    compared: bool = True
    most_cells: int = MOST_CELLS

    def __post_init__(self) -> None:
        if self.label and self.target:
            raise InvalidOption(
                "Both --label and --target are given.",
                "Give --label for classes, --target for numbers.",
                param="label",
            )
        if self.metric is not None and self.metric not in (*METRICS, *LABEL_METRICS):
            check_metric(self.metric)
        for name, value in (
            ("--metric", self.metric),
            ("--balanced", self.class_weight),
            ("--multi", self.multi),
            ("--label-separator", self.label_separator),
            ("--label", self.label_columns),
        ):
            if self.target and value:
                raise InvalidOption(f"{name} is for labels.", "Leave it out with --target.")
        if self.label_columns and self.multi is False:
            raise InvalidOption(
                "Several columns of labels mean several labels per text.",
                "Leave out --no-multi, or name one column.",
                param="label",
            )
        if len(set(self.label_columns)) < len(self.label_columns):
            raise InvalidOption(
                "A column of labels is named twice.", "Name each once.", param="label"
            )


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Labelled texts that can be learnt from, texts to test on, and what is odd about them.

    target: whether numbers are predicted.
    """

    labelled: Labelled
    test: Labelled | None
    findings: tuple[Finding, ...]
    target: bool = False

    @property
    def classes(self) -> int:
        """How many different labels, or numbers, there are."""
        sets = self.labelled.sets
        if sets is not None:
            return len({label for labels in sets for label in labels})
        return len(set(self.labelled.answers))

    @property
    def kind(self) -> Kind:
        """What is predicted."""
        if self.target:
            return "numbers"
        return "classes" if self.labelled.sets is None else "multi-label"


def expected_minutes(data: TrainingData, options: TrainingOptions) -> int:
    """Return how many minutes a training will take on two cores or so, 0 for under one.

    Rounded up, from what `benchmarks/classify/time.md` measured; most is the reading of the texts
    with the default encoder, and what grows with texts times labels.
    """
    texts = data.labelled.texts
    reading = SECONDS_PER_CHARACTER * sum(len(text[:MOST_READ]) for text in texts)
    cells = len(texts) * (1 if options.target else data.classes)
    learning = (SECONDS_PER_CELL if options.compared else SECONDS_PER_CELL / 2) * cells
    seconds = reading + learning
    return 0 if seconds < 60 else int(-(-seconds // 60))


def read(table: Table, options: TrainingOptions, test: Table | None = None) -> TrainingData:
    """Read the labelled texts of a table, and those to test on, and check them.

    Raises:
        ColumnMissing: there is no such column, or none that can be meant.
        InvalidLabels: labels are missing, of mixed kinds, all the same, or nearly all different;
            a column of yes and no holds something else; or a label of the test is not among those
            learnt from.
        TooFewTexts: no row has both a text and a label, or too few have numbers.
        InvalidOption: texts and labels, or groups and labels, are read from one column.
    """
    answers = (options.target or options.label, *options.label_columns)
    if options.text is not None and options.text in answers:
        raise InvalidOption(
            "Texts and labels are read from the same column.", "Choose two.", param="label"
        )
    data = read_labelled(
        table,
        text=options.text,
        label=options.label,
        target=options.target,
        group=options.group,
        time=options.time,
        columns=options.label_columns,
        several=options.multi,
        separator=options.label_separator,
    )
    if options.group is not None and options.group in (data.answer_column, *answers):
        raise InvalidOption(
            "Texts are grouped by what is to be learnt from them: nothing could be both learnt and "
            "tested.",
            "Let --group name the column of a person, thread or ticket.",
            param="group",
        )
    tested = None if test is None else _tested(test, data, options)
    return checked(data, tested, options)


def computable(
    data: TrainingData, encoder: Encoder, options: TrainingOptions
) -> TrainingData | None:
    """Return the data without the texts that an encoder can't compute, None where it can all.

    Raises:
        DefectiveVectors: it can compute none, or there are too many others.
    """
    labelled, lost = _computable(data.labelled, encoder)
    tested, of_test = (None, []) if data.test is None else _computable(data.test, encoder)
    if not lost and not of_test:
        return None
    return checked(labelled, tested, options, [*lost, *of_test])


def _computable(labelled: Labelled, encoder: Encoder) -> tuple[Labelled, list[Finding]]:
    with labelled.naming():
        failed = uncomputable(encoder, labelled.texts)
        if failed and len(failed) == len(labelled.texts):
            failed[0].which = 0
            raise failed[0]
    if not failed:
        return labelled, []
    named = ", ".join(labelled.place(place) for place in list(failed)[:_NAMED])
    more = f" and {len(failed) - _NAMED:,} more" if len(failed) > _NAMED else ""
    said = (
        f"{len(failed):,} text{'s are' if len(failed) > 1 else ' is'} left out, for the encoder "
        f"can't compute {'them' if len(failed) > 1 else 'it'}: {named}{more}. "
        f"{next(iter(failed.values())).problem}"
    )
    kept = [place for place in range(len(labelled.texts)) if place not in failed]
    return labelled.kept(kept), [Finding("uncomputable", said)]


def checked(
    labelled: Labelled,
    tested: Labelled | None,
    options: TrainingOptions,
    findings: Sequence[Finding] = (),
) -> TrainingData:
    """Return what was read, with what is odd about it behind the findings that there are already.

    Raises:
        InvalidLabels: as `read`.
        InvalidOption: an option is for other answers.
        TooFewTexts: there are too few numbers.
    """
    found = [*findings, *_check(labelled, tested, options), *few(len(labelled.texts))]
    if tested is not None:
        found += leakage(labelled.texts, tested.texts, labelled.answers, tested.answers)
    return TrainingData(labelled, tested, tuple(found), bool(options.target))


def _tested(test: Table, data: Labelled, options: TrainingOptions) -> Labelled:
    """Read the texts to test on as those to learn from were read."""
    columns = {"target" if options.target else "label": data.answer_column}
    if options.label_columns:
        return read_labelled(test, text=data.text_column, columns=options.label_columns)
    return read_labelled(
        test, text=data.text_column, spelling=data.spelling, several=False, **columns
    )


def _check(data: Labelled, tested: Labelled | None, options: TrainingOptions) -> list[Finding]:
    """Return what is odd about what is learnt from; raise what makes learning impossible."""
    if options.target:
        check_enough(len(data.answers))
        for one in (data, *([] if tested is None else [tested])):
            _check_sizes(one)
        check_apart(np.array(data.answers, np.float64))
        return check_numbers(data.texts, data.answers)
    if data.sets is not None:
        return _check_sets(data, data.sets, tested, options)
    if options.metric in LABEL_METRICS and options.metric not in METRICS:
        raise InvalidOption(
            f"{options.metric} is for several labels per text; here each has one.",
            f"Give one of {', '.join(METRICS)}, or --multi.",
            param="metric",
        )
    classes, _ = classes_of(data.answers, data.place)
    check_classes(len(classes), len(data.answers), options.most_cells)
    if tested is not None:
        check_known(tested.answers, classes, row=tested.place)
    return check_table(data.texts, data.answers)


def _check_sizes(data: Labelled) -> None:
    for place, value in enumerate(data.answers):
        if abs(float(value)) > MOST:
            raise InvalidLabels(
                f"{begun(data.place(place))} has {shown(value)} in column "
                f"{shown(data.answer_column)}, which is too large.",
                f"Numbers may be up to {MOST:g}: correct it, leave the row out, or use another "
                "unit.",
                param="target",
            )


def _check_sets(
    data: Labelled, sets: Sequence[LabelSet], tested: Labelled | None, options: TrainingOptions
) -> list[Finding]:
    if options.metric is not None:
        check_label_metric(options.metric)
    if options.class_weight:
        raise InvalidOption(
            "--balanced is for one label per text.",
            "Leave it out; --metric macro-F1 counts every label alike.",
            param="class_weight",
        )
    classes, _ = classes_of([label for labels in sets for label in labels])
    check_classes(len(classes), len(sets), options.most_cells)
    if tested is not None:
        for row, labels in enumerate(tested.sets or []):
            check_known(labels, classes, row, tested.place)
    return check_sets(data.texts, data.answers, sets)
