"""Waiting for what will happen: as long as it takes, at most so long that it hangs."""

import time
from collections.abc import Callable

A_HANG = 60.0
"""Seconds, far above what anything here takes on a busy machine."""


def wait_for(happened: Callable[[], object], seconds: float = A_HANG) -> None:
    """Return when `happened()` is true; fail where it never is."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
