"""What a request's body may cost before anyone looks at it."""

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.errors import BodyTooLarge, ReceiptTimeout
from likewise.server.http.admission import declared_length
from likewise.server.http.envelope import error_response


class BodyLimits:
    """Refuse bodies of more than `most_bytes`, and those that take more than `seconds` to come.

    A declared length over the limit is refused unread; one within it is not believed: the bytes
    that arrive are counted.
    """

    def __init__(
        self, app: ASGIApp, most_bytes: int, seconds: float, larger: Mapping[str, int] | None = None
    ) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.seconds = seconds
        self.larger = larger or {}
        """Other limits, by path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413 in place of the app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.larger.get(scope["path"], self.most_bytes)
        if declared_length(scope) > most:
            await error_response(too_large(most))(scope, receive, send)
            return
        body = _Body(receive, most, self.seconds)
        await self.app(scope, body.receive, send)


class _Body:
    """Counts what comes and how long it takes."""

    def __init__(self, receive: Receive, most_bytes: int, seconds: float) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._received = 0
        self._complete = False

    async def receive(self) -> Message:
        """Return the next message.

        Raises:
            BodyTooLarge: more has come than may come.
            ReceiptTimeout: it has not all come in time.
        """
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise ReceiptTimeout(
                f"The request's body had not all come after {self._seconds:g} seconds.",
                "Send it faster, or in smaller parts.",
            ) from None
        self._received += len(message.get("body", b""))
        if self._received > self._most_bytes:
            raise too_large(self._most_bytes)
        self._complete = not message.get("more_body", False)
        return message


def too_large(most_bytes: int) -> BodyTooLarge:
    """Return the error for a body over the limit."""
    return BodyTooLarge(
        f"The request is over the limit of {most_bytes:,} bytes.",
        "Send fewer or shorter texts; for whole files use `likewise embed`.",
    )
