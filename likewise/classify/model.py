"""What a trained model is: all that predicting, explaining and saving need."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Classes, Floats
from likewise.classify.data.label_sets import BARRED, LabelSpelling
from likewise.classify.data.labels import Label, check_known
from likewise.classify.evaluate.decision import decide
from likewise.classify.evaluate.thresholds import say
from likewise.classify.facts import Facts
from likewise.classify.learn.calibration import half_width, set_threshold, sets
from likewise.classify.learn.candidates import FittedCandidate, Setting
from likewise.classify.learn.heads import Head
from likewise.classify.learn.levels import Levels
from likewise.classify.learn.novelty import Novelty
from likewise.classify.learn.sigmoid import Members, sigmoid
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


@dataclass(frozen=True, eq=False)
class MultiLabelModel:
    """A model that predicts several labels per text, or none.

    fitted: a head whose logits are calibrated. thresholds: float64, shape (k,). at_least_one:
    whether every training text had a label, so that every text gets one. scores: for each label
    the calibrated probabilities, sorted, of held-out texts that have it. spelling: how the labels
    of a text were written. The rest is as in `ClassModel`.
    """

    identity: Identity | None
    classes: tuple[Label, ...]
    setting: Setting
    fitted: FittedCandidate
    novelty: Novelty
    thresholds: Floats
    at_least_one: bool
    scores: tuple[Floats, ...]
    examples: Examples | None
    facts: Facts
    metric: str = "micro-F1"
    spelling: LabelSpelling = BARRED
    text_column: str | None = None

    def probabilities(self, vectors: Vectors, texts: Sequence[str]) -> Floats:
        """Return the calibrated probability of each label: float64, shape (n, k)."""
        return sigmoid(self.fitted.head.logits(self.fitted.blocks(vectors, texts)))

    def say(self, probabilities: Floats) -> Members:
        """Return the labels that are said: bool, shape (n, k)."""
        return say(probabilities, self.thresholds, self.at_least_one)

    def sets(self, probabilities: Floats, coverage: float) -> Members:
        """Return the labels that can't be ruled out: bool, shape (n, k).

        Of texts that have a label at least the share `coverage` keeps it. Labels with too few
        held-out texts for that are taken together. What is said is always among them.

        Source: Vovk et al. 2005, Algorithmic learning in a random world: label-conditional
        conformal prediction.
        """
        share = 1 - check_share("coverage", coverage)
        few = [one for one in self.scores if int(share * (len(one) + 1)) < 1]
        pooled = _floor(np.sort(np.concatenate([np.empty(0), *few])), share)
        floors = [
            pooled if int(share * (len(one) + 1)) < 1 else _floor(one, share) for one in self.scores
        ]
        found: Members = (probabilities >= np.array(floors) - 1e-12) | self.say(probabilities)
        return found

    def fits(self, vectors: Vectors, abstain: float) -> npt.NDArray[np.bool_]:
        """Return whether each text is like those learnt from: bool, shape (n,)."""
        return self.novelty.fits(vectors, check_share("abstain", abstain, such_as=0.05))

    def named(self, row: npt.NDArray[np.bool_]) -> tuple[Label, ...]:
        """Return the labels of a row of members, in order."""
        return tuple(self.classes[place] for place in np.flatnonzero(row))

    def members_of(self, sets: Sequence[Sequence[Label]]) -> Members:
        """Return which labels each row has: bool, shape (n, k).

        Raises:
            InvalidLabels: a label that the model does not know.
        """
        place = {label: index for index, label in enumerate(self.classes)}
        found = np.zeros((len(sets), len(self.classes)), np.bool_)
        for row, labels in enumerate(sets):
            known = check_known(labels, self.classes, row)
            found[row, [place[label] for label in known]] = True
        return found


def positive_scores(probabilities: Floats, members: Members) -> tuple[Floats, ...]:
    """Return for each label the sorted probabilities of texts that have it."""
    return tuple(
        np.sort(column[there]) for column, there in zip(probabilities.T, members.T, strict=True)
    )


def _floor(scores: Floats, share: float) -> float:
    """Return what the share `share` of scores, sorted, is below; 0 where they are too few."""
    rank = int(share * (len(scores) + 1))
    return float(scores[rank - 1]) if rank else 0.0


Model = ClassModel | NumberModel | MultiLabelModel


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
