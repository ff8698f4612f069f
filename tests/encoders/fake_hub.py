"""A model hub on this machine: just enough of its HTTP interface to fetch a model from."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

COMMIT = "a" * 40


class _Handler(BaseHTTPRequestHandler):
    folder: ClassVar[Path]
    repository: ClassVar[str]
    seen: ClassVar[Callable[[dict[str, str]], None]]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        type(self).seen(dict(self.headers))
        path = self.path.partition("?")[0]
        if path == "/":
            return self._send(b"", with_body)
        if path.startswith(f"/api/models/{self.repository}/tree/"):
            return self._send(json.dumps(self._tree()).encode(), with_body)
        if path.startswith(f"/api/models/{self.repository}"):
            names = [{"rfilename": entry["path"]} for entry in self._tree()]
            answer = {"id": self.repository, "sha": COMMIT, "siblings": names}
            return self._send(json.dumps(answer).encode(), with_body)
        head = f"/{self.repository}/resolve/"
        if path.startswith(head):
            file = self.folder / path.removeprefix(head).partition("/")[2]
            if file.is_file():
                return self._send(file.read_bytes(), with_body)
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _tree(self) -> list[dict[str, object]]:
        return [
            {
                "type": "file",
                "path": file.relative_to(self.folder).as_posix(),
                "size": file.stat().st_size,
                "oid": hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest(),
            }
            for file in sorted(self.folder.rglob("*"))
            if file.is_file()
        ]

    def _send(self, body: bytes, with_body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving_model(
    folder: Path,
    repository: str,
    seen: Callable[[dict[str, str]], None] = lambda _headers: None,
) -> Iterator[str]:
    """Serve the files of `folder` as `repository`; yield the hub's address.

    `seen` is called with the headers of each request.
    """
    members = {"folder": folder, "repository": repository, "seen": staticmethod(seen)}
    handler = type("Handler", (_Handler,), members)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # asked often whether to stop, or each test would wait for half a second at its end
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
