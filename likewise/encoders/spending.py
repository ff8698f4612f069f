"""What encoding at a provider costs, and how much it may cost."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

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


KNOWN = {
    "text-embedding-ada-002": Known(1_536, 8_192, 0.10),
    "text-embedding-3-small": Known(1_536, 8_192, 0.02),
    "text-embedding-3-large": Known(3_072, 8_192, 0.13),
}


class Spending:
    """What a process has spent at a provider. Safe between threads.

    price: dollars for a million tokens; 0 where nothing is known to be charged.
    most: dollars that may be spent; None for any number.
    """

    def __init__(self, name: str, price: float, most: float | None) -> None:
        self.price = price
        self.most = most
        self.requests = 0
        self.tokens = 0
        self.dollars = 0.0
        self._name = name
        self._reserved = 0.0
        self._lock = threading.Lock()

    def expected(self, texts: Sequence[str]) -> float:
        """Return about how many dollars embedding `texts` will cost, rather more than less."""
        return self.price * sum(map(tokens_at_most, texts)) / 1e6

    def of_bytes(self, size: int) -> float:
        """Return about how many dollars texts of that many bytes will cost, rather more."""
        return self.price * size / BYTES_PER_TOKEN / 1e6

    def reserve(self, dollars: float) -> None:
        """Set aside what a request is expected to cost.

        Raises:
            RemoteQuota: with it, more would be spent than may be.
        """
        with self._lock:
            total = self.dollars + self._reserved + dollars
            if self.most is not None and dollars and total > self.most:
                raise RemoteQuota(
                    f"{self._name} would have cost ${total:.4f}, more than the "
                    f"${self.most:.4f} that may be spent.",
                    "Raise --max-cost (LIKEWISE_MAX_COST), then ask again: what was embedded "
                    "is kept.",
                )
            self._reserved += dollars

    def settle(self, reserved: float, tokens: int | None) -> None:
        """Note the end of a request: `tokens` as the provider counted, None where it failed.

        A provider that counts nothing is taken to charge what was expected.
        """
        with self._lock:
            self._reserved -= reserved
            self.requests += 1
            if tokens is not None:
                self.tokens += tokens
                self.dollars += self.price * tokens / 1e6 if tokens else reserved


def price_of(settings: Settings, known: Known | None) -> float:
    """Return the dollars for a million tokens, as set or as known."""
    if settings.remote_price is not None:
        return settings.remote_price
    return known.price if known else 0.0


def tokens_at_most(text: str) -> int:
    """Return more tokens than `text` has in all likelihood."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)
