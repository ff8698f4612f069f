"""What a training on the page found, as `likewise.classify.report.results` makes it."""

from typing import Annotated, Literal

from pydantic import Field

from likewise.server.http.body import Answer

Unit = Annotated[float, Field(ge=0, le=1)]
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]


class _ClassScores(Answer):
    texts: int
    accuracy: Unit
    macro_f1: Unit
    log_loss: float
    calibration_error: Unit


class _LabelScores(Answer):
    texts: int
    exact: Unit = Field(description="Share of texts that got all their labels and no other.")
    micro_f1: Unit
    macro_f1: Unit
    log_loss: float
    calibration_error: Unit


class _NumberScores(Answer):
    texts: int
    rmse: float
    mae: float
    r2: float
    pearson: float


class _Entry(Answer):
    name: str
    kind: Literal["baseline", "candidate", "procedure"] = Field(
        description="`procedure` is the honest estimate of what is saved: search and choice were "
        "repeated without the held-out texts."
    )


class _Board(Answer):
    design: str = Field(description="How texts were held out, for people.")
    texts: int
    saved: str = Field(description="Name of the entry of the model that is in the file: the ★.")
    procedure: str = Field(description="Name of the entry that is the estimate to go by.")


class ClassEntry(_ClassScores, _Entry):
    """A model on held-out texts."""

    interval: Interval = Field(
        description="95 % interval of its accuracy minus that of the saved model's entry."
    )


class LeaderboardAnswer(_Board):
    """All models that were tried, beside simple baselines and the whole procedure."""

    winner: str = Field(description="Name of the entry with the highest accuracy.")
    entries: list[ClassEntry]


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

    points: list[CurvePoint] = Field(
        description="Fewest texts first; none where there are too few."
    )
    advice: str


class LabelFigures(Answer):
    """How well one label is predicted."""

    label: str
    texts: int
    precision: Unit
    recall: Unit
    f1: Unit


class SuspectAnswer(Answer):
    """A row whose label looks wrong; `row` counts from 1.

    `probability` is of the given label beside the suggested one.
    """

    row: int
    text: str
    given: str
    suggested: str
    probability: Unit


class ConfusedPair(Answer):
    """Two labels of which one is taken for the other."""

    true: str
    predicted: str
    times: int
    example: str


class SetSize(Answer):
    """Sets for a promise: the share that held the truth, their size, and those of one label."""

    coverage: Unit
    held: Unit
    size: float
    single: Unit


class RejectedTexts(Answer):
    """What share of some foreign texts is called none of the labels."""

    name: str
    kind: Literal["near", "far"] = Field(
        description="`near`: texts of labels that were left out of learning. `far`: texts that "
        "have nothing to do with the task."
    )
    texts: int
    rejected: Unit


class RejectionFigures(Answer):
    """How well texts of none of the labels are told, where `abstain` of own texts are called so."""

    abstain: Unit
    held_out: int = Field(description="Own texts by which it is known.")
    between: Interval | None = Field(
        description="The middle 95 % of where the share of own texts that are called so lies if "
        "`abstain` is asked for; null where none ever is."
    )
    weights: dict[str, Unit] = Field(description="What each detector counts.")
    foreign: list[RejectedTexts]
    said: str = Field(description="All of it in a sentence or two.")


class EstimateAnswer(_ClassScores):
    """How good the saved model is held to be, by texts that were held out as `design` says."""

    design: str


class NumberEstimate(_NumberScores):
    """How good the saved model is held to be, by texts that were held out as `design` says."""

    design: str


class FindingInResults(Answer):
    """Something odd about the data; `rows` are those of the table, from 1."""

    kind: str
    message: str
    rows: list[int]


class ReadingFigures(Answer):
    """How the encoder read the texts."""

    texts: int
    cut_off: int = Field(description="Texts of which a part was not read.")
    with_unknown: int = Field(description="Texts with tokens that the encoder does not know.")
    tokens: int = Field(description="Tokens of these texts.")
    unknown: int = Field(description="Of these tokens, those that it does not know.")


class _Found(Answer):
    model: str = Field(description="The kind of model that is in the file.")
    encoder: str
    texts: int
    made: str
    fingerprint: str
    reading: ReadingFigures
    findings: list[FindingInResults]


