"""How much of the engine's own rate the server keeps, beside infinity-emb, with 32 clients.

    python benchmarks/serve/share.py --work DIR [--rounds 2]

Three things take turns on one machine, each in a process of its own with the same weights and
threads: the encoder alone, asked for 32 of the client's texts at a time; `likewise serve` and
infinity, asked by 32 clients for one text each. The client (`load.py`) shares the machine: its
requests are bytes made beforehand, and its processor time for each is printed. Where a request's
processor time goes is read from the system (`spent.py`). Writes SHARE.md.
"""

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from itertools import islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "encode"))

from machine import describe  # noqa: E402
from run import _infinity, ask, overload  # noqa: E402
from servers import Running, likewise  # noqa: E402
from spent import Moment, between, look  # noqa: E402

CLIENTS = 32
SECONDS = 6
BEGUN = 2.5
"""Seconds after which a client has started, and has warmed the server for one."""


def main() -> None:
    """Measure in turn and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--engine", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine is not None:
        print(engine(given.engine, given.threads))
        return
    given.work.mkdir(parents=True, exist_ok=True)
    before = os.getloadavg()[0]
    servers = {
        "likewise serve": likewise(given.threads, given.work / "cache", given.work / "share.log"),
        "infinity-emb 0.0.78": _infinity(given.work, given.threads),
    }
    rates: dict[str, list[float]] = {"the encoder alone": [], **{name: [] for name in servers}}
    client: list[int] = []
    budgets = []
    try:
        for number in range(given.rounds):
            rates["the encoder alone"].append(alone(number, given))
            for name, server in servers.items():
                found, moments = watched(server)
                rates[name].append(found["requests_per_second"])
                client.append(found["client_us_per_request"])
                if moments:
                    budgets.append(between(moments[0], moments[1], found["client_us_per_request"]))
            print(rates, flush=True)
    finally:
        for server in servers.values():
            server.stop()
    waiting = likewise(given.threads, given.work / "cache", given.work / "share.log", max_wait="1")
    try:
        much = overload(waiting)
    finally:
        waiting.stop()
    text = table(rates, much, max(client), before, given.threads) + budget_table(rates, budgets)
    (HERE / "SHARE.md").write_text(text)
    print(text)


def watched(server: Running) -> tuple[dict[str, Any], list[Moment]]:
    """Ask a server; of ours also what was used after the beginning and shortly before the end."""
    moments: list[Moment] = []

    def read() -> None:
        time.sleep(BEGUN)
        moments.append(look(server))
        time.sleep(SECONDS - BEGUN)
        moments.append(look(server))

    reading = threading.Thread(target=read)
    if server.name == "likewise":
        reading.start()
    found = ask(server, "--clients", CLIENTS, "--seconds", SECONDS)
    if server.name == "likewise":
        reading.join()
    return found, moments


def budget_table(rates: dict[str, list[float]], budgets: list[dict[str, float]]) -> str:
    """Return where a request's processor time goes."""
    own = (os.cpu_count() or 1) * 1e6 / statistics.median(rates["the encoder alone"])
    lines = [
        "",
        f"| processor time for a text, all processors together, median of {len(budgets)} rounds "
        "| µs |",
        "|---|---|",
        f"| the encoder alone, {CLIENTS} texts at a time | {own:,.0f} |",
    ]
    for name in budgets[0]:
        value = statistics.median(budget[name] for budget in budgets)
        lines.append(f"| {name} | {value:,.0f} |")
    return "\n".join([*lines, ""])


def alone(number: int, given: argparse.Namespace) -> float:
    """Ask the encoder in a process of its own; texts a second."""
    command = [sys.executable, __file__, "--work", str(given.work), "--threads",
               str(given.threads), "--engine", str(900 + number)]  # fmt: skip
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def engine(run: int, threads: int) -> float:
    """Return the texts a second that the local encoder does, 32 new ones a call."""
    from load import TEXTS_PER_RUN, WORDS

    from likewise.encoders.catalogue import model
    from likewise.encoders.local import weights
    from likewise.encoders.local.encoder import LocalEncoder
    from likewise.settings import settings

    folder = weights.fetch(model("minilm"), settings())
    encoder = LocalEncoder(folder, name="minilm", threads=threads)
    numbers = iter(range(run * TEXTS_PER_RUN, (run + 1) * TEXTS_PER_RUN))
    done, began = -1, 0.0
    until = time.perf_counter() + 1
    while time.perf_counter() < until:
        texts = [f"{WORDS[n % len(WORDS)]} {n:010d}" for n in islice(numbers, CLIENTS)]
        encoder.encode(texts)
        done += len(texts)
        if not began and time.perf_counter() > until - 0.5:
            done, began, until = 0, time.perf_counter(), time.perf_counter() + SECONDS
    return round(done / (time.perf_counter() - began), 1)


def table(
    rates: dict[str, list[float]], much: dict[str, Any], client: int, before: float, threads: int
) -> str:
    """Return the page."""
    own = statistics.median(rates["the encoder alone"])
    lines = [
        "# How much of the engine's own rate the server keeps",
        "",
        f"`python benchmarks/serve/share.py`, {time.strftime('%Y-%m-%d')}, "
        f"{describe()['processor']}, {threads} threads; one-minute load average before: "
        f"{before:.1f}. Medians of interleaved rounds.",
        "",
        f"| {CLIENTS} at a time, new short texts | texts/s | rounds | of the encoder's |",
        "|---|---|---|---|",
    ]
    for name, found in rates.items():
        median = statistics.median(found)
        rounds = ", ".join(f"{one:,.0f}" for one in found)
        lines.append(f"| {name} | {median:,.0f} | {rounds} | {median / own:.0%} |")
    ratio = statistics.median(rates["likewise serve"]) / statistics.median(
        rates["infinity-emb 0.0.78"]
    )
    lines += [
        "",
        f"That is {ratio:.1f} times infinity. The client took up to {client} µs of processor time "
        "for a request: it shares the two cores, but makes its requests beforehand and reads bare "
        "sockets.",
        "",
        f"At three times what the server did just before ({much['rate']:,} requests a second, "
        f"LIKEWISE_MAX_WAIT=1): {much['requests_per_second']:,} a second were answered, p99 "
        f"{much['p99_ms']} ms; {much['refused']:,} refused; {much['failed']} failed; `/health` "
        f"took {much['health_p99_ms']} ms at the 99th percentile and {much['health_max_ms']} at "
        f"most. Load average {much['load']}.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
