"""What a trained model is: all that predicting, explaining and saving need."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Classes, Floats
from likewise.classify.data.checks import Label
from likewise.classify.evaluate.decision import decide
from likewise.classify.facts import Facts
from likewise.classify.learn.calibration import half_width, set_threshold, sets
from likewise.classify.learn.candidates import FittedCandidate, Setting
from likewise.classify.learn.heads import Head
from likewise.classify.learn.levels import Levels
from likewise.classify.learn.novelty import Novelty
from likewise.classify.learn.softmax import FeatureBlocks, softmax
from likewise.errors import IncompatibleVectors, InvalidOption
from likewise.types import Identity, Vectors, check_same


@dataclass(frozen=True, eq=False)
class Examples:
    """Training texts that explanations show.

    texts: n texts ("" where only vectors were given). vectors: float32, shape (n, dims).
    answers: n labels or numbers.
    """

    texts: tuple[str, ...]
    vectors: Vectors
    answers: tuple[Label, ...]


@dataclass(frozen=True, eq=False)
class ClassModel:
    """A model that predicts classes.

    identity: of the encoder; None where vectors of an unknown one were given. classes: k labels,
    in the order of all arrays. scores: sorted, of held-out texts; empty where there were none.
    novelty: tells texts of none of the classes. facts: metrics, data and versions, for people.
    metric: what the answers are chosen for. offsets: float64, shape (k,), see
    `likewise.classify.evaluate.decision`; None for the most probable. text_column: name of the
    column that the texts came from; None where that is not known.
    """

    identity: Identity | None
    classes: tuple[Label, ...]
    setting: Setting
    fitted: FittedCandidate
    novelty: Novelty
    temperature: float
    scores: Floats
    examples: Examples | None
    facts: Facts
    metric: str = "accuracy"
    offsets: Floats | None = None
    text_column: str | None = None

    def places_of(self, labels: Sequence[Label]) -> Classes:
        """Return the place of each label among the classes: int64, shape (n,); all are known."""
        place = {label: index for index, label in enumerate(self.classes)}
        return np.array([place[label] for label in labels], np.int64)

    def decide(self, probabilities: Floats) -> Classes:
        """Return the place of the class to say of each row: int64, shape (n,)."""
        return decide(probabilities, self.offsets)

    def probabilities(self, vectors: Vectors, texts: Sequence[str]) -> Floats:
        """Return calibrated probabilities: float64, shape (n, k)."""
        logits = self.fitted.head.logits(self.fitted.blocks(vectors, texts))
        return softmax(logits / np.float32(self.temperature))

    def sets(self, probabilities: Floats, coverage: float) -> npt.NDArray[np.bool_]:
        """Return the classes that hold the true one with probability `coverage`: bool (n, k).

        The class that `decide` says is always among them.
        """
        threshold = set_threshold(self.scores, check_share("coverage", coverage))
        return sets(probabilities, threshold, self.decide(probabilities))

    def fits(self, vectors: Vectors, abstain: float) -> npt.NDArray[np.bool_]:
        """Return whether each text belongs to one of the classes at all: bool, shape (n,).

        Args:
            vectors: float32, shape (n, dims).
            abstain: share of texts that do belong to a class and may be turned away.

        See `likewise.classify.learn.novelty` for how.
        """
        return self.novelty.fits(vectors, check_share("abstain", abstain, such_as=0.05))


@dataclass(frozen=True, eq=False)
class NumberModel:
    """A model that predicts a number.

    residuals: sorted, of held-out texts. levels: where numbers stand for levels, such as stars.
    The rest is as in `ClassModel`.
    """

    identity: Identity | None
    name: str
    head: Head
    residuals: Floats
    examples: Examples | None
    facts: Facts
    text_column: str | None = None
    levels: Levels | None = None

    def predictions(self, vectors: Vectors) -> Floats:
        """Return float64, shape (n,)."""
        return self.head.logits(FeatureBlocks(vectors))[:, 0].astype(np.float64)

    @property
    def most_coverage(self) -> float:
        """The largest coverage that an interval with ends can have: n / (n + 1)."""
        return len(self.residuals) / (len(self.residuals) + 1)

    def interval(self, predictions: Floats, coverage: float) -> Floats:
        """Return lower and upper ends that hold the truth with that probability: (n, 2).

        They are infinite above `most_coverage`.
        """
        reach = half_width(self.residuals, check_share("coverage", coverage))
        return np.stack([predictions - reach, predictions + reach], axis=1)


Model = ClassModel | NumberModel


def check_share(name: str, value: float, *, such_as: float = 0.95) -> float:
    """Return `value`, raise `InvalidOption` unless it is between 0 and 1."""
    if not 0 < value < 1:
        raise InvalidOption(
            f"{name} is {value:g}.",
            f"Give a share between 0 and 1, both left out, such as {such_as}.",
            param=name.removeprefix("--"),
        )
    return value


def check_reads_texts(model: Model) -> Identity:
    """Return the identity of the encoder that reads texts for the model.

    Raises:
        InvalidOption: it was trained on vectors of an unknown encoder.
    """
    if model.identity is None:
        raise InvalidOption(
            "This model was trained on given vectors of an unknown encoder, so it can't read "
            "texts.",
            "Use it from Python on vectors, or train one on texts.",
            param="model",
        )
    return model.identity


def check_encoder(trained_with: Identity | None, now: Identity | None) -> None:
    """Raise `IncompatibleVectors` unless vectors of `now` may be given to the model."""
    if (trained_with is None) != (now is None):
        raise IncompatibleVectors(
            "The model was trained on "
            + ("given vectors, not on texts." if trained_with is None else "texts, not vectors."),
            "Give it what it was trained on.",
        )
    if trained_with is not None and now is not None:
        check_same(trained_with, now)
