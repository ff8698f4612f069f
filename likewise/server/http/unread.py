"""Answers that nobody reads.

What is written to a connection and not taken by its client lies in memory, in the transport's
buffer, after the request itself has long been answered.
"""

import asyncio

from likewise.server.http.admission import Gate

KERNEL_BYTES = 65_536
"""Unsent bytes that the kernel keeps for a connection, where it can be told: with more, a client
that reads slowly but steadily would seem to read nothing for minutes, then a megabyte."""


class Unread:
    """What waits on one connection: counted while it does, and dropped when its client is gone.

    A client may be as slow as it likes, but not stand still: each time `seconds` have passed,
    less must wait than before. How much may wait is for the gate to say.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        gate: Gate,
        client: str,
        seconds: float,
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._gate = gate
        self._client = client
        self._seconds = seconds
        self._size = 0
        self._count(transport.get_write_buffer_size())

    def _count(self, size: int) -> None:
        self._gate.count_unread(self._client, size - self._size)
        self._size = size
        self._timer = self._loop.call_later(self._seconds, self._look)

    def _look(self) -> None:
        size = self._transport.get_write_buffer_size()
        if size < self._size:
            self._count(size)
        else:
            self._transport.abort()

    def end(self) -> None:
        """All was read, or the connection is gone."""
        self._timer.cancel()
        self._gate.count_unread(self._client, -self._size)
        self._size = 0
