"""HTTP connections that never lose their place, and that do not wait for ever.

Where a request ends is what a proxy in front must see as this server does; otherwise one client's
bytes become another's request. So an `Upgrade`, which this server never grants, is taken out of a
head before its body is parsed (the parser would take what follows for another protocol), trailers
are not headers, and after anything that is not HTTP nothing more is parsed: what waits is answered
and the connection closed.

uvicorn closes idle connections, but a client that sends a byte now and then keeps one open as
long as it likes. The body has a deadline of its own in `likewise.server.http.body_limits`; this
is the one for the head, and for the rest of a body that was refused. An answer that is not read
has one in `likewise.server.http.unread`, of the same length.
"""

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Any

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from likewise.errors import LikewiseError, ReceiptTimeout, RequestError
from likewise.server.http.admission import Gate, too_many_connections
from likewise.server.http.envelope import envelope
from likewise.server.http.head import (
    HeadTooLong,
    check_framing,
    check_length,
    origin_form,
    without_upgrade,
)
from likewise.server.http.lingering import Lingering
from likewise.server.http.state import RequestState, put_state, state_of
from likewise.server.http.turns import Turns
from likewise.server.http.unread import Unread

MOST_HEAD_BYTES = 64 * 1024
"""Bytes that are not a body, in a row, above which a request is refused: a request line and
headers together, also while a request before them is worked on, or what follows a body."""

TOO_LONG = "The request's head is too long."

MOST_WAITING = 128
"""Requests behind the one that is worked on above which the connection is closed: each takes some
hundred times the room of its bytes, and no client that we know of sends nearly as many."""