class ClassResults(_Found):
    """Held-out results of a classifier; `confusion` has true labels down, predicted across.

    `estimate`, `confusion`, `per_class`, `reliability`, `confused` and `coverage` are all of the
    procedure's entry: they speak of the same texts and the same predictions.
    """

    kind: Literal["classes"]
    metric: str = Field(description="What answers are good at.")
    classes: list[str]
    estimate: EstimateAnswer | None = Field(description="null where too few texts are there.")
    leaderboard: LeaderboardAnswer | None
    confusion: list[list[int]]
    per_class: list[LabelFigures]
    reliability: list[ReliabilityBin]
    curve: LearningCurve | None
    suspects: list[SuspectAnswer] = Field(description="The first 500, most suspicious first.")
    suspects_found: int = Field(description="How many labels look wrong in all.")
    confused: list[ConfusedPair]
    coverage: list[SetSize]
    rejection: RejectionFigures
    test: None = None


class NumberEntry(_NumberScores):
    """A model of numbers on held-out texts."""

    name: str
    saved: bool = Field(description="Whether this is the model in the file: the ★.")
    interval: Interval = Field(
        description="95 % interval of how much larger its mean absolute error is."
    )


class IntervalWidth(Answer):
    """Intervals for a promise: the share that held the truth, and their width.

    The width is null where it allows any number.
    """

    coverage: Unit
    held: Unit
    width: float | None


class TrueAndPredicted(Answer):
    """A held-out number and what was predicted for it."""

    true: float
    predicted: float


class WorstPrediction(TrueAndPredicted):
    """A text whose number was missed by far; `row` counts from 1."""

    row: int
    text: str


class LevelFigures(Answer):
    """How good numbers are as levels, such as stars; errors are in the unit of the numbers."""

    values: list[float]
    right: Unit
    near: Unit = Field(description="One level off at most.")
    mae: float
    guessing: float = Field(description="Mean error of always answering the median.")
    said: str = Field(description="All of it in a sentence.")


class NumberResults(_Found):
    """Held-out results of a regressor."""

    kind: Literal["numbers"]
    low: float
    high: float
    design: str = Field(description="How texts were held out, for people.")
    estimate: NumberEstimate
    leaderboard: list[NumberEntry]
    levels: LevelFigures | None = Field(description="null where numbers are quantities.")
    coverage: list[IntervalWidth]
    residuals: list[TrueAndPredicted]
    worst: list[WorstPrediction]
    test: None = None


class LabelEntryAnswer(_LabelScores, _Entry):
    """A model of several labels per text on held-out texts."""

    interval: Interval = Field(
        description="95 % interval of its micro-F1 minus that of the saved model's entry."
    )


class LabelBoardAnswer(_Board):
    """All models of several labels that were tried, beside simple ones and the procedure."""

    winner: str = Field(description="Name of the entry with the highest micro-F1.")
    entries: list[LabelEntryAnswer]


class LabelBaselines(Answer):
    """F1 of a label by simple models; null where nothing was compared."""

    frequent: float | None = Field(description="Always the most frequent set of labels.")
    nearest: float | None = Field(description="The labels of the nearest text.")
    at_half: float | None = Field(description="Logistic regression at one half.")


class LabelFiguresBeside(LabelFigures):
    """How well one of several labels is predicted, beside simple models."""

    threshold: Unit = Field(description="Probability from which on the label is said.")
    baselines: LabelBaselines


class LabelSetSize(Answer):
    """Labels that can't be ruled out: the share of true ones among them, and how many."""

    coverage: Unit
    held: Unit
    size: float


class LabelsEstimate(_LabelScores):
    """How good the saved model is held to be, by texts that were held out as `design` says."""

    design: str


class LabelSpellingAnswer(Answer):
    """How the labels of a text were written."""

    kind: Literal["separator", "list", "columns"]
    separator: str


class MultiLabelResults(_Found):
    """Held-out results of a classifier of several labels per text."""

    kind: Literal["multi-label"]
    metric: str = Field(description="What answers are good at.")
    classes: list[str]
    labels_a_text: float
    at_least_one: bool = Field(description="Whether every text had a label, so that each gets one.")
    spelling: LabelSpellingAnswer
    estimate: LabelsEstimate | None = Field(description="null where too few texts are there.")
    leaderboard: LabelBoardAnswer | None
    per_label: list[LabelFiguresBeside]
    reliability: list[ReliabilityBin]
    coverage: list[LabelSetSize]
    rejection: RejectionFigures
    test: None = None


Results = Annotated[ClassResults | NumberResults | MultiLabelResults, Field(discriminator="kind")]
"""What a training found."""
