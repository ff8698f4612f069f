"""What a training on the page found, as `likewise.classify.report.results` makes it."""

from typing import Annotated, Literal

from pydantic import Field

from likewise.server.http.body import Answer

Unit = Annotated[float, Field(ge=0, le=1)]


class ClassRung(Answer):
    """A model on held-out texts."""

    name: str
    texts: int
    accuracy: Unit
    macro_f1: Unit
    log_loss: float
    calibration_error: Unit
    interval: list[float] = Field(
        min_length=2,
        max_length=2,
        description="95 % interval of its accuracy minus that of the chosen model.",
    )


class LadderAnswer(Answer):
    """All models that were tried, beside simple baselines."""

    design: str
    texts: int
    chosen: str
    winner: str
    rungs: list[ClassRung]


class ReliabilityBin(Answer):
    """Texts of like confidence, and how many of them were right."""

    count: int
    confidence: Unit
    accuracy: Unit


class CurvePoint(Answer):
    """Accuracy with some of the texts: the mean of several draws, and their range."""

    texts: int
    accuracy: Unit
    low: Unit
    high: Unit


class LearningCurve(Answer):
    """What more labels would bring."""

    points: list[CurvePoint]
    advice: str


class LabelFigures(Answer):
    """How well one label is told."""

    label: str
    texts: int
    precision: Unit
    recall: Unit
    f1: Unit


class SuspectAnswer(Answer):
    """A row whose label looks wrong; `row` counts from 1, `probability` is of the given label."""

    row: int
    text: str
    given: str
    suggested: str
    probability: Unit


class ConfusedPair(Answer):
    """Two labels of which one is taken for the other."""

    true: str
    called: str
    times: int
    example: str


class SetSize(Answer):
    """How large sets are for a promise, and the share of those with one label."""

    coverage: Unit
    size: float
    single: Unit


class _Found(Answer):
    model: str
    encoder: str
    texts: int
    fingerprint: str


class ClassResults(_Found):
    """Held-out results of a classifier; `confusion` has the true labels down, the told across."""

    kind: Literal["classes"]
    classes: list[str]
    ladder: LadderAnswer
    confusion: list[list[int]]
    per_class: list[LabelFigures]
    reliability: list[ReliabilityBin]
    curve: LearningCurve
    suspects: list[SuspectAnswer]
    confused: list[ConfusedPair]
    coverage: list[SetSize]


class NumberRung(Answer):
    """A model of numbers on held-out texts."""

    name: str
    texts: int
    rmse: float
    mae: float
    r2: float
    pearson: float


class IntervalWidth(Answer):
    """How wide intervals are for a promise; null where it allows any number."""

    coverage: Unit
    width: float | None


class TrueAndPredicted(Answer):
    """A held-out number and what was predicted for it."""

    true: float
    predicted: float


class WorstPrediction(TrueAndPredicted):
    """A text whose number was missed by far."""

    text: str


class NumberResults(_Found):
    """Held-out results of a regressor."""

    kind: Literal["numbers"]
    rungs: list[NumberRung]
    coverage: list[IntervalWidth]
    residuals: list[TrueAndPredicted]
    worst: list[WorstPrediction]


Results = Annotated[ClassResults | NumberResults, Field(discriminator="kind")]
