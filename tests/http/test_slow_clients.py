"""Connections that come slowly, or are not HTTP: rows 41 to 43 of the catalogue."""

import json
import select
import socket
import time

import httpx
import pytest

from likewise.server.app import create_app
from likewise.server.http import lingering
from tests.http.serving import WordEncoder, connect, make_settings, serving, wait_until_ready
from tests.waiting import A_HANG, wait_for

SECONDS = 0.4
ENDLESS = b"X-Filler: " + b"y" * 10_000 + b"\r\n"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    settings = make_settings(tmp_path_factory.mktemp("slow"), receipt_seconds=SECONDS)
    with serving(create_app(settings, WordEncoder()), settings) as url:
        yield url


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    settings = make_settings(tmp_path_factory.mktemp("patient"))
    with serving(create_app(settings, WordEncoder()), settings) as url:
        yield url


def until_closed(connection):
    received = b""
    while True:
        try:
            part = connection.recv(65_536)
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part


def drip(connection, data):
    """Send a byte at a time; tells whether the other side said something before the last one."""
    for byte in data:
        connection.sendall(bytes([byte]))
        if select.select([connection], [], [], 0.1)[0]:
            return True
    return False


def send_for_ever(connection):
    while True:
        connection.sendall(b"x" * 100_000)


def request(body):
    """Return a request for embeddings with this body."""
    return (
        b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )


