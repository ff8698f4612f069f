"""Reads well-formed delimited lines all at once, with NumPy; `records` reads all others with care.

A block is well-formed where RFC 4180 allows every mark, every record has as many cells as the table
and no record could be taken for several rows. Then it gives exactly what `records` gives.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

from likewise.files.delimited.records import Dialect, Shape, lawful

_LF, _CR = 10, 13
_APOSTROPHE = ord("'")
_SPACE, _ASCII = 32, 128
_NUMBERS = b"0123456789+-. \t\r\v\f"
"""What a number may begin with."""
_Places = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Block:
    """Some well-formed rows, n of them with w cells each.

    Attributes:
        array: their bytes, UTF-8.
        text: their characters.
        starts: where each cell begins in the bytes, int64 (n, w); marks around it left out.
        ends: where it ends, int64 (n, w).
        lines: how many lines these are.
        quotes: what stands around cells.
        doubled: which cells stood in marks, bool (n, w), where some mark within is written twice.
    """

    array: _Bytes
    text: str
    starts: _Places
    ends: _Places
    lines: int
    quotes: str
    doubled: _Flags | None

    def guarded(self, place: int) -> bool:
        """Return whether a cell of a column begins with an apostrophe, which may be a guard."""
        return bool(np.any(self.array[self.starts[:, place]] == _APOSTROPHE))

    def empty(self, place: int) -> bool:
        """Return whether no cell of a column holds anything."""
        return not np.any(self.ends[:, place] > self.starts[:, place])

    def filled(self, place: int) -> bool:
        """Return whether every cell of a column is seen to hold a text at its first byte."""
        first = self.array[self.starts[:, place]]
        seen = (first > _SPACE) & (first < _ASCII) & (self.ends[:, place] > self.starts[:, place])
        return bool(np.all(seen))

    def beyond_ascii(self) -> int:
        """Return how many rows hold characters that are not ASCII."""
        if self.text.isascii():
            return 0
        return int(np.count_nonzero(np.maximum.reduceat(self.array, self.starts[:, 0]) >= _ASCII))

    def column(self, place: int) -> list[str]:
        """Return the cells of a column."""
        starts, ends, text = self.starts[:, place], self.ends[:, place], self.text
        if (inner := self._inner) is not None:
            starts, ends = starts - inner[starts], ends - inner[ends]
        cells = [text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        if self.doubled is not None:
            twice = self.quotes * 2
            for row in np.flatnonzero(self.doubled[:, place]).tolist():
                cells[row] = cells[row].replace(twice, self.quotes)
        return cells

    @cached_property
    def _inner(self) -> npt.NDArray[np.int32] | None:
        """How many bytes up to each are no character's first, None where all are."""
        if self.text.isascii():
            return None
        return np.cumsum((self.array & 0xC0) == 0x80, dtype=np.int32)


@dataclass(frozen=True)
class _Signs:
    """The bytes that may separate anything, n of them, up to the end of the last whole record.

    places: where they stand, int64 (n,). kinds: the bytes themselves, uint8 (n,). outside: whether
    each ends a cell, bool (n,), so that it is no mark and stands within none; None where all do.
    """

    places: _Places
    kinds: _Bytes
    outside: _Flags | None = None

    def ending(self) -> "_Signs":
        """Return those that end a cell."""
        if self.outside is None:
            return self
        return _Signs(self.places[self.outside], self.kinds[self.outside])


def block(data: bytes, dialect: Dialect, shape: Shape, *, final: bool) -> Block | None:
    """Return the rows in a block, None where it has to be read with care.

    Args:
        data: UTF-8.
        dialect: how cells stand in lines.
        shape: what a row looks like.
        final: whether nothing follows; else a record that is unfinished at the end is left.
    """
    if dialect.padded or dialect.escaped:
        return None
    if final and not data.endswith(b"\n"):
        data += b"\n"
    array = np.frombuffer(data, np.uint8)
    signs = _signs(data, array, dialect)
    if signs is None or (final and signs.places[-1] != len(data) - 1):
        return None
    if not _is_allowed(array, signs, dialect):
        return None
    ending = signs.ending()
    ends = ending.places[ending.kinds == _LF]
    starts = np.concatenate(([0], ends[:-1] + 1))
    stops = ends - (array[ends - 1] == _CR)
    lines = None if signs.outside is None else _several(signs, dialect)
    doubt = lines is not None and not shape.trusted
    if doubt and _doubtful(data, array, cast("_Lines", lines), stops, dialect, shape):
        return None
    cells = _cells(ending, starts, stops, shape.width)
    if cells is None or (lines is not None and _broken(*cells, lines.inner, shape.numbers)):
        return None
    used = int(signs.places[-1]) + 1
    try:
        text = str(memoryview(data)[:used], "utf-8")
    except UnicodeDecodeError:
        return None
    begin, end = cells
    doubled = None
    if signs.outside is not None:
        around = (array[begin] == ord(dialect.quotes)) & (end > begin)
        begin, end = begin + around, end - around
        doubled = around if dialect.quotes.encode() * 2 in data else None
    breaks = len(ends) if lines is None else len(lines.starts)
    return Block(array[:used], text, begin, end, breaks, dialect.quotes, doubled)


