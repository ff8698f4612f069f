"""Answers that nobody reads: counted while they wait, dropped when nothing of them is read."""

import json
import socket
import time
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from likewise.errors import Overloaded
from likewise.server.app import create_app
from likewise.server.engine.batching import Batcher
from likewise.server.http.admission import Gate
from tests.http.serving import WordEncoder, check_envelope, make_settings, serving, wait_until_ready
from tests.waiting import A_HANG, wait_for

TEXTS = [f"text {n}" for n in range(2_048)]
BODY = json.dumps({"model": "words", "input": TEXTS}).encode()
HEAD = (
    "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\nX-Forwarded-For: {client}\r\n{more}\r\n"
)
SECONDS = 0.8


@contextmanager
def impatient(folder, **changes):
    """A server that waits for a reader for less than a second; gives its URL and its gate."""
    limits = {"receipt_seconds": SECONDS, "trusted_proxies": ("127.0.0.1",), **changes}
    settings = make_settings(folder, **limits)
    app = create_app(settings, WordEncoder())
    with serving(app, settings) as url:
        yield url, app.gate


@contextmanager
def asking(url, client="10.0.0.1", more="", room=4_096):
    """A connection that asked for much and has room for little of it."""
    where = urlsplit(url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        connection.settimeout(A_HANG)
        connection.connect((where.hostname, where.port))
        head = HEAD.format(length=len(BODY), client=client, more=more)
        connection.sendall(head.encode() + BODY)
        yield connection


def receive(connection, pause=0.0):
    """Receive an answer, in parts; gives its body."""
    received = b""
    while True:
        part = connection.recv(100_000)
        assert part, "the connection was closed"
        received += part
        head, _, body = received.partition(b"\r\n\r\n")
        if body and len(body) == int(head.lower().split(b"content-length:")[1].split()[0]):
            return body
        time.sleep(pause)


@pytest.mark.parametrize("more", ["", "Connection: close\r\n"], ids=["kept", "closed"])
def test_an_answer_that_nobody_reads_is_counted_and_dropped(tmp_path, more):
    with impatient(tmp_path) as (url, gate), asking(url, more=more) as connection:
        # it is answered, as far as the application can tell
        wait_for(lambda: gate.unread and not gate.requests)
        assert 1_000_000 < gate.unread < 4_000_000
        wait_for(lambda: not gate.unread)
        with pytest.raises((ConnectionResetError, AssertionError), match=r"reset|closed"):
            receive(connection)


def test_who_reads_slowly_gets_everything(tmp_path):
    with impatient(tmp_path) as (url, gate), asking(url, room=65_536) as connection:
        began = time.monotonic()
        body = receive(connection, pause=0.05)
        assert time.monotonic() - began > 2 * SECONDS, "it was not slow enough to show anything"
        assert len(json.loads(body)["data"]) == len(TEXTS)
        wait_for(lambda: not gate.unread)


def test_who_leaves_much_unread_is_refused_and_nobody_else(tmp_path):
    most = 20_000_000
    changes = {"max_held_bytes": most, "receipt_seconds": 60}
    with impatient(tmp_path, **changes) as (url, gate), ExitStack() as stack:
        wait_until_ready(url)
        while gate.unread < most / 4:
            before = gate.unread
            stack.enter_context(asking(url))
            wait_for(lambda seen=before: gate.unread > seen)
        own = {"x-forwarded-for": "10.0.0.1"}
        asked = {"model": "words", "input": "a"}
        refused = httpx.post(f"{url}/v1/embeddings", json=asked, headers=own)
        error = check_envelope(refused, 503, "server_overloaded")
        assert "bytes of yours and" in error["problem"]
        assert httpx.get(f"{url}/v1/models", headers=own).status_code == 503
        for path in ("/health", "/ready", "/metrics"):
            assert httpx.get(f"{url}{path}", headers=own).status_code == 200
        assert httpx.post(f"{url}/v1/embeddings", json=asked).status_code == 200
        stack.close()
        wait_for(lambda: not gate.unread)
        assert httpx.post(f"{url}/v1/embeddings", json=asked, headers=own).status_code == 200


def test_unread_bytes_and_bodies_share_one_bound():
    batcher = Batcher()
    gate = Gate(batcher, most_requests=8, most_bytes=1_000)
    try:
        for client in "abcd":
            gate.count_unread(client, 200)
            gate.check_readers(client)
        with pytest.raises(Overloaded, match="800 bytes of requests and answers"):
            gate.hold(300)
        gate.count_unread("a", 50)
        gate.check_readers("b")
        with pytest.raises(Overloaded, match="250 bytes of yours and 850 in all"):
            gate.check_readers("a")
        gate.count_unread("e", 150)
        with pytest.raises(Overloaded, match="0 bytes of yours and 1,000 in all"):
            gate.check_readers("f")
        for client, size in {"a": 250, "b": 200, "c": 200, "d": 200, "e": 150}.items():
            gate.count_unread(client, -size)
        assert gate.unread == 0
        gate.check_readers("a")
    finally:
        batcher.stop()
