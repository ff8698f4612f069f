"""Full searches for garbage wait for a quiet moment, the collector is left as it was, and what was
freed goes back to the system."""

import asyncio
import gc
import platform
import subprocess
import sys
from contextlib import suppress

import pytest

from likewise.encoders.local.memory import give_back
from likewise.server.garbage import NEVER, PATIENCE, QUIET, collect_in_quiet

FREE = """
from pathlib import Path
from likewise.encoders.local.memory import give_back

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

before = megabytes()
blocks = [bytearray(1000) for _ in range(60_000)]
del blocks[:-1]  # the last one stands behind all that is free now, and keeps it from going
held = megabytes() - before
give_back()
print(held, megabytes() - before)
"""


def searches(in_hand, looks):
    """Return after how many looks each full search came, and the thresholds meanwhile."""
    before = gc.get_threshold()
    seen, found, thresholds = 0, [], []

    def count():
        nonlocal seen
        seen += 1
        thresholds.append(gc.get_threshold())
        return in_hand

    def note(phase, info):
        if phase == "start" and info["generation"] == 2 and seen:
            found.append(seen)

    async def go():
        task = asyncio.create_task(collect_in_quiet(count, pause=0))
        while seen < looks:
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    gc.callbacks.append(note)
    try:
        asyncio.run(go())
    finally:
        gc.callbacks.remove(note)
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
    assert {old for _, _, old in thresholds} == {NEVER}
    return found


def test_freed_memory_is_given_back_however_busy(monkeypatch):
    given = []
    monkeypatch.setattr("likewise.encoders.local.memory.give_back", lambda: given.append(1))
    searches(QUIET + 1, 5)
    assert len(given) >= 5


def test_giving_back_does_no_harm_where_there_is_nothing_to_call(monkeypatch):
    called = []

    class Library:
        def __getattr__(self, name):
            called.append(name)
            raise AttributeError(name)

    monkeypatch.setattr("ctypes.CDLL", lambda _: Library())
    give_back()
    assert called == ["malloc_trim"]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries give it back")
def test_memory_that_was_freed_goes_back_to_the_system():
    done = subprocess.run([sys.executable, "-c", FREE], capture_output=True, text=True, timeout=60)
    held, kept = map(float, done.stdout.split())
    assert held > 50
    assert kept < 10


def test_a_quiet_server_is_searched_at_each_look():
    assert searches(QUIET, 3)[:3] == [1, 2, 3]


def test_a_busy_one_only_after_long():
    assert searches(QUIET + 1, 2 * PATIENCE)[:2] == [PATIENCE, 2 * PATIENCE]
