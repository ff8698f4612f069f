"""What the page asks: compare texts, and which encoders there are."""

from typing import Any

from likewise.encoders.base import Encoder
from likewise.encoders.culprit import apart
from likewise.encoders.reading import characters_read
from likewise.errors import LikewiseError, RemoteQuota
from likewise.server.contract import Call, Routes
from likewise.server.engine.engine import Engine
from likewise.server.engine.queued import Pay, QueuedEncoder
from likewise.server.engine.runner import Runner
from likewise.server.http.envelope import envelope, said_of
from likewise.server.workbench.opening import OPENING_TEXTS
from likewise.server.workbench.schemas import (
    CompareAnswer,
    CompareRequest,
    EncodersAnswer,
    OpenRequest,
    ReadAnswer,
    ReadRequest,
    ScaleAnswer,
    ScaleQuery,
    SizesAnswer,
    WhyAnswer,
    WhyRequest,
)
from likewise.settings import Settings
from likewise.similarity.background import general_english
from likewise.similarity.compare import compare
from likewise.similarity.landmarks import Landmarks, landmarks
from likewise.similarity.percentiles import LEVELS, Scale
from likewise.similarity.sizes import sizes
from likewise.similarity.why import which_words

READING_THREADS = 2
"""Searches for how much of a text is read, at a time."""

MOST_READING = 50
"""Searches that may wait for one of these threads."""


class Workbench:
    """The page's questions, answered by the engine."""

    def __init__(self, engine: Engine, settings: Settings, *, trains: bool = True) -> None:
        self._settings = settings
        self._engine = engine
        self._trains = trains
        self._reading = Runner("long texts", threads=READING_THREADS, waiting=MOST_READING)
        self._opening: dict[str, Any] | None = None
        self._sizes: dict[str, dict[str, Any]] = {}
        """Measured once for each encoder, by identity digest."""

    async def compare(
        self, asked: CompareRequest, client: str = "", pay: Pay | None = None
    ) -> dict[str, Any]:
        """Return the comparison as JSON; raises what `compare` and `Engine.run` raise."""

        def job(encoder: QueuedEncoder) -> dict[str, Any]:
            self._landmarks(encoder, self._scale(encoder))
            with said_of("texts"):
                return compare(
                    asked.texts, encoder, previous=asked.previous, settings=self._settings
                ).to_dict()

        return await self._engine.run(asked.encoder, job, client=client, pay=pay)

    async def why(self, call: Call[WhyRequest]) -> dict[str, Any]:
        """Return each word's effect as JSON; raises what `which_words` and `Engine.run` raise."""
        asked, state = call.body, call.state

        def job(encoder: QueuedEncoder) -> dict[str, Any]:
            with said_of("one", "other"):
                return which_words(asked.one, asked.other, encoder).to_dict()

        return await self._engine.run(asked.encoder, job, client=state.client, pay=state.pay)

    async def read(self, asked: ReadRequest) -> dict[str, Any]:
        """Return how much of a text is read as JSON.

        Raises:
            InvalidText: the text can't be read.
            EncoderError: the encoder can't be loaded.
            Overloaded: too many ask.
        """
        encoder = await self._engine.registry.get(asked.encoder)
        whole = len(asked.text)

        def look() -> dict[str, Any]:
            places = encoder.token_places([asked.text])
            return {
                "characters": characters_read(encoder, asked.text),
                "of": whole,
                "tokens": None if places is None else places[0].tolist(),
            }

        return await self._reading.run(look)

    async def scale(self, call: Call[None]) -> dict[str, Any]:
        """Return the scale of an encoder as JSON; raises what `Engine.run` raises."""

        def job(encoder: QueuedEncoder) -> dict[str, Any]:
            scale = self._scale(encoder)
            return {
                **scale.to_dict(),
                "levels": LEVELS.round(2).tolist(),
                "quantiles": scale.quantiles.round(6).tolist(),
                "examples": self._landmarks(encoder, scale).examples(),
            }

        state = call.state
        return await self._engine.run(call.query.encoder, job, client=state.client, pay=state.pay)

    async def sizes(self, call: Call[None]) -> dict[str, Any]:
        """Return what smaller vectors of an encoder lose; raises what `Engine.run` raises."""

        def job(encoder: QueuedEncoder) -> dict[str, Any]:
            digest = encoder.identity.digest
            if digest not in self._sizes:
                with encoder.unpaid():
                    self._sizes[digest] = sizes(encoder).to_dict()
            return self._sizes[digest]

        state = call.state
        return await self._engine.run(call.query.encoder, job, client=state.client, pay=state.pay)

    def _scale(self, encoder: QueuedEncoder) -> Scale:
        """Return the scale; where it must be made first, it is for all and at nobody's expense."""
        with encoder.unpaid(), apart():
            return general_english(encoder, self._settings)

    def _landmarks(self, encoder: QueuedEncoder, scale: Scale) -> Landmarks:
        """Return the landmarks, in the same way."""
        with encoder.unpaid(), apart():
            return landmarks(encoder, scale, self._settings)

    async def encoders(self) -> dict[str, Any]:
        """Return what is offered and what could be opened, ready for JSON."""
        registry = self._engine.registry
        return {
            "default": registry.default,
            "opens": registry.opens,
            "trains": self._trains,
            "encoders": [registry.describe(name) for name in registry.names],
            "suggestions": await registry.suggestions(),
        }

    async def open(self, name: str) -> dict[str, Any]:
        """Offer one more encoder; raises what `EncoderRegistry.open` raises."""
        await self._engine.registry.open(name)
        return await self.encoders()

    async def opening(self) -> dict[str, Any]:
        """Return the comparison that the page opens with, or the error that prevents it.

        Nobody has asked for it, so it costs nobody money.
        """
        if self._opening is None:
            try:
                _check_free(await self._engine.registry.get())
                self._opening = await self.compare(CompareRequest(texts=list(OPENING_TEXTS)))
            except LikewiseError as error:
                return envelope(error)
        return self._opening

    def stop(self) -> None:
        """Drop what waits."""
        self._reading.stop()


