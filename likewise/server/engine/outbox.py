"""From the threads that compute to the event loop: results a few at a time.

A batch ends for some hundred requests at once. Were all of them answered in one turn of the loop,
whoever asks for nothing but a sign of life would wait for all of them; and to wake the loop for
each alone would cost more than the answer's bytes.
"""

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Generic, TypeVar

Result = TypeVar("Result")

FEW = 16
"""Results that are handed over in one turn of the loop."""


class Outbox(Generic[Result]):
    """Hands results over to those who wait on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ready: deque[tuple[Future[Result], asyncio.Future[Result]]] = deque()
        self._called = False

    async def result(self, future: Future[Result]) -> Result:
        """Return what `future` gives; it is cancelled with its caller."""
        waiting: asyncio.Future[Result] = self.loop.create_future()
        future.add_done_callback(lambda done: self._put(done, waiting))
        try:
            return await waiting
        finally:
            future.cancel()  # without effect on what has ended

    def _put(self, done: Future[Result], waiting: asyncio.Future[Result]) -> None:
        """Note a result, on the thread that made it."""
        self._ready.append((done, waiting))
        if not self._called and not self.loop.is_closed():
            self._called = True
            self.loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        # first: what is put from here on calls again, or is seen below
        self._called = False
        for _ in range(FEW):
            if not self._ready:
                return
            done, waiting = self._ready.popleft()
            if waiting.done():
                continue  # who waited has gone
            if done.cancelled():
                waiting.cancel()
            elif error := done.exception():
                waiting.set_exception(error)
            else:
                waiting.set_result(done.result())
        if self._ready and not self._called:
            self._called = True
            self.loop.call_soon(self._hand_over)
