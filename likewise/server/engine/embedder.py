"""From texts to vectors on a server: what is known already, then the batcher.

`Embedder.plan` says what a request will cost before anything is computed, so that limits can be
checked; `Embedder.submit` then computes what is missing.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import CountsTokens, Encoder, SplitsIntoTokens, TokenParts
from likewise.errors import Overloaded
from likewise.server.engine.batching import Batcher
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.memory import MemoryCache, Row
from likewise.server.engine.registry import is_remote
from likewise.types import Encoding

CHARACTERS_PER_TOKEN = 4
"""For encoders that can't count beforehand; English has about that many."""

REMOTE_THREADS = 16
"""Requests that are with providers at a time."""

MOST_REMOTE_WAITING = 200
"""Requests that may wait for one of these threads."""

WARM_UP = ("a",)
"""What an encoder is asked first, so that what it does once is done."""

QUICK_CHARACTERS = 5_000
"""Up to so many are counted at once, within about a millisecond; more go to another thread."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What encoding some texts will take.

    rows: for each text its row where it is known already.
    tokens: int32, shape (n,), tokens in each text, those that will be cut off included.
    truncated: bool, shape (n,), true where a part of the text will not be read.
    """

    encoder: Encoder
    texts: Sequence[str]
    keys: list[bytes]
    rows: list[Row | None]
    tokens: npt.NDArray[np.int32]
    truncated: npt.NDArray[np.bool_]

    @property
    def read(self) -> npt.NDArray[np.int32]:
        """int32, shape (n,): tokens of each text that the encoder reads."""
        most = self.encoder.identity.max_tokens
        return np.minimum(self.tokens, most) if most else self.tokens


class Embedder:
    """Plans and computes; one for a server."""

    def __init__(self, batcher: Batcher, memory: MemoryCache, budget: DailyBudget) -> None:
        self.batcher = batcher
        self.memory = memory
        self._budget = budget
        self._remote = ThreadPoolExecutor(REMOTE_THREADS, thread_name_prefix="remote")
        self._remote_running = 0
        self._splits: set[str] = set()
        """Digests of the encoders that have split a text."""

    async def plan(self, encoder: Encoder, texts: Sequence[str]) -> Plan:
        """Return what encoding will take; long texts are counted off the event loop."""
        if sum(map(len, texts)) <= QUICK_CHARACTERS:
            return self.plan_now(encoder, texts)
        return await asyncio.to_thread(self.plan_now, encoder, texts)

    def plan_now(self, encoder: Encoder, texts: Sequence[str]) -> Plan:
        """Return what encoding will take."""
        keys = self.memory.keys(encoder, texts)
        rows = self.memory.get(keys)
        tokens = np.array([row.tokens if row else 0 for row in rows], np.int32)
        truncated = np.array([row.truncated if row else False for row in rows], np.bool_)
        missing = [index for index, row in enumerate(rows) if row is None]
        if missing:
            tokens[missing], truncated[missing] = _count(encoder, [texts[i] for i in missing])
        return Plan(encoder, texts, keys, rows, tokens, truncated)

    def submit(self, plan: Plan, client: str) -> Future[Encoding] | None:
        """Queue what is missing, equal texts once; None where everything is known.

        The future of texts for a provider raises RemoteQuota where the client may not spend so
        much.

        Raises:
            Overloaded: too much waits already.
        """
        missing = self._missing(plan)
        if not missing:
            return None
        texts = [plan.texts[index] for index in missing.values()]
        if is_remote(plan.encoder):
            return self._submit_remote(plan.encoder, texts, client)
        read = plan.read
        return self.batcher.submit(
            plan.encoder,
            texts,
            [int(read[index]) for index in missing.values()],
            client=client,
        )

    def _submit_remote(self, encoder: Encoder, texts: list[str], client: str) -> Future[Encoding]:
        """Ask a provider, on a thread of its own: it takes no processor time here."""
        if self._remote_running >= REMOTE_THREADS + MOST_REMOTE_WAITING:
            raise Overloaded(
                "Too many requests wait for the provider already.",
                "Try again later.",
                retry_after=5,
            )
        self._remote_running += 1
        future = self._remote.submit(self._ask, encoder, texts, client)
        future.add_done_callback(self._remote_ended)
        return future

    def _ask(self, encoder: Encoder, texts: list[str], client: str) -> Encoding:
        """Ask the provider; what it may cost is looked up in files, so not on the event loop."""
        self._budget.take(encoder, texts, client)
        return encoder.encode(texts)

    def _remote_ended(self, _: Future[Encoding]) -> None:
        self._remote_running -= 1

    def split(self, encoder: Encoder, texts: Sequence[str]) -> list[TokenParts] | None:
        """Return the texts' parts, computed between two batches; None where there are none."""
        if not isinstance(encoder, SplitsIntoTokens):
            return None
        digest = encoder.identity.digest
        if digest not in self._splits:
            encoder.token_parts(WARM_UP)  # it compiles, which no batch must wait for
            self._splits.add(digest)
        with self.batcher.engine:
            return encoder.token_parts(texts)

    def stop(self) -> None:
        """Give what waits up; see `Batcher.stop`."""
        self.batcher.stop()
        self._remote.shutdown(wait=False, cancel_futures=True)

    def finish(self, plan: Plan, computed: Encoding | None) -> Encoding:
        """Put what was known and what was computed together, in order."""
        rows = dict(zip(plan.keys, plan.rows, strict=True))
        if computed is not None:
            fresh = {
                key: Row(vector.copy(), int(tokens), bool(truncated))
                for key, vector, tokens, truncated in zip(
                    self._missing(plan),
                    computed.vectors,
                    computed.tokens,
                    computed.truncated,
                    strict=True,
                )
            }
            self.memory.put(fresh)
            rows |= fresh
        return _encoding([rows[key] for key in plan.keys], plan.encoder.identity.dims)

    async def embed(self, plan: Plan, client: str) -> Encoding:
        """Return the encoding; when the caller is cancelled, so is the work.

        Raises:
            Overloaded: too much waits already, or for too long.
        """
        future = self.submit(plan, client)
        if future is None:
            return self.finish(plan, None)
        computed: Encoding = await asyncio.wrap_future(future)
        return self.finish(plan, computed)

    def _missing(self, plan: Plan) -> dict[bytes, int]:
        """Return the key of each text that is not known, with one place where it stands."""
        return {
            key: index
            for index, (key, row) in enumerate(zip(plan.keys, plan.rows, strict=True))
            if row is None
        }


@lru_cache(maxsize=64)
def _counts(kind: type) -> bool:
    """Whether encoders of this class are `CountsTokens`; asking that of each takes 0.1 ms."""
    return hasattr(kind, "count_tokens")


def _count(
    encoder: Encoder, texts: Sequence[str]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    if _counts(type(encoder)):
        return cast(CountsTokens, encoder).count_tokens(texts)
    guessed = np.array([len(text) // CHARACTERS_PER_TOKEN + 1 for text in texts], np.int32)
    return guessed, np.zeros(len(texts), np.bool_)


def _encoding(rows: Sequence[Row | None], dims: int) -> Encoding:
    known = [row for row in rows if row is not None]
    vectors = np.empty((len(known), dims), np.float32)
    for index, row in enumerate(known):
        vectors[index] = row.vector
    return Encoding(
        vectors,
        np.array([row.tokens for row in known], np.int32),
        np.array([row.truncated for row in known], np.bool_),
    )
