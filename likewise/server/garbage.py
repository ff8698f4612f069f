"""Keeps the interpreter's search for garbage from holding up everybody.

A full search looks at every object, and all else stands still meanwhile: with a thousand requests
in hand it took 0.2 s, and came about once a second. What a server holds from its start on is no
garbage, and requests leave none that only a full search would find (measured: none in 24,000). So
what is there at the start is never looked at again, and full searches wait for a quiet moment.
Freed memory is given back at each look, quiet or not.
"""

import asyncio
import gc
from collections.abc import Callable

from likewise.encoders.local import memory

PAUSE = 30
"""Seconds between two looks whether it is quiet."""

QUIET = 64
"""Requests in hand up to which a full search is short."""

PATIENCE = 20
"""Looks without a quiet moment, ten minutes of them, after which one is taken anyway."""

NEVER = 1_000_000
"""The threshold of the oldest generation: never by itself."""


async def collect_in_quiet(in_hand: Callable[[], int], *, pause: float = PAUSE) -> None:
    """Search in quiet moments until cancelled; then leave the collector as it was."""
    young, middle, old = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(young, middle, NEVER)
    waited = 0
    try:
        while True:
            await asyncio.sleep(pause)
            waited += 1
            if in_hand() <= QUIET or waited >= PATIENCE:
                gc.collect()
                waited = 0
            memory.give_back()
    finally:
        gc.set_threshold(young, middle, old)
        gc.unfreeze()
