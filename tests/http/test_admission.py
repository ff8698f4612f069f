"""What is refused by its head alone, so that an overload costs little.

See `likewise.server.http.admission`.

The bounds are counted, not timed.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from likewise.errors import Overloaded
from likewise.server.app import create_app
from likewise.server.engine.batching import Batcher
from likewise.server.http.admission import Gate, InHand
from tests.http.serving import (
    WordEncoder,
    ask,
    check_envelope,
    connect,
    gated,
    make_settings,
    serving,
    wait_until_ready,
    waiting_jobs,
)
from tests.waiting import wait_for

HEAD = (
    b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n"
)
BODY = b'{"model":"words","input":"late"}'


def answer(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        assert part, received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return head.lower(), body


def fill(url, encoder, threads, count, words=1):
    """Have one request computed and `count` wait."""
    first = threads.submit(ask, url, "first")
    wait_for(lambda: encoder.asked == [["first"]])
    futures = [threads.submit(ask, url, f"{n} " + "w " * (words - 1)) for n in range(count)]
    wait_for(lambda: waiting_jobs(url) == count)
    return [first, *futures]


def test_a_full_queue_refuses_before_the_body_has_come(tmp_path):
    with gated(tmp_path, max_queue_tokens=20) as (url, encoder), ThreadPoolExecutor(20) as threads:
        futures = fill(url, encoder, threads, 6, words=4)
        with connect(url) as connection:
            connection.sendall(HEAD % len(BODY))  # and nothing of the body
            head, body = answer(connection)
            assert head.startswith(b"http/1.1 503 ")
            assert json.loads(body)["error"]["code"] == "server_overloaded"
            assert b"retry-after: " in head
            assert b"connection: close" not in head
            encoder.gate.set()
            assert {future.result().status_code for future in futures} == {200}
            connection.sendall(BODY + HEAD % len(BODY) + BODY)  # late, and once more
            assert answer(connection)[0].startswith(b"http/1.1 200 ")


def test_one_client_may_have_a_quarter_of_what_is_in_hand(tmp_path):
    changes = {"max_requests": 8, "trusted_proxies": ("127.0.0.1",)}
    with gated(tmp_path, **changes) as (url, encoder), ThreadPoolExecutor(20) as threads:
        futures = [
            threads.submit(ask, url, f"text {n}", **{"x-forwarded-for": f"10.0.0.{n // 2}"})
            for n in range(6)
        ]
        wait_for(lambda: waiting_jobs(url) + sum(map(len, encoder.asked)) == 6)
        refused = ask(url, "third of one", **{"x-forwarded-for": "10.0.0.0"})
        error = check_envelope(refused, 503, "server_overloaded")
        assert "2 of your requests and 6 in all" in error["problem"]
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["x-request-id"]
        futures += [
            threads.submit(ask, url, f"other {n}", **{"x-forwarded-for": "10.0.0.9"})
            for n in range(2)
        ]
        wait_for(lambda: waiting_jobs(url) + sum(map(len, encoder.asked)) == 8)
        everybody = ask(url, "a new client", **{"x-forwarded-for": "10.0.0.10"})
        error = check_envelope(everybody, 503, "server_overloaded")
        assert "8 in all" in error["problem"]
        for path in ("/health", "/ready", "/v1/models", "/metrics"):
            assert httpx.get(f"{url}{path}").status_code == 200
        with connect(url) as connection:
            connection.sendall(HEAD % 1_000_000)  # of which nothing more is received
            head, _ = answer(connection)
            assert head.startswith(b"http/1.1 503 ")
            assert b"connection: close" in head
        encoder.gate.set()
        assert {future.result().status_code for future in futures} == {200}
        again = ask(url, "after", **{"x-forwarded-for": "10.0.0.0"})
        assert again.status_code == 200


def test_of_too_many_connections_only_health_is_answered(tmp_path):
    settings = make_settings(tmp_path, max_connections=8)
    with (
        serving(create_app(settings, WordEncoder()), settings) as url,
        ExitStack() as stack,
    ):
        wait_until_ready(url)
        for _ in range(8):
            stack.enter_context(connect(url)).sendall(b"GET ")
        wait_for(lambda: httpx.get(f"{url}/v1/models").status_code == 503)
        refused = httpx.get(f"{url}/v1/models")
        check_envelope(refused, 503, "server_overloaded")
        assert refused.headers["connection"] == "close"
        assert refused.headers["retry-after"] == "5"
        assert httpx.get(f"{url}/health").status_code == 200
        assert httpx.get(f"{url}/ready").status_code == 200
    # the connections are closed: there is room again
    with serving(create_app(settings, WordEncoder()), settings) as url:
        assert ask(url, "after").status_code == 200


def test_connections_far_beyond_the_limit_are_closed_unasked(tmp_path):
    settings = make_settings(tmp_path, max_connections=8)
    with serving(create_app(settings, WordEncoder()), settings) as url, ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(connect(url))
        with connect(url) as connection:  # connections are accepted in turn
            head, body = answer(connection)
            assert head.startswith(b"http/1.1 503 service unavailable")
            assert b"retry-after: 5" in head
            assert json.loads(body)["error"]["code"] == "server_overloaded"
            assert connection.recv(1) == b""
        stack.close()
        wait_for(lambda: httpx.get(f"{url}/health").status_code == 200)


@pytest.fixture
def gate():
    batcher = Batcher()
    yield Gate(batcher, most_requests=8, most_bytes=1_000)
    batcher.stop()


def test_bytes_in_hand_are_bounded_and_let_go(gate):
    gate.enter("one", 600)
    gate.hold(600)
    gate.enter("other", 600)
    with pytest.raises(Overloaded, match="600 bytes of requests and answers"):
        gate.hold(600)
    gate.leave("other", 0)
    assert (gate.requests, gate.bytes) == (1, 600)
    gate.leave("one", 600)
    assert (gate.requests, gate.bytes) == (0, 0)


def test_what_was_held_is_let_go_whatever_happens(gate):
    parts = [b"x" * 400, b"x" * 400, b"x" * 400]
    most = []

    async def receive():
        return {"type": "http.request", "body": parts.pop(), "more_body": True}

    async def go():
        in_hand = InHand(gate, {"type": "http", "headers": []}, "one", receive)
        try:
            while True:
                await in_hand.receive()
                most.append(gate.bytes)
        finally:
            in_hand.leave()

    with pytest.raises(Overloaded, match="800 bytes"):
        asyncio.run(go())
    assert most == [400, 800]
    assert (gate.requests, gate.bytes) == (0, 0)


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_refused_method_names_the_one_that_the_description_has(tmp_path, path):
    settings = make_settings(tmp_path)
    with serving(create_app(settings, WordEncoder()), settings) as url:
        refused = httpx.options(f"{url}{path}")
        check_envelope(refused, 405, "method_not_allowed")
        assert refused.headers["allow"] == "GET"
