"""Measures what a training on the page costs those who ask /v1/embeddings meanwhile.

    python benchmarks/serve/training.py --work DIR --table train.csv --text text --label label

The training runs in the server's own process. `/health` is watched from a process of its own.
Results go to TRAINING.md beside this file.
"""

import argparse
import json
import os
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "encode"))

from machine import describe  # noqa: E402
from run import Memory, watched  # noqa: E402
from servers import Running, likewise  # noqa: E402

CLIENTS = 4
SECONDS = 8
MOST_LOOKS = 8


def main() -> None:
    """Measure before and during a training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the cache and the log")
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="label")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    log = given.work / "training.log"
    server = likewise(given.threads, given.work / "cache", log, training="true")
    try:
        taken = [("no training", look(server))]
        raw = given.table.read_bytes()
        table = ask(server, "/api/tables?" + urllib.parse.urlencode({"name": "t.csv"}), raw)
        wanted = {"table": table["id"], "text": given.text, "label": given.label}
        training = ask(server, "/api/trainings", json.dumps(wanted).encode())
        while len(taken) <= MOST_LOOKS and training["state"] in ("waiting", "running"):
            found = look(server)
            training = ask(server, f"/api/trainings/{training['id']}")
            taken.append((training["what"], found))
    finally:
        server.stop()
    (HERE / "TRAINING.md").write_text(report(table["rows"], taken))


def look(server: Running) -> dict[str, Any]:
    """Ask for new short queries for some seconds."""
    return watched(server, Memory(server), SECONDS, "--clients", CLIENTS, "--seconds", SECONDS)


def ask(server: Running, path: str, body: bytes | None = None) -> dict[str, Any]:
    """Return what the server answers."""
    kind = "application/json" if body and body.startswith(b"{") else "application/octet-stream"
    request = urllib.request.Request(server.url + path, body, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def report(rows: int, taken: list[tuple[str, dict[str, Any]]]) -> str:
    """Return the page in Markdown."""
    machine = describe()
    lines = [
        "# Serving while a model is trained on the page",
        "",
        f"{machine['processor']}, {machine['cores']} cores; a table of {rows:,} rows, trained in "
        f"the server's process while {CLIENTS} clients ask new short queries, {SECONDS} seconds "
        f"for each line; load average {os.getloadavg()[0]:.1f}, which holds the training and "
        "whatever else the machine did. All come from one address, so they share a turn with the "
        "training.",
        "",
        "| at the end of the line | requests/s | p50 ms | p99 ms | /health p50 | /health most ms |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {what} | {found['requests_per_second']:,.0f} | {found['p50_ms']} | {found['p99_ms']} "
        f"| {found['health_p50_ms']} | {found['health_max_ms']} |"
        for what, found in taken
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
