"""What the page asks: compare texts, and which encoders there are."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from likewise.encoders.base import Encoder
from likewise.encoders.reading import characters_read
from likewise.errors import LikewiseError, Overloaded, TooManyTexts
from likewise.server.describe import ERRORS, takes
from likewise.server.engine.embedder import Embedder
from likewise.server.engine.queued import QueuedEncoder
from likewise.server.engine.registry import Shelf
from likewise.server.http.body import read_body
from likewise.server.http.disconnect import unless_disconnected
from likewise.server.http.envelope import JSON, envelope
from likewise.server.http.rates import Rates
from likewise.server.schemas import (
    MOST_TEXTS,
    CompareAnswer,
    CompareRequest,
    EncodersAnswer,
    OpenRequest,
    ReadAnswer,
    ReadRequest,
    ScaleAnswer,
    WhyAnswer,
    WhyRequest,
)
from likewise.server.static import OPENING_TEXTS
from likewise.settings import Settings
from likewise.similarity.background import general_english
from likewise.similarity.compare import compare
from likewise.similarity.percentiles import LEVELS, Scale
from likewise.similarity.why import which_words

State = dict[str, Any]
"""What is kept of a request while it is answered: its client, its answer's headers."""

THREADS = 4
"""Comparisons at a time; they mostly wait for the inference thread."""

MOST_WAITING = 100
"""Comparisons that may wait for a thread."""