MOMENT = 0.5
"""Seconds in which a request of a client that sends no more must begin to be answered."""


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for the head, and errors in our envelope."""

    receipt_seconds = 20.0
    most_connections = 4_096
    gate: Gate
    vital: frozenset[str] = frozenset()
    turns: Turns

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._unread: Unread | None = None
        self._answered = RequestState()
        """The request that is answered; `cycle` may be of one behind it already."""
        self._running: RequestResponseCycle = None  # type: ignore[assignment]  # as uvicorn's own
        self._lost = False
        """Whether what comes can't be told apart into requests any more."""
        self._within_body = False
        """Whether a head has come, and of what belongs to it not all."""

    @classmethod
    def within(
        cls, seconds: float, connections: int, gate: Gate, vital: frozenset[str] = frozenset()
    ) -> type["PunctualProtocol"]:
        """Return the protocol with these limits; uvicorn makes instances of a class by itself.

        Args:
            seconds: in which a head must have come, and of an answer something must be read.
            connections: how many may be open.
            gate: where answers that are not read count.
            vital: paths whose requests begin before all that wait to.
        """
        limits = {"receipt_seconds": seconds, "most_connections": connections, "gate": gate}
        return type(cls.__name__, (cls,), {**limits, "vital": vital, "turns": Turns()})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        self._lingering = Lingering(transport, self.loop)
        super().connection_made(self._lingering)  # type: ignore[arg-type]
        if len(self.connections) > 2 * self.most_connections:
            self._refuse(too_many_connections())
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._disarm()
        self._lingering.over()
        self._all_read()
        super().connection_lost(exc)
        if self._running is not None and not self._running.response_complete:
            # uvicorn tells the request that came last, behind which this one may be
            self._running.disconnected = True
            self._running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; a head must not come slowly or be endless."""
        if self._lost or self._lingering.dropping:
            return
        self._unset_keepalive_if_required()
        if self._deadline is None and self._waits_for_head():
            self._await_head()
        self._head_bytes += len(data)
        self._parse(data)
        if self._lost or self._head_bytes <= MOST_HEAD_BYTES:
            return
        self.send_400_response(TOO_LONG)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn keeps none open
        """Give a client that sends no more a moment for its answer; tells whether to stay open.

        It may have closed the sending half alone, or be gone: nobody can tell before something is
        sent. So what has not begun to be answered in time is dropped, as a client's that has gone.
        """
        if self.transport.is_closing() or self._waits_for_head() or self._within_body:
            return False
        self._answer_no_more()
        self._lingering.expects_more = False
        self._disarm()
        self._deadline = self.loop.call_later(MOMENT, self._gone)
        return True

    def _gone(self) -> None:
        self._deadline = None
        if not self._running.response_started:
            self._close()

    def _parse(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self.parser.get_method() == b"CONNECT":
                    self.send_400_response("This server is not a proxy.")
                    return
                data = self._head_again() + data[upgrade.args[0] :]
            except httptools.HttpParserError as error:
                if isinstance(error.__context__, HeadTooLong):
                    self.send_400_response(TOO_LONG)
                else:
                    self.send_400_response("This is not a request as HTTP/1.1 has it.")
                return
            else:
                return

    def _head_again(self) -> bytes:
        """Return the head that wished for another protocol, without the wish, to a new parser."""
        method, version = self.parser.get_method(), self.parser.get_http_version()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        return without_upgrade(method, self.url, version, self.headers)

    def on_message_begin(self) -> None:
        """A head begins to come."""
        self._lingering.expects_more = True
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body; what is left of one that was refused counts like a head."""
        if not self.cycle.response_complete:
            self._head_bytes = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The head has come: the application has the word."""
        if self.parser.should_upgrade():
            return  # it comes again without the wish, see `_parse`
        self._disarm()
        self._head_bytes = 0
        version = self.parser.get_http_version()
        check_length(self.url, self.headers, MOST_HEAD_BYTES)
        check_framing(version, self.headers)
        self.url = origin_form(self.url, self.headers)
        if version != "1.1":
            self.expect_100_continue = False  # nobody before knows that answer (RFC 9110, 10.1.1)
        crowded = len(self.connections) > self.most_connections
        put_state(self.scope, RequestState(crowded=crowded))  # type: ignore[arg-type]
        super().on_headers_complete()
        self._within_body = True  # not where the line above has refused the head
        self.headers = []  # what comes after the body is not a header of it (RFC 9110, 6.5.1)
        if len(self.pipeline) > MOST_WAITING:
            self._close()
            raise httptools.HttpParserError  # to have no more parsed of what has come

    def on_message_complete(self) -> None:
        """The body has come, unless the head is about to come again."""
        if not self.parser.should_upgrade():
            check_length(b"", self.headers, MOST_HEAD_BYTES)  # what came behind the body
            self._within_body = False
            self._lingering.expects_more = False
            super().on_message_complete()
            if self.cycle.keep_alive and not self.parser.should_keep_alive():
                self._answer_no_more()  # so a trailer wishes, behind which nothing is parsed

    def on_response_complete(self) -> None:
        """The answer has gone; what is left of the request's body must come in time too."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_reader()
        elif self.cycle.response_complete and self.cycle.more_body:
            self._await_head()

    def pause_writing(self) -> None:
        """More waits to be read than a connection may have uncounted."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """Most of it was read."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._all_read()

    def timeout_keep_alive_handler(self) -> None:
        """Close what is idle, or what holds an answer that nobody reads."""
        super().timeout_keep_alive_handler()
        self._watch_reader()

    def shutdown(self) -> None:
        """Close at once or after the answer: the server stops."""
        super().shutdown()
        if self.transport.is_closing():
            self._watch_reader()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        self._running = cycle
        self._answered = state_of(cycle.scope)  # type: ignore[arg-type]
        self._answered.came = self.loop.time()
        if cycle.scope["path"] in self.vital:
            self._begin(cycle, app)
        else:
            self.turns.add(self.loop, partial(self._begin, cycle, app))

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        state_of(cycle.scope).whole = not cycle.more_body  # type: ignore[arg-type]
        super()._start_asgi_task(cycle, app)

    def _close(self) -> None:
        self.transport.close()  # which sends what waits first
        self._watch_reader()

    def _watch_reader(self) -> None:
        if self._unread is None and self.transport.get_write_buffer_size():
            client = self._answered.client
            self._unread = Unread(
                self.transport, self.loop, self.gate, client, self.receipt_seconds
            )

    def _all_read(self) -> None:
        if self._unread is not None:
            self._unread.end()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP with the envelope; nothing more is parsed, and it is closed."""
        self._lost = self._lingering.expects_more = True
        if self.transport.is_closing():
            return
        error = RequestError(msg, "Send a request as HTTP/1.1 has it.")
        if self._waits_for_head() and not self._within_body:
            self._refuse(error)
        elif not self._within_body:
            self.cycle.keep_alive = False  # it is the last that is answered
        elif self.pipeline:
            self.pipeline.popleft()  # the one that is broken; those before it are answered
            self.cycle = self.pipeline[0][0] if self.pipeline else self._running
            self.cycle.keep_alive = False
        elif self.cycle.response_started:
            self._close()  # an error would be taken for a part of its answer
        else:
            self._refuse(error)

    def _answer_no_more(self) -> None:
        """Close when the request is answered that came last."""
        self._lost = self._lingering.expects_more = True
        self.cycle.keep_alive = False
        if self.cycle.response_complete:
            self._close()

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
            self._close()
            return
        self._refuse(
            ReceiptTimeout(
                f"The request's head had not arrived after {self.receipt_seconds:g} seconds.",
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
        self._close()
