"""What is measured on a collection: how far two encoders agree, and what smaller vectors lose."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field
from starlette.responses import Response

from likewise.collections.budget import VectorBudget, budget
from likewise.collections.comparison import EncoderComparison
from likewise.encoders.base import Encoder
from likewise.errors import EncoderError, InvalidOption, NotFound, shown
from likewise.server.contract import Call, File, Parameters, Routes
from likewise.server.engine.retrying import RetryingEncoder
from likewise.server.explore.explorer import Explorer
from likewise.server.explore.jobs import ExploreJob, ExploreOutcome
from likewise.server.explore.opened import Opened, keep
from likewise.server.explore.schemas import ExploreJobAnswer, FoundText, RowAnswer
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


@dataclass(frozen=True)
class _Asked:
    """What a collection is compared with, and by how many neighbours."""

    encoder: str | None
    collection: str | None
    k: int


def add_measures(routes: Routes, explorer: Explorer) -> None:
    """Add the routes of comparisons and budgets."""
    _add_comparisons(routes, explorer)
    _add_budgets(routes, explorer)


def _add_comparisons(routes: Routes, explorer: Explorer) -> None:
    @routes.route(
        "/{collection}/comparisons",
        method="POST",
        takes=ComparisonRequest,
        gives=ExploreJobAnswer,
        watched=False,
    )
    async def compare_encoders(call: Call[ComparisonRequest]) -> dict[str, Any]:
        """Compare a collection's encoder with another, whose vectors are made first; a job."""
        asked = _asked(call.body)
        opened = await explorer.asked_for(call)
        work = (
            _by_encoder(opened, asked, await explorer.queued(asked.encoder, call.state))
            if asked.encoder is not None
            else _by_collection(
                opened,
                asked,
                await explorer.read(lambda: explorer.catalogue.opened(str(asked.collection))),
            )
        )
        return explorer.start(call.state.client, "Waiting for another collection", work)

    @routes.route("/{collection}/comparisons", query=ComparisonQuery, gives=ComparisonAnswer)
    async def get_comparison(call: Call[None]) -> dict[str, Any]:
        """Say how far the two encoders agree, and about which texts they do least."""
        opened = await explorer.asked_for(call)
        made, count = _made(opened, _asked(call.query)), call.query.disagreements
        found: dict[str, Any] = await explorer.read(lambda: _compared(opened, made, count))
        return found

    @routes.route("/{collection}/comparisons/overlaps", query=ComparisonQuery, gives=File())
    async def get_overlaps(call: Call[None]) -> Response:
        """Give each text's share of nearest in common, to colour a map by.

        float32, little-endian, in the order of the rows; NaN for texts that were not asked about.
        """
        opened = await explorer.asked_for(call)
        made = _made(opened, _asked(call.query))
        raw = await explorer.read(lambda: _overlaps(opened, made))
        return Response(raw, media_type="application/octet-stream")


def _add_budgets(routes: Routes, explorer: Explorer) -> None:
    @routes.route(
        "/{collection}/budget",
        method="POST",
        takes=BudgetRequest,
        gives=ExploreJobAnswer,
        watched=False,
    )
    async def measure_budget(call: Call[BudgetRequest]) -> dict[str, Any]:
        """Measure what fewer dimensions and bits would save and lose; it goes on in a job."""
        opened = await explorer.asked_for(call)
        try:
            widths = (await explorer.encoder_of(opened.view)).capabilities.widths
        except EncoderError:  # vectors that are there can be measured without it
            widths = ()

        def work(job: ExploreJob) -> ExploreOutcome:
            opened.budget = budget(
                opened.view, dims=call.body.dims, widths=widths, progress=job.report
            )
            return ExploreOutcome([])

        return explorer.start(call.state.client, "Waiting for another collection", work)

    @routes.route("/{collection}/budget", gives=BudgetAnswer)
    async def get_budget(call: Call[None]) -> dict[str, Any]:
        """Say what each form of the vectors costs and finds, as it was measured last."""
        opened = await explorer.asked_for(call)
        made: VectorBudget | None = opened.budget
        if made is None:
            raise NotFound(
                "budget", f"No budget of {opened.view.name} was measured.", "Measure it first."
            )
        return made.to_dict()


def _asked(given: ComparisonRequest | ComparisonQuery) -> _Asked:
    if (given.encoder is None) == (given.collection is None):
        raise InvalidOption(
            "A collection is compared with an encoder or with another collection.",
            "Give one of encoder and collection.",
            param="encoder",
        )
    return _Asked(given.encoder, given.collection, given.k)


def _by_encoder(opened: Opened, asked: _Asked, encoder: Encoder) -> Any:  # noqa: ANN401
    def work(job: ExploreJob) -> ExploreOutcome:
        patient = RetryingEncoder(encoder, job.check)
        made = opened.view.compare(patient, asked.k, progress=job.report)
        keep(opened.comparisons, asked, made)
        return ExploreOutcome([])

    return work


def _by_collection(opened: Opened, asked: _Asked, other: Opened) -> Any:  # noqa: ANN401
    def work(job: ExploreJob) -> ExploreOutcome:
        made = opened.view.compare(other.view, asked.k, progress=job.report)
        keep(opened.comparisons, asked, made)
        return ExploreOutcome([])

    return work


def _made(opened: Opened, asked: _Asked) -> EncoderComparison:
    made = opened.comparisons.get(asked)
    if made is None:
        other = asked.encoder or asked.collection
        raise NotFound(
            "comparison",
            f"{opened.view.name} was not compared with {shown(other)} by {asked.k} neighbours.",
            "Compare them first.",
        )
    return made


def _compared(opened: Opened, made: EncoderComparison, count: int) -> dict[str, Any]:
    """Return a comparison, ready for JSON, its texts as rows of the collection."""
    said = made.to_dict(count)
    near = [one for text in said["disagreements"] for part in text["neighbours"] for one in part]
    ids = dict.fromkeys(
        [text["id"] for text in said["disagreements"]] + [one["id"] for one in near]
    )
    rows = opened.rows_of(list(ids))
    texts = dict(zip(ids, opened.texts(rows), strict=True))
    said["disagreements"] = [
        {
            "text": texts[text["id"]],
            "overlap": text["overlap"],
            "neighbours": [
                [
                    {
                        **texts[one["id"]],
                        "similarity": one["similarity"],
                        "percentile": None,
                        "shared": one["shared"],
                    }
                    for one in part
                ]
                for part in text["neighbours"]
            ],
        }
        for text in said["disagreements"]
    ]
    return said


def _overlaps(opened: Opened, made: EncoderComparison) -> bytes:
    values = np.full(opened.view.count, np.nan, "<f4")
    values[opened.rows_of(list(made.ids))] = made.overlaps
    return values.tobytes()
