"""Vectors of texts that were encoded lately, in memory: a repeated text costs nothing."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from cachetools import LRUCache

from likewise.encoders.base import Encoder
from likewise.types import Vectors

_OVERHEAD = 750
"""Bytes of a row beside its vector, about: measured as what a process grew by."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text's part of an `Encoding`; vector: float32, shape (dims,)."""

    vector: Vectors
    tokens: int
    truncated: bool


class MemoryCache:
    """Rows by encoder and text, the least recently used dropped first. Safe between threads.

    The texts themselves are not kept, only their hashes.
    """

    def __init__(self, most_bytes: int) -> None:
        """Hold up to `most_bytes`; 0 holds nothing."""
        self._rows: LRUCache[bytes, Row] = LRUCache(
            most_bytes, getsizeof=lambda row: row.vector.nbytes + _OVERHEAD
        )
        self._lock = threading.Lock()

    def keys(self, encoder: Encoder, texts: Sequence[str]) -> list[bytes]:
        """Return the key of each text: a hash of the encoder's identity and the exact text."""
        digest = bytes.fromhex(encoder.identity.digest)
        return [hashlib.sha256(digest + text.encode()).digest() for text in texts]

    def get(self, keys: Sequence[bytes]) -> list[Row | None]:
        """Return the rows that are held, None for the others."""
        with self._lock:
            return [self._rows.get(key) for key in keys]

    def put(self, rows: dict[bytes, Row]) -> None:
        """Hold rows; what is larger than the whole cache is not held."""
        with self._lock:
            for key, row in rows.items():
                if self._rows.getsizeof(row) <= self._rows.maxsize:
                    self._rows[key] = row

    def __len__(self) -> int:
        with self._lock:
            return len(self._rows)
