"""The parser never loses its place: raw exchanges on a connection, cut in different ways.

`make test-wire` runs the same through Caddy, nginx and HAProxy (tests/wire).
"""

import json
import socket
import time
from contextlib import suppress

import httpx
import pytest

from likewise.server.app import create_app
from tests.http.exchanges import ALONE, EXCHANGES, LAST, Exchange
from tests.http.serving import WordEncoder, connect, make_settings, serving, wait_until_ready


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    settings = make_settings(tmp_path_factory.mktemp("wire"))
    with serving(create_app(settings, WordEncoder()), settings) as url:
        wait_until_ready(url)
        yield url


def talk(url, packets, pause=0.0):
    """Send packets, then return all that comes until the server closes."""
    with connect(url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        with suppress(ConnectionResetError, BrokenPipeError):  # it closed while more was on its way
            for packet in packets:
                connection.sendall(packet)
                time.sleep(pause)
        with suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                received += part
        return received


def told(answer, *, heads=False):
    """Return what each answer is; see `tests.http.exchanges`."""
    found = []
    while answer:
        head, _, rest = answer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        assert lines[0].startswith("http/1.1 "), answer[:200]
        if lines[0].startswith("http/1.1 100"):
            answer = rest
            continue
        fields = dict(line.split(": ", 1) for line in lines[1:])
        length = int(fields["content-length"])
        if heads and not found:
            length = 0
        found.append(what(json.loads(rest[:length])) if length else "head")
        answer = rest[length:]
    return tuple(found)


def what(body):
    if "error" in body:
        return body["error"]["code"]
    if "usage" in body:
        return f"vectors {body['usage']['prompt_tokens']}"
    return "models" if "object" in body else "health"


def cut(exchange: Exchange, how: str) -> tuple[bytes, ...]:
    packets = exchange.packets
    if how == "at once":
        return (b"".join(packets),)
    if how == "head and body apart":
        whole = b"".join(packets)
        at = whole.find(b"\r\n\r\n") + 4
        return whole[:at], whole[at:]
    if how == "byte for byte":
        whole = b"".join(packets)
        return (*(bytes([byte]) for byte in whole[:2_000]), whole[2_000:])
    return packets


@pytest.mark.parametrize("how", ["as it is", "at once", "head and body apart", "byte for byte"])
@pytest.mark.parametrize("exchange", [*EXCHANGES, *ALONE], ids=lambda exchange: exchange.name)
def test_every_answer_is_that_of_its_request(url, exchange, how):
    packets = cut(exchange, how)
    pause = 0.002 if len(packets) < 50 else 0.0
    sent = (*packets, LAST) if exchange.last else packets
    received = told(talk(url, sent, pause), heads=exchange.name.startswith("HEAD"))
    last = ("health",) if exchange.last else ()
    assert received in ((*exchange.answers, *last), exchange.also)


def test_there_are_many_and_none_was_ever_taken_for_a_request(url):
    assert len(EXCHANGES) >= 60
    assert len({exchange.name for exchange in EXCHANGES}) == len(EXCHANGES)
    metrics = httpx.get(f"{url}/metrics").text
    assert "/v1/models/{name:path}" not in metrics
