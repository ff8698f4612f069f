"""Reads well-formed delimited lines all at once, with NumPy; `records` reads all others with care.

A block is well-formed where RFC 4180 allows every mark, every record has as many cells as the table
and no record could be taken for several rows. Then it gives exactly what `records` gives.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from likewise.files.delimited.records import Dialect, Shape, lawful

_LF, _CR, _QUOTE, _APOSTROPHE = 10, 13, 34, 39
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Some well-formed rows, n of them with w cells each.

    Attributes:
        data: all bytes, UTF-8.
        text: the same as characters where all are ASCII, so that places are the same, else None.
        starts: where each cell begins in the bytes, int64 (n, w); marks around it left out.
        ends: where it ends, int64 (n, w).
        used: bytes that are read; the rest is an unfinished record.
        lines: how many lines these are.
        doubled: which cells stood in marks, bool (n, w), where some mark within is written twice.
    """

    data: bytes
    text: str | None
    starts: _Places
    ends: _Places
    used: int
    lines: int
    doubled: npt.NDArray[np.bool_] | None

    def guarded(self, place: int) -> bool:
        """Return whether a cell of a column begins with an apostrophe, which may be a guard."""
        starts = self.starts[:, place]
        first = np.frombuffer(self.data, np.uint8)[np.minimum(starts, len(self.data) - 1)]
        return bool(np.any(first == _APOSTROPHE))

    def column(self, place: int) -> list[str]:
        """Return the cells of a column."""
        starts, ends = self.starts[:, place].tolist(), self.ends[:, place].tolist()
        text, data = self.text, self.data
        if text is not None:
            cells = [text[a:b] for a, b in zip(starts, ends, strict=True)]
        else:
            cells = [data[a:b].decode() for a, b in zip(starts, ends, strict=True)]
        if self.doubled is not None:
            for row in np.flatnonzero(self.doubled[:, place]).tolist():
                cells[row] = cells[row].replace('""', '"')
        return cells


def block(data: bytes, dialect: Dialect, shape: Shape, *, final: bool) -> Block | None:
    """Return the rows in a block, None where it has to be read with care.

    Args:
        data: UTF-8.
        dialect: how cells stand in lines.
        shape: what a row looks like.
        final: whether nothing follows; else a record that is unfinished at the end is left.
    """
    usual = not dialect.padded and not dialect.escaped and dialect.quotes in ('"', "")
    if not usual or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return None
    if final and not data.endswith(b"\n"):
        data += b"\n"
    array = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(array == _LF)
    between = np.flatnonzero(array == ord(dialect.separator))
    ends = breaks
    quoted = bool(dialect.quotes) and b'"' in data
    if quoted:
        marks = np.flatnonzero(array == _QUOTE)
        outside = np.searchsorted(marks, breaks) % 2 == 0
        ends = breaks[outside]
        used = int(ends[-1]) + 1 if len(ends) else 0
        marks = marks[: np.searchsorted(marks, used)]
        if not _lawful(array, marks, ord(dialect.separator)):
            return None
        between = between[np.searchsorted(marks, between) % 2 == 0]
    used = int(ends[-1]) + 1 if len(ends) else 0
    if not used or (final and used != len(data)):
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    stops = ends - ((ends > starts) & (array[ends - 1] == _CR))
    breaks = breaks[: np.searchsorted(breaks, used)]
    several = len(breaks) != len(ends)
    if several and not shape.trusted and _several(data, starts, ends, breaks, dialect, shape):
        return None
    full = stops > starts
    starts, stops = starts[full], stops[full]
    cells = _cells(starts, stops, between[: np.searchsorted(between, used)], shape.width)
    if cells is None:
        return None
    begin, end = cells
    if several and _broken(begin, end, breaks, shape.numbers):
        return None
    doubled = None
    if quoted:
        around = (array[np.minimum(begin, len(array) - 1)] == _QUOTE) & (end > begin)
        begin, end = begin + around, end - around
        doubled = around if b'""' in data else None
    text = data.decode("ascii") if data.isascii() else None
    return Block(data, text, begin, end, used, len(breaks), doubled)


def _lawful(array: npt.NDArray[np.uint8], marks: _Places, separator: int) -> bool:
    """Return whether each mark opens a cell, closes one, or is half of a doubled one."""
    opens, closes = marks[0::2], marks[1::2]
    if len(opens) != len(closes):
        return False
    if not len(opens):
        return True
    again = np.concatenate(([False], opens[1:] == closes[:-1] + 1))
    before = array[opens - 1]
    begins = (before == separator) | (before == _LF) | (opens == 0)
    after = array[np.minimum(closes + 1, len(array) - 1)]
    stops = (after == separator) | (after == _LF) | (after == _CR)
    doubled = np.concatenate((again[1:], [False]))
    return bool(np.all(begins | again) and np.all(stops | doubled))


def _cells(
    starts: _Places, stops: _Places, between: _Places, width: int
) -> tuple[_Places, _Places] | None:
    """Return where cells begin and end, None where not every record has `width` of them."""
    count = len(starts)
    if len(between) != count * (width - 1):
        return None
    inner = between.reshape(count, width - 1)
    if width > 1 and not (np.all(inner[:, 0] >= starts) and np.all(inner[:, -1] < stops)):
        return None
    begin = np.concatenate((starts[:, None], inner + 1), axis=1)
    end = np.concatenate((inner, stops[:, None]), axis=1)
    return begin, end


def _several(
    data: bytes,
    starts: _Places,
    ends: _Places,
    breaks: _Places,
    dialect: Dialect,
    shape: Shape,
) -> bool:
    """Return whether a record of several lines could be taken for several rows."""
    long = np.searchsorted(breaks, ends) > np.searchsorted(breaks, starts)
    separator, least = dialect.separator.encode(), shape.width - 1
    for a, b in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
        lines = data[a:b].split(b"\n")
        if shape.numbers and lines[-1].rstrip(b"\r").endswith(separator + b'"'):
            return True
        if all(line.count(separator) == least for line in lines):
            return True
        if shape.numbers and any(
            lawful(line.decode(), dialect, shape)
            for line in lines[1:]
            if line.count(separator) >= least
        ):
            return True
    return False


def _broken(begin: _Places, end: _Places, breaks: _Places, numbers: tuple[int, ...]) -> bool:
    """Return whether a line breaks within a number."""
    return any(
        bool(np.any(np.searchsorted(breaks, begin[:, at]) != np.searchsorted(breaks, end[:, at])))
        for at in numbers
    )
