"""What visitors leave here for a while: tables, trainings.

Each thing belongs to whoever left it, under an id that can't be guessed, and no visitor can see,
end or displace another's: what one leaves too much of displaces the same one's oldest, and where
all together leave too much, the newest is refused. All stores of a server share one budget of
bytes.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from likewise.errors import NotFound, Overloaded

SHARE = 2
"""One visitor may leave the n-th part of all bytes, so that others find room."""

Thing = TypeVar("Thing")


class Budget:
    """Bytes that all stores together may hold; safe between threads."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.used = 0
        self.lock = threading.RLock()


@dataclass(eq=False)
class _Place(Generic[Thing]):
    thing: Thing
    owner: str
    size: int
    until: float


class Kept(Generic[Thing]):
    """Things of one kind, by id.

    Args:
        kind: what they are, in the singular, for errors: "table".
        budget: shared by all stores.
        each: how many one visitor may have.
        seconds: how long one that nobody asks for is kept.
        again: what to do where one is gone, a sentence.
        param: the field that names one in a request's body.
        busy: whether a thing may not be let go yet.
        clock: gives seconds that only grow.
    """

    def __init__(
        self,
        kind: str,
        budget: Budget,
        *,
        each: int,
        seconds: float,
        again: str,
        param: str | None = None,
        busy: Callable[[Thing], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind = kind
        self._budget = budget
        self._each = each
        self._seconds = seconds
        self._again = again
        self._param = param
        self._busy = busy
        self._clock = clock
        self._places: dict[str, _Place[Thing]] = {}

    def put(self, owner: str, thing: Thing, size: int) -> str:
        """Keep a thing of about `size` bytes and return its id.

        Raises:
            Overloaded: there is no room for it; nothing was let go for it then.
        """
        with self._budget.lock:
            self._expire()
            dropped = self._displaced(owner, size)
            freed = sum(self._places[key].size for key in dropped)
            if self._budget.used - freed + size > self._budget.most_bytes:
                raise Overloaded(
                    f"There is no room for another {self._kind}: what visitors left here has "
                    f"{self._budget.used:,} bytes.",
                    "Try again later, or use the command line.",
                    retry_after=60,
                )
            for key in dropped:
                self._drop(key)
            key = secrets.token_urlsafe(16)
            self._places[key] = _Place(thing, owner, size, self._clock() + self._seconds)
            self._budget.used += size
            return key

    def get(self, owner: str, key: str) -> Thing:
        """Return a thing, which is then kept for as long as a new one.

        Raises:
            NotFound: it is not here, no longer, or another's.
        """
        with self._budget.lock:
            self._expire()
            place = self._places.get(key)
            if place is None or place.owner != owner:
                raise NotFound(
                    self._kind,
                    f"This {self._kind} is no longer kept: what the page leaves here is forgotten "
                    f"after {self._seconds / 60:.0f} minutes.",
                    self._again,
                    param=self._param,
                )
            place.until = self._clock() + self._seconds
            return place.thing

    def of(self, owner: str) -> list[Thing]:
        """Return what a visitor has here, the oldest first."""
        with self._budget.lock:
            return [place.thing for place in self._places.values() if place.owner == owner]

    def all(self) -> list[Thing]:
        """Return everything."""
        with self._budget.lock:
            return [place.thing for place in self._places.values()]

    def _displaced(self, owner: str, size: int) -> list[str]:
        """Return what the visitor must let go so that one thing more is no more than its share."""
        own = {key: place for key, place in self._places.items() if place.owner == owner}
        count, held = len(own) + 1, sum(place.size for place in own.values()) + size
        most = self._budget.most_bytes // SHARE
        dropped = []
        for key, place in own.items():
            if count <= self._each and held <= most:
                break
            if not self._busy(place.thing):
                dropped.append(key)
                count, held = count - 1, held - place.size
        if count > self._each:
            raise Overloaded(
                f"You have {len(own)} {self._kind}s here, and all are in use.",
                "Wait until one has finished.",
                retry_after=60,
            )
        if held > most:
            raise Overloaded(
                f"This {self._kind} takes about {size:,} bytes; one visitor may leave {most:,}.",
                "Use the command line instead.",
            )
        return dropped

    def _expire(self) -> None:
        now = self._clock()
        for key in [key for key, place in self._places.items() if place.until <= now]:
            if not self._busy(self._places[key].thing):
                self._drop(key)

    def _drop(self, key: str) -> None:
        self._budget.used -= self._places.pop(key).size
