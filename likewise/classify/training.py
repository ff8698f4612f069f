"""From labelled texts to a model and all that is known about it.

The command line, the server and Python all train by these two steps: `training_data.read` says what
is in a table before any work is done, `train` does the work.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from likewise.classify.classifier import Classifier
from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.label_board import LabelBoard
from likewise.classify.evaluate.leaderboard import Leaderboard
from likewise.classify.multilabel import MultiLabelClassifier
from likewise.classify.regressor import Regressor
from likewise.classify.report import classes as class_report
from likewise.classify.report import labels as label_report
from likewise.classify.report import numbers as number_report
from likewise.classify.report.audit import write_audit
from likewise.classify.report.label_results import label_results
from likewise.classify.report.number_results import number_results
from likewise.classify.report.results import class_results
from likewise.classify.training_data import TrainingData, TrainingOptions, computable
from likewise.encoders import Encoder, resolve
from likewise.errors import DefectiveVectors, InvalidOption
from likewise.files.write import replace_keeping
from likewise.types import StageProgress, no_progress


@dataclass(frozen=True, eq=False)
class Trained:
    """A fitted estimator, and all that was found about it.

    results: ready for JSON; see `likewise.classify.report.results`. board: what the results of a
    classifier rest on, None where nothing was compared.
    """

    estimator: Classifier | MultiLabelClassifier | Regressor
    data: TrainingData
    options: TrainingOptions
    results: dict[str, Any]
    board: Leaderboard | LabelBoard | None = None

    def report(self) -> str:
        """Return the report as one page of HTML that opens offline."""
        pages = {
            "numbers": number_report.html,
            "classes": class_report.html,
            "multi-label": label_report.html,
        }
        return pages[self.results["kind"]](self.results)

    def write_report(self, path: Path) -> Path | None:
        """Write the report whole or not at all, and keep an older one under another name.

        Returns:
            Where the older report is now, None where there was none.

        Raises:
            UnwritableFile: no permission, no space, or no such folder.
        """
        return replace_keeping(path, lambda file: file.write(self.report().encode("utf-8")))

    def write_audit(self, path: Path) -> Path | None:
        """Write the labels that look wrong as a table, most suspicious first; as `write_report`.

        Raises:
            InvalidOption: numbers were learnt, or the ending is of no format of tables.
        """
        check_audit(self.data)
        return write_audit(path, self.results["suspects"])


def check_audit(data: TrainingData) -> None:
    """Raise `InvalidOption` where labels can't be audited."""
    said = {
        "numbers": "Numbers have no labels to audit.",
        "multi-label": "Where a text has several labels, they are not audited.",
    }
    if data.kind in said:
        raise InvalidOption(said[data.kind], "Leave out --audit.", param="audit")


def train(
    data: TrainingData,
    encoder: str | Encoder | None,
    options: TrainingOptions,
    progress: StageProgress = no_progress,
) -> Trained:
    """Learn from labelled texts, judge what was learnt, and say all that was found.

    Args:
        data: what `read` gave, with the same options.
        encoder: the encoder for the texts, or its name; None for the one that the settings name.
        options: what is learnt, and how.
        progress: called as `progress(what, done, total)`; whatever it raises ends the training.

    Texts that the encoder can't compute, though it does compute others, are left out; a finding
    says which.

    Raises:
        DefectiveVectors: the encoder can't compute any text, or too many can't be.
    """
    learn = {"numbers": _numbers, "classes": _classes, "multi-label": _labels}[data.kind]
    try:
        return learn(data, encoder, options, progress)
    except DefectiveVectors:
        engine = resolve(encoder, cached=True)
        fewer = computable(data, engine, options)
        if fewer is None:
            raise
    return learn(fewer, engine, options, progress)


def _fit(
    model: Classifier | MultiLabelClassifier | Regressor,
    labelled: Labelled,
    answers: Any,  # noqa: ANN401
    progress: StageProgress,
) -> None:
    """Fit a model to what was read; an error about a text names its row."""
    with labelled.naming():
        model.fit(
            labelled.texts,
            answers,
            groups=labelled.groups,
            times=labelled.times,
            progress=progress,
        )
    model.model_ = replace(model.model_, text_column=labelled.text_column)


def _classes(
    data: TrainingData,
    encoder: str | Encoder | None,
    options: TrainingOptions,
    progress: StageProgress,
) -> Trained:
    labelled = data.labelled
    model = Classifier(
        encoder,
        candidates=options.candidates,
        metric=options.metric or "accuracy",
        class_weight=options.class_weight,
        keep_texts=options.keep_texts,
    )
    _fit(model, labelled, labelled.answers, progress)
    board = model.leaderboard(progress=progress) if options.compared else None
    curve = model.curve(progress=progress) if options.compared else None
    with (data.test or labelled).naming():
        results = class_results(model, labelled, data.findings, board, curve, data.test)
    return Trained(model, data, options, results, board)


def _labels(
    data: TrainingData,
    encoder: str | Encoder | None,
    options: TrainingOptions,
    progress: StageProgress,
) -> Trained:
    labelled = data.labelled
    model = MultiLabelClassifier(
        encoder,
        candidates=options.candidates,
        metric=options.metric or "micro-F1",
        keep_texts=options.keep_texts,
    )
    _fit(model, labelled, labelled.sets, progress)
    model.model_ = replace(model.model_, spelling=labelled.spelling or model.model_.spelling)
    board = model.leaderboard(progress=progress) if options.compared else None
    with (data.test or labelled).naming():
        results = label_results(model, labelled, data.findings, board, data.test)
    return Trained(model, data, options, results, board)


def _numbers(
    data: TrainingData,
    encoder: str | Encoder | None,
    options: TrainingOptions,
    progress: StageProgress,
) -> Trained:
    labelled = data.labelled
    model = Regressor(encoder, keep_texts=options.keep_texts)
    _fit(model, labelled, labelled.answers, progress)
    with (data.test or labelled).naming():
        results = number_results(model, labelled, data.findings, data.test)
    return Trained(model, data, options, results)
