"""Asks a server from a process of its own, and prints what it saw as one JSON object.

    python load.py URL --clients 32 --seconds 10            as many requests as 32 clients can
    python load.py URL --rate 1500 --seconds 20             so many a second, whatever comes back
    python load.py URL --watch --seconds 20                 /health all the time, nothing else

The client takes as little of the machine as can be, because server and client share it: requests
are bytes made beforehand but for a number, and answers are read on bare sockets. `--run` must
differ from call to call: it makes the texts new ones, which no cache of the server's has seen.
`/health` is watched by a call of its own, whose times do not hold the waiting of a busy client.
"""

import argparse
import asyncio
import gc
import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
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

HEALTH_PAUSE = 0.05
MOST_CONNECTIONS = 1_500
"""How many requests may be open at a steady rate; what is due beyond them waits, and is counted.

Below the backlog of the server: above it the kernel drops connections, which hides the server."""
TICK = 0.002
"""Seconds between two looks at what is due."""
MOST_SECONDS = 60
TEXTS_PER_RUN = 10_000_000
HEAD = (
    "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)
HEALTH = HEAD.format(method="GET", path="/health", length=0).encode()
FAILED = 0

Answered = Callable[[int], None]
"""Called with the status of an answer, `FAILED` where none came."""


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


class Asker(asyncio.Protocol):
    """One connection, opened when it is first needed and again when the server has closed it."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._where = (where.hostname, where.port)
        self._transport: asyncio.Transport | None = None
        self._answered: Answered | None = None
        self._request = b""
        self._kept = False
        self._received = b""
        self._length = -1

    def ask(self, request: bytes, answered: Answered) -> None:
        """Send a request; one at a time."""
        self._request, self._answered = request, answered
        if self._transport is None or self._transport.is_closing():
            self._kept = False
            self._connecting = asyncio.ensure_future(self._connect())
        else:
            self._kept = True
            self._transport.write(request)

    async def _connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, *self._where)
        except OSError:
            self._end(FAILED)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Send what waits for the connection."""
        self._transport = transport
        self._received, self._length = b"", -1
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer, whose body is dropped."""
        self._received += data
        if self._length < 0:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            named = self._received[:end].lower().partition(b"content-length:")[2]
            self._length = end + 4 + int(named.partition(b"\r\n")[0])
        if len(self._received) >= self._length:
            status = int(self._received[9:12])
            self._received, self._length = b"", -1
            self._end(status)

    def connection_lost(self, _: Exception | None) -> None:
        """Ask once more on a new connection, if it was a kept one that the server closed."""
        self._transport = None
        if self._answered is None:
            return
        if self._kept:
            self.ask(self._request, self._answered)
        else:
            self._end(FAILED)

    def _end(self, status: int) -> None:
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(status)

    async def asked(self, request: bytes) -> int:
        """Return the status; `FAILED` where nothing came for a minute."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.ask(request, lambda status: done.done() or done.set_result(status))
        try:
            return await asyncio.wait_for(done, MOST_SECONDS)
        except TimeoutError:
            return FAILED


def requests(model: str, run: int, cached: bool) -> Iterator[bytes]:
    """Yield requests for short queries: ones that no other run has, or the same few again."""
    made = []
    for text in WORDS:
        # a number of always as many digits, so that the length is known
        asked = {"model": model, "input": f"{text} NUMBER", "encoding_format": "base64"}
        before, after = json.dumps(asked).encode().split(b"NUMBER")
        length = len(before) + len(f"{0:010d}") + len(after)
        head = HEAD.format(method="POST", path="/v1/embeddings", length=length).encode()
        made.append((head + before, after))
    for number in itertools.count(run * TEXTS_PER_RUN):
        before, after = made[number % len(made)]
        yield b"%b%010d%b" % (before, 0 if cached else number, after)


async def closed(
    url: str, source: Iterator[bytes], clients: int, seconds: float, seen: Seen
) -> None:
    """Have `clients` each ask the next as soon as the last is answered."""
    until = time.perf_counter() + seconds
    left = clients
    over = asyncio.get_running_loop().create_future()

    def begin(asker: Asker) -> None:
        nonlocal left
        began = time.perf_counter()
        if began >= until:
            left -= 1
            if not left:
                over.set_result(None)
            return

        def answered(status: int) -> None:
            seen.note(status, time.perf_counter() - began)
            begin(asker)

        asker.ask(next(source), answered)

    for _ in range(clients):
        begin(Asker(url))
    await asyncio.wait_for(over, seconds + MOST_SECONDS)


async def opened(
    url: str, source: Iterator[bytes], rate: float, seconds: float, seen: Seen
) -> None:
    """Ask at a steady rate, whether answers come or not; late starts count as waiting."""
    idle = deque(Asker(url) for _ in range(MOST_CONNECTIONS))

    def one(due: float) -> None:
        asker = idle.pop()
        seen.late.append(time.perf_counter() - due)

        def answered(status: int) -> None:
            idle.append(asker)
            seen.note(status, time.perf_counter() - due)

        asker.ask(next(source), answered)

    began, number, total = time.perf_counter(), 0, int(rate * seconds)
    while number < total and time.perf_counter() < began + seconds:
        due = int((time.perf_counter() - began) * rate)
        while number < min(due, total) and idle:
            one(began + number / rate)
            number += 1
        await asyncio.sleep(TICK)
    until = time.perf_counter() + MOST_SECONDS
    while len(idle) < MOST_CONNECTIONS and time.perf_counter() < until:
        await asyncio.sleep(TICK)
    seen.failed += MOST_CONNECTIONS - len(idle)


async def watch(url: str, seconds: float) -> list[float]:
    """Ask for /health all the time; return the seconds of each answer, infinity for a failure."""
    asker, times = Asker(url), []
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        status = await asker.asked(HEALTH)
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
        seen_health = {
            "health_asked": len(times),
            "health_p50_ms": quantile(times, 0.5),
            "health_p99_ms": quantile(times, 0.99),
            "health_max_ms": quantile(times, 1),
        }
        print(json.dumps(seen_health))
        return
    gc.disable()  # its pauses would look like the server's
    source = requests(given.model, given.run, given.cached)
    warm = Seen()
    await closed(given.url, source, min(given.clients, 8), 1, warm)
    seen = Seen()
    began, used = time.perf_counter(), time.process_time()
    if given.rate:
        await opened(given.url, source, given.rate, given.seconds, seen)
    else:
        await closed(given.url, source, given.clients, given.seconds, seen)
    took, used = time.perf_counter() - began, time.process_time() - used
    done = len(seen.good) + len(seen.refused) + seen.failed
    print(
        json.dumps(
            {
                "requests_per_second": round(len(seen.good) / took, 1),
                "p50_ms": quantile(seen.good, 0.5),
                "p99_ms": quantile(seen.good, 0.99),
                "refused": len(seen.refused),
                "refused_p50_ms": quantile(seen.refused, 0.5),
                "refused_p99_ms": quantile(seen.refused, 0.99),
                "failed": seen.failed,
                "sent": len(seen.late) if given.rate else done,
                "due": int(given.rate * given.seconds) if given.rate else None,
                "late_p99_ms": quantile(seen.late, 0.99),
                "client_us_per_request": round(used / max(done, 1) * 1e6),
            }
        )
    )


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(main())
    except ImportError:
        asyncio.run(main())
