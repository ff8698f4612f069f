"""What the server's own Python costs for a request: no network, no engine, one process.

    python benchmarks/serve/cost.py [CHECKOUT ...]

The application is called as the protocol calls it, with a text that it knows already, so that
everything but the wire and the inference is in the figure. Processor time is measured, not time,
and the best of the rounds counts: others who use the machine change neither much. Each checkout,
by default this one, is measured in a process of its own.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ROUNDS = 9
REQUESTS = 1_500
ASKED = json.dumps(
    {"model": "minilm", "input": "how do I feed a cat", "encoding_format": "base64"}
).encode()
HEADERS = [
    (b"host", b"localhost"),
    (b"content-type", b"application/json"),
    (b"content-length", str(len(ASKED)).encode()),
]
PATHS = (("POST", "/v1/embeddings"), ("GET", "/health"), ("GET", "/openapi.json"))


def main() -> None:
    """Measure each checkout."""
    for where in sys.argv[1:] or [str(ROOT)]:
        environment = {**os.environ, "PYTHONPATH": where, "LIKEWISE_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, __file__, "--here"],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        print(where, done.stdout.strip())


async def measure() -> None:
    """Print the microseconds of each path."""
    import likewise
    from likewise.server.app import create_app
    from likewise.settings import Settings

    app = create_app(Settings(), likewise.load("minilm"))
    costs = {}
    for method, path in PATHS:
        rounds = 2 if "openapi" in path else ROUNDS
        requests = 20 if "openapi" in path else REQUESTS
        await call(app, method, path)
        best = float("inf")
        for _ in range(rounds):
            began = time.process_time()
            for _ in range(requests):
                await call(app, method, path)
            best = min(best, (time.process_time() - began) / requests * 1e6)
        costs[path] = round(best)
    print(json.dumps(costs))


async def call(app: Any, method: str, path: str) -> None:  # noqa: ANN401
    """Call the application as a protocol does."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": HEADERS,
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    waiting = [{"type": "http.request", "body": ASKED, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message

    await app(scope, receive, send)


if __name__ == "__main__":
    if "--here" in sys.argv:
        asyncio.run(measure())
    else:
        main()
