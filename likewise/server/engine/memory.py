"""Vectors of texts that were encoded lately, in memory: a repeated text costs nothing."""

import threading
from collections.abc import Sequence

from cachetools import LRUCache

from likewise.encoders.embedding import KnownRow
from likewise.encoders.forking import renewed_after_fork

_OVERHEAD = 750
"""Bytes of a row beside its vector, about: measured as what a process grew by."""


class MemoryCache:
    """Rows by key, the least recently used dropped first. Safe between threads.

    The texts themselves are not kept, only their hashes.
    """

    def __init__(self, most_bytes: int) -> None:
        """Hold up to `most_bytes`; 0 holds nothing."""
        self._most_bytes = most_bytes
        self.renew()
        renewed_after_fork(self)

    def renew(self) -> None:
        """Begin empty, as after a fork, which may come while another thread changes it."""
        self._rows: LRUCache[bytes, KnownRow] = LRUCache(
            self._most_bytes, getsizeof=lambda row: row.vector.nbytes + _OVERHEAD
        )
        self._lock = threading.Lock()

    def get(self, keys: Sequence[bytes], dims: int) -> dict[bytes, KnownRow]:  # noqa: ARG002
        """Return the rows that are held, by key."""
        with self._lock:
            return {key: row for key in keys if (row := self._rows.get(key)) is not None}

    def put(self, rows: dict[bytes, KnownRow]) -> None:
        """Hold rows; what is larger than the whole cache is not held."""
        with self._lock:
            for key, row in rows.items():
                if self._rows.getsizeof(row) <= self._rows.maxsize:
                    self._rows[key] = row

    def __len__(self) -> int:
        with self._lock:
            return len(self._rows)
