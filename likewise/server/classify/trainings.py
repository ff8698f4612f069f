"""Trainings that visitors of the page start: one at a time, bounded, stoppable, then forgotten."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from likewise.classify.data.checks import Finding
from likewise.classify.data.columns import Labelled, read_labelled
from likewise.classify.model import Model
from likewise.encoders.base import Encoder
from likewise.errors import InvalidOption, Overloaded
from likewise.files.table import Table
from likewise.server.engine.retrying import RetryingEncoder
from likewise.server.engine.runner import Runner
from likewise.server.jobs import Job, start
from likewise.server.kept import Budget, Kept

EACH = 8
"""Trainings of one visitor, those that have ended among them."""

MOST_RUNNING = 2
"""Trainings of one visitor that wait or run."""

MOST_WAITING = 8
SECONDS = 3_600
"""How long a training that nobody asks for is kept."""

BYTES_PER_TEXT = 4_000
"""What a training holds for each text beside the text: its vector, its part in the folds."""

Kind = Literal["classes", "numbers"]
Report = Callable[[str, int, int], None]


@dataclass(eq=False)
class TrainingOutcome:
    """What came of a training."""

    kind: Kind
    data: Labelled
    findings: list[Finding]
    estimator: Any
    result: dict[str, Any]
    ladder: Any = None
    curve: Any = None

    @property
    def model(self) -> Model:
        """What was trained."""
        found: Model = self.estimator.model_
        return found


class Trainings:
    """Trains on one thread of its own; nothing of it stays when the server stops."""

    def __init__(self, budget: Budget) -> None:
        self._kept: Kept[Job[TrainingOutcome]] = Kept(
            "training",
            budget,
            each=EACH,
            seconds=SECONDS,
            again="Train once more.",
            busy=lambda job: not job.over,
        )
        self._thread = Runner("trainings", threads=1, waiting=MOST_WAITING, retry_after=30)

    def start(
        self,
        owner: str,
        data: Labelled,
        kind: Kind,
        findings: list[Finding],
        encoder: Encoder,
        *,
        quick: bool = False,
    ) -> dict[str, Any]:
        """Queue a training and return how it is.

        Raises:
            Overloaded: too many wait already, in all or of this visitor.
        """
        own = sum(not job.over for job in self._kept.of(owner))
        if own >= MOST_RUNNING:
            raise Overloaded(
                f"{own} of your trainings are under way already.",
                "Wait for one of them, or stop it.",
                retry_after=30,
            )
        job: Job[TrainingOutcome] = Job("Waiting for another training to end")

        def work(job: Job[TrainingOutcome]) -> TrainingOutcome:
            patient = RetryingEncoder(encoder, job.check)
            return _train(data, kind, findings, patient, job.report, quick=quick)

        size = sum(map(len, data.texts)) + BYTES_PER_TEXT * len(data.texts)
        start(self._thread, job, work)
        try:
            key = self._kept.put(owner, job, size)
        except Overloaded:
            job.stop()
            raise
        return _status(key, job)

    def status(self, owner: str, key: str) -> dict[str, Any]:
        """Return how a training is, ready for JSON; raises what `Kept.get` raises."""
        return _status(key, self._kept.get(owner, key))

    def trained(self, owner: str, key: str) -> TrainingOutcome:
        """Return what came of a training.

        Raises:
            NotFound: it is not here, another's, or has not ended well.
        """
        return self._kept.get(owner, key).outcome("training")

    def stop(self, owner: str, key: str) -> dict[str, Any]:
        """End a training at its next step; one that has ended stays as it is."""
        job = self._kept.get(owner, key)
        job.stop()
        return _status(key, job)

    def stop_all(self) -> None:
        """End all trainings: the server stops."""
        for job in self._kept.all():
            job.stop()
        self._thread.stop()


def _status(key: str, job: Job[TrainingOutcome]) -> dict[str, Any]:
    result = job.outcome("training").result if job.state == "done" else None
    return {"id": key, **job.status(), "result": result}


def read_columns(table: Table, text: str, label: str, kind: Kind) -> tuple[Labelled, list[Finding]]:
    """Return the labelled texts of a table, and what is odd about them.

    Raises:
        ColumnMissing, InvalidLabels, TooFewTexts: see `read_labelled`.
        InvalidOption: both columns are the same.
    """
    from likewise.classify.data.checks import check_numbers, check_table, classes_of
    from likewise.classify.learn.ridge import check_enough

    if text == label:
        raise InvalidOption(
            "Texts and labels are read from the same column.", "Choose two.", param="label"
        )
    if kind == "numbers":
        numbers = read_labelled(table, text=text, target=label)
        check_enough(len(numbers.answers))
        return numbers, check_numbers(numbers.texts, numbers.answers)
    data = read_labelled(table, text=text, label=label)
    classes_of(data.answers)
    return data, check_table(data.texts, data.answers)


def model_file(trained: TrainingOutcome) -> bytes:
    """Return the trained model as the file that `likewise predict` reads."""
    from likewise.classify import artifact

    model = trained.model
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        path = Path(folder) / "model.likewise"
        artifact.save(model, path)
        return path.read_bytes()


def report_page(trained: TrainingOutcome) -> str:
    """Return the report as HTML, the same that `likewise train` writes."""
    from likewise.classify.report import classes, numbers

    if trained.kind == "numbers":
        return numbers.html(trained.estimator, trained.data)
    return classes.html(
        trained.estimator, trained.data, trained.ladder, trained.findings, trained.curve
    )


def _train(
    data: Labelled,
    kind: Kind,
    findings: list[Finding],
    encoder: Encoder,
    report: Report,
    *,
    quick: bool,
) -> TrainingOutcome:
    # heavy: imports scikit-learn
    from likewise.classify.classifier import Classifier
    from likewise.classify.regressor import Regressor
    from likewise.classify.report.results import class_results, number_results

    if kind == "numbers":
        regressor = Regressor(encoder).fit(data.texts, data.answers, report=report)
        regressor.model_ = replace(regressor.model_, text_column=data.text_column)
        return TrainingOutcome(kind, data, findings, regressor, number_results(regressor, data))
    model = Classifier(encoder, candidates=["embeddings"] if quick else None)
    ladder = model.ladder(data.texts, data.answers, report=report)
    model.fit(data.texts, data.answers, report=report)
    model.model_ = replace(model.model_, text_column=data.text_column)
    curve = model.curve(report=report)
    result = class_results(model, data, ladder, curve)
    return TrainingOutcome(kind, data, findings, model, result, ladder, curve)
