"""The server's encoder for code that takes an encoder: compare, why, classify, trainings."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from likewise.encoders.base import Encoder, TokenParts
from likewise.encoders.column import texts_of
from likewise.encoders.culprit import placed
from likewise.encoders.wrapped import WrappedEncoder
from likewise.server.engine.embedder import Embedder
from likewise.types import Encoding, Progress

Pay = Callable[[int], None]


class QueuedEncoder(WrappedEncoder):
    """An encoder whose work waits its turn among a server's other work.

    For code that takes an encoder and runs on a thread of its own; `cancel` drops the work.

    Args:
        encoder: the encoder behind.
        embedder: the server's.
        client: whose turn it waits for.
        pay: called with the tokens of all texts, known ones too, before any is encoded; it raises
            where the client may not have so many.
    """

    def __init__(
        self, encoder: Encoder, embedder: Embedder, client: str, pay: Pay | None = None
    ) -> None:
        super().__init__(encoder)
        self._embedder = embedder
        self._client = client
        self._pay = pay
        self._cancelled = False
        self._future: Future[Encoding] | None = None

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Wait for the turn, then encode; see `Encoder.encode`.

        Raises:
            Overloaded: too much waits already, or for too long.
            RateLimited: the client has had its tokens.
            CancelledError: `cancel` was called.
        """
        every = texts_of(texts)
        plan = self._embedder.plan_now(self.encoder, every)
        if self._pay is not None:
            tokens = int(plan.read.sum())
            if plan.missing:
                # before it pays: what is refused for want of room is tried again
                self._embedder.batcher.check_room(self._client, tokens)
            self._pay(tokens)
        self._future = self._embedder.submit(plan, self._client)
        if self._future is not None and self._cancelled:
            self._future.cancel()
        with placed(plan.place_of):
            computed = None if self._future is None else self._wait(self._future)
        if progress:
            progress(len(every), len(every))
        return self._embedder.finish(plan, computed)

    def _wait(self, future: Future[Encoding]) -> Encoding:
        batcher = self._embedder.batcher
        try:
            return future.result(batcher.limits.deadline)
        except TimeoutError:
            if future.done():
                raise  # what computes raised it
            future.cancel()
            raise batcher.given_up() from None

    def token_parts(self, texts: Iterable[str]) -> list[TokenParts] | None:
        """Split vectors between two batches; see `Encoder.token_parts`.

        It is asked for two texts at a time, after the turn for their words.
        """
        return self._embedder.split(self.encoder, texts_of(texts))

    @contextmanager
    def unpaid(self) -> Iterator["QueuedEncoder"]:
        """Encode what the server needs for itself, at nobody's expense."""
        pay, self._pay = self._pay, None
        try:
            yield self
        finally:
            self._pay = pay

    def cancel(self) -> None:
        """Drop what waits; `encode`, now or later, raises CancelledError."""
        self._cancelled = True
        if self._future is not None:
            self._future.cancel()
