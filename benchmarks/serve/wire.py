"""Compares what could parse HTTP for the server: our protocol on httptools, h11, and granian.

    python benchmarks/serve/wire.py --work DIR [--rounds 5]

The same application with the same encoder is served by each, and asked by the same client
(load.py), interleaved. On a machine that others use too, requests a second say little, so the
processor time that the server takes for a request is measured beside them: it does not depend on
who else runs. Then each promise about connections is tried on each: see `PROMISES`. Results go to
WIRE.md beside this file. granian is installed into an environment of its own.
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent / "encode"))

from machine import describe  # noqa: E402

GRANIAN = "granian==2.8.9"
SECONDS = 5
LEVELS = (("repeated texts", 32, True), ("new texts", 32, False), ("new texts", 1, False))
RECEIPT_SECONDS = 3

APPLICATION = f"""
import sys
from likewise.server.app import create_app
from likewise.settings import Settings
settings = Settings(receipt_seconds={RECEIPT_SECONDS})
app = create_app(settings, owns_process=True)
def serve(port, http):
    import uvicorn
    from likewise.server.process import BACKLOG, STOP_SECONDS, Server, configuration, listen
    with listen("127.0.0.1", port) as listener:
        config = configuration(app, settings)
        if http == "h11":
            config = uvicorn.Config(app, http="h11", log_config=None, access_log=False, ws="none",
                                    server_header=False, backlog=BACKLOG,
                                    timeout_graceful_shutdown=STOP_SECONDS)
        Server(config, lambda: None).run(sockets=[listener])
if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
"""


@dataclass
class Served:
    """A server that answers."""

    name: str
    url: str
    process: subprocess.Popen[bytes]

    def used(self) -> float:
        """Return the seconds of processor time that it has taken so far, children included."""
        return sum(_used(pid) for pid in _family(self.process.pid))


def main() -> None:
    """Measure, try, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    (given.work / "wired.py").write_text(APPLICATION)
    python = _granian(given.work)
    starts = {
        "likewise (httptools)": lambda port: [sys.executable, "wired.py", str(port), "own"],
        "uvicorn's h11": lambda port: [sys.executable, "wired.py", str(port), "h11"],
        GRANIAN.replace("==", " "): lambda port: [
            *(str(python), "-m", "granian", "--interface", "asgi", "--loop", "uvloop"),
            *("--port", str(port), "--no-ws", "--http", "1", "--backlog", "2048"),
            *("--http1-header-read-timeout", str(RECEIPT_SECONDS * 1_000), "wired:app"),
        ],
    }
    lines = [HEAD.format(**describe(), date=time.strftime("%Y-%m-%d"), load=_load())]
    with _all(starts, given.work) as servers:
        lines += _rates(servers, given.rounds, given.seconds)
    lines += ["", f"Load average after it {_load()}.", "", *_promises(starts, given.work)]
    lines += ["", DECISION]
    (HERE / "WIRE.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


HEAD = """# What parses HTTP, measured

{processor}, {cores} cores, {system}, Python {python}; {date}; other programs ran on the machine
(load average {load} before), so the last column, the server's own processor time, is what to
compare. Medians of interleaved rounds.

| asked | clients | server | requests/s | p50 ms | p99 ms | server's µs a request |
|---|---|---|---|---|---|---|"""

DECISION = """So our protocol on httptools stays. granian (hyper, in Rust) takes the same processor
time for a request, since what costs is the application, and it does not let go of answers that
nobody reads, nor say what was wrong in the shape that all errors have; it serves from a process of
its own, which would have to be handed a ready-made encoder, and has no bound on connections. h11
costs a third more and keeps fewer promises."""


def _rates(servers: list[Served], rounds: int, seconds: float) -> list[str]:
    taken: dict[tuple[str, int, str], list[dict[str, float]]] = {}
    run = 0
    for number in range(rounds):
        for what, clients, cached in LEVELS:
            for server in servers if number % 2 == 0 else reversed(servers):
                run += 1
                before = server.used()
                load = [sys.executable, str(HERE / "load.py"), server.url, "--run", str(run)]
                asked = ["--clients", str(clients), "--seconds", str(seconds)]
                done = subprocess.run(
                    [*load, *asked, *(["--cached"] if cached else [])],
                    check=True,
                    capture_output=True,
                )
                found = json.loads(done.stdout)
                # the warm-up's second is in the time, and its requests are not counted: the
                # share of the measured seconds is taken
                share = seconds / (seconds + 1)
                found["us"] = (server.used() - before) * share / max(1, found["sent"]) * 1e6
                taken.setdefault((what, clients, server.name), []).append(found)
    return [
        f"| {what} | {clients} | {name} | "
        + " | ".join(
            f"{statistics.median(one[key] for one in found):,.{digits}f}"
            for key, digits in (("requests_per_second", 0), ("p50_ms", 1), ("p99_ms", 1), ("us", 0))
        )
        + " |"
        for (what, clients, name), found in taken.items()
    ]


# --- promises

ASK = b'{"model":"minilm","input":"a"}'
POST = (
    b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n%b\r\n"
)


def _exchange(url: str, *parts: bytes, seconds: float = 2.0, pause: float = 0.2) -> bytes:
    """Send parts and return all that comes until nothing comes for a while, or it is closed."""
    with _connected(url) as connection:
        connection.settimeout(seconds)
        for number, part in enumerate(parts):
            if number:
                time.sleep(pause)
            try:
                connection.sendall(part)
            except OSError:
                break
        received = b""
        try:
            while part := connection.recv(65_536):
                received += part
        except OSError:
            pass
        return received


def _connected(url: str) -> socket.socket:
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port or 80), timeout=10)


