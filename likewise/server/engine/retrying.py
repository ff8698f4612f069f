"""An encoder for long work: in small parts, each of which waits its turn behind visitors."""

import time
from collections.abc import Callable, Iterable

from likewise.encoders.base import Encoder
from likewise.encoders.column import texts_of
from likewise.encoders.culprit import placed
from likewise.encoders.wrapped import WrappedEncoder
from likewise.errors import Overloaded, RateLimited
from likewise.types import Encoding, Progress

PART = 64
"""Texts that are asked for at a time: what others wait for is one part at the most."""

RETRY_SECONDS = 60
"""Seconds that one part may be refused: the server is busy, or the visitor has had a share."""


class RetryingEncoder(WrappedEncoder):
    """Asks `encoder` part by part, and again where the server is too busy.

    `check` is called before each part; what it raises ends the work.
    """

    def __init__(self, encoder: Encoder, check: Callable[[], None]) -> None:
        super().__init__(encoder)
        self._check = check

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return the vectors of all texts; see `Encoder.encode`.

        Raises:
            Overloaded: the server was too busy for a minute.
            RateLimited: the visitor's rate left no room for a minute.
        """
        every = texts_of(texts)
        parts = []
        for start in range(0, len(every), PART):
            self._check()
            with placed(lambda place, start=start: start + place):  # type: ignore[misc]
                parts.append(self._part(every[start : start + PART]))
            if progress:
                progress(min(start + PART, len(every)), len(every))
        return Encoding.joined(parts) if parts else self.encoder.encode([])

    def _part(self, texts: list[str]) -> Encoding:
        until = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                return self.encoder.encode(texts)
            except (Overloaded, RateLimited):
                if time.monotonic() > until:
                    raise
                time.sleep(1)
                self._check()
