"""Reads well-formed delimited lines all at once; `records` reads all others with care.

A block is well-formed where RFC 4180 allows every mark, every record has as many cells as the table
and no record could be taken for several rows. Then it gives exactly what `records` gives. What ends
cells is found 64 bytes at a time, and Arrow makes texts of them.
"""

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from likewise.files.delimited.bits import Bits, Places
from likewise.files.delimited.records import Dialect, Shape, lawful

if TYPE_CHECKING:
    import pyarrow as pa

_LF, _CR = 10, 13
_APOSTROPHE, _BACKSLASH = ord("'"), ord("\\")
_SPACE, _ASCII = 32, 128
_BEFORE_GUARD = np.frombuffer(b';\t\r\n "', np.uint8)
_BEHIND_GUARD = np.frombuffer(b"'=+-@\xef", np.uint8)
"""Around a guard within a text; of a sign of full width the first byte."""
_NUMBERS = b"0123456789+-. \t\r\v\f"
"""What a number may begin with."""
_MOST = 2**30
"""Bytes of the largest block: Arrow counts them in 32 bits."""
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
        """Whether one has an apostrophe where a guard would be."""
        return bool(np.any(self._first == _APOSTROPHE)) or self._guarded_within

    @property
    def _guarded_within(self) -> bool:
        data = self._cells.buffers()[2]
        if data is None or len(data) < 3:  # there is one more on either side
            return False
        found = np.frombuffer(data, np.uint8)
        places = np.flatnonzero(found[1:-1] == _APOSTROPHE) + 1
        behind = np.isin(found[places + 1], _BEHIND_GUARD)
        return bool(np.any(behind & np.isin(found[places - 1], _BEFORE_GUARD)))

    @property
    def filled(self) -> bool:
        """Whether every one is seen to hold a text at its first byte."""
        first = self._first
        return bool(np.all((first > _SPACE) & (first < _ASCII) & (first != _BACKSLASH)))

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
    if careful or data.startswith(BOM_UTF8) or len(data) > _MOST:
        return None
    given = len(data)
    if final and not data.endswith(b"\n"):
        data += b"\n"
    array, signs = _signs(data, dialect)
    if not len(array) or (final and len(array) < len(data)) or not signs.are_lawful():
        return None
    beyond = _beyond_ascii(data, array, signs.breaks)
    rows = None if beyond is None else _rows(signs, shape.width)
    if beyond is None or rows is None or _could_be_more(data, array, signs, rows, dialect, shape):
        return None
    columns = [_column(array, signs, rows, place, dialect) for place in places]
    return Block(min(len(array), given), len(rows.ends), len(signs.breaks), beyond, columns)


@dataclass(frozen=True)
class _Signs:
    """Where in a block those bytes stand that mean something.

    breaks: at the ends of lines. returns: before some of them. separators: between cells, or in
    them. marks: around cells and, doubled, in them. inside: from each mark until before the next.
    """

    breaks: Bits
    returns: Bits
    separators: Bits
    marks: Bits
    inside: Bits

    def are_lawful(self) -> bool:
        r"""Return whether each mark opens a cell, closes one, or is half of a doubled one.

        And whether each \r is part of \r\n.
        """
        if self.returns - self.breaks.before():
            return False
        if not self.marks:
            return True
        opens, closes = self.marks & self.inside, self.marks - self.inside
        between = self.separators | self.breaks
        begin_so = not opens - (between | closes).after(start=True)
        return begin_so and not closes - (between | self.returns | opens).before()

    @cached_property
    def second_halves(self) -> Bits:
        """The marks that are the second of doubled ones."""
        return self.marks & self.inside & (self.marks - self.inside).after()


def _signs(data: bytes, dialect: Dialect) -> tuple[_Bytes, _Signs]:
    """Return the bytes of whole records, and what they mean."""
    array = np.frombuffer(data, np.uint8)
    breaks = Bits.where(array == _LF)
    nothing = Bits.none(len(array))
    has_marks = bool(dialect.quotes) and dialect.quotes.encode() in data
    marks = Bits.where(array == ord(dialect.quotes)) if has_marks else nothing
    inside = marks.paired() if has_marks else nothing
    size = (breaks - inside).last + 1
    array = array[:size]
    returns = Bits.where(array == _CR) if b"\r" in data else nothing.until(size)
    separators = Bits.where(array == ord(dialect.separator))
    return array, _Signs(
        breaks.until(size), returns, separators, marks.until(size), inside.until(size)
    )


def _beyond_ascii(data: bytes, array: _Bytes, breaks: Bits) -> int | None:
    """Return how many lines hold characters that are not ASCII, None where some are not UTF-8."""
    if data.isascii():
        return 0
    try:
        str(array.data, "utf-8")
    except UnicodeDecodeError:
        return None
    counted = Bits.where(array >= _ASCII).rank(breaks.places)
    return int(np.count_nonzero(np.diff(counted, prepend=0)))


@dataclass(frozen=True)
class _Rows:
    """Where the cells of n rows stand.

    marked: the places that end cells. ends: the same, row by row, int64 (n, width). starts: where
    rows begin, int64 (n,).
    """

    marked: Bits
    ends: Places
    starts: Places


