"""Reads well-formed delimited lines all at once, with Arrow; `records` reads all others with care.

A block is well-formed where RFC 4180 allows every mark, every record has as many cells as the table
and no record could be taken for several rows. Then it gives exactly what `records` gives.
"""

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from likewise.files.delimited.records import Dialect, Shape, lawful

if TYPE_CHECKING:
    import pyarrow as pa

_LF, _CR = 10, 13
_APOSTROPHE, _BACKSLASH = ord("'"), ord("\\")
_SPACE, _ASCII = 32, 128
_NUMBERS = b"0123456789+-. \t\r\v\f"
"""What a number may begin with."""
_MOST = 2**30
"""Bytes of the largest block that Arrow is given."""
_Places = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_Bytes = npt.NDArray[np.uint8]


class BlockColumn:
    """The cells of a column, n of them."""

    def __init__(self, cells: "pa.StringArray") -> None:
        self._cells = cells

    def __len__(self) -> int:
        """Return n."""
        return len(self._cells)

    def to_list(self) -> list[str]:
        """Return them as texts."""
        return cast("list[str]", self._cells.to_numpy(zero_copy_only=False).tolist())

    @property
    def guarded(self) -> bool:
        """Whether one begins with an apostrophe, which may be a guard."""
        return bool(np.any(self._first == _APOSTROPHE))

    @property
    def filled(self) -> bool:
        """Whether every one is seen to hold a text at its first byte."""
        first = self._first
        return bool(np.all((first > _SPACE) & (first < _ASCII) & (first != _BACKSLASH)))

    @property
    def several(self) -> bool:
        """Whether a line breaks within one."""
        data = self._cells.buffers()[2]
        return data is not None and bool(np.any(np.frombuffer(data, np.uint8) == _LF))

    @property
    def empty(self) -> bool:
        """Whether none holds anything."""
        return bool(self._ends[0] == self._ends[-1])

    def holds(self, name: str) -> bool:
        """Return whether one is this name, a byte order mark before it perhaps."""
        sought, sizes = name.encode(), np.diff(self._ends)
        maybe = (sizes == len(sought)) & (self._first == sought[0])
        maybe |= (sizes == len(sought) + len(BOM_UTF8)) & (self._first == BOM_UTF8[0])
        if not np.any(maybe):
            return False
        cells = self.to_list()
        return name in cells or f"\ufeff{name}" in cells

    @property
    def _ends(self) -> npt.NDArray[np.int32]:
        """Where in the bytes of all each cell begins, and the last ends, int32 (n + 1,)."""
        begin, count = self._cells.offset, len(self._cells)
        return np.frombuffer(self._cells.buffers()[1], np.int32)[begin : begin + count + 1]

    @cached_property
    def _first(self) -> _Bytes:
        """The first byte of each, 0 of an empty one, uint8 (n,)."""
        data, ends = self._cells.buffers()[2], self._ends
        if not ends[-1]:
            return np.zeros(len(ends) - 1, np.uint8)
        found = np.frombuffer(data, np.uint8)
        first = found[np.minimum(ends[:-1], len(found) - 1)]
        first[ends[1:] == ends[:-1]] = 0
        return first


@dataclass(frozen=True)
class Block:
    """Some well-formed rows.

    Attributes:
        size: bytes that they take.
        rows: how many they are.
        lines: how many lines these are.
        beyond_ascii: lines that hold characters that are not ASCII.
        columns: those that were asked for.
    """

    size: int
    rows: int
    lines: int
    beyond_ascii: int
    columns: Sequence[BlockColumn]


def block(
    data: bytes, dialect: Dialect, shape: Shape, places: Sequence[int], *, final: bool
) -> Block | None:
    """Return the rows in a block, None where it has to be read with care.

    Args:
        data: UTF-8.
        dialect: how cells stand in lines.
        shape: what a row looks like.
        places: of the columns whose cells are wanted.
        final: whether nothing follows; else a record that is unfinished at the end is left.
    """
    careful = dialect.padded or dialect.escaped or not dialect.separator.isascii()
    if careful or data.startswith(BOM_UTF8):
        return None
    given = len(data)
    if final and not data.endswith(b"\n"):
        data += b"\n"
    array = np.frombuffer(data, np.uint8)
    marks = _marks(data, array, dialect)
    size = _size(data, array, marks)
    if not size or (final and size < len(data)):
        return None
    array, marks = array[:size], marks[: np.searchsorted(marks, size)]
    breaks = array == _LF
    if not _has_whole_ends(data, array, breaks) or not _is_lawful(array, marks, dialect):
        return None
    beyond = _beyond_ascii(data, array, breaks)
    if beyond is None:
        return None
    numbers = shape.numbers if len(marks) else ()
    columns = _parsed(array, _convert(dialect, shape.width, (*places, *numbers)))
    if columns is None:
        return None
    cells = [columns[place] for place in places]
    rows, lines = len(cells[0]), int(np.count_nonzero(breaks))
    # as many lines as rows: none is blank, and none goes on in another
    if rows < lines and len(marks):
        if any(columns[place].several for place in numbers):
            return None
        if not shape.trusted and _could_be_rows(data, array, breaks, marks, dialect, shape):
            return None
    return Block(min(size, given), rows, lines, beyond, cells)


