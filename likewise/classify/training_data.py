"""What is learnt from a table, and what is odd about it: all that is known before any work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from likewise.classify.data.checks import (
    MOST_CELLS,
    Finding,
    check_classes,
    check_known,
    check_numbers,
    check_table,
    classes_of,
    few,
    leakage,
)
from likewise.classify.data.columns import Labelled, read_labelled
from likewise.classify.evaluate.decision import check_metric
from likewise.classify.learn.candidates import Candidate
from likewise.classify.learn.ridge import check_enough
from likewise.classify.learn.weights import ClassWeight
from likewise.errors import InvalidOption
from likewise.files.table import Table

Kind = Literal["classes", "numbers"]

SECONDS_PER_CHARACTER = 1.5e-5
SECONDS_PER_CELL = 7e-5
MOST_READ = 1_200
"""Characters of a text that the default encoder reads, or so."""


@dataclass(frozen=True)
class TrainingOptions:
    """What is learnt from a table, and how.

    text, label, target: names of columns; guessed where None, and `target` is for numbers.
    group: column whose equal values are never split between learning and testing.
    time: column by which the past is learnt from and the future tested.
    metric, class_weight, candidates, keep_texts: as in `Classifier`.
    compared: whether models are compared on held-out texts, and a learning curve is drawn.
    most_cells: texts × labels that there is memory for.
    """

    text: str | None = None
    label: str | None = None
    target: str | None = None
    group: str | None = None
    time: str | None = None
    metric: str = "accuracy"
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
        check_metric(self.metric)
        for name, value in (
            ("metric", self.metric != "accuracy"),
            ("class_weight", self.class_weight),
        ):
            if self.target and value:
                raise InvalidOption(
                    f"--{name.replace('_', '-')} is for labels.", "Leave it out with --target."
                )

    @property
    def kind(self) -> Kind:
        """What is predicted."""
        return "numbers" if self.target else "classes"


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Labelled texts that can be learnt from, texts to test on, and what is odd about them."""

    labelled: Labelled
    test: Labelled | None
    findings: tuple[Finding, ...]

    @property
    def classes(self) -> int:
        """How many different answers there are."""
        return len(set(self.labelled.answers))


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
            or a label of the test is not among those learnt from.
        TooFewTexts: no row has both a text and a label, or too few have numbers.
        InvalidOption: texts and labels are read from one column.
    """
    answer = options.target or options.label
    if options.text is not None and options.text == answer:
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
    )
    tested = None
    if test is not None:
        columns = {"target" if options.target else "label": data.answer_column}
        tested = read_labelled(test, text=data.text_column, **columns)
    if options.target:
        check_enough(len(data.answers))
        findings = check_numbers(data.texts, data.answers)
    else:
        classes, _ = classes_of(data.answers)
        check_classes(len(classes), len(data.answers), options.most_cells)
        findings = check_table(data.texts, data.answers)
        if tested is not None:
            check_known(tested.answers, classes)
    findings += few(len(data.texts))
    if tested is not None:
        findings += leakage(data.texts, tested.texts)
    return TrainingData(data, tested, tuple(findings))
