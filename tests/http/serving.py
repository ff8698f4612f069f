"""A really running server, in a thread of the test process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np

from likewise.encoders.base import BaseEncoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import Application, create_app
from likewise.server.process import Server, address, configuration, listen
from likewise.settings import Settings
from likewise.types import Encoding, TokenCounts
from tests.waiting import A_HANG, wait_for

INDEX = "<!doctype html><title>Likewise</title><!--opening--><script src='/assets/a-1.js'></script>"


def make_settings(folder: Path, **changes) -> Settings:
    """Settings that touch nothing outside `folder`."""
    return Settings(**{"cache": folder / "cache", "encoder": "sha256", "offline": True, **changes})


def make_page(folder: Path) -> Path:
    """A page as the build leaves it: an index, a hashed asset, a file beside it."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    (folder / "assets" / "a-1.js").write_text("export {};", encoding="utf-8")
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder


class WordEncoder(BaseEncoder):
    """An encoder of words: a token is a word, and it reads `max_tokens` of them."""

    def __init__(self, max_tokens: int = 8_192, name: str = "words"):
        self.identity = replace(
            Sha256Encoder.identity, name=name, max_tokens=max_tokens, graph="words"
        )
        self.runtime = Sha256Encoder.runtime
        self.asked: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def encode(self, texts, *, progress=None):
        self.asked.append(list(texts))
        assert self.gate.wait(A_HANG)
        read = [" ".join(text.split()[: self.identity.max_tokens]) for text in texts]
        vectors = Sha256Encoder().encode(read).vectors
        return Encoding(vectors, *self.count_tokens(texts))

    def count_tokens(self, texts):
        tokens = np.array([len(text.split()) for text in texts], np.int32)
        nothing = np.zeros(len(tokens), np.int32)
        return TokenCounts(tokens, tokens > self.identity.max_tokens, nothing)


@contextmanager
def serving(app: Application, settings: Settings | None = None) -> Iterator[str]:
    """Serve `app` on a free port as `run` does; gives the base URL without a slash."""
    with listen("127.0.0.1", 0) as listener:
        server = Server(configuration(app, settings or Settings()), lambda: None)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_for(lambda: server.started or not thread.is_alive())
        assert thread.is_alive(), "the server stopped while starting"
        try:
            yield address("127.0.0.1", listener).rstrip("/")
        finally:
            server.should_exit = True
            thread.join(timeout=A_HANG)
            assert not thread.is_alive(), "the server did not stop"


@contextmanager
def gated(folder: Path, **changes) -> Iterator[tuple[str, WordEncoder]]:
    """A server whose encoder waits at a gate; gives its URL and the encoder."""
    encoder = WordEncoder()
    settings = make_settings(folder, memory_cache_bytes=0, **changes)
    with serving(create_app(settings, encoder), settings) as url:
        wait_until_ready(url)
        encoder.gate.clear()
        encoder.asked.clear()
        try:
            yield url, encoder
        finally:
            encoder.gate.set()


def wait_until_ready(url: str) -> None:
    """Wait until the encoder is loaded and has computed what the server itself asks of it."""
    wait_for(lambda: httpx.get(f"{url}/ready", timeout=A_HANG).status_code == 200)


def waiting_jobs(url: str) -> float:
    """Return the jobs that wait: the metrics are not refused either."""
    lines = httpx.get(f"{url}/metrics", timeout=A_HANG).text.splitlines()
    return float(next(x for x in lines if x.startswith("likewise_waiting_jobs ")).split()[1])


def connect(url: str) -> socket.socket:
    """Return a connection to the server, for requests byte by byte."""
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=A_HANG)


def ask(url: str, text, **headers: str) -> httpx.Response:
    """Ask for the embedding of a text by the encoder of words."""
    body = {"model": "words", "input": text}
    return httpx.post(f"{url}/v1/embeddings", json=body, headers=headers, timeout=A_HANG)


def check_envelope(
    answer: httpx.Response, status: int, code: str, param: str | None = None
) -> dict:
    """Assert that `answer` is an error in the one shape; gives its inside."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error"]
    error = body["error"]
    assert set(error) == {"message", "type", "param", "code", "problem", "remedy"}
    assert error["code"] == code
    assert error["param"] == param
    assert error["type"] == ("server_error" if status >= 500 else "invalid_request_error")
    assert error["message"] == f"{error['problem']} {error['remedy']}"
    assert error["problem"].endswith((".", "?", "!"))
    assert error["remedy"].endswith((".", "?", "!"))
    assert len(answer.content) < 2_000
    return error


def upload(client: httpx.Client, raw: str | bytes, name: str = "t.csv") -> httpx.Response:
    """Send a table to be trained on."""
    kind = {"content-type": "application/octet-stream"}
    return client.post("/api/tables", params={"name": name}, content=raw, headers=kind)
