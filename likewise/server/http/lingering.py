"""Closing a connection whose client may still be sending.

To close a socket in which bytes lie that nobody read makes the system send a reset, and what the
client has not read of the answer by then is lost: it would see "connection reset" in place of the
sentence that says why (RFC 9112, 9.6). So the sending half is closed first, and what still comes
is dropped, until the client closes too or has had its time.
"""

import asyncio
from typing import Any

LINGER_SECONDS = 2.0
"""How long what still comes is dropped: long enough for a client to see that there is an answer."""


class Lingering:
    """A transport whose `close` leaves the client time to read the last answer."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._end: asyncio.TimerHandle | None = None
        self.write = transport.write  # not by `__getattr__`: twice for each answer
        self.expects_more = False
        """Whether the client may be sending still: a part of a request has not come."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._transport, name)

    @property
    def dropping(self) -> bool:
        """Whether what comes is of no interest any more."""
        return self._end is not None

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self.dropping or self._transport.is_closing()

    def close(self) -> None:
        """Send what waits, then close; at once where nothing more can come."""
        if self.is_closing():
            return
        if not self.expects_more or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._end = self._loop.call_later(LINGER_SECONDS, self._transport.close)
        self._transport.write_eof()
        self._transport.resume_reading()

    def over(self) -> None:
        """The connection is gone."""
        if self._end is not None:
            self._end.cancel()
