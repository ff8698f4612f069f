"""The bodies of the requests and answers about what a model says, and which models there are."""

from typing import Annotated

from pydantic import Field

from likewise.server.classify.training_schemas import Kind
from likewise.server.http.body import Answer, Body

MOST_TEXTS = 100
"""Texts in one request for predictions."""

Label = str | int | float | bool
Share = Annotated[float, Field(gt=0, lt=1)]


class PredictRequest(Body):
    """Texts to predict the labels, or numbers, of."""

    texts: list[str] = Field(
        min_length=1,
        max_length=MOST_TEXTS,
        fail_fast=True,
        description=f"1 to {MOST_TEXTS} strings.",
    )
    coverage: Share = Field(
        default=0.95, description="Share of texts whose set, or interval, is to hold the truth."
    )
    abstain: Share = Field(
        default=0.05, description="Share of fitting texts that may be called none of the labels."
    )
    explain: bool = Field(default=False, description="Whether to say why.")


class LabelProbability(Answer):
    """A label and its calibrated probability."""

    label: Label
    probability: float


class LabelSimilarity(Answer):
    """A label and the cosine of its own words to the text."""

    label: Label
    similarity: float


class DemoAnswer(Answer):
    """What comparing with the labels' words says, without any training."""

    label: Label
    similarities: list[LabelSimilarity]


class NeighbourAnswer(Answer):
    """A training text near the explained one."""

    text: str
    label: Label
    similarity: float


class WeightAnswer(Answer):
    """How much a word says for the label: above 0 for it, under 0 against it."""

    word: str
    weight: float


class ExplanationAnswer(Answer):
    """Why a label was predicted; see `likewise.classify.explain.Explanation`."""

    label: Label
    probability: float
    same: list[NeighbourAnswer]
    other: list[NeighbourAnswer]
    words: list[WeightAnswer]
    terms: list[WeightAnswer]


class RejectionAnswer(Answer):
    """Why a text is called none of the labels: how far the training texts are from it."""

    nearest: list[NeighbourAnswer] = Field(description="Training texts, nearest first.")
    similarity: float | None = Field(
        description="Mean cosine of the text to the five nearest training texts."
    )
    usual: float | None = Field(
        description="What this mean is at least for all but the share `abstain` of own texts."
    )


class ClassAnswer(Answer):
    """What a classifier says about a text."""

    label: Label
    probability: float
    probabilities: list[LabelProbability]
    set: list[Label] = Field(
        description="Holds the true label with the asked coverage, for texts like those of the "
        "training; where `fits` is false, what the set would be if the text were like them."
    )
    fits: bool = Field(description="False for a text that is none of the labels.")
    rejection: RejectionAnswer | None = Field(description="Why, where the text does not fit.")
    demo: DemoAnswer | None
    explanation: ExplanationAnswer | None


class LabelsAnswer(Answer):
    """What a classifier of several labels per text says."""

    labels: list[Label] = Field(description="Those that it says: none, one or several.")
    probabilities: list[LabelProbability]
    set: list[Label] = Field(
        description="Labels that can't be ruled out at the asked coverage, for texts like those of "
        "the training; where `fits` is false, what the set would be if the text were like them."
    )
    fits: bool = Field(description="False for a text that is unlike all that was learnt from.")
    rejection: RejectionAnswer | None = Field(description="Why, where the text does not fit.")


class NumberAnswer(Answer):
    """What a regressor says about a text; an end is null where the promise allows any number."""

    number: float
    level: float | None = Field(description="Where numbers stand for levels, such as stars.")
    low: float | None
    high: float | None


class PredictAnswer(Answer):
    """Predictions in the order of the texts."""

    predictions: list[ClassAnswer | NumberAnswer | LabelsAnswer]
    notes: list[str] = Field(
        description="What to know of how the texts were read: how many were cut off, and in how "
        "many the encoder does not know some tokens."
    )


class ModelDescription(Answer):
    """A trained model that the operator offers."""

    name: str
    kind: Kind
    classes: list[str]
    model: str
    texts: int
    made: str
    encoder: str


class ClassifiersAnswer(Answer):
    """All trained models that the operator offers."""

    models: list[ModelDescription]
