"""The server's encoders at work for those who ask: one place for all parts of the API."""

from collections.abc import Callable
from typing import Any

from likewise.encoders.base import Encoder
from likewise.server.engine.embedder import Embedder
from likewise.server.engine.queued import Pay, QueuedEncoder
from likewise.server.engine.registry import EncoderRegistry
from likewise.server.engine.runner import Runner

THREADS = 4
"""Computations at a time; they mostly wait for the inference thread."""

MOST_WAITING = 100
"""Computations that may wait for a thread."""


class Engine:
    """Runs functions that take an encoder, with the encoders of one registry."""

    def __init__(self, registry: EncoderRegistry, embedder: Embedder) -> None:
        self.registry = registry
        self.embedder = embedder
        self._threads = Runner("comparisons", threads=THREADS, waiting=MOST_WAITING)

    async def run(
        self,
        name: str | None,
        job: Callable[[QueuedEncoder], dict[str, Any]],
        *,
        client: str = "",
        pay: Pay | None = None,
    ) -> dict[str, Any]:
        """Return what `job` returns with the encoder of that name, None for the default.

        Raises:
            EncoderError: the encoder can't be loaded.
            Overloaded, RateLimited: see `run_on`.
        """
        encoder = await self.registry.get(name)
        return await self.run_on(encoder, job, client=client, pay=pay)

    async def run_on(
        self,
        encoder: Encoder,
        job: Callable[[QueuedEncoder], dict[str, Any]],
        *,
        client: str = "",
        pay: Pay | None = None,
    ) -> dict[str, Any]:
        """Return what `job` returns; its encoder's work waits its turn on the inference thread.

        When the caller is cancelled, so is the work.

        Args:
            encoder: who encodes.
            job: runs on a thread of its own.
            client: whose turn the work waits for; without one it is the server that asks.
            pay: counts what is encoded against the client's rate.

        Raises:
            Overloaded: too much waits already, or for too long.
            RateLimited: the client has had its tokens.
        """
        queued = self.queued(encoder, client, pay)
        try:
            return await self._threads.run(lambda: job(queued))
        finally:
            queued.cancel()  # without effect on what has ended

    def queued(self, encoder: Encoder, client: str = "", pay: Pay | None = None) -> QueuedEncoder:
        """Return an encoder for a thread of its own, at the expense of a client."""
        return QueuedEncoder(encoder, self.embedder, client, pay)

    def stop(self) -> None:
        """Drop what waits; what runs ends by itself."""
        self._threads.stop()
        self.embedder.stop()
        self.registry.stop()
