"""Asks a server from a process of its own, and prints what it saw as one JSON object.

    python load.py URL --clients 32 --seconds 10            as many requests as 32 clients can
    python load.py URL --rate 1500 --seconds 20             so many a second, whatever comes back

The client is plain sockets on an event loop, so that it takes as little of the machine as can be:
server and client share it.
"""

import argparse
import asyncio
import itertools
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WORDS = (
    "how do I feed a cat",
    "best way to dry basil leaves",
    "train from Lyon to Turin",
    "why does bread not rise",
    "fix a squeaky wooden door",
    "cheap flights in November",
    "symptoms of a vitamin D deficiency",
    "learn the guitar at forty",
    "what is a Faraday cage",
    "remove wine from a carpet",
)
"""Short queries of our own; a number behind each makes it a new text."""

HEALTH_PAUSE = 0.1


@dataclass
class Seen:
    """What the answers were: seconds of the good ones and of the refused, and the rest."""

    good: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failed: int = 0
    health: list[float] = field(default_factory=list)

    def note(self, status: int, seconds: float) -> None:
        """Count an answer."""
        if status == 200:
            self.good.append(seconds)
        elif status in (429, 503):
            self.refused.append(seconds)
        else:
            self.failed += 1


class Asker:
    """One connection."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self.host, self.port = where.hostname, where.port
        self.reader: asyncio.StreamReader | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> int:
        """Return the status of the answer, whose body is read and dropped."""
        if self.reader is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        await self.reader.readexactly(length)
        return int(head[9:12])

    async def safely(self, method: str, path: str, body: bytes = b"") -> int:
        """Return the status, 0 where the connection broke."""
        try:
            return await self.ask(method, path, body)
        except (OSError, asyncio.IncompleteReadError):
            self.reader = None
            return 0


def bodies(model: str, cached: bool):  # noqa: ANN201
    """Yield requests for short queries: always new ones, or the same few again."""
    for number in itertools.count():
        text = WORDS[number % len(WORDS)]
        text = text if cached else f"{text} {number}"
        yield json.dumps({"model": model, "input": text, "encoding_format": "base64"}).encode()


async def closed(url: str, source, clients: int, seconds: float, seen: Seen) -> None:  # noqa: ANN001
    """Have `clients` each ask the next as soon as the last is answered."""
    until = time.perf_counter() + seconds

    async def client() -> None:
        asker = Asker(url)
        while (began := time.perf_counter()) < until:
            status = await asker.safely("POST", "/v1/embeddings", next(source))
            seen.note(status, time.perf_counter() - began)

    await asyncio.gather(*(client() for _ in range(clients)))


async def opened(url: str, source, rate: float, seconds: float, seen: Seen) -> None:  # noqa: ANN001
    """Ask at a steady rate, whether answers come or not; late starts count as waiting."""
    idle: list[Asker] = []
    tasks = []

    async def one(due: float) -> None:
        asker = idle.pop() if idle else Asker(url)
        status = await asker.safely("POST", "/v1/embeddings", next(source))
        seen.note(status, time.perf_counter() - due)
        idle.append(asker)

    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (left := due - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)


async def watch(url: str, seen: Seen) -> None:
    """Ask for /health all the time."""
    asker = Asker(url)
    while True:
        began = time.perf_counter()
        if await asker.safely("GET", "/health") == 200:
            seen.health.append(time.perf_counter() - began)
        await asyncio.sleep(HEALTH_PAUSE)


def quantile(values: list[float], share: float) -> float | None:
    """Return a quantile in milliseconds, None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3, 2)


async def main() -> None:
    """Measure once and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--rate", type=float, help="requests a second, in place of --clients")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--cached", action="store_true", help="the same few texts again and again")
    given = parser.parse_args()
    source = bodies(given.model, given.cached)
    warm = Seen()
    await closed(given.url, source, min(given.clients, 8), 1, warm)
    seen = Seen()
    watching = asyncio.create_task(watch(given.url, seen))
    began = time.perf_counter()
    if given.rate:
        await opened(given.url, source, given.rate, given.seconds, seen)
    else:
        await closed(given.url, source, given.clients, given.seconds, seen)
    took = time.perf_counter() - began
    watching.cancel()
    print(
        json.dumps(
            {
                "requests_per_second": round(len(seen.good) / took, 1),
                "p50_ms": quantile(seen.good, 0.5),
                "p99_ms": quantile(seen.good, 0.99),
                "refused": len(seen.refused),
                "refused_p99_ms": quantile(seen.refused, 0.99),
                "failed": seen.failed,
                "health_max_ms": quantile(seen.health, 1),
            }
        )
    )


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(main())
    except ImportError:
        asyncio.run(main())