class Workbench:
    """The page's questions, answered with the encoders of one shelf."""

    def __init__(
        self,
        shelf: Shelf,
        embedder: Embedder,
        rates: Rates,
        settings: Settings,
        *,
        trains: bool = True,
    ) -> None:
        self.shelf = shelf
        self.rates = rates
        self.trains = trains
        self._settings = settings
        self._embedder = embedder
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="compare")
        self._running = 0
        self._opening: dict[str, Any] | None = None

    async def compare(self, asked: CompareRequest, state: State | None = None) -> dict[str, Any]:
        """Return the comparison as JSON; raises what `compare` and `run` raise."""
        if len(asked.texts) > MOST_TEXTS:
            raise TooManyTexts(
                f"{len(asked.texts):,} texts are too many for one picture.",
                f"Send at most {MOST_TEXTS}; for more use `likewise compare` or `likewise embed`.",
                param="texts",
            )

        def job(encoder: QueuedEncoder) -> dict[str, Any]:
            self._scale(encoder)
            return compare(
                asked.texts, encoder, previous=asked.previous, settings=self._settings
            ).to_dict()

        return await self.run(asked.encoder, state, job)

    async def why(self, asked: WhyRequest, state: State) -> dict[str, Any]:
        """Return each word's effect as JSON; raises what `which_words` and `run` raise."""
        return await self.run(
            asked.encoder,
            state,
            lambda encoder: which_words(asked.one, asked.other, encoder).to_dict(),
        )

    async def read(self, asked: ReadRequest) -> dict[str, Any]:
        """Return how much of a text is read as JSON; raises `InvalidText` and `EncoderError`."""
        encoder = await self.shelf.get(asked.encoder)
        whole = len(asked.text)
        read = await asyncio.to_thread(characters_read, encoder, asked.text)
        return {"characters": read, "of": whole}

    async def scale(self, name: str | None, state: State) -> dict[str, Any]:
        """Return the scale of an encoder as JSON; raises what `run` raises."""

        def job(encoder: QueuedEncoder) -> dict[str, Any]:
            scale = self._scale(encoder)
            return {
                **scale.to_dict(),
                "levels": LEVELS.round(2).tolist(),
                "quantiles": scale.quantiles.round(6).tolist(),
            }

        return await self.run(name, state, job)

    def _scale(self, encoder: QueuedEncoder) -> Scale:
        """Return the scale; where it must be made first, it is for all and at nobody's expense."""
        with encoder.unpaid():
            return general_english(encoder, self._settings)

    async def run(
        self, name: str | None, state: State | None, job: Callable[[QueuedEncoder], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return what `job` returns; its encoder's work waits its turn on the inference thread.

        What it encodes counts against the rate of the request's client; without a `state` it is
        the server that asks. When the caller is cancelled, so is the work.

        Raises:
            EncoderError: the encoder can't be had.
            Overloaded: too much waits already, or for too long.
            RateLimited: the client has had its tokens.
        """
        return await self.run_on(await self.shelf.get(name), state, job)

    async def run_on(
        self, encoder: Encoder, state: State | None, job: Callable[[QueuedEncoder], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return what `job` returns with that encoder; see `run`."""
        if self._running >= THREADS + MOST_WAITING:
            raise Overloaded(
                f"{self._running} comparisons are waiting already.",
                "Try again later.",
                retry_after=5,
            )
        queued = self.queued(encoder, state)
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job, queued)
        finally:
            queued.cancel()  # without effect on what has ended
            self._running -= 1

    def queued(self, encoder: Encoder, state: State | None) -> QueuedEncoder:
        """Return an encoder for a thread of its own, at the expense of a request's client."""
        if state is None:
            return QueuedEncoder(encoder, self._embedder, "")
        client = state["client"]
        return QueuedEncoder(encoder, self._embedder, client, self.rates.payer(client, state))

    def encoders(self) -> dict[str, Any]:
        """Return what is offered, ready for JSON."""
        shelf = self.shelf
        offered = [shelf.describe(name) for name in shelf.names]
        return {
            "default": shelf.default,
            "opens": shelf.opens,
            "trains": self.trains,
            "encoders": offered,
        }

    async def opening(self) -> dict[str, Any]:
        """Return the comparison that the page opens with, or the error that prevents it."""
        if self._opening is None:
            try:
                self._opening = await self.compare(CompareRequest(texts=list(OPENING_TEXTS)))
            except LikewiseError as error:
                return envelope(error)
        return self._opening

    def stop(self) -> None:
        """Drop what waits; what runs ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def workbench_router(workbench: Workbench) -> APIRouter:
    """Return the routes under /api."""
    router = APIRouter(prefix="/api", tags=["workbench"])

    @router.post("/compare", **takes(CompareRequest, CompareAnswer))
    async def compare_texts(request: Request) -> Response:
        """Compare texts with the first of them, and all with each other."""
        state = request.scope["state"]
        await workbench.rates.charge_request(state["client"], state)
        asked = await read_body(request, CompareRequest)
        state["facts"]["texts"] = len(asked.texts)
        work = workbench.compare(asked, state)
        return _json(await unless_disconnected(request, work))

    @router.post("/why", **takes(WhyRequest, WhyAnswer))
    async def which_words_did_it(request: Request) -> Response:
        """Say what each word of two texts does for their similarity."""
        state = request.scope["state"]
        await workbench.rates.charge_request(state["client"], state)
        asked = await read_body(request, WhyRequest)
        return _json(await unless_disconnected(request, workbench.why(asked, state)))

    @router.post("/read", **takes(ReadRequest, ReadAnswer))
    async def how_much_is_read(request: Request) -> Response:
        """Say how many characters of a text an encoder reads."""
        state = request.scope["state"]
        await workbench.rates.charge_request(state["client"], state)
        asked = await read_body(request, ReadRequest)
        return _json(await unless_disconnected(request, workbench.read(asked)))

    @router.get("/scale", responses={200: {"model": ScaleAnswer}, **ERRORS})
    async def encoder_scale(request: Request, encoder: str | None = None) -> Response:
        """Give the cosines of unrelated pairs for an encoder."""
        state = request.scope["state"]
        await workbench.rates.charge_request(state["client"], state)
        return _json(await workbench.scale(encoder, state))

    @router.get("/encoders", responses={200: {"model": EncodersAnswer}, **ERRORS})
    async def list_encoders() -> Response:
        """List the encoders that this server offers."""
        return _json(workbench.encoders())

    @router.post("/encoders/open", **takes(OpenRequest, EncodersAnswer))
    async def open_encoder(request: Request) -> Response:
        """Offer one more encoder, where only the owner of this machine can ask."""
        state = request.scope["state"]
        await workbench.rates.charge_request(state["client"], state)
        asked = await read_body(request, OpenRequest)
        await workbench.shelf.open(asked.name)
        return _json(workbench.encoders())

    return router


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), media_type=JSON)
