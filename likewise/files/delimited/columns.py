"""The cells of columns in blocks of bytes, of which Arrow makes texts."""

from codecs import BOM_UTF8
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from likewise.files.delimited.bits import Bits, Places

_APOSTROPHE, _BACKSLASH = ord("'"), ord("\\")
_SPACE, _ASCII = 32, 128
_BEFORE_GUARD = np.frombuffer(b';\t\r\n "', np.uint8)
_BEHIND_GUARD = np.frombuffer(b"'=+-@\xef", np.uint8)
"""Around a guard within a text; of a sign of full width the first byte."""
_Bytes = npt.NDArray[np.uint8]
_Bounds = npt.NDArray[np.signedinteger[Any]]


class BlockColumn:
    """The cells of a column, n of them.

    Args:
        array: bytes that they are in.
        starts: where cells begin in it, integers (n,).
        ends: where they end, integers (n,).
        guards: where in it there may be guards within cells, in order.
        bounds: where cells begin, and the last ends, where nothing is between them, int32 (n + 1,).
    """

    def __init__(
        self,
        array: _Bytes,
        starts: _Bounds,
        ends: _Bounds,
        guards: Places,
        bounds: npt.NDArray[np.int32] | None = None,
    ) -> None:
        self._array = array
        self._starts = starts
        self._ends = ends
        self._guards = guards
        self._bounds = bounds

    def __len__(self) -> int:
        """Return n."""
        return len(self._starts)

    def to_list(self) -> list[str]:
        """Return them as texts."""
        import pyarrow as pa

        size, texts, there, step = len(self), self._bounds, None, 1
        if texts is None:
            texts, step = np.empty(2 * size + 1, np.int32), 2
            texts[:-1:2], texts[1::2], texts[-1] = self._starts, self._ends, self._ends[-1]
            # what stands between two cells is nothing to Arrow, so that it makes no text of it
            there = pa.py_buffer(np.full(size // 4 + 1, 0b01010101, np.uint8))
        every = pa.StringArray.from_buffers(
            step * size, pa.py_buffer(texts), pa.py_buffer(self._array), there
        )
        return cast("list[str]", every.to_numpy(zero_copy_only=False)[::step].tolist())

    @property
    def guarded(self) -> bool:
        """Whether one has an apostrophe where a guard would be."""
        if np.any(self._first == _APOSTROPHE):
            return True
        at = np.searchsorted(self._starts, self._guards, side="right") - 1
        return bool(np.any((at >= 0) & (self._guards < self._ends[at])))

    @property
    def filled(self) -> bool:
        """Whether every one is seen to hold a text at its first byte."""
        first = self._first
        return bool(np.all((first > _SPACE) & (first < _ASCII) & (first != _BACKSLASH)))

    @property
    def empty(self) -> bool:
        """Whether none holds anything."""
        return bool(np.all(self._starts == self._ends))

    def holds(self, name: str) -> bool:
        """Return whether one is this name, a byte order mark before it perhaps."""
        return self._is_one(name.encode()) or self._is_one(BOM_UTF8 + name.encode())

    def _is_one(self, cell: bytes) -> bool:
        """Return whether one is made of these bytes."""
        places = self._starts[self._ends - self._starts == len(cell)]
        for at, byte in enumerate(cell):
            places = places[self._array[places + at] == byte]
        return len(places) > 0

    @cached_property
    def _first(self) -> _Bytes:
        """The first byte of each, 0 of an empty one, uint8 (n,)."""
        # a cell that is empty may stand behind the last byte
        first = self._array[np.minimum(self._starts, len(self._array) - 1)]
        first[self._starts == self._ends] = 0
        return first


def guards_in(array: _Bytes) -> Places:
    """Return the apostrophes around which stands what stands around guards within texts."""
    apostrophes = array[1:-1] == _APOSTROPHE  # there is one more character on either side
    if not apostrophes.any():
        return np.zeros(0, np.int64)
    places = np.flatnonzero(apostrophes) + 1
    behind = np.isin(array[places + 1], _BEHIND_GUARD)
    return places[behind & np.isin(array[places - 1], _BEFORE_GUARD)]


def without_halves(
    array: _Bytes, halves: Bits, starts: Places, ends: Places, marked: Places, guards: Places
) -> BlockColumn:
    """Return the cells of a column, of whose doubled marks the second ones are no part.

    Args:
        array: bytes that they are in.
        halves: the second ones.
        starts: where cells begin, int64 (n,).
        ends: where they end, int64 (n,).
        marked: which of the cells are in marks, places in order.
        guards: where there may be guards in the bytes.
    """
    import pyarrow as pa

    before = halves.rank(starts[marked])
    counts = halves.rank(ends[marked]) - before
    behind = np.cumsum(counts)
    held = int(behind[-1])
    if not held:
        return BlockColumn(array, starts, ends, guards)
    found = halves.places
    if held < len(found):  # others are in other columns
        found = found[np.repeat(before - (behind - counts), counts) + np.arange(held)]
    # a cell is made of what stands around each half in it
    row = np.repeat(marked, counts)
    first = np.arange(len(starts) + 1)
    first[marked[0] + 1 :] += np.cumsum(np.bincount(row, minlength=len(starts)))[marked[0] :]
    parts = np.empty((first[-1], 2), np.int32)
    parts[first[:-1], 0], parts[first[1:] - 1, 1] = starts, ends
    cut = row + np.arange(held)
    parts[cut, 1], parts[cut + 1, 0] = found, found + 1
    bounds = pa.py_buffer(np.append(parts, parts[-1:, 1:]))
    every = pa.StringArray.from_buffers(2 * len(parts), bounds, pa.py_buffer(array))
    second = pa.py_buffer(np.arange(0, 2 * len(parts), 2, dtype=np.int32))
    which = pa.Array.from_buffers(pa.int32(), len(parts), [None, second])
    _, joined, texts = every.take(which).buffers()
    whole, kept = np.frombuffer(joined, np.int32)[first], np.frombuffer(texts, np.uint8)
    return BlockColumn(kept, whole[:-1], whole[1:], guards_in(kept), whole)
