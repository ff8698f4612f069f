"""A provider that does as it is told, also what no provider should do."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from likewise.encoders.sha256 import Sha256Encoder

DIMS = 256


@dataclass
class Asked:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: dict


@dataclass
class Reply:
    """What to answer. `drip` sends a byte at a time with that many seconds between."""

    body: bytes | dict = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0
    hang: float = 0
    break_off: bool = False


def error_reply(status: int, code: str | None = None, headers=None, **fields) -> Reply:
    """An error as OpenAI has them."""
    error = {"message": "no", "type": code or "error", "param": None, "code": code, **fields}
    return Reply({"error": error}, status, headers or {})


def good(asked: Asked) -> Reply:
    """The right answer: sha256 vectors, three times as long as they should be."""
    texts = asked.body["input"]
    vectors = Sha256Encoder().encode(texts).vectors * 3
    packed = asked.body.get("encoding_format") == "base64"
    return Reply(
        {
            "object": "list",
            "data": [
                {
                    "object": "embedding",
                    "index": index,
                    "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode()
                    if packed
                    else vector.tolist(),
                }
                for index, vector in enumerate(vectors)
            ],
            "model": asked.body["model"],
            "usage": {"prompt_tokens": 10 * len(texts), "total_tokens": 10 * len(texts)},
        }
    )


class Provider:
    """Replies to requests with `replies` in turn, and then always with `then`."""

    def __init__(self):
        self.asked: list[Asked] = []
        self.replies: list[Reply | Callable[[Asked], Reply]] = []
        self.then: Reply | Callable[[Asked], Reply] = good
        self.url = ""
        self._lock = threading.Lock()

    @property
    def texts(self) -> list[str]:
        """All texts that it was asked to embed, charged or not."""
        return [text for asked in self.asked for text in asked.body["input"]]

    def reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            chosen = self.replies.pop(0) if self.replies else self.then
        return chosen(asked) if callable(chosen) else chosen


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider that listens on a free port."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            length = int(self.headers["content-length"])
            body = json.loads(self.rfile.read(length))
            reply = provider.reply(Asked(self.path, dict(self.headers), body))
            time.sleep(reply.hang)
            if reply.break_off:
                self.close_connection = True
                return
            try:
                self.answer(reply)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_GET = do_POST  # noqa: N815

        def answer(self, reply):
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for byte in body if reply.drip else ():
                self.wfile.write(bytes([byte]))
                time.sleep(reply.drip)
            if not reply.drip:
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        provider.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
