"""An encoder for long work: in small parts, each of which waits its turn behind visitors."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from likewise.encoders.base import Encoder
from likewise.errors import Overloaded, RateLimited
from likewise.types import Encoding, Identity, Progress, Runtime

PART = 64
"""Texts that are asked for at a time: what others wait for is one part at the most."""

PATIENCE = 60
"""Seconds that one part may be refused: the server is busy, or the visitor has had a share."""


class PatientEncoder:
    """Asks `encoder` part by part, and again where the server is too busy.

    `check` is called before each part; what it raises ends the work.
    """

    def __init__(self, encoder: Encoder, check: Callable[[], None]) -> None:
        self._encoder = encoder
        self._check = check

    @property
    def identity(self) -> Identity:
        """The identity of the encoder behind."""
        return self._encoder.identity

    @property
    def runtime(self) -> Runtime:
        """The runtime of the encoder behind."""
        return self._encoder.runtime

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoding:
        """Return the vectors of all texts; see `Encoder.encode`.

        Raises:
            Overloaded: the server was too busy for a minute.
            RateLimited: the visitor's rate left no room for a minute.
        """
        parts = []
        for start in range(0, len(texts), PART):
            self._check()
            parts.append(self._part(texts[start : start + PART]))
            if progress:
                progress(min(start + PART, len(texts)), len(texts))
        if not parts:
            return self._encoder.encode([])
        return Encoding(
            np.concatenate([part.vectors for part in parts]),
            np.concatenate([part.tokens for part in parts]),
            np.concatenate([part.truncated for part in parts]),
        )

    def _part(self, texts: Sequence[str]) -> Encoding:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self._encoder.encode(texts)
            except (Overloaded, RateLimited):
                if time.monotonic() > until:
                    raise
                time.sleep(1)
                self._check()