def _rows(signs: _Signs, width: int) -> _Rows | None:
    """Return where cells stand, None where records have other widths."""
    outer, lines, blank = signs.breaks - signs.inside, None, None
    marked = (signs.separators - signs.inside) | outer
    if width == 1 or len(marked) != width * len(outer):  # blank lines may be among them
        lines = outer.after(start=True)
        blank = lines & (signs.breaks | (signs.returns & signs.breaks.before()))
        outer -= blank | (blank & signs.returns).after()
        marked = (signs.separators - signs.inside) | outer
    if not outer or len(marked) != width * len(outer):
        return None
    ends = marked.places.reshape(-1, width)
    if not np.all(outer.has(ends[:, -1])):
        return None
    if lines is not None and blank:
        starts = (lines - blank).places[: len(ends)]
    else:
        starts = np.concatenate(([0], ends[:-1, -1] + 1))
    return _Rows(marked, ends, starts)


def _column(array: _Bytes, signs: _Signs, rows: _Rows, place: int, dialect: Dialect) -> BlockColumn:
    """Return the cells of a column."""
    import pyarrow as pa

    starts, ends = rows.starts, rows.ends[:, place]
    if place:
        starts = rows.ends[:, place - 1] + 1
    if place == rows.ends.shape[1] - 1 and signs.returns:
        ends = ends - ((array[ends - 1] == _CR) & (ends > starts))
    if signs.marks:
        marked = array[starts] == ord(dialect.quotes)
        starts, ends = starts + marked, ends - marked
    halves = (signs.second_halves if signs.marks else signs.marks).places
    if not len(halves):
        return BlockColumn(_taken(array, np.stack((starts, ends), axis=1)))
    # what a cell is made of: what stands around each second half of doubled marks
    row, column = np.divmod(rows.marked.rank(halves), rows.ends.shape[1])
    row, halves = row[column == place], halves[column == place]
    first = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=len(starts)) + 1, out=first[1:])
    parts = np.empty((first[-1], 2), np.int64)
    parts[first[:-1], 0], parts[first[1:] - 1, 1] = starts, ends
    cut = row + np.arange(len(row))
    parts[cut, 1], parts[cut + 1, 0] = halves, halves + 1
    _, bounds, texts = _taken(array, parts).buffers()
    whole = np.frombuffer(bounds, np.int32)[first]
    return BlockColumn(pa.StringArray.from_buffers(len(starts), pa.py_buffer(whole), texts))


def _taken(array: _Bytes, parts: Places) -> "pa.StringArray":
    """Return the texts between n pairs of bounds (n, 2), which follow each other."""
    import pyarrow as pa

    bounds = pa.py_buffer(np.append(parts, parts[-1:, 1:]).astype(np.int32, copy=False))
    # Arrow takes every second of the texts between them
    every = pa.StringArray.from_buffers(2 * len(parts), bounds, pa.py_buffer(array))
    return every.take(pa.array(np.arange(0, 2 * len(parts), 2, dtype=np.int32)))


def _could_be_more(
    data: bytes, array: _Bytes, signs: _Signs, rows: _Rows, dialect: Dialect, shape: Shape
) -> bool:
    """Return whether a record of several lines could be taken for several rows.

    Or whether a line breaks in a column of numbers.
    """
    breaks = (signs.breaks & signs.inside).places
    if not len(breaks):
        return False
    # each of these m breaks stands in some row, and in some column of it
    row, column = np.divmod(rows.marked.rank(breaks), shape.width)
    if any(np.any(column == place) for place in shape.numbers):
        return True
    if shape.trusted:
        return False
    # the line that goes on behind each
    same = row[1:] == row[:-1]
    starts, stops = breaks + 1, rows.ends[row, -1]
    stops[:-1][same] = breaks[1:][same]
    held = signs.separators.rank(stops) - signs.separators.rank(starts)
    least = shape.width - 1
    enough = held >= least
    if np.any(enough):
        second = np.flatnonzero(np.concatenate(([True], ~same)))
        like_rows = np.logical_and.reduceat(held == least, second)
        for at in second[like_rows].tolist():
            begin, end = int(rows.starts[row[at]]), int(breaks[at])
            if data.count(dialect.separator.encode(), begin, end) == least:
                return True
    if not shape.numbers:
        return False
    last = stops[np.concatenate((~same, [True]))]
    last = last - (array[last - 1] == _CR)
    opens = (array[last - 1] == ord(dialect.quotes)) & (array[last - 2] == ord(dialect.separator))
    if np.any(opens):
        return True
    starts, stops = starts[enough], stops[enough]
    maybe = (signs.marks.rank(stops) - signs.marks.rank(starts)) % 2 == 0
    if 0 in shape.numbers:
        begins_so = np.zeros(256, np.bool_)
        begins_so[list(_NUMBERS + dialect.quotes.encode())] = True
        maybe &= begins_so[array[starts]]
    return any(
        lawful(data[a:b].decode(errors="replace"), dialect, shape)
        for a, b in zip(starts[maybe].tolist(), stops[maybe].tolist(), strict=True)
    )
