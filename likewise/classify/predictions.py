"""What a trained model says about texts, for the command line, the server and the page alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from likewise.classify.arrays import Floats
from likewise.classify.data.labels import Label
from likewise.classify.explain import Explanation, Neighbour, explain, nearest
from likewise.classify.inputs import label_texts
from likewise.classify.model import (
    ClassModel,
    Model,
    MultiLabelModel,
    NumberModel,
    check_encoder,
    check_reads_texts,
    check_share,
)
from likewise.encoders import Encoder
from likewise.encoders.culprit import apart, placed
from likewise.errors import InvalidOption
from likewise.types import Reading, Vectors

MOST_LISTED = 10
"""Labels of which the probability is told; nobody reads 150 of them."""

NEIGHBOURS = 3

TOGETHER = 2_048
"""Texts in memory at a time."""


@dataclass(frozen=True)
class LabelShare:
    """A label and its calibrated probability."""

    label: Label
    probability: float


@dataclass(frozen=True)
class LabelCosine:
    """A label and the cosine of its own words to the text."""

    label: Label
    similarity: float


@dataclass(frozen=True)
class NearestName:
    """What comparing with the labels' own words says, without any training."""

    label: Label
    similarities: tuple[LabelCosine, ...]


@dataclass(frozen=True)
class Rejection:
    """Why a text is called none of the labels: how far the training texts are from it.

    nearest: training texts, nearest first. similarity: mean cosine to the five nearest. usual: the
    mean cosine that all but the asked share of the model's own texts reach. Both are None where
    the model keeps no training texts, or another detector alone decides.
    """

    nearest: tuple[Neighbour, ...]
    similarity: float | None
    usual: float | None


@dataclass(frozen=True)
class ClassPrediction:
    """What a classifier says about a text.

    label: the answer. probabilities: the most probable labels, at most ten. set: labels that hold
    the true one with the asked coverage, most probable first. fits: false for a text that is none
    of the labels; rejection then says why, and the promise of the set, which is for texts like
    those of the training, is not for this one. demo: what the labels' names alone say.
    """

    label: Label
    probability: float
    probabilities: tuple[LabelShare, ...]
    set: tuple[Label, ...]
    fits: bool
    rejection: Rejection | None
    demo: NearestName | None
    explanation: Explanation | None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class NumberPrediction:
    """What a regressor says about a text; an end is None where the promise allows any number.

    level: the level that the number stands for, None where numbers are quantities.
    """

    number: float
    level: float | None
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class LabelsPrediction:
    """What a classifier of several labels says about a text.

    labels: those that it says, none or more. probabilities: the most probable labels, at most ten.
    set: labels that can't be ruled out at the asked coverage, most probable first. fits, rejection:
    as in `ClassPrediction`.
    """

    labels: tuple[Label, ...]
    probabilities: tuple[LabelShare, ...]
    set: tuple[Label, ...]
    fits: bool
    rejection: Rejection | None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


Prediction = ClassPrediction | NumberPrediction | LabelsPrediction


