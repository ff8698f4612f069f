"""From texts to vectors on a server: what is known already, then the batcher.

`Embedder.plan` says what a request will cost before anything is computed, so that limits can be
checked; `Embedder.submit` then computes what is missing.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import Encoder, TokenParts
from likewise.encoders.culprit import placed
from likewise.encoders.embedding import Lookup
from likewise.server.engine.batching import Batcher
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.memory import MemoryCache
from likewise.server.engine.outbox import Outbox
from likewise.server.engine.runner import Runner
from likewise.types import Encoding, TokenCounts

REMOTE_THREADS = 16
"""Requests that are with providers at a time."""

MOST_REMOTE_WAITING = 200
"""Requests that may wait for one of these threads."""

COUNTING_THREADS = 2
"""Requests with long texts whose tokens are counted at a time."""

MOST_COUNTING = 100
"""Requests that may wait for one of these threads."""

WARM_UP = ("a",)
"""What an encoder is asked first, so that what it does once is done."""

QUICK_CHARACTERS = 5_000
"""Up to so many are counted at once, within about a millisecond; more go to another thread."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What encoding some texts will take.

    lookup: which texts are known already, and which have to be encoded.
    counts: for each text its tokens, those that will be cut off included.
    """

    encoder: Encoder
    texts: Sequence[str]
    lookup: Lookup
    counts: TokenCounts

    @cached_property
    def read(self) -> npt.NDArray[np.int32]:
        """int32, shape (n,): tokens of each text that the encoder reads."""
        most = self.encoder.identity.max_tokens
        return np.minimum(self.counts.tokens, most) if most else self.counts.tokens

    @property
    def known(self) -> int:
        """How many of the texts are known already."""
        return sum(key not in self.missing for key in self.lookup.keys)

    def place_of(self, missing: int) -> int:
        """Return where a text stands that is the nth of the missing ones."""
        return self.lookup.place_of(list(self.missing)[missing])

    @property
    def missing(self) -> dict[bytes, str]:
        """The texts that have to be encoded, each once."""
        return self.lookup.missing


class Embedder:
    """Plans and computes; one for a server."""

    def __init__(self, batcher: Batcher, memory: MemoryCache, budget: DailyBudget) -> None:
        self.batcher = batcher
        self.memory = memory
        self._budget = budget
        self._remote = Runner(
            "requests to providers", threads=REMOTE_THREADS, waiting=MOST_REMOTE_WAITING
        )
        self._counting = Runner("long requests", threads=COUNTING_THREADS, waiting=MOST_COUNTING)
        self._outbox: Outbox[Encoding] | None = None
        self._splits: set[str] = set()
        """Digests of the encoders that have split a text."""

    async def plan(self, encoder: Encoder, texts: Sequence[str]) -> Plan:
        """Return what encoding will take; long texts are counted off the event loop.

        Raises:
            Overloaded: too many wait to be counted.
        """
        if sum(map(len, texts)) <= QUICK_CHARACTERS:
            return self.plan_now(encoder, texts)
        return await self._counting.run(lambda: self.plan_now(encoder, texts))

    def plan_now(self, encoder: Encoder, texts: Sequence[str]) -> Plan:
        """Return what encoding will take."""
        lookup = Lookup(encoder.identity, texts, self.memory)
        missing = lookup.missing
        counted = encoder.count_tokens(missing.values()) if missing else None
        return Plan(encoder, texts, lookup, lookup.counts(counted))

    def submit(self, plan: Plan, client: str) -> Future[Encoding] | None:
        """Queue what is missing, equal texts once; None where everything is known.

        The future of texts for a provider raises RemoteQuota where the client may not spend so
        much.

        Raises:
            Overloaded: too much waits already.
        """
        if not plan.missing:
            return None
        texts = list(plan.missing.values())
        if plan.encoder.capabilities.remote:
            # on a thread of its own: it takes no processor time here
            return self._remote.submit(lambda: self._ask(plan.encoder, texts, client))
        read = dict(zip(plan.lookup.keys, plan.read.tolist(), strict=True))
        return self.batcher.submit(
            plan.encoder, texts, [read[key] for key in plan.missing], client=client
        )

    def _ask(self, encoder: Encoder, texts: list[str], client: str) -> Encoding:
        """Ask the provider; what it may cost is looked up in files, so not on the event loop."""
        self._budget.take(encoder, texts, client)
        return encoder.encode(texts)

    def split(self, encoder: Encoder, texts: Sequence[str]) -> list[TokenParts] | None:
        """Return the texts' parts, computed between two batches; None where there are none."""
        if not encoder.capabilities.token_parts:
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
        self._remote.stop()
        self._counting.stop()

    def finish(self, plan: Plan, computed: Encoding | None) -> Encoding:
        """Put what was known and what was computed together, in order."""
        if computed is not None:
            self.memory.put(plan.lookup.add(list(plan.missing), computed))
        return plan.lookup.encoding()

    async def embed(self, plan: Plan, client: str) -> Encoding:
        """Return the encoding; when the caller is cancelled, so is the work.

        Raises:
            Overloaded: too much waits already, or for too long.
        """
        future = self.submit(plan, client)
        if future is None:
            return self.finish(plan, None)
        try:
            # kept here too: the thread that computes may hang, or have ended
            async with asyncio.timeout(self.batcher.limits.deadline):
                with placed(plan.place_of):
                    computed = await self._results().result(future)
        except TimeoutError:
            raise self.batcher.given_up() from None
        return self.finish(plan, computed)

    def _results(self) -> Outbox[Encoding]:
        """Return where the running loop gets its results."""
        loop = asyncio.get_running_loop()
        if self._outbox is None or self._outbox.loop is not loop:
            self._outbox = Outbox(loop)
        return self._outbox
