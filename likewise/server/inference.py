"""The one thread that runs encoders.

An encoder uses all cores by itself; two at once would only disturb each other, and the event
loop must stay free to answer.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Inference:
    """Runs jobs one after another, away from the event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")

    async def run(self, job: Callable[[], Result]) -> Result:
        """Return what `job` returns; a job whose caller has gone before its turn is dropped."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def stop(self) -> None:
        """Drop what waits; what runs ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)
