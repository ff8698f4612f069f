"""What is measured on a collection: how far two encoders agree, and what smaller vectors lose."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.responses import Response

from likewise.collections.measures.budget import VectorBudget, budget
from likewise.collections.measures.comparison import EncoderComparison
from likewise.encoders.base import Encoder
from likewise.errors import EncoderError, InvalidOption, NotFound, shown
from likewise.server.contract import Call, File, Routes
from likewise.server.engine.retrying import RetryingEncoder
from likewise.server.explore.explorer import Explorer
from likewise.server.explore.jobs import ExploreJob, ExploreOutcome
from likewise.server.explore.measure_schemas import (
    BudgetAnswer,
    BudgetRequest,
    ComparisonAnswer,
    ComparisonQuery,
    ComparisonRequest,
)
from likewise.server.explore.opened import Opened, keep
from likewise.server.explore.schemas import ExploreJobAnswer


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
        return await explorer.read(lambda: _compared(opened, made, count))

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
