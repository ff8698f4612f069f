"""The bodies of the requests and answers about what is measured on a collection."""

from typing import Literal

from pydantic import Field

from likewise.server.contract import Parameters
from likewise.server.explore.schemas import FoundText, RowAnswer
from likewise.server.http.body import Answer, Body
from likewise.server.schemas import IdentityAnswer

MOST_DISAGREEMENTS = 200


MOST_NEIGHBOURS = 50


class ComparisonRequest(Body):
    """With what to compare a collection: another encoder, or a collection of the same texts."""

    encoder: str | None = Field(default=None, description="The name of one that is offered here.")
    collection: str | None = Field(default=None, description="One that has the same ids.")
    k: int = Field(default=10, ge=1, le=MOST_NEIGHBOURS)


class ComparisonQuery(Parameters):
    """Which comparison, of those that were made."""

    encoder: str | None = None
    collection: str | None = None
    k: int = Field(default=10, ge=1, le=MOST_NEIGHBOURS)
    disagreements: int = Field(default=20, ge=0, le=MOST_DISAGREEMENTS)


class ComparedText(FoundText):
    """A near text by one of the encoders."""

    shared: bool = Field(description="Whether it is as near by the other encoder.")


class DisagreementAnswer(Answer):
    """A text that the two encoders see differently."""

    text: RowAnswer
    overlap: float
    neighbours: list[list[ComparedText]] = Field(
        description="Nearest first: by the collection's encoder, and by the other one."
    )


class ComparisonAnswer(Answer):
    """How far two encoders agree about the nearest texts of each text, in all dimensions."""

    encoders: list[IdentityAnswer] = Field(description="The collection's, and the other one.")
    k: int
    texts: int = Field(description="Texts that both have read.")
    asked: int = Field(description="Those whose neighbours were compared: a sample of many.")
    overlap: float = Field(description="Mean share of the k nearest that are the same.")
    interval: list[float] = Field(description="Of the overlap, 95 per cent, by bootstrap.")
    counts: list[int] = Field(description="Texts with 0, 1, … k nearest in common.")
    disagreements: list[DisagreementAnswer] = Field(description="Those with the least first.")


class BudgetRequest(Body):
    """Which numbers of dimensions to measure."""

    dims: list[int] = Field(
        default_factory=list,
        max_length=12,
        fail_fast=True,
        description="By default those that the model was trained for, else halves.",
    )


class BudgetRowAnswer(Answer):
    """One form of the vectors."""

    dims: int
    form: Literal["float32", "float16", "int8", "binary"]
    bytes: int
    recall: float = Field(description="Share of the true nearest that are found.")
    interval: list[float] = Field(description="Of the recall, 95 per cent, by bootstrap.")
    rescored: float = Field(
        description="The same where the best forty are ranked again by the whole vectors."
    )


class BudgetAnswer(Answer):
    """What each form of a collection's vectors costs and finds."""

    shortened: Literal["matryoshka", "principal components"] = Field(
        description="How vectors lose dimensions; matryoshka where the model was trained for it."
    )
    encoder: IdentityAnswer
    texts: int
    asked: int = Field(description="Texts of the collection that were searched by.")
    k: int = Field(description="True nearest of each, by exact search of the float32 vectors.")
    rows: list[BudgetRowAnswer]
