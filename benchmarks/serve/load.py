"""Asks a server from a process of its own, and prints what it saw as one JSON object.

    python load.py URL --clients 32 --seconds 10            as many requests as 32 clients can
    python load.py URL --rate 1500 --seconds 20             so many a second, whatever comes back
    python load.py URL --watch --seconds 20                 /health all the time, nothing else

The client is plain sockets on an event loop, so that it takes as little of the machine as can be:
server and client share it. `--run` must differ from call to call: it makes the texts new ones,
which no cache of the server's has seen. `/health` is watched by a call of its own, whose times do
not hold the waiting of a busy client.
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
MOST_CONNECTIONS = 1_500
"""How many requests may be open at a steady rate; what is due beyond them waits, and is counted.

Below the backlog of the server: above it the kernel drops connections, which hides the server."""
MOST_SECONDS = 60
TEXTS_PER_RUN = 1_000_000


@dataclass
class Seen:
    """What the answers were: seconds of the good ones and of the refused, and the rest."""

    good: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failed: int = 0
    late: list[float] = field(default_factory=list)

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
        """Return the status, 0 where the connection broke or nothing came for a minute.

        A connection that was kept may have been closed by the server in the meantime, as every
        client knows: the request is then sent once more on a new one.
        """
        for kept in (True, False) if self.reader else (False,):
            try:
                async with asyncio.timeout(MOST_SECONDS):
                    return await self.ask(method, path, body)
            except TimeoutError:
                self.close()
                return 0
            except (OSError, asyncio.IncompleteReadError):
                self.close()
                if not kept:
                    return 0
        return 0

    def close(self) -> None:
        """Let go of the connection."""
        if self.reader is not None:
            self.writer.close()
        self.reader = None


def bodies(model: str, run: int, cached: bool):  # noqa: ANN201
    """Yield requests for short queries: ones that no other run has, or the same few again."""
    for number in itertools.count(run * TEXTS_PER_RUN):
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
    idle = [Asker(url) for _ in range(MOST_CONNECTIONS)]
    free = asyncio.Semaphore(MOST_CONNECTIONS)
    tasks = set()

    async def one(due: float) -> None:
        asker = idle.pop()
        seen.late.append(time.perf_counter() - due)
        try:
            status = await asker.safely("POST", "/v1/embeddings", next(source))
        finally:
            idle.append(asker)
            free.release()
        seen.note(status, time.perf_counter() - due)

    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (left := due - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        await free.acquire()
        task = asyncio.create_task(one(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


async def watch(url: str, seconds: float) -> list[float]:
    """Ask for /health all the time; return the seconds of each answer, infinity for a failure."""
    asker, times = Asker(url), []
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        status = await asker.safely("GET", "/health")
        times.append(time.perf_counter() - began if status == 200 else float("inf"))
        await asyncio.sleep(HEALTH_PAUSE)
    return times


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
    parser.add_argument("--run", type=int, default=0, help="a number no other call has")
    parser.add_argument("--watch", action="store_true", help="only ask for /health")
    parser.add_argument("--cached", action="store_true", help="the same few texts again and again")
    given = parser.parse_args()
    if given.watch:
        times = await watch(given.url, given.seconds)
        print(
            json.dumps({"health_p50_ms": quantile(times, 0.5), "health_max_ms": quantile(times, 1)})
        )
        return
    source = bodies(given.model, given.run, given.cached)
    warm = Seen()
    await closed(given.url, source, min(given.clients, 8), 1, warm)
    seen = Seen()
    began = time.perf_counter()
    if given.rate:
        await opened(given.url, source, given.rate, given.seconds, seen)
    else:
        await closed(given.url, source, given.clients, given.seconds, seen)
    took = time.perf_counter() - began
    print(
        json.dumps(
            {
                "requests_per_second": round(len(seen.good) / took, 1),
                "p50_ms": quantile(seen.good, 0.5),
                "p99_ms": quantile(seen.good, 0.99),
                "refused": len(seen.refused),
                "refused_p99_ms": quantile(seen.refused, 0.99),
                "failed": seen.failed,
                "sent_per_second": round(len(seen.late) / took, 1) if seen.late else None,
                "late_p99_ms": quantile(seen.late, 0.99),
            }
        )
    )


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(main())
    except ImportError:
        asyncio.run(main())