def _marks(data: bytes, array: _Bytes, dialect: Dialect) -> _Places:
    """Return where marks stand."""
    if not dialect.quotes or dialect.quotes.encode() not in data:
        return np.empty(0, np.int64)
    return np.flatnonzero(array == ord(dialect.quotes))


def _size(data: bytes, array: _Bytes, marks: _Places) -> int:
    """Return how many bytes the whole records take."""
    last = data.rfind(b"\n")
    if np.searchsorted(marks, last) % 2:  # it stands within marks
        breaks = np.flatnonzero(array == _LF)
        outside = breaks[np.searchsorted(marks, breaks) % 2 == 0]
        last = int(outside[-1]) if len(outside) else -1
    return last + 1


def _has_whole_ends(data: bytes, array: _Bytes, breaks: _Flags) -> bool:
    r"""Return whether each \r is part of \r\n."""
    return b"\r" not in data or not np.any((array[:-1] == _CR) > breaks[1:])


def _is_lawful(array: _Bytes, marks: _Places, dialect: Dialect) -> bool:
    """Return whether each mark opens a cell, closes one, or is half of a doubled one."""
    if not len(marks):
        return True
    separator = ord(dialect.separator)
    opens, closes = marks[0::2], marks[1::2]
    again = np.concatenate(([False], opens[1:] == closes[:-1] + 1))
    before = array[opens - 1]
    begins = (before == separator) | (before == _LF) | (opens == 0)
    after = array[closes + 1]
    stops = (after == separator) | (after == _LF) | (after == _CR)
    doubled = np.concatenate((again[1:], [False]))
    return bool(np.all(begins | again) and np.all(stops | doubled))


def _beyond_ascii(data: bytes, array: _Bytes, breaks: _Flags) -> int | None:
    """Return how many lines hold characters that are not ASCII, None where some are not UTF-8."""
    if data.isascii():
        return 0
    try:
        str(array.data, "utf-8")
    except UnicodeDecodeError:
        return None
    starts = np.concatenate(([0], np.flatnonzero(breaks[:-1]) + 1))
    return int(np.count_nonzero(np.maximum.reduceat(array, starts) >= _ASCII))


@lru_cache(maxsize=16)
def _convert(dialect: Dialect, width: int, places: tuple[int, ...]) -> tuple[Any, ...]:
    """Return how Arrow is to read the columns at these places, as texts that it does not judge."""
    import pyarrow as pa
    from pyarrow import csv

    names = list(map(str, range(width)))
    wanted = [names[place] for place in dict.fromkeys(places)]
    return (
        csv.ReadOptions(use_threads=False, block_size=_MOST, column_names=names),
        csv.ParseOptions(
            delimiter=dialect.separator,
            quote_char=dialect.quotes or False,
            newlines_in_values=True,
        ),
        csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(wanted, pa.string()),
            strings_can_be_null=False,
            include_columns=wanted,
        ),
    )


def _parsed(array: _Bytes, convert: tuple[Any, ...]) -> dict[int, BlockColumn] | None:
    """Return columns by their places; None where records have other widths."""
    import pyarrow as pa
    from pyarrow import csv

    try:
        table = csv.read_csv(pa.py_buffer(array), *convert)
    except pa.ArrowInvalid:
        return None
    if not table.num_rows or table.column(0).num_chunks > 1:
        return None
    return {
        int(name): BlockColumn(column.chunk(0))
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _could_be_rows(
    data: bytes, array: _Bytes, breaks: _Flags, marks: _Places, dialect: Dialect, shape: Shape
) -> bool:
    """Return whether a record of several lines could be taken for several rows."""
    ends = np.flatnonzero(breaks)
    marked = np.searchsorted(marks, ends)
    goes_on = (marked & 1) == 1
    before = np.flatnonzero(goes_on)
    if not len(before):
        return False
    # the m lines that go on from one before
    starts, stops = ends[before] + 1, ends[before + 1]
    separators = np.flatnonzero(array == ord(dialect.separator))
    held = np.searchsorted(separators, stops) - np.searchsorted(separators, starts)
    least = shape.width - 1
    enough = held >= least
    if np.any(enough):
        second = np.flatnonzero((before == 0) | ~goes_on[before - 1])
        like_rows = np.logical_and.reduceat(held == least, second)
        for at in before[second[like_rows]].tolist():
            begin = int(ends[at - 1]) + 1 if at else 0
            if data.count(dialect.separator.encode(), begin, int(ends[at])) == least:
                return True
    if not shape.numbers:
        return False
    last = stops[~goes_on[before + 1]]
    last = last - (array[last - 1] == _CR)
    opens = (array[last - 1] == ord(dialect.quotes)) & (array[last - 2] == ord(dialect.separator))
    if np.any(opens):
        return True
    if not np.any(enough):
        return False
    maybe = enough & ((marked[before + 1] - marked[before]) % 2 == 0)
    if 0 in shape.numbers:
        begins_so = np.frombuffer(_NUMBERS + dialect.quotes.encode(), np.uint8)
        maybe[maybe] = np.isin(array[starts[maybe]], begins_so)
    return any(
        lawful(data[a:b].decode(errors="replace"), dialect, shape)
        for a, b in zip(starts[maybe].tolist(), stops[maybe].tolist(), strict=True)
    )
