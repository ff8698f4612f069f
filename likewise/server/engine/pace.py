"""How fast work gets done, in the last second or so.

A machine may be five times slower in one minute than in the last, because others use it or its
clock is throttled; whoever is let in by yesterday's pace waits for too long.
"""

import math

MEMORY = 1.0
"""Seconds of work after which what was before counts for a third."""


class Pace:
    """Tokens and the seconds that they took; what is long past fades."""

    def __init__(self) -> None:
        self._tokens = 0.0
        self._seconds = 0.0

    def note(self, tokens: int, seconds: float) -> None:
        """Note a piece of work."""
        kept = math.exp(-seconds / MEMORY)
        self._tokens = self._tokens * kept + tokens
        self._seconds = self._seconds * kept + max(seconds, 1e-6)

    @property
    def per_second(self) -> float:
        """Tokens a second, 0 where nothing was done yet."""
        return self._tokens / self._seconds if self._seconds else 0.0
