"""What is computed at this moment, and how fast it gets done."""

import time
from dataclasses import dataclass

from likewise.encoders.base import Encoder
from likewise.server.engine.pace import Pace

MOST = 2
"""Calls that are computed at a time, of encoders that have it done sooner so."""


@dataclass(frozen=True, eq=False)
class Computation:
    """One call of an encoder."""

    tokens: int
    began: float
    allows_two: bool


class UnderWay:
    """Not safe between threads by itself; `likewise.server.engine.batching` holds the lock."""

    def __init__(self) -> None:
        self.pace = Pace()
        self._running: list[Computation] = []
        self._since = time.monotonic()

    def __bool__(self) -> bool:
        return bool(self._running)

    def has_room(self, encoder: Encoder) -> bool:
        """Whether `encoder` may be asked beside what is computed now."""
        if not self._running:
            return True
        others = all(one.allows_two for one in self._running)
        return len(self._running) < MOST and others and encoder.capabilities.allows_two

    def begin(self, encoder: Encoder, tokens: int = 0) -> Computation:
        """Note that a call begins; `end` must follow."""
        begun = Computation(tokens, time.monotonic(), encoder.capabilities.allows_two)
        self._running.append(begun)
        return begun

    def end(self, begun: Computation) -> None:
        """Note that a call has ended, and how fast work gets done while there is some.

        From the end of a batch to that of the next: on a busy machine much of it is waiting for
        the processor and the interpreter, and those who wait in the queue wait for that too.
        """
        self._running.remove(begun)
        if begun.tokens:
            now = time.monotonic()
            self.pace.note(begun.tokens, now - self._since)
            self._since = now

    def rest(self) -> None:
        """Note that there was nothing to do until now."""
        if not self._running:
            self._since = time.monotonic()

    @property
    def tokens(self) -> float:
        """How many tokens are still to be computed of what was begun, about."""
        now = time.monotonic()
        speed = self.pace.per_second / max(1, len(self._running))
        return sum(max(0.0, one.tokens - speed * (now - one.began)) for one in self._running)
