"""Keeps forked processes from waiting for threads that they do not have.

A fork copies a process with one of its threads. A lock that another thread held stays locked in
the copy for ever, those inside the engine and the tokenizer too, and a thread that was waited for
is not there. So a fork waits until no library computes, which takes one batch at the most, and
what owns threads, locks or open files begins anew in the copy.

Source: os.register_at_fork in Python's documentation; POSIX, fork.
"""

import os
import threading
from typing import Protocol
from weakref import WeakSet

from likewise.errors import EncoderError

MOST_SECONDS = 10.0
"""How long a fork waits for what computes; then the copy may not compute."""


class Renewable(Protocol):
    """What owns threads, locks or open files."""

    def renew(self) -> None:
        """Begin anew in a process that was forked; what waited is the other process's."""


class _Fork:
    """The state of this process between computing and forking."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.computing = 0
        self.forking = False
        self.broken = False
        self.renewable: WeakSet[Renewable] = WeakSet()
        self.own = threading.local()

    def before(self) -> None:
        with self.changed:
            self.forking = True
            self.changed.wait_for(lambda: self.computing == self.depth, MOST_SECONDS)
            self.clean = self.computing == self.depth
        # held through the fork, so that nobody begins in between
        self.changed.acquire()

    def after_in_parent(self) -> None:
        self.forking = False
        self.changed.notify_all()
        self.changed.release()

    def after_in_child(self) -> None:
        self.changed = threading.Condition()
        self.computing = self.depth
        self.forking = False
        self.broken |= not self.clean
        for one in list(self.renewable):
            one.renew()

    @property
    def depth(self) -> int:
        """How deep this thread is within `computing`."""
        return getattr(self.own, "depth", 0)


_fork = _Fork()


def renewed_after_fork(thing: Renewable) -> None:
    """Have `thing.renew()` called in every process that is forked from this one."""
    _fork.renewable.add(thing)


class computing:  # noqa: N801 - reads as a sentence
    """Mark a block within which a library holds locks of its own: a fork waits for its end.

    Raises:
        EncoderError: the process was forked while a library computed, so its locks are not to be
            trusted.
    """

    def __enter__(self) -> None:
        """Begin."""
        if _fork.broken:
            raise EncoderError(
                "This process was forked from one that was computing, whose locks it can't open.",
                "Fork before anything is encoded, or start processes with the method 'spawn'.",
            )
        with _fork.changed:
            if _fork.forking and not _fork.depth:
                _fork.changed.wait_for(lambda: not _fork.forking)
            _fork.computing += 1
        _fork.own.depth = _fork.depth + 1

    def __exit__(self, *_: object) -> None:
        """End."""
        _fork.own.depth -= 1
        with _fork.changed:
            _fork.computing -= 1
            if _fork.forking:
                _fork.changed.notify_all()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(
        before=_fork.before,
        after_in_parent=_fork.after_in_parent,
        after_in_child=_fork.after_in_child,
    )
