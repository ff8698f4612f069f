"""What the event loop does in one turn, so that a sign of life never waits for much.

Hundreds of requests may have come when the loop looks, and each of them has it compute for a
fraction of a millisecond. They begin a few at a time, in order; between, the loop looks again.
"""

import asyncio
from collections import deque
from collections.abc import Callable

FEW = 16
"""Requests that begin in one turn."""


class Turns:
    """Calls functions on the running loop, a few in each of its turns."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._called = False

    def add(self, loop: asyncio.AbstractEventLoop, begin: Callable[[], None]) -> None:
        """Call `begin` behind all that was added before."""
        self._waiting.append(begin)
        if not self._called:
            self._called = True
            loop.call_soon(self._run, loop)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        self._called = False
        for _ in range(min(FEW, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting and not self._called:
            self._called = True
            loop.call_soon(self._run, loop)
