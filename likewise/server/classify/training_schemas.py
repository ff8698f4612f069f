"""The bodies of the requests and answers about trainings; `result_schemas` has what they find."""

from typing import Literal

from pydantic import Field

from likewise.server.classify.result_schemas import Results
from likewise.server.contract import Parameters
from likewise.server.http.body import Answer, Body

Kind = Literal["classes", "numbers", "multi-label"]


class CellQuery(Parameters):
    """A cell of the confusion matrix, by the places of its two labels."""

    true: int
    predicted: int


class ColumnsRequest(Body):
    """Which columns of a table hold texts and labels."""

    text: str = Field(description="The column of the texts.")
    label: str = Field(description="The column of the labels or numbers.")
    kind: Kind = Field(
        default="classes",
        description='"classes" for one label per text, "multi-label" for several in a cell, or '
        '"numbers".',
    )


class CorrectionRequest(Body):
    """The right label of a row."""

    row: int = Field(ge=1, description="The row of the table, from 1.")
    label: str = Field(min_length=1, max_length=1_000)


class AddedRequest(Body):
    """A text that is not in the table, and its label."""

    text: str = Field(min_length=1, max_length=10_000, pattern=r"\S")
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
    added: list[AddedRequest] = Field(
        default=[], max_length=1_000, description="Texts that are learnt beside those in the table."
    )


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