def _check_free(encoder: Encoder) -> None:
    """Refuse an encoder that may charge for what the server asks by itself."""
    if encoder.capabilities.remote and encoder.capabilities.price != 0:
        raise RemoteQuota(
            f"{encoder.identity.name} may charge for each text, so these were not sent to it yet.",
            "Change a text, or ask again: then they are compared.",
        )


def workbench_routes(workbench: Workbench) -> Routes:
    """Return the routes under /api; the page asks them, which has no key."""
    routes = Routes("/api", "workbench", protected=False)

    @routes.route("/compare", method="POST", takes=CompareRequest, gives=CompareAnswer)
    async def compare_texts(call: Call[CompareRequest]) -> dict[str, Any]:
        """Compare texts with the first of them, and all with each other."""
        call.state.facts["texts"] = len(call.body.texts)
        return await workbench.compare(call.body, call.state.client, call.state.pay)

    @routes.route("/why", method="POST", takes=WhyRequest, gives=WhyAnswer)
    async def which_words_did_it(call: Call[WhyRequest]) -> dict[str, Any]:
        """Say what each word of two texts does for their similarity."""
        return await workbench.why(call)

    @routes.route("/read", method="POST", takes=ReadRequest, gives=ReadAnswer)
    async def how_much_is_read(call: Call[ReadRequest]) -> dict[str, Any]:
        """Say how many characters of a text an encoder reads."""
        return await workbench.read(call.body)

    @routes.route("/scale", query=ScaleQuery, gives=ScaleAnswer)
    async def encoder_scale(call: Call[None]) -> dict[str, Any]:
        """Give the cosines of unrelated pairs for an encoder."""
        return await workbench.scale(call)

    @routes.route("/sizes", query=ScaleQuery, gives=SizesAnswer)
    async def smaller_vectors(call: Call[None]) -> dict[str, Any]:
        """Say how many true neighbours smaller vectors of an encoder still find."""
        return await workbench.sizes(call)

    @routes.route("/encoders", gives=EncodersAnswer, charged=False, watched=False)
    async def list_encoders(_: Call[None]) -> dict[str, Any]:
        """List the encoders that this server offers."""
        return await workbench.encoders()

    @routes.route("/encoders/open", method="POST", takes=OpenRequest, gives=EncodersAnswer)
    async def open_encoder(call: Call[OpenRequest]) -> dict[str, Any]:
        """Offer one more encoder, where only the owner of this machine can ask."""
        return await workbench.open(call.body.name)

    return routes
