"""How many threads training takes."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread in the block.

    The matrices of training are small and come in tens of thousands. On a machine that does
    anything else, threads that wait for each other at each of them made training five times
    slower than one thread; on an idle machine a second one gains little.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
