"""What encoding at a provider costs, and how much it may cost."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from likewise.encoders.forking import renewed_after_fork
from likewise.errors import RemoteQuota
from likewise.settings import Settings

BYTES_PER_TOKEN = 2.5
"""Fewer than in any usual text, so that a batch is rather too small than refused."""


@dataclass(frozen=True)
class Known:
    """What OpenAI says of a model: numbers in a vector, tokens it takes, dollars a million."""

    dims: int
    max_tokens: int
    price: float
    widths: tuple[int, ...] = ()
    """Shorter ones that it was trained for; it takes any between them too."""


KNOWN = {
    "text-embedding-ada-002": Known(1_536, 8_192, 0.10),
    "text-embedding-3-small": Known(1_536, 8_192, 0.02, (512, 1_024)),
    "text-embedding-3-large": Known(3_072, 8_192, 0.13, (256, 1_024)),
}


class Total:
    """Dollars of several encoders together, which one bound holds for. Safe between threads."""

    def __init__(self) -> None:
        self.dollars = 0.0
        self.reserved = 0.0
        self.lock = threading.Lock()
        renewed_after_fork(self)

    def renew(self) -> None:
        """Begin with nothing under way after a fork."""
        self.reserved = 0.0
        self.lock = threading.Lock()


OF_THE_PROCESS = Total()
"""What this process has spent at all providers."""


class Spending:
    """What is spent at a provider through one encoder. Safe between threads.

    price: dollars for a million tokens; None where something may be charged and nobody knows
        how much.
    most: dollars to which `total` may grow; None for any number.
    """

    def __init__(self, name: str, price: float | None, most: float | None) -> None:
        self.price = price
        self.most = most
        self.requests = 0
        self.tokens = 0
        self.dollars = 0.0
        self._name = name
        self._total = OF_THE_PROCESS

    def expected(self, texts: Sequence[str]) -> float | None:
        """Return about how many dollars embedding `texts` will cost, rather more than less.

        None where nobody knows.
        """
        if not texts:
            return 0.0
        return self._of_tokens(sum(map(tokens_at_most, texts)))

    def of_bytes(self, size: int) -> float | None:
        """Return about how many dollars texts of that many bytes will cost, rather more."""
        return self._of_tokens(size / BYTES_PER_TOKEN)

    def reserve(self, dollars: float | None) -> None:
        """Set aside what a request is expected to cost.

        Raises:
            RemoteQuota: with it, more would be spent than may be, or nobody knows.
        """
        if dollars is None:
            if self.most is not None:
                raise unbounded(self._name, f"the limit of ${self.most:.4f}")
            return
        with self._total.lock:
            spent = self._total.dollars + self._total.reserved + dollars
            if self.most is not None and dollars and spent > self.most:
                raise RemoteQuota(
                    f"With {self._name} this process would have spent ${spent:.4f}, more than the "
                    f"${self.most:.4f} that may be spent.",
                    "Raise --max-cost (LIKEWISE_MAX_COST), then ask again: what was embedded "
                    "is kept.",
                )
            self._total.reserved += dollars

    def settle(self, reserved: float | None, tokens: int | None) -> None:
        """Note the end of a request: `tokens` as the provider counted, None where it failed.

        A provider that counts nothing is taken to charge what was expected.
        """
        with self._total.lock:
            self._total.reserved -= reserved or 0.0
            self.requests += 1
            if tokens is not None:
                self.tokens += tokens
                dollars = (self._of_tokens(tokens) if tokens else reserved) or 0.0
                self.dollars += dollars
                self._total.dollars += dollars

    def _of_tokens(self, tokens: float) -> float | None:
        return None if self.price is None else self.price * tokens / 1e6


def unbounded(name: str, bound: str) -> RemoteQuota:
    """Return the error for a bound that can't be kept, because a price is not known."""
    return RemoteQuota(
        f"What {name} charges is not known, so {bound} can't be enforced.",
        "Set LIKEWISE_REMOTE_PRICE to its price in dollars for a million tokens, 0 if it is free.",
    )


def price_of(settings: Settings, known: Known | None, *, keyed: bool) -> float | None:
    """Return the dollars for a million tokens, as set or as known.

    A provider that gets no key charges nothing; one that does charges nobody knows what: None.
    """
    if settings.remote_price is not None:
        return settings.remote_price
    if known:
        return known.price
    return None if keyed else 0.0


def tokens_at_most(text: str) -> int:
    """Return more tokens than `text` has in all likelihood."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)
