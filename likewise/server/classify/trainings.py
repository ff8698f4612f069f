"""Trainings that visitors of the page start: one at a time, bounded, stoppable, then forgotten."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.classify.training_data import Kind, TrainingData, TrainingOptions
from likewise.encoders.base import Encoder
from likewise.errors import Overloaded
from likewise.server.engine.retrying import RetryingEncoder
from likewise.server.engine.runner import Runner
from likewise.server.jobs import Job, start
from likewise.server.kept import Budget, Kept

if TYPE_CHECKING:  # heavy: imports scikit-learn
    from likewise.classify.training import Trained

MOST_CELLS = 5_000_000
"""Texts × labels that a visitor may learn from."""

MOST_SUSPECTS = 500
"""Suspicious labels that the page is told."""

EACH = 8
"""Trainings of one visitor, those that have ended among them."""

MOST_RUNNING = 2
"""Trainings of one visitor that wait or run."""

MOST_WAITING = 8
SECONDS = 3_600
"""How long a training that nobody asks for is kept."""

BYTES_PER_TEXT = 4_000
"""What a training holds for each text beside the text: its vector, its part in the folds."""


class Trainings:
    """Trains on one thread of its own; nothing of it stays when the server stops."""

    def __init__(self, budget: Budget) -> None:
        self._kept: Kept[Job[Trained]] = Kept(
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
        data: TrainingData,
        options: TrainingOptions,
        encoder: Encoder,
    ) -> dict[str, Any]:
        """Queue a training and return how it is.

        Raises:
            Overloaded: too many wait already, in all or of this visitor.
        """
        own = sum(not job.over for job in self._kept.of(owner))
        if own >= MOST_RUNNING:
            raise Overloaded(
                f"{own} of your trainings are already under way.",
                "Wait for one of them, or stop it.",
                retry_after=30,
            )
        job: Job[Trained] = Job("Waiting for another training to end")

        def work(job: Job["Trained"]) -> "Trained":
            # heavy: imports scikit-learn
            from likewise.classify.learn.threads import at_most
            from likewise.classify.training import train

            with at_most(1):  # the other cores answer requests
                return train(data, RetryingEncoder(encoder, job.check), options, job.report)

        texts = data.labelled.texts
        size = sum(map(len, texts)) + BYTES_PER_TEXT * len(texts)
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

    def trained(self, owner: str, key: str) -> "Trained":
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


def _status(key: str, job: Job["Trained"]) -> dict[str, Any]:
    result = _told(job.outcome("training").results) if job.state == "done" else None
    return {"id": key, **job.status(), "result": result}


def _told(results: dict[str, Any]) -> dict[str, Any]:
    """Return the results as the page gets them: the report has all suspicious labels."""
    if "suspects" not in results:
        return results
    return {**results, "suspects": results["suspects"][:MOST_SUSPECTS]}


def options_of(text: str, label: str, kind: Kind, *, quick: bool = False) -> TrainingOptions:
    """Return what is learnt from which columns of a visitor's table."""
    numbers = kind == "numbers"
    return TrainingOptions(
        text=text,
        label=None if numbers else label,
        target=label if numbers else None,
        multi=None if numbers else kind == "multi-label",
        candidates=("embeddings",) if quick else None,
        most_cells=MOST_CELLS,
    )


def model_file(trained: "Trained") -> bytes:
    """Return the trained model as the file that `likewise predict` reads."""
    from likewise.classify.saved import artifact

    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        path = Path(folder) / "model.likewise"
        artifact.save(trained.estimator.model_, path)
        return path.read_bytes()
