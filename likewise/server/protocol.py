"""HTTP connections that do not wait for ever for a request to come.

uvicorn closes idle connections, but a client that sends a byte now and then keeps one open as
long as it likes. The body has a deadline of its own in `likewise.server.limits`; this is the one
for the head, and for the rest of a body that was refused.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from likewise.errors import LikewiseError, Overloaded, ReceiptTimeout, RequestError
from likewise.server.admission import CROWDED
from likewise.server.envelope import envelope

MOST_HEAD_BYTES = 64 * 1024
"""Bytes that are no body, in a row, above which the connection is closed: a request line and
headers together, also while a request before them is worked on, or what follows a body."""


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for the head, and errors in our envelope."""

    receipt_seconds = 20.0
    most_connections = 4_096

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    @classmethod
    def within(cls, seconds: float, connections: int) -> type["PunctualProtocol"]:
        """Return the protocol with these limits; uvicorn makes instances of a class by itself."""
        limits = {"receipt_seconds": seconds, "most_connections": connections}
        return type(cls.__name__, (cls,), limits)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        if len(self.connections) > 2 * self.most_connections:
            self._refuse(
                Overloaded(
                    "Too many connections are open.",
                    "Try again later; keep connections and use them again.",
                    retry_after=5,
                )
            )
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; a head must not come slowly or be endless."""
        if self._deadline is None and self._waits_for_head():
            self._await_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes <= MOST_HEAD_BYTES:
            return
        if self._waits_for_head():
            self.send_400_response("The request's head is too long.")
        else:
            self.transport.close()  # an error would be taken for the answer that is worked on

    def on_body(self, body: bytes) -> None:
        """Take a part of a body; what is left of one that was refused counts like a head."""
        if not self.cycle.response_complete:
            self._head_bytes = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The head has come: the application has the word."""
        self._disarm()
        self._head_bytes = 0
        if len(self.connections) > self.most_connections:
            self.scope["state"][CROWDED] = True
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The answer has gone; what is left of the request's body must come in time too."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._await_head()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP with the envelope, and close."""
        self._refuse(RequestError(f"{msg.rstrip('.')}.", "Send a request as HTTP/1.1 has it."))

    def _waits_for_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        self._disarm()
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.receipt_seconds, self._too_late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.transport.is_closing() or not self._waits_for_head():
            return
        if self.cycle is not None or not self._head_bytes:
            self.transport.close()
            return
        self._refuse(
            ReceiptTimeout(
                f"The request's head had not come after {self.receipt_seconds:g} seconds.",
                "Send it faster.",
            )
        )

    def _refuse(self, error: LikewiseError) -> None:
        if self.transport.is_closing():
            return
        body = orjson.dumps(envelope(error))
        retry = f"retry-after: {error.retry_after}\r\n" if error.retry_after else ""
        self.transport.write(
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
            "content-type: application/json\r\n"
            f"x-content-type-options: nosniff\r\ncontent-length: {len(body)}\r\n{retry}"
            "connection: close\r\n\r\n".encode()
            + body
        )
        self.transport.close()
