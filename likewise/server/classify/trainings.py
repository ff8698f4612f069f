"""Trainings that visitors of the page start: one at a time, bounded, stoppable, then forgotten."""

import logging
import secrets
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cachetools import TTLCache

from likewise.classify.data.checks import Finding
from likewise.classify.data.columns import Labelled, read_labelled
from likewise.classify.model import Model
from likewise.encoders.base import Encoder
from likewise.errors import InvalidOption, LikewiseError, NoSuchPath, Overloaded
from likewise.files.table import Table
from likewise.server.engine.retrying import PatientEncoder
from likewise.server.http.envelope import internal_error

log = logging.getLogger(__name__)

MOST_KEPT = 16
MOST_WAITING = 8
SECONDS = 3_600
"""How long a training that nobody asks for is kept."""

State = Literal["waiting", "running", "done", "failed", "stopped"]
Kind = Literal["classes", "numbers"]


class StoppedError(Exception):
    """Ends a training from inside; no caller ever sees it."""


@dataclass(eq=False)
class Training:
    """One training and what came of it; written by its thread, read by requests."""

    id: str
    kind: Kind
    data: Labelled
    findings: list[Finding]
    encoder: Encoder
    quick: bool = False
    state: State = "waiting"
    what: str = "Waiting for another training to end"
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    error: LikewiseError | None = None
    result: dict[str, Any] | None = None
    estimator: Any = None
    ladder: Any = None
    curve: Any = None
    stopping: bool = field(default=False)

    @property
    def model(self) -> Model:
        """What was trained.

        Raises:
            NoSuchPath: the training has not ended well.
        """
        if self.state != "done":
            raise NoSuchPath(
                f"This training is {self.state}: it has no model.", "Wait for it, or train again."
            )
        found: Model = self.estimator.model_
        return found

    def status(self) -> dict[str, Any]:
        """Return how it is, ready for JSON."""
        error = self.error
        return {
            "id": self.id,
            "state": self.state,
            "what": self.what,
            "done": self.done,
            "total": self.total,
            "seconds": round(self.seconds, 1),
            "error": error and {"problem": error.problem, "remedy": error.remedy},
            "result": self.result,
        }


class Trainings:
    """Trains on one thread of its own; nothing of it stays when the server stops."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, Training] = TTLCache(MOST_KEPT, SECONDS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="train")

    def start(
        self,
        data: Labelled,
        kind: Kind,
        findings: list[Finding],
        encoder: Encoder,
        *,
        quick: bool = False,
    ) -> Training:
        """Queue a training.

        Raises:
            Overloaded: too many wait already.
        """
        waiting = sum(one.state in {"waiting", "running"} for one in self._kept.values())
        if waiting >= MOST_WAITING:
            raise Overloaded(
                f"{waiting} trainings are waiting already.", "Try again later.", retry_after=30
            )
        made = Training(secrets.token_urlsafe(16), kind, data, findings, encoder, quick)
        self._kept[made.id] = made
        self._thread.submit(_run, made)
        return made

    def get(self, key: str) -> Training:
        """Return a training.

        Raises:
            NoSuchPath: it is not here, or no longer.
        """
        found: Training | None = self._kept.get(key)
        if found is None:
            raise NoSuchPath(
                "This training is no longer kept: the page's are forgotten after an hour.",
                "Train once more.",
            )
        return found

    def stop(self, key: str) -> Training:
        """End a training at its next step; one that has ended stays as it is."""
        found = self.get(key)
        found.stopping = True
        if found.state == "waiting":
            found.state = "stopped"
        return found

    def stop_all(self) -> None:
        """End all trainings: the server stops."""
        for one in self._kept.values():
            one.stopping = True
        self._thread.shutdown(wait=False, cancel_futures=True)


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


def model_file(training: Training) -> bytes:
    """Return the trained model as the file that `likewise predict` reads."""
    from likewise.classify import artifact

    model = training.model
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        path = Path(folder) / "model.likewise"
        artifact.save(model, path)
        return path.read_bytes()


def report_page(training: Training) -> str:
    """Return the report as HTML, the same that `likewise train` writes."""
    from likewise.classify.report import classes, numbers

    _ = training.model
    if training.kind == "numbers":
        return numbers.html(training.estimator, training.data)
    return classes.html(
        training.estimator, training.data, training.ladder, training.findings, training.curve
    )


def _run(training: Training) -> None:
    if training.stopping:
        return
    started = time.monotonic()
    training.state = "running"

    def check() -> None:
        training.seconds = time.monotonic() - started
        if training.stopping:
            raise StoppedError

    def report(what: str, done: int, total: int) -> None:
        check()
        training.what, training.done, training.total = what, done, total

    try:
        _train(training, PatientEncoder(training.encoder, check), report)
        training.state = "done"
    except StoppedError:
        training.state = "stopped"
    except LikewiseError as error:
        training.error, training.state = error, "failed"
    except Exception:
        log.exception("a training failed because of a defect")
        training.error, training.state = internal_error(), "failed"
    training.seconds = time.monotonic() - started


def _train(training: Training, encoder: Encoder, report: Any) -> None:  # noqa: ANN401
    # heavy: imports scikit-learn
    from likewise.classify.classifier import Classifier
    from likewise.classify.regressor import Regressor
    from likewise.classify.report.results import class_results, number_results

    data = training.data
    if training.kind == "numbers":
        regressor = Regressor(encoder).fit(data.texts, data.answers, report=report)
        regressor.model_ = replace(regressor.model_, text_column=data.text_column)
        training.estimator = regressor
        training.result = number_results(regressor, data)
        return
    model = Classifier(encoder, candidates=["embeddings"] if training.quick else None)
    training.ladder = model.ladder(data.texts, data.answers, report=report)
    model.fit(data.texts, data.answers, report=report)
    model.model_ = replace(model.model_, text_column=data.text_column)
    training.curve = model.curve(report=report)
    training.estimator = model
    training.result = class_results(model, data, training.ladder, training.curve)
