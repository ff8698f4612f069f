"""Who is let in: an early no that costs next to nothing.

A request that is refused only once it was read, parsed and counted costs about as much as a small
one that is answered, so a server under three times its load would do little else than refuse. Here
its head decides, before a byte of its body is read. The queue is asked again, and exactly, once
the tokens are known.

Three things are bounded, so that memory is too: requests in hand, in all and of one client, the
bytes of bodies that have come, and those of answers that nobody has read.
"""

import asyncio
from collections import Counter
from typing import Protocol

from starlette.types import Message, Receive, Scope

from likewise.errors import Overloaded
from likewise.server.http.state import state_of, values_of

SHARE = 4
"""One client may have the n-th part of the requests in hand, and leave as much of the bytes unread,
so that others find room."""

BYTES_PER_TOKEN = 8
"""Of a body, about: a short query has that many with its braces, a long text fewer."""

UNREAD_BYTES = 65_536
"""Up to so much of a body that was refused is received, so that the connection can be kept."""


class Queue(Protocol):
    """What the gate asks of whoever does the work."""

    def check_room(self, client: str, tokens: int, late: float = 0.0) -> None:
        """Raise `Overloaded` where a job of about so many tokens would be refused now.

        late: seconds for which it has waited elsewhere.
        """

    def expected_wait(self) -> int:
        """Return the seconds in which what waits now will be done."""


class Gate:
    """Counts what is in hand. For one event loop, so without locks."""

    def __init__(self, queue: Queue, *, most_requests: int, most_bytes: int) -> None:
        self.requests = 0
        self.bytes = 0
        self.unread = 0
        self._unread_of: Counter[str] = Counter()
        self._of: Counter[str] = Counter()
        self._queue = queue
        self._most_requests = most_requests
        self._most_bytes = most_bytes

    def enter(self, client: str, length: int, late: float = 0.0) -> None:
        """Take a request with a body of about `length` bytes in hand; `leave` must follow.

        late: seconds for which it has waited to be looked at.

        Raises:
            Overloaded: there is no room for it.
        """
        own = self._of[client]
        if self.requests >= self._most_requests or own >= max(1, self._most_requests // SHARE):
            raise self._no_room(f"{own:,} of your requests and {self.requests:,} in all")
        self._queue.check_room(client, max(1, length // BYTES_PER_TOKEN), late)
        self._of[client] += 1
        self.requests += 1

    def hold(self, size: int) -> None:
        """Note that so many bytes of a body have come.

        Raises:
            Overloaded: there is no room for them.
        """
        if self.bytes + self.unread + size > self._most_bytes:
            raise self._no_room(f"{self.bytes + self.unread:,} bytes of requests and answers")
        self.bytes += size

    def count_unread(self, client: str, change: int) -> None:
        """Note that so many bytes more, or fewer, of answers to a client have not been read."""
        self.unread += change
        self._unread_of[client] += change
        if not self._unread_of[client]:
            del self._unread_of[client]

    def check_readers(self, client: str) -> None:
        """See whether there is room for one more answer.

        Raises:
            Overloaded: the client leaves too much unread, or all together do.
        """
        if not self.unread:
            return
        own = self._unread_of.get(client, 0)
        if own >= self._most_bytes // SHARE or self.unread >= self._most_bytes:
            raise Overloaded(
                f"Too much of the server's answers was never read: {own:,} bytes of yours "
                f"and {self.unread:,} in all.",
                "Read them, then ask again.",
                retry_after=self._queue.expected_wait(),
            )

    def leave(self, client: str, held: int) -> None:
        """Let go of a request and the bytes that were held for it."""
        self.requests -= 1
        self.bytes -= held
        self._of[client] -= 1
        if not self._of[client]:
            del self._of[client]

    def _no_room(self, what: str) -> Overloaded:
        return Overloaded(
            f"The server is overloaded: {what} are being worked on.",
            "Try again later, and with fewer requests at a time.",
            retry_after=self._queue.expected_wait(),
        )


class InHand:
    """A request whose body counts while it comes, until `leave`.

    One that is `streamed` counts as a request only: a piece is gone when the next comes.
    """

    def __init__(
        self, gate: Gate, scope: Scope, client: str, receive: Receive, *, streamed: bool = False
    ) -> None:
        """Take it in hand.

        Raises:
            Overloaded: there is no room for it.
        """
        came = state_of(scope).came
        late = asyncio.get_running_loop().time() - came if came else 0.0
        gate.enter(client, 0 if streamed else declared_length(scope), late)
        self._gate = gate
        self._client = client
        self._receive = receive
        self._held = 0
        self._streamed = streamed

    async def receive(self) -> Message:
        """Return the next message.

        Raises:
            Overloaded: there is no room for what came.
        """
        message = await self._receive()
        if not self._streamed and (size := len(message.get("body", b""))):
            self._gate.hold(size)
            self._held += size
        return message

    def leave(self) -> None:
        """Let go of it."""
        self._gate.leave(self._client, self._held)


def declared_length(scope: Scope) -> int:
    """Return the Content-Length, 0 where there is none."""
    for value in values_of(scope, b"content-length"):
        return int(value) if value.isdigit() else 0
    return 0


def too_many_connections() -> Overloaded:
    """Return the error for a request on one connection too many."""
    return Overloaded(
        "Too many connections are open.",
        "Try again later; keep connections open and reuse them.",
        retry_after=5,
    )
