"""Threads of training: one for each fit, and several fits side by side."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import TypeVar

Result = TypeVar("Result")

MOST = 4
"""Fits side by side: each holds features of its own in memory."""

SMALL = 10_000
"""Texts × classes under which fits are so short that threads would mostly wait for each other."""

_allowed = ContextVar("_allowed", default=1)
_most = ContextVar("_most", default=MOST)
_ended: ContextVar[Event | None] = ContextVar("_ended", default=None)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Keep linear algebra to one thread in the block; jobs side by side take the others.

    The matrices of training are small and come in tens of thousands. Threads that wait for each
    other at each of them gain little on an idle machine, and on one that does anything else they
    made training five times slower. Whole fits don't wait for each other. There are as many at a
    time as linear algebra would have threads, so that OMP_NUM_THREADS bounds them too.
    """
    from threadpoolctl import ThreadpoolController

    controller = ThreadpoolController()  # looks for libraries once: tens of milliseconds
    pools = [pool["num_threads"] for pool in controller.info() if pool["user_api"] == "blas"]
    before = _allowed.set(max(1, min(_most.get(), *pools)) if pools else 1)
    try:
        with controller.limit(limits=1):
            yield
    finally:
        _allowed.reset(before)


@contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Bound the fits side by side in the block, where the machine has other work as well."""
    before = _most.set(threads)
    try:
        yield
    finally:
        _most.reset(before)


def side_by_side(jobs: Sequence[Callable[[], Result]], size: int) -> Iterator[Result]:
    """Yield what jobs return, in their order, several of them running at a time.

    What a job returns may not depend on another one that runs beside it. Where one raises, or
    nobody wants more, the others end at `leave_if_unwanted`, and none is left behind.

    Args:
        jobs: what is to be done.
        size: texts × classes that each works on.
    """
    threads = min(_allowed.get(), len(jobs)) if size >= SMALL else 1
    if threads < 2:
        for job in jobs:
            yield job()
        return
    ended = Event()

    def run(job: Callable[[], Result]) -> Result:
        _ended.set(ended)
        return job()

    pool = ThreadPoolExecutor(threads, "training")
    try:
        for future in [pool.submit(run, job) for job in jobs]:
            yield future.result()
    finally:
        ended.set()
        pool.shutdown(wait=True, cancel_futures=True)


def leave_if_unwanted() -> None:
    """End a job here if what it would return is no longer wanted."""
    ended = _ended.get()
    if ended is not None and ended.is_set():
        raise CancelledError
