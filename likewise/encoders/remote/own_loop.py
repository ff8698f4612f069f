"""An event loop on a thread of its own, for code that is not asynchronous.

Callers may have a loop running already, as notebooks do, so theirs can't be used.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` gives; when the caller is interrupted, so is the work."""
    future = asyncio.run_coroutine_threadsafe(work, _loop(os.getpid()))
    try:
        return future.result()
    finally:
        future.cancel()  # without effect on what has ended


@lru_cache(maxsize=1)
def _loop(_process: int) -> asyncio.AbstractEventLoop:
    """Return the loop of a process; after a fork its thread is gone, so there is another."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="remote", daemon=True).start()
    return loop
