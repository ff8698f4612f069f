"""What a request's body may cost before anyone looks at it."""

import asyncio

from starlette.types import Message, Receive, Scope

from likewise.errors import BodyTooLarge, ReceiptTimeout
from likewise.server.http.admission import declared_length
from likewise.server.http.state import state_of


class BodyLimits:
    """A `receive` that takes `most_bytes` at most, and all of them within `seconds`.

    A declared length over the limit is refused unread; one within it is not believed: the bytes
    that arrive are counted.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        most_bytes: int,
        seconds: float,
        instead: str | None = None,
    ) -> None:
        """Begin to wait; `instead` says what to do with more than `most_bytes`.

        Raises:
            BodyTooLarge: more is announced than may come.
        """
        if declared_length(scope) > most_bytes:
            raise too_large(most_bytes, instead)
        self._receive = receive
        self._most_bytes = most_bytes
        self._instead = instead
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._whole = state_of(scope).whole
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
        message = await (self._receive() if self._whole else self._in_time())
        self._received += len(message.get("body", b""))
        if self._received > self._most_bytes:
            raise too_large(self._most_bytes, self._instead)
        self._complete = not message.get("more_body", False)
        return message

    async def _in_time(self) -> Message:
        try:
            async with asyncio.timeout_at(self._until):
                return await self._receive()
        except TimeoutError:
            raise ReceiptTimeout(
                f"The request's body had not fully arrived after {self._seconds:g} seconds.",
                "Send it faster, or in smaller parts.",
            ) from None


def too_large(most_bytes: int, instead: str | None = None) -> BodyTooLarge:
    """Return the error for a body over the limit."""
    return BodyTooLarge(
        f"The request is over the limit of {most_bytes:,} bytes.",
        instead or "Send fewer or shorter texts; for whole files use `likewise embed`.",
    )
