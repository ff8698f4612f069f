"""Which threads of an engine compute a batch: all of them, or a half for each of two batches.

Threads that share a batch wait at the end of every layer for the slowest. Where others use the
processor too, the event loop of a server among them, whoever takes one core away holds up all.
Two batches that have half of the threads each do not wait for one another. A batch that comes
alone has all threads.
"""

import ctypes
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from likewise.encoders.forking import computing

log = logging.getLogger(__name__)

Compile = Callable[[int], list[Any]]
"""Compiles the model for so many batches at a time, and gives a request for each."""


class Requests:
    """Inference requests of one model, of which each caller has one to itself.

    The requests for halves are made the first time that two callers meet, on a thread of their
    own; until then one of the two waits, and afterwards who comes third.
    """

    def __init__(self, compile_for: Compile) -> None:
        """Compile the model."""
        self._compile_for = compile_for
        [self._whole] = compile_for(1)
        self.allows_two = False
        """Whether two may compute at a time; it takes the model's memory twice."""
        self._halves: list[Any] = []
        self._making: threading.Thread | None = None
        self._all = [self._whole]
        self._running = 0
        self._changed = threading.Condition()

    def renew(self) -> None:
        """Take over the compiled model after a fork; it computes, but must never be freed there.

        Freeing it would wait for threads of the engine that only the other process has.
        """
        self._changed = threading.Condition()
        self._running = 0
        self.allows_two = False
        for request in self._all:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(request))

    @property
    def compiled(self) -> Any:  # noqa: ANN401
        """The model that computes with all threads."""
        return self._whole.get_compiled_model()

    @contextmanager
    def one(self) -> Iterator[Any]:
        """Have a request for a block; waits while too many others have one."""
        with self._changed:
            if self._running and self.allows_two and self._making is None:
                # not a daemon: the engine must not be cut off while it compiles
                self._making = threading.Thread(target=self._make, name="compiling for two")
                self._making.start()
            self._changed.wait_for(self._may_begin)
            request = self._halves.pop() if self._running else self._whole
            self._running += 1
        try:
            yield request
        finally:
            with self._changed:
                self._running -= 1
                if request is not self._whole:
                    self._halves.append(request)
                self._changed.notify_all()

    def _may_begin(self) -> bool:
        two = self.allows_two and bool(self._halves)
        return self._running < (2 if two else 1)

    def _make(self) -> None:
        try:
            with computing():
                made = self._compile_for(2)
        except Exception as error:  # the engine raises bare ones; what is there goes on
            log.warning("one batch is computed at a time, not two: %s", error)
            return
        with self._changed:
            self._all += made
            self._halves = made
            self._changed.notify_all()
