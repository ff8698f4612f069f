"""Where a request's processor time goes: read from the system while a server is asked.

Linux alone: /proc/PID/task and /proc/stat.
"""

import os
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from servers import Running

NANOSECONDS = 1e9


@dataclass
class Moment:
    """What was used up to now, in seconds of one processor; `answered` texts until then."""

    at: float
    loop: float
    computing: float
    idle: float
    answered: float
    batches: float


def look(server: Running) -> Moment:
    """Read how much was used up to now."""
    pid = server.process.pid
    threads = {int(task.name): _used(task) for task in Path(f"/proc/{pid}/task").iterdir()}
    counted = _counted(server)
    return Moment(
        at=time.monotonic(),
        loop=threads.pop(pid),
        computing=sum(threads.values()),
        idle=_idle(),
        answered=sum(n for name, n in counted.items() if name.startswith("likewise_texts_total")),
        batches=counted["likewise_batch_tokens_count"],
    )


def between(first: Moment, last: Moment, client_us: float) -> dict[str, float]:
    """Return microseconds of processor time for each text that was answered between two moments."""
    texts = max(1.0, last.answered - first.answered)
    each = 1e6 / texts
    found = {
        "the engine and the tokenizer's second look": (last.computing - first.computing) * each,
        "the event loop: HTTP, checks, first tokenizing, answer": (last.loop - first.loop) * each,
        "the client": client_us,
        "nobody: idle": (last.idle - first.idle) * each,
    }
    processors = os.cpu_count() or 1
    everything = (last.at - first.at) * processors * each
    found["the rest: kernel, network, others"] = max(0.0, everything - sum(found.values()))
    found["all processors"] = everything
    found["texts in a batch"] = texts / max(1.0, last.batches - first.batches)
    return found


def _used(task: Path) -> float:
    try:
        return int((task / "schedstat").read_text().split()[0]) / NANOSECONDS
    except OSError:  # it has ended
        return 0.0


def _idle() -> float:
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def _counted(server: Running) -> dict[str, float]:
    with urllib.request.urlopen(server.url + "/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}