@dataclass(eq=False)
class TextPredictor:
    """A model with the encoder that reads texts for it, and what is to be said about them.

    Attributes:
        model: what predicts.
        encoder: embeds texts; of the identity that the model was trained with.
        coverage: share of texts whose set, or interval, is to hold the truth.
        abstain: share of texts of the known labels that may be called none of these.
        explained: whether to say why: nearest training texts and the words that decided.
        reasons: whether to say why a text is called none of the labels.
        compared: whether to say what the labels' names alone would answer.
        listed: of how many labels the probability is told; None for all.
        reading: how the encoder has read the texts so far.

    Raises:
        InvalidOption: a share is not between 0 and 1; or the model can't read texts, or can't
            explain.
        IncompatibleVectors: the model was trained with another encoder.
    """

    model: Model
    encoder: Encoder
    coverage: float = 0.95
    abstain: float = 0.05
    explained: bool = False
    reasons: bool = False
    compared: bool = False
    listed: int | None = MOST_LISTED
    reading: Reading = field(default_factory=Reading)

    def __post_init__(self) -> None:
        check_options(self.model, self.coverage, self.abstain, self.explained)
        check_encoder(self.model.identity, self.encoder.identity)

    def stream(self, texts: Iterable[str]) -> Iterator[Prediction]:
        """Yield a prediction for each text, in flat memory."""
        waiting = iter(texts)
        while part := list(islice(waiting, TOGETHER)):
            yield from self(part)

    def __call__(self, texts: Sequence[str]) -> list[Prediction]:
        """Return the prediction for each text; raises `InvalidText` for one that can't be read."""
        encoding = self.encoder.encode(texts)
        self.reading.add(encoding)
        if isinstance(self.model, NumberModel):
            return list(_numbers(self.model, encoding.vectors, self.coverage))
        if isinstance(self.model, MultiLabelModel):
            return list(self._labels(self.model, texts, encoding.vectors))
        return list(self._classes(self.model, texts, encoding.vectors))

    def _classes(
        self, model: ClassModel, texts: Sequence[str], vectors: Vectors
    ) -> Iterator[ClassPrediction]:
        probabilities = model.probabilities(vectors, texts)
        within = model.sets(probabilities, self.coverage)
        fits = model.fits(vectors, self.abstain)
        decided = model.decide(probabilities)
        with apart():
            names = nearest_names(model, vectors, self.encoder) if self.compared else None
        orders = np.argsort(-probabilities, axis=1, kind="stable")
        for row, (chances, order) in enumerate(zip(probabilities, orders, strict=True)):
            yield ClassPrediction(
                # not always the most probable one: a model may have been tuned for another metric
                label=model.classes[decided[row]],
                probability=float(chances[decided[row]]),
                probabilities=tuple(
                    LabelShare(model.classes[place], float(chances[place]))
                    for place in order[: self.listed]
                ),
                set=tuple(model.classes[place] for place in order if within[row, place]),
                fits=bool(fits[row]),
                rejection=rejection(model, vectors[row], self.abstain)
                if self.reasons and not fits[row]
                else None,
                demo=None if names is None else _nearest_name(model, names[row]),
                explanation=self._explanation(model, texts, vectors, row)
                if self.explained
                else None,
            )

    def _explanation(
        self, model: ClassModel, texts: Sequence[str], vectors: Vectors, row: int
    ) -> Explanation:
        with placed(lambda _: row):  # it encodes the text without its words
            return explain(model, texts[row], vectors[row], NEIGHBOURS, self.encoder.encode)

    def _labels(
        self, model: MultiLabelModel, texts: Sequence[str], vectors: Vectors
    ) -> Iterator[LabelsPrediction]:
        probabilities = model.probabilities(vectors, texts)
        said, within = model.say(probabilities), model.sets(probabilities, self.coverage)
        fits = model.fits(vectors, self.abstain)
        orders = np.argsort(-probabilities, axis=1, kind="stable")
        for row, (chances, order) in enumerate(zip(probabilities, orders, strict=True)):
            yield LabelsPrediction(
                labels=model.named(said[row]),
                probabilities=tuple(
                    LabelShare(model.classes[place], float(chances[place]))
                    for place in order[: self.listed]
                ),
                set=tuple(model.classes[place] for place in order if within[row, place]),
                fits=bool(fits[row]),
                rejection=rejection(model, vectors[row], self.abstain)
                if self.reasons and not fits[row]
                else None,
            )


def check_options(model: Model, coverage: float, abstain: float, explained: bool) -> None:
    """Raise `InvalidOption` for what can be known before an encoder is opened."""
    check_share("coverage", coverage)
    check_share("abstain", abstain, such_as=0.05)
    check_reads_texts(model)
    if explained and not isinstance(model, ClassModel):
        what = "numbers" if isinstance(model, NumberModel) else "several labels per text"
        raise InvalidOption(
            f"This model predicts {what}, and those can't be explained.",
            "Ask without explanations.",
            param="explain",
        )


def rejection(model: ClassModel | MultiLabelModel, vector: Vectors, abstain: float) -> Rejection:
    """Return why a text, shape (dims,), is called none of the labels."""
    near = () if model.examples is None else nearest(model.examples, vector, NEIGHBOURS)
    reference = model.novelty.references.get("neighbours")
    if reference is None:
        return Rejection(near, None, None)
    similarity = model.novelty.scores(vector[None])["neighbours"][0]
    return Rejection(near, float(similarity), float(np.quantile(reference, abstain)))


def nearest_names(model: ClassModel, vectors: Vectors, encoder: Encoder) -> Vectors | None:
    """Return the cosine of each text to each label's own words: float32, shape (n, k).

    That is the demo which a classifier must beat. None where labels are not words.
    """
    said = label_texts(model.classes, "auto")
    return None if said is None else vectors @ encoder.encode(said).vectors.T


def _nearest_name(model: ClassModel, cosines: Vectors) -> NearestName:
    order = np.argsort(-cosines, kind="stable")[:MOST_LISTED]
    listed = tuple(LabelCosine(model.classes[place], float(cosines[place])) for place in order)
    return NearestName(listed[0].label, listed)


def _numbers(model: NumberModel, vectors: Vectors, coverage: float) -> Iterator[NumberPrediction]:
    predicted: Floats = model.predictions(vectors)
    levels = None if model.levels is None else model.levels.of(predicted)
    for row, (low, high) in enumerate(model.interval(predicted, coverage)):
        level = None if levels is None else float(levels[row])
        # with too few held-out texts for the promise an interval has no ends
        yield NumberPrediction(float(predicted[row]), level, _finite(low), _finite(high))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