def _statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


def _upgrade(served: Served) -> bool:
    """The body after Upgrade is the request's body, in the same and in a later packet."""
    wish = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    head = POST % (len(ASK), wish)
    return all(
        _statuses(_exchange(served.url, *parts)) == [200] for parts in ((head + ASK,), (head, ASK))
    )


def _trailers(served: Served) -> bool:
    """A trailer is no header: a Content-Type that comes behind the body does not count."""
    head = b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"%x\r\n%b\r\n0\r\nContent-Type: application/json\r\n\r\n" % (len(ASK), ASK)
    return _statuses(_exchange(served.url, head + body)) == [415]


def _early(served: Served) -> bool:
    """A request is refused by its head, before anything of its body has come."""
    return _statuses(_exchange(served.url, POST % (1_000_000_000, b""))) == [413]


def _slow_head(served: Served) -> bool:
    """A head that comes slowly is cut off at the deadline."""
    return _cut_off(served, b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 100)


def _slow_body(served: Served) -> bool:
    """A body that comes slowly is cut off at the deadline."""
    return _cut_off(served, POST % (1_000, b"") + b" " * 200, at=len(POST % (1_000, b"")))


def _cut_off(served: Served, data: bytes, at: int = 1) -> bool:
    with _connected(served.url) as connection:
        connection.sendall(data[:at])
        began = time.monotonic()
        try:
            for byte in data[at:]:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            return time.monotonic() - began < RECEIPT_SECONDS + 3
    return False


def _unread(served: Served) -> bool:
    """An answer of which nothing is read is dropped, and its connection closed."""
    body = json.dumps({"model": "sha256", "input": [f"text {n}" for n in range(2_000)]}).encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        where = urlsplit(served.url)
        connection.connect((where.hostname, where.port))
        connection.sendall(POST % (len(body), b"") + body)
        time.sleep(2 * RECEIPT_SECONDS + 2)
        connection.settimeout(2)
        received = 0
        try:
            while part := connection.recv(1_000_000):
                received += len(part)
        except OSError:
            pass
        return received < 3_000_000


def _envelope(served: Served) -> bool:
    """What is not HTTP is answered in the one shape of errors."""
    return b'"remedy"' in _exchange(served.url, b"GET / SPDY/9\r\n\r\n")


def _stop(served: Served) -> bool:
    """SIGTERM lets a request that is under way end, and ends the process within ten seconds."""
    with _connected(served.url) as connection:
        connection.sendall(POST % (len(ASK), b"") + ASK[:-1])
        time.sleep(0.3)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        try:
            connection.sendall(ASK[-1:])
            connection.settimeout(5)
            answered = b" 200 " in connection.recv(65_536)
        except OSError:
            answered = False
    try:
        served.process.wait(10)
    except subprocess.TimeoutExpired:
        return False
    return answered


PROMISES: tuple[Callable[[Served], bool], ...] = (
    _upgrade,
    _trailers,
    _early,
    _slow_head,
    _slow_body,
    _unread,
    _envelope,
    _stop,
)


def _promises(starts: dict[str, Callable[[int], list[str]]], work: Path) -> list[str]:
    with _all(starts, work) as servers:
        names = " | ".join(server.name for server in servers)
        lines = [f"| promise | {names} |", "|---|" + "---|" * len(servers)]
        for promise in PROMISES:
            kept = ["kept" if promise(server) else "**broken**" for server in servers]
            lines.append(f"| {(promise.__doc__ or '').strip()} | {' | '.join(kept)} |")
            print(lines[-1], flush=True)
    return lines


# --- servers


@contextmanager
def _all(starts: dict[str, Callable[[int], list[str]]], work: Path) -> Iterator[list[Served]]:
    servers: list[Served] = []
    try:
        for name, command in starts.items():
            servers.append(_start(name, command, work))
        yield servers
    finally:
        for server in servers:
            # not kill: granian's worker would outlive it
            server.process.terminate()
            try:
                server.process.wait(15)
            except subprocess.TimeoutExpired:
                server.process.kill()


def _start(name: str, command: Callable[[int], list[str]], work: Path) -> Served:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    site = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(work), str(ROOT), site]),
        "LIKEWISE_CACHE_BYTES": "0",
    }
    with (work / f"{name.split()[0]}.log").open("wb") as log:
        process = subprocess.Popen(command(port), cwd=work, env=environment, stdout=log, stderr=log)
    served = Served(name, f"http://127.0.0.1:{port}", process)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{served.url}/ready", timeout=2):
                return served
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{name} did not start; see {work}")


def _granian(work: Path) -> Path:
    python = work / "granian" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(work / "granian")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", GRANIAN], check=True)
    return python


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(other for child in children for other in _family(int(child)))]


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _load() -> float:
    return round(os.getloadavg()[0], 1)


if __name__ == "__main__":
    main()
