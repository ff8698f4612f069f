"""Measures `likewise serve` against infinity-emb on the same weights, machine and threads.

    python benchmarks/serve/run.py --work DIR [--rounds 3] [--soak 600]

Every call of the client has a number of its own, so that its texts are new to the server, whatever
was asked before. Servers and client share the machine's cores. Levels are interleaved: every round
asks each server at each level once, and the median of the rounds counts. Then one server is soaked,
and after that, its cache of vectors full, asked three times as much as it can do; `/health` is
watched from a process of its own during both, and memory read. Results go to results.json and
RESULTS.md beside this file, whenever a part is done. With `--soak 600` it takes about 20 minutes.
"""

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "encode"))

from engines import _install  # noqa: E402
from machine import describe  # noqa: E402
from report import report  # noqa: E402
from servers import Running, infinity, likewise  # noqa: E402

from likewise import __version__  # noqa: E402

PEER = [["torch==2.13.0"], ["infinity-emb[torch,server]==0.0.78"]]
"""What is installed for infinity, step by step."""

LEVELS = (1, 8, 32, 128)
SECONDS = 8
OVERLOAD = 3
OVERLOAD_SECONDS = 20
CAPACITY_CLIENTS = 32
MAX_WAIT = 1
"""LIKEWISE_MAX_WAIT of the server that is overloaded: with its default nothing would be refused."""
SOAK_CLIENTS = 32
SOAK_SETTLES = 0.3
"""Share of the soak after which memory should be flat: by then the cache of vectors is full."""
RUNS = itertools.count(1)
"""The numbers of the client's calls."""


def main() -> None:
    """Measure everything that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for environments and logs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--soak", type=float, default=0, help="seconds; 600 for the table")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--note", default="", help="what else the machine did, for the page")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {
        "machine": describe(),
        "threads": given.threads,
        "note": given.note,
        "date": time.strftime("%Y-%m-%d"),
        "versions": {"likewise": __version__, "infinity-emb": "0.0.78"},
    }
    shutil.rmtree(given.work / "cache", ignore_errors=True)  # texts of an earlier run are in it
    ours = likewise(given.threads, given.work / "cache", given.work / "likewise.log")
    servers = [ours]
    try:
        if not given.no_peer:
            servers.append(_infinity(given.work, given.threads))
        results["load_before"] = round(os.getloadavg()[0], 1)
        results["closed"] = levels(servers, given.rounds, given.seconds)
        for other in servers[1:]:
            other.stop()
        results["cached"] = {
            str(n): ask(ours, "--clients", n, "--seconds", given.seconds, "--cached")
            for n in LEVELS
        }
        patient = ours
        ours = servers[0] = likewise(
            given.threads, given.work / "cache", given.work / "overload.log", max_wait=str(MAX_WAIT)
        )
        patient.stop()
        if given.soak:
            results["soak"] = soak(ours, given.soak)
            write(results)
        results["overload"] = overload(ours)
        write(results)
    finally:
        for server in servers:
            server.stop()


def write(results: dict[str, Any]) -> None:
    """Keep what was measured so far."""
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (HERE / "RESULTS.md").write_text(report(results))
    print(report(results), flush=True)


def _infinity(work: Path, threads: int) -> Running:
    from likewise.encoders.catalogue import model
    from likewise.encoders.local import weights
    from likewise.settings import settings

    python = work / "infinity-server" / "bin" / "python"
    if not python.exists():
        _install(python, work / "infinity-server", PEER)
    return infinity(
        python, weights.fetch(model("minilm"), settings()), threads, work / "infinity-server.log"
    )


def levels(servers: list[Running], rounds: int, seconds: float) -> dict[str, Any]:
    """Return for each server and number of clients the round with the median throughput."""
    taken: dict[str, dict[str, list[dict[str, Any]]]] = {
        server.name: {str(n): [] for n in LEVELS} for server in servers
    }
    for number in range(rounds):
        for n in LEVELS:
            for server in servers if number % 2 == 0 else reversed(servers):
                found = ask(server, "--clients", n, "--seconds", seconds)
                taken[server.name][str(n)].append(found)
                print(server.name, n, found, flush=True)
    return {name: {n: _median(found) for n, found in at.items()} for name, at in taken.items()}


def _median(found: list[dict[str, Any]]) -> dict[str, Any]:
    ordered = sorted(found, key=lambda one: one["requests_per_second"])
    return ordered[len(ordered) // 2] | {
        "rounds": [one["requests_per_second"] for one in ordered],
        "p99_ms": round(statistics.median(one["p99_ms"] for one in found), 2),
    }


def overload(server: Running) -> dict[str, Any]:
    """Ask three times as much as the server can do, measured just before."""
    capacity = ask(server, "--clients", CAPACITY_CLIENTS, "--seconds", SECONDS)
    rate = OVERLOAD * capacity["requests_per_second"]
    memory = Memory(server)
    before = memory.now()
    asked = "--rate", round(rate), "--seconds", OVERLOAD_SECONDS
    found = watched(server, memory, OVERLOAD_SECONDS, *asked)
    print("overload", found, flush=True)
    return found | {
        "rate": round(rate),
        "capacity": capacity["requests_per_second"],
        "wait": MAX_WAIT,
        "load": round(os.getloadavg()[0], 1),
        "memory_before_mb": before,
        "memory_most_mb": max(memory.taken.values()),
        "memory_after_mb": memory.now(),
    }


def soak(server: Running, seconds: float) -> dict[str, Any]:
    """Ask for new texts for a long time; how memory grows is fitted after some minutes."""
    memory = Memory(server)
    found = watched(server, memory, seconds, "--clients", SOAK_CLIENTS, "--seconds", seconds)
    settled = {at: mb for at, mb in memory.taken.items() if at >= seconds * SOAK_SETTLES}
    slope = statistics.linear_regression(list(settled), list(settled.values())).slope
    found |= {
        "seconds": seconds,
        "settled_after": seconds * SOAK_SETTLES,
        "memory_settled_mb": next(iter(settled.values())),
        "memory_last_mb": list(settled.values())[-1],
        "memory_most_mb": max(memory.taken.values()),
        "memory_mb_a_minute": round(slope * 60, 2),
        "memory_mb_by_half_minute": list(memory.taken.values())[::15],
        "load": round(os.getloadavg()[0], 1),
    }
    print("soak", found, flush=True)
    return found


class Memory:
    """What a server's memory was, by seconds since the first look."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._began = time.monotonic()
        self.taken: dict[float, float] = {}

    def now(self) -> float:
        """Look, and give the megabytes."""
        found = round(self._server.memory_mb(), 1)
        self.taken[round(time.monotonic() - self._began, 1)] = found
        return found


def watched(server: Running, memory: Memory, seconds: float, *options: object) -> dict[str, Any]:
    """Run the client once, and /health and memory beside it."""
    with (
        subprocess.Popen(
            _command(server, "--watch", "--seconds", seconds), stdout=subprocess.PIPE
        ) as watching,
        subprocess.Popen(_command(server, *options), stdout=subprocess.PIPE) as asking,
    ):
        while asking.poll() is None:
            memory.now()
            time.sleep(2)
        asked, _ = asking.communicate()
        health, _ = watching.communicate()
    return json.loads(asked) | json.loads(health)


def ask(server: Running, *options: object) -> dict[str, Any]:
    """Run the client once."""
    done = subprocess.run(_command(server, *options), check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _command(server: Running, *options: object) -> list[str]:
    load = [sys.executable, str(HERE / "load.py"), server.url, "--model", server.model]
    return [*load, "--run", str(next(RUNS)), *map(str, options)]


if __name__ == "__main__":
    main()
