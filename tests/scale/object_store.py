"""An object store that speaks S3 on loopback, and fails when it is told to."""

import contextlib
import os
import threading
import time

import httpx
from moto.server import DomainDispatcherApplication, create_backend_app
from pyarrow.fs import S3FileSystem
from werkzeug.serving import make_server

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


CUT = -1
CODES = {403: "ExpiredToken", 429: "TooManyRequests"}


class Faulty:
    """Hands requests on, but for those that its rule answers itself.

    rule: called as rule(method, path, number of the request); gives None to hand on, a status to
    refuse with, seconds below 100 to wait before handing on, or `CUT` to break off in the middle of
    the answer.
    """

    def __init__(self, app):
        self.app = app
        self.rule = lambda *_: None
        self.count = 0
        self.refused = 0
        self._lock = threading.Lock()

    def __call__(self, environ, start):
        with self._lock:
            self.count += 1
            number = self.count
        said = self.rule(environ["REQUEST_METHOD"], environ["PATH_INFO"], number)
        if said is not None and said >= 100:
            self.refused += 1
            # what was sent is read, or the connection would be reset instead
            length = int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"].read(length)
            start(f"{said} Fault", [("Content-Type", "application/xml"), ("Connection", "close")])
            code = CODES.get(said, "InternalError")
            return [f"<?xml version='1.0'?><Error><Code>{code}</Code>"
                    "<Message>as told</Message></Error>".encode()]  # fmt: skip
        if said == CUT:
            self.refused += 1
            return self._halves(environ, start)
        if said:
            time.sleep(said)
        return self.app(environ, start)

    def _halves(self, environ, start):
        whole = b"".join(self.app(environ, start))
        yield whole[: len(whole) // 2]
        raise ConnectionResetError


@contextlib.contextmanager
def object_store(bucket="data"):
    """Start a store with one bucket; gives what fails, and the environment that finds it."""
    faulty = Faulty(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, faulty, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    before = dict(os.environ)
    os.environ |= {**ACCOUNT, "AWS_ENDPOINT_URL": address}
    try:
        # what one server of a process was given, the next one has too
        httpx.post(f"{address}/moto-api/reset").raise_for_status()
        S3FileSystem(
            endpoint_override=address.removeprefix("http://"),
            scheme="http",
            region="us-east-1",
            allow_bucket_creation=True,
        ).create_dir(bucket)
        yield faulty
    finally:
        server.shutdown()
        thread.join()
        os.environ.clear()
        os.environ |= before