def _signs(data: bytes, array: _Bytes, dialect: Dialect) -> _Signs | None:
    """Return the signs of the records that end in a block, None where none does."""
    quoted = bool(dialect.quotes) and dialect.quotes.encode() in data
    found = array == _LF
    found |= array == ord(dialect.separator)
    if quoted:
        found |= array == ord(dialect.quotes)
    places = np.flatnonzero(found)
    kinds = array[places]
    breaks = kinds == _LF
    outside = None
    if quoted:
        marks = kinds == ord(dialect.quotes)
        outside = ~(marks | np.logical_xor.accumulate(marks))
        breaks &= outside
    backwards = breaks[::-1]
    if not len(places) or not backwards[last := int(backwards.argmax())]:
        return None
    count = len(places) - last
    return _Signs(places[:count], kinds[:count], None if outside is None else outside[:count])


def _is_allowed(array: _Bytes, signs: _Signs, dialect: Dialect) -> bool:
    r"""Return whether each \r is part of \r\n, and RFC 4180 allows every mark."""
    breaks = signs.places[signs.kinds == _LF]
    returns = np.count_nonzero(array[: breaks[-1]] == _CR)
    if returns and returns != np.count_nonzero(array[breaks[breaks > 0] - 1] == _CR):
        return False
    return signs.outside is None or _is_lawful(array, signs, dialect)


def _is_lawful(array: _Bytes, signs: _Signs, dialect: Dialect) -> bool:
    """Return whether each mark opens a cell, closes one, or is half of a doubled one."""
    separator, quote = ord(dialect.separator), ord(dialect.quotes)
    marks = signs.places[signs.kinds == quote]
    opens, closes = marks[0::2], marks[1::2]
    if not len(opens):
        return True
    again = np.concatenate(([False], opens[1:] == closes[:-1] + 1))
    before = array[opens - 1]
    begins = (before == separator) | (before == _LF) | (opens == 0)
    after = array[closes + 1]
    stops = (after == separator) | (after == _LF) | (after == _CR)
    doubled = np.concatenate((again[1:], [False]))
    return bool(np.all(begins | again) and np.all(stops | doubled))


def _cells(
    signs: _Signs, starts: _Places, stops: _Places, width: int
) -> tuple[_Places, _Places] | None:
    """Return where cells begin and end, None where not every record has `width` of them."""
    places, kinds = signs.places, signs.kinds
    full = stops > starts
    if not np.all(full):  # a blank line is no record
        blank = np.flatnonzero(kinds == _LF)[~full]
        places, kinds = np.delete(places, blank), np.delete(kinds, blank)
        starts, stops = starts[full], stops[full]
    if len(places) != len(starts) * width:
        return None
    end = places.reshape(-1, width)
    # there are as many breaks as records: where they stand last, all else are separators
    if not np.all(kinds.reshape(-1, width)[:, -1] == _LF):
        return None
    begin = np.empty_like(end)
    begin[:, 0] = starts
    begin[:, 1:] = end[:, :-1] + 1
    end = end.copy()
    end[:, -1] = stops
    return begin, end


@dataclass(frozen=True)
class _Lines:
    """All lines of a block in which some record has several, n of them.

    starts, ends: where each begins and ends, int64 (n,). separators, marks: how many stand in it,
    int64 (n,). first: whether a record begins with it, bool (n,). inner: the line breaks within
    cells, int64.
    """

    starts: _Places
    ends: _Places
    separators: _Places
    marks: _Places
    first: _Flags
    inner: _Places


def _several(signs: _Signs, dialect: Dialect) -> _Lines | None:
    """Return the lines of a block, None where every record has one."""
    at = np.flatnonzero(signs.kinds == _LF)
    last = signs.outside[at]  # type: ignore[index]
    if np.all(last):
        return None
    ends = signs.places[at]
    separators = np.cumsum(signs.kinds == ord(dialect.separator))[at]
    marks = np.cumsum(signs.kinds == ord(dialect.quotes))[at]
    return _Lines(
        starts=np.concatenate(([0], ends[:-1] + 1)),
        ends=ends,
        separators=np.diff(separators, prepend=0),
        marks=np.diff(marks, prepend=0),
        first=np.concatenate(([True], last[:-1])),
        inner=ends[~last],
    )


def _doubtful(
    data: bytes, array: _Bytes, lines: _Lines, stops: _Places, dialect: Dialect, shape: Shape
) -> bool:
    """Return whether a record of several lines could be taken for several rows."""
    least = shape.width - 1
    begins = np.flatnonzero(lines.first)
    long = np.diff(begins, append=len(lines.first)) > 1
    if np.any(long & np.logical_and.reduceat(lines.separators == least, begins)):
        return True
    if not shape.numbers:
        return False
    last = stops[long]
    opens = (array[last - 1] == ord(dialect.quotes)) & (array[last - 2] == ord(dialect.separator))
    if np.any(opens):
        return True
    maybe = ~lines.first & (lines.separators >= least) & (lines.marks % 2 == 0)
    if 0 in shape.numbers:
        begins_so = np.frombuffer(_NUMBERS + dialect.quotes.encode(), np.uint8)
        maybe &= np.isin(array[lines.starts], begins_so)
    return any(
        lawful(data[a:b].decode(errors="replace"), dialect, shape)
        for a, b in zip(lines.starts[maybe].tolist(), lines.ends[maybe].tolist(), strict=True)
    )


def _broken(begin: _Places, end: _Places, inner: _Places, numbers: tuple[int, ...]) -> bool:
    """Return whether a line breaks within a number."""
    return any(
        bool(np.any(np.searchsorted(inner, begin[:, at]) != np.searchsorted(inner, end[:, at])))
        for at in numbers
    )
