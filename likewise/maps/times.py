"""Dates and times as numbers, so that they are a scale of colours."""

from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

FEW_GROUPS = 8
"""Different values that have a colour each; of more, dates are a scale."""

Seconds = npt.NDArray[np.float64]
"""Seconds since 1970, NaN where they are missing: float32 would round them to two minutes."""


def seconds_of(cells: Any) -> Seconds:  # noqa: ANN401
    """Return an Arrow array of dates or times as seconds."""
    import pyarrow as pa

    zone = getattr(cells.type, "tz", None)
    whole = cells.cast(pa.timestamp("s", zone), safe=False).cast(pa.int64())
    return np.asarray(whole.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), "f8")


def written_times(cells: Any) -> Seconds | None:  # noqa: ANN401
    """Return Arrow's text as seconds where all of it are dates or times (ISO 8601), else None."""
    import pyarrow as pa

    if pa.types.is_string(cells.type):
        for unit in ("s", "us", "ns"):
            for zone in (None, "UTC"):
                with suppress(pa.ArrowInvalid):
                    return seconds_of(cells.cast(pa.timestamp(unit, zone)))
    return None


def times_of(values: list[Any]) -> Seconds | None:
    """Return Python's dates and times, or texts that are some, as seconds, else None."""
    import pyarrow as pa

    try:
        cells = pa.array(values)
    except (pa.ArrowException, OverflowError):  # of several kinds, or out of Arrow's range
        return None
    if pa.types.is_date(cells.type) or pa.types.is_timestamp(cells.type):
        return seconds_of(cells)
    return written_times(cells)
