"""Knows whether anything else ran on the machine while an engine was measured.

Reads Linux's /proc; elsewhere nothing is known and every measurement counts as quiet.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

MOST_OTHERS = 0.15
"""Cores that other work may keep busy before a measurement is taken again."""

_ATTEMPTS = 4
_LONGEST_WAIT = 60.0
_SAMPLE = 0.5
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

Taken = TypeVar("Taken")


class Patience:
    """Takes measurements while the machine is quiet, as long as patience lasts."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def quietest(self, take: Callable[[], tuple[Taken, float]]) -> tuple[Taken, float]:
        """Return the first quiet one of a few attempts, or else the quietest.

        Args:
            take: measures once and returns what it found and the cores that others kept busy.
        """
        attempts = []
        for _ in range(_ATTEMPTS):
            self._wait()
            attempts.append(take())
            if attempts[-1][1] <= MOST_OTHERS or self.left <= 0:
                break
        return min(attempts, key=lambda attempt: attempt[1])

    def _wait(self) -> None:
        """Return as soon as the machine has been quiet for a moment, or patience runs out."""
        started = time.perf_counter()
        while (waited := time.perf_counter() - started) < min(self.left, _LONGEST_WAIT):
            before = read(os.getpid())
            time.sleep(_SAMPLE)
            if others(before, read(os.getpid())) <= MOST_OTHERS:
                break
        self.left -= waited


@dataclass(frozen=True)
class Reading:
    """Processor seconds so far: of the whole machine and of one process."""

    at: float
    machine: float
    process: float


def read(pid: int) -> Reading:
    """Return where the counters of the machine and of a process stand."""
    return Reading(time.perf_counter(), _machine(), _process(pid))


def others(before: Reading, after: Reading) -> float:
    """Return how many cores other work kept busy in between, stolen time included."""
    used = (after.machine - before.machine) - (after.process - before.process)
    return max(0.0, used / (after.at - before.at))


def _machine() -> float:
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
    except OSError:
        return 0.0
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = map(int, first)
    return (user + nice + system + interrupts + soft + stolen) / _TICKS


def _process(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces
    return (int(fields[11]) + int(fields[12])) / _TICKS
