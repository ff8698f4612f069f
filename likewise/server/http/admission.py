"""Who is let in: an early no that costs next to nothing.

A request that is refused only once it was read, parsed and counted costs about as much as a small
one that is answered, so a server under three times its load would do little else than refuse. Here
its head decides, before a byte of its body is read. The queue is asked again, and exactly, once
the tokens are known (`likewise.server.engine.batching`).

Three things are bounded, so that memory is too: requests in hand, in all and of one client, the
bytes of bodies that have come, and those of answers that nobody has read. `/health`, `/ready` and
`/metrics` are never refused here, and everything else that is only read is so only while answers
to its client are left unread.
"""

from collections import Counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.errors import Overloaded
from likewise.server.engine.batching import Batcher
from likewise.server.http.envelope import error_response

SHARE = 4
"""One client may have the n-th part of the requests in hand, and leave as much of the bytes unread,
so that others find room."""

BYTES_PER_TOKEN = 8
"""Of a body, about: a short query has that many with its braces, a long text fewer."""

UNREAD_BYTES = 65_536
"""Up to so much of a body that was refused is received, so that the connection can be kept."""

CROWDED = "crowded"
"""Set in `scope["state"]` by the protocol where more connections are open than should be."""


class Gate:
    """Counts what is in hand. For one event loop, so without locks."""

    def __init__(self, batcher: Batcher, *, most_requests: int, most_bytes: int) -> None:
        self.requests = 0
        self.bytes = 0
        self.unread = 0
        self._unread_of: Counter[str] = Counter()
        self._of: Counter[str] = Counter()
        self._batcher = batcher
        self._most_requests = most_requests
        self._most_bytes = most_bytes

    def enter(self, client: str, length: int) -> None:
        """Take a request with a body of about `length` bytes in hand; `leave` must follow.

        Raises:
            Overloaded: there is no room for it.
        """
        own = self._of[client]
        if self.requests >= self._most_requests or own >= max(1, self._most_requests // SHARE):
            raise self._no_room(f"{own:,} of your requests and {self.requests:,} in all")
        self._batcher.check_room(client, max(1, length // BYTES_PER_TOKEN))
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

    def wait_for_reader(self, client: str, change: int) -> None:
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
                f"The server keeps too much that was not read: {own:,} bytes of answers to you "
                f"and {self.unread:,} in all.",
                "Read them, then ask again.",
                retry_after=self._batcher.expected_wait(),
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
            f"The server has too much to do: {what} are being worked on.",
            "Try again later, and with fewer requests at a time.",
            retry_after=self._batcher.expected_wait(),
        )


class Admission:
    """Ask the gate about every request that brings work."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] in ("/health", "/ready"):
            await self.app(scope, receive, send)
            return
        if scope["state"].get(CROWDED):
            await _refuse(_crowded(), close=True)(scope, receive, send)
            return
        client, length, work = scope["state"]["client"], 0, scope["method"] == "POST"
        try:
            if scope["path"] != "/metrics":  # which says what is wrong
                self.gate.check_readers(client)
            if work:
                length = declared_length(scope)
                self.gate.enter(client, length)
        except Overloaded as error:
            await _refuse(error, close=length > UNREAD_BYTES)(scope, receive, send)
            return
        if not work:
            await self.app(scope, receive, send)
            return
        held = 0

        async def counted() -> Message:
            nonlocal held
            message = await receive()
            if size := len(message.get("body", b"")):
                self.gate.hold(size)
                held += size
            return message

        try:
            await self.app(scope, counted, send)
        finally:
            self.gate.leave(client, held)


def declared_length(scope: Scope) -> int:
    """Return the Content-Length, 0 where there is none."""
    value = Headers(scope=scope).get("content-length", "")
    return int(value) if value.isdecimal() else 0


def _refuse(error: Overloaded, *, close: bool) -> ASGIApp:
    return error_response(error, {"Connection": "close"} if close else None)


def _crowded() -> Overloaded:
    return Overloaded(
        "Too many connections are open.",
        "Try again later; keep connections and use them again.",
        retry_after=5,
    )