def body_of(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/json" in head
    return json.loads(body)["error"]


@pytest.mark.parametrize(
    "head",
    [
        b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / SPDY/9\r\n\r\n",
    ],
    ids=["negative length", "two lengths", "tls", "version"],
)
def test_row_41_what_is_not_http_gets_the_envelope(patient, head):
    with connect(patient) as connection:
        connection.sendall(head)
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert body_of(answer)["code"] == "invalid_request"


def test_row_42_a_slow_head_is_closed_at_the_deadline(impatient):
    with connect(impatient) as connection:
        began = time.monotonic()
        assert drip(connection, b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 100)
        assert time.monotonic() - began > SECONDS * 0.9
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_row_42_silence_is_closed_at_the_deadline(impatient):
    with connect(impatient) as connection:
        began = time.monotonic()
        assert until_closed(connection) == b""
    assert time.monotonic() - began > SECONDS * 0.9


def test_row_42_a_slow_second_head_on_a_connection(impatient):
    with connect(impatient) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        assert drip(connection, b"GET /health HTTP/1.1\r\n" * 40)
        assert connection.recv(65_536) == b""


def test_row_43_a_slow_body_is_answered_408_at_the_deadline(impatient):
    with connect(impatient) as connection:
        connection.sendall(
            b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        )
        assert drip(connection, b" " * 900)
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_row_43_a_body_that_stops_is_answered_408(impatient):
    with connect(impatient) as connection:
        connection.sendall(
            b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        began = time.monotonic()
        answer = until_closed(connection)
    assert time.monotonic() - began > SECONDS * 0.9
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert body_of(answer)["code"] == "request_timeout"
    assert b"x-content-type-options: nosniff" in answer.lower()


@pytest.mark.parametrize("more", [ENDLESS * 100, ENDLESS * 7 + b"\r\n"], ids=["endless", "whole"])
def test_a_head_that_is_too_long_is_refused(patient, more):
    with connect(patient) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + more)
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "too long" in body_of(answer)["problem"]


def test_work_that_takes_longer_than_the_receipt_deadline_is_not_cut_off(tmp_path):
    encoder = WordEncoder()
    settings = make_settings(tmp_path, receipt_seconds=0.3)
    with serving(create_app(settings, encoder), settings) as url:
        wait_until_ready(url)
        original = encoder.encode

        def slow(texts, *, progress=None):
            time.sleep(0.6)
            return original(texts, progress=progress)

        encoder.encode = slow
        body = {"model": "words", "input": "slow"}
        assert httpx.post(f"{url}/v1/embeddings", json=body, timeout=A_HANG).status_code == 200


def test_connections_are_kept_and_pipelined_requests_answered(patient):
    with connect(patient) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        received = b""
        while received.count(b'"status":"ok"') < 3:
            received += connection.recv(65_536)
    assert received.count(b"HTTP/1.1 200 OK") == 3


CHUNKS = (
    b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
)


@pytest.mark.parametrize("many", [100, 15], ids=["endless", "whole"])
@pytest.mark.parametrize("at_once", [True, False])
def test_an_endless_trailer_is_refused_too(patient, many, at_once):
    packets = [CHUNKS, *[ENDLESS] * many, b"\r\n"]
    with connect(patient) as connection:
        for packet in [b"".join(packets)] if at_once else packets:
            connection.sendall(packet)
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "too long" in body_of(answer)["problem"]


def test_an_endless_head_behind_a_request_is_its_end_alone(tmp_path):
    encoder = WordEncoder()
    settings = make_settings(tmp_path)
    with serving(create_app(settings, encoder), settings) as url, connect(url) as connection:
        wait_until_ready(url)
        encoder.gate.clear()
        try:
            connection.sendall(
                request(b'{"model":"words","input":"held"}') + b"GET /health HTTP/1.1\r\n"
            )
            connection.sendall(ENDLESS * 100)
        finally:
            encoder.gate.set()
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("many", [1, 3])
def test_who_sends_no_more_gets_what_was_asked_for(patient, many):
    with connect(patient) as connection:
        connection.sendall(request(b'{"model":"words","input":"last words"}') * many)
        connection.shutdown(socket.SHUT_WR)
        assert until_closed(connection).count(b"HTTP/1.1 200 OK") == many


@pytest.mark.parametrize(
    ("path", "kind", "length", "status"),
    [
        ("/v1/embeddings", b"application/json", 30_000_000, 413),
        ("/v1/embeddings", b"text/plain", 3_000_000, 415),
        ("/nothing", b"application/json", 3_000_000, 404),
        ("/health", b"application/json", 3_000_000, 405),
    ],
)
def test_who_is_still_sending_gets_the_answer_and_no_reset(patient, path, kind, length, status):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nContent-Type: "
    with connect(patient) as connection:
        connection.sendall(head.encode() + kind + b"\r\n\r\n")
        for _ in range(length // 100_000):
            connection.sendall(b"x" * 100_000)  # no error, though the answer was there long before
        answer = until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert body_of(answer)["remedy"]


def test_but_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(lingering, "LINGER_SECONDS", 0.2)
    settings = make_settings(tmp_path)
    head = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n"
    with serving(create_app(settings, WordEncoder()), settings) as url, connect(url) as connection:
        connection.sendall(head)
        assert until_closed(connection).startswith(b"HTTP/1.1 404 ")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_for_ever(connection)


def test_many_requests_may_wait_on_a_connection_but_not_any_number(tmp_path):
    encoder = WordEncoder()
    settings = make_settings(tmp_path)
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(create_app(settings, encoder), settings) as url, connect(url) as connection:
        wait_until_ready(url)
        encoder.gate.clear()
        try:
            encoder.asked.clear()
            connection.sendall(request(b'{"model":"words","input":"held"}'))
            wait_for(lambda: encoder.asked)
            connection.sendall(head * 100)
            connection.settimeout(0.5)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(A_HANG)
            encoder.gate.set()
            received = b""
            while received.count(b'"status":"ok"') < 100:
                part = connection.recv(65_536)
                assert part
                received += part
            encoder.gate.clear()
            encoder.asked.clear()
            connection.sendall(request(b'{"model":"words","input":"held again"}'))
            wait_for(lambda: encoder.asked)
            connection.sendall(head * 200)
            assert until_closed(connection) == b""
        finally:
            encoder.gate.set()


def test_a_body_may_be_longer_than_a_head(tmp_path):
    settings = make_settings(tmp_path)
    text = b'{"model":"words","input":"' + b"long " * 40_000 + b'","truncate":true}'
    app = create_app(settings, WordEncoder(100_000))
    with serving(app, settings) as url, connect(url) as connection:
        connection.sendall(request(text) * 2)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 2:
            part = connection.recv(65_536)
            assert part, received[:500]
            received += part
