"""Full searches for garbage wait for a quiet moment, and the collector is left as it was."""

import asyncio
import gc
from contextlib import suppress

from likewise.server.tidy import NEVER, PATIENCE, QUIET, keep_tidy


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
        task = asyncio.create_task(keep_tidy(count, pause=0))
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


def test_a_quiet_server_is_searched_at_each_look():
    assert searches(QUIET, 3)[:3] == [1, 2, 3]


def test_a_busy_one_only_after_long():
    assert searches(QUIET + 1, 2 * PATIENCE)[:2] == [PATIENCE, 2 * PATIENCE]
