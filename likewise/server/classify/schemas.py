"""The bodies of the requests and answers about classifiers."""

from typing import Annotated, Literal

from pydantic import Field

from likewise.server.classify.training_schemas import Results
from likewise.server.contract import Parameters
from likewise.server.http.body import Answer, Body

MOST_TEXTS = 100
"""Texts in one request for predictions."""

Label = str | int | float | bool
Kind = Literal["classes", "numbers", "multi-label"]
Share = Annotated[float, Field(gt=0, lt=1)]


class TableQuery(Parameters):
    """What is said of a file beside its bytes."""

    name: str = ""
    encoding: str | None = None
    separator: str | None = Field(None, description="What stands between cells; else a guess.")
    quotes: str | None = Field(None, description="What stands around cells, or none.")
    header: bool | None = Field(None, description="Whether the first row names the columns.")
    sheet: str | None = Field(None, description="Sheet of a spreadsheet, by name or number.")


class TextsQuery(TableQuery):
    """What is said of a file, and how many of its texts are wanted."""

    most: int = Field(100, ge=1, le=50_000, description="How many texts are wanted.")


class TextsAnswer(Answer):
    """The first texts of a file."""

    name: str
    column: str | None = Field(description="Where they stand, where the file has several columns.")
    texts: list[str]
    of: int = Field(description="How many texts the file has.")
    notes: list[str]


class CellQuery(Parameters):
    """A cell of the confusion matrix, by the places of its two labels."""

    true: int
    predicted: int


class LabelRequest(Body):
    """The label of a text."""

    row: int = Field(ge=0, description="The row that was asked for.")
    label: str = Field(max_length=200, description="Its label, not blank.")


class SkipRequest(Body):
    """A text that is not to be asked for again."""

    row: int = Field(ge=0, description="The row that was asked for.")


class UndoRequest(Body):
    """Nothing: the last answer is taken back."""


class LabelChance(Answer):
    """A label and how likely the model finds it."""

    label: str
    probability: float


class NextText(Answer):
    """The text whose label would teach most."""

    row: int
    text: str
    chances: list[LabelChance]


class LastAnswer(Answer):
    """The answer that can be taken back."""

    row: int
    text: str
    label: str


class LabellingAnswer(Answer):
    """How far a labelling session is, and which text is next."""

    name: str = Field(description="The file's name.")
    texts: int
    labelled: int
    labels: list[str] = Field(description="Those to choose from; others may come.")
    next: NextText | None = Field(description="Null when every text is labelled or skipped.")
    last: LastAnswer | None


class ColumnsRequest(Body):
    """Which columns of a table hold texts and labels."""

    text: str = Field(description="The column of the texts.")
    label: str = Field(description="The column of the labels or numbers.")
    kind: Kind = Field(
        default="classes",
        description='"classes" for one label a text, "multi-label" for several in a cell, or '
        '"numbers".',
    )


class CorrectionRequest(Body):
    """The right label of a row."""

    row: int = Field(ge=1, description="The row of the table, from 1.")
    label: str = Field(min_length=1, max_length=1_000)


class TrainRequest(ColumnsRequest):
    """What to learn from."""

    table: str = Field(description='The id of a table from /api/tables, or "moods".')
    quick: bool = Field(
        default=False, description="Whether to try logistic regression and baselines only."
    )
    corrections: list[CorrectionRequest] = Field(
        default=[],
        max_length=10_000,
        description="Labels that are learnt instead of those in the table.",
    )


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


class RejectedRow(Answer):
    """A row that was set aside."""

    line: int
    reason: str
    row: str = Field(description="What stands there, its first 300 characters.")


class TableAnswer(Answer):
    """A table that was read, and what its columns seem to be."""

    id: str
    name: str
    columns: list[str]
    rows: int
    sample: list[list[str | None]]
    text: str | None
    label: str | None
    why: str | None = Field(description="Why no column was taken for labels, where none was.")
    numeric: list[str]
    several: list[str] = Field(description="Columns whose cells seem to hold several labels.")
    notes: list[str]
    aside: int = Field(description="Rows that could not be understood and were set aside.")
    rejected: list[RejectedRow] = Field(description="The first ten of them.")


class ColumnLookAnswer(Answer):
    """One column: what its cells are, and its first different values."""

    name: str
    kind: Literal["empty", "text", "number", "date", "yes or no", "list"]
    missing: int
    different: int = Field(description="Different values, at most 10,000.")
    longest: int = Field(description="Characters of the longest.")
    samples: list[str]


class TokenLookAnswer(Answer):
    """How long the texts are for the default encoder."""

    encoder: str
    texts: int = Field(description="Texts that were counted.")
    median: int
    longest: int
    limit: int | None = Field(description="Tokens that are read of a text.")
    cut_off: int
    with_unknown: int = Field(description="Texts with tokens that the encoder does not know.")


class LookAnswer(Answer):
    """A table as Likewise understands it, as `likewise look` shows it."""

    name: str
    format: str
    encoding: str | None
    separator: str | None
    rows: int
    aside: int
    columns: list[ColumnLookAnswer]
    text: str | None
    why_text: str
    label: str | None
    why_label: str
    duplicates: int = Field(description="Texts that come again.")
    tokens: TokenLookAnswer | None
    notes: list[str]


class LabelCount(Answer):
    """How often a label occurs."""

    label: str
    count: int


class FindingAnswer(Answer):
    """Something odd about the data; `rows` are those of the table, from 1."""

    kind: str
    message: str
    rows: list[int]


class ChecksAnswer(Answer):
    """What is to be known before training."""

    texts: int
    labels: list[LabelCount]
    findings: list[FindingAnswer]
    notes: list[str]


class TrainingError(Answer):
    """Why a training failed."""

    problem: str
    remedy: str


class TrainingAnswer(Answer):
    """How a training is, and at its end what it found."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    what: str
    done: int
    total: int = Field(description="0 where it is unknown.")
    seconds: float
    error: TrainingError | None
    result: Results | None


class CellText(Answer):
    """A held-out text, and the probability of what it was called."""

    text: str
    probability: float


class CellAnswer(Answer):
    """Texts of one cell of the confusion matrix."""

    texts: list[CellText]


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
    set: list[Label] = Field(description="Holds the true label with the asked coverage.")
    fits: bool = Field(description="False for a text that is none of the labels.")
    rejection: RejectionAnswer | None = Field(description="Why, where the text does not fit.")
    demo: DemoAnswer | None
    explanation: ExplanationAnswer | None


class LabelsAnswer(Answer):
    """What a classifier of several labels a text says."""

    labels: list[Label] = Field(description="Those that it says: none, one or several.")
    probabilities: list[LabelProbability]
    set: list[Label] = Field(description="Labels that can't be ruled out at the asked coverage.")
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
