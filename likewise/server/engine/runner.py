"""Threads for one kind of work, bounded, and nobody's hostage.

Each kind of work has threads of its own: what hangs holds up nothing else. They are daemons: what
hangs does not hold up the end of the process either, for which the interpreter joins the threads
of `concurrent.futures` and `asyncio`.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from likewise.encoders.forking import renewed_after_fork
from likewise.errors import Overloaded

Result = TypeVar("Result")
Work = tuple[Callable[[], object], Future[object]]


class Runner:
    """Runs functions on up to `threads` threads.

    Args:
        what: what they do, in the plural, for errors: "comparisons".
        threads: how many run at a time.
        waiting: how many may wait for a thread; what comes on top is refused.
        retry_after: seconds after which it is worth asking again.
    """

    def __init__(self, what: str, *, threads: int, waiting: int, retry_after: int = 5) -> None:
        self.what = what
        self._threads = threads
        self._most_waiting = waiting
        self._retry_after = retry_after
        self._waiting: deque[Work] = deque()
        self._changed = threading.Condition()
        self._started = 0
        self._idle = 0
        self._running = 0
        self._stopped = False
        renewed_after_fork(self)

    def renew(self) -> None:
        """Begin anew after a fork: its threads are gone, and what waited is the other process's."""
        self._waiting = deque()
        self._changed = threading.Condition()
        self._started = self._idle = self._running = 0

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Queue a function; the future gives what it returns. Cancel it to drop it.

        Raises:
            Overloaded: too much waits already, or the runner has been stopped.
        """
        future: Future[Result] = Future()
        with self._changed:
            if self._stopped:
                raise Overloaded("The server is stopping.", "Try again later.", retry_after=5)
            if len(self._waiting) + self._running >= self._most_waiting + self._threads:
                raise Overloaded(
                    f"{len(self._waiting):,} {self.what} are waiting already.",
                    "Try again later.",
                    retry_after=self._retry_after,
                )
            self._waiting.append((work, future))  # type: ignore[arg-type]
            if len(self._waiting) > self._idle and self._started < self._threads:
                self._started += 1
                name = f"{self.what} {self._started}"
                threading.Thread(target=self._run, name=name, daemon=True).start()
            self._changed.notify()
        # what was given up takes no place any more
        future.add_done_callback(self._forget)
        return future

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what a function returns; one that has not begun is dropped with its caller.

        Raises:
            Overloaded: see `submit`.
        """
        return await asyncio.wrap_future(self.submit(work))

    def stop(self) -> None:
        """Drop what waits and take nothing more on; what runs ends by itself, or never."""
        with self._changed:
            self._stopped = True
            # out of a thread's reach: one that is free before they are cancelled would begin them
            dropped, self._waiting = self._waiting, deque()
            self._changed.notify_all()
        for _, future in dropped:
            future.cancel()

    def _forget(self, future: Future[Result]) -> None:
        if future.cancelled():
            with self._changed:
                self._waiting = deque(item for item in self._waiting if item[1] is not future)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._stopped:
                        return
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
                work, future = self._waiting.popleft()
                self._running += 1
            if future.set_running_or_notify_cancel():
                outcome = _outcome(work)
                self._end_one()  # first: whoever has the result may ask for the next
                if isinstance(outcome, _Failure):
                    future.set_exception(outcome.error)
                else:
                    future.set_result(outcome)
            else:
                self._end_one()
            del work, future  # or what they hold would stay until the next

    def _end_one(self) -> None:
        with self._changed:
            self._running -= 1


@dataclass(frozen=True)
class _Failure:
    error: BaseException


def _outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except BaseException as error:  # it is the caller's
        return _Failure(error)
