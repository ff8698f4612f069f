"""Reads well-formed delimited lines all at once; `records` reads all others with care.

A block is well-formed where RFC 4180 allows every mark, every record has as many cells as the table
and no record could be taken for several rows. Then it gives exactly what `records` gives. What ends
cells is found 64 bytes at a time, and Arrow makes texts of them.
"""

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from likewise.files.delimited.bits import Bits, Places
from likewise.files.delimited.columns import BlockColumn, guards_in, without_halves
from likewise.files.delimited.records import Dialect, Shape, lawful

_LF, _CR = 10, 13
_ASCII = 128
_NUMBERS = b"0123456789+-. \t\r\v\f"
"""What a number may begin with."""
_MOST = 2**30
"""Bytes of the largest block: Arrow counts them in 32 bits."""
_Bytes = npt.NDArray[np.uint8]


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
    rows = _plain_rows(data, dialect, shape.width)
    if rows is None:
        rows = _marked_rows(data, dialect, shape)
    if rows is None or (final and len(rows.array) < len(data)):
        return None
    beyond = _beyond_ascii(data, rows)
    if beyond is None:
        return None
    guards = guards_in(rows.array) if b"'" in data else np.zeros(0, np.int64)
    columns = [_column(rows, place, dialect, guards) for place in places]
    return Block(min(len(rows.array), given), len(rows.ends), rows.lines, beyond, columns)


@dataclass(frozen=True)
class _Rows:
    """Where the cells of n rows stand.

    array: the bytes of these rows. ends: the places that end cells, row by row, int64 (n, width).
    starts: where rows begin, int64 (n,). lines: how many lines they are. returns: whether some
    end in two characters. signs: None where no cell is in marks.
    """

    array: _Bytes
    ends: Places
    starts: Places
    lines: int
    returns: bool
    signs: "_Signs | None" = None


def _plain_rows(data: bytes, dialect: Dialect, width: int) -> _Rows | None:
    """Return where cells stand if nothing but separators and line feeds ends them, else None."""
    if width == 1 or (dialect.quotes and dialect.quotes.encode() in data):
        return None
    size = data.rfind(b"\n") + 1
    array = np.frombuffer(data, np.uint8)[:size]
    marked = array == _LF
    lines = int(np.count_nonzero(marked))
    marked |= array == ord(dialect.separator)
    found = np.flatnonzero(marked)
    if not lines or len(found) != width * lines:
        return None
    ends = found.reshape(-1, width)
    last = ends[:, -1]
    if not np.all(array[last] == _LF):
        return None
    returns = int(np.count_nonzero(array == _CR)) if b"\r" in data else 0
    # a line of two cells holds more than its end: something is before
    if returns and np.count_nonzero(array[last - 1] == _CR) != returns:
        return None
    return _Rows(array, ends, np.concatenate(([0], last[:-1] + 1)), lines, returns > 0)


def _marked_rows(data: bytes, dialect: Dialect, shape: Shape) -> _Rows | None:
    """Return where cells stand that may be in marks, None where it is not beyond doubt."""
    array, signs = _signs(data, dialect)
    if not len(array) or not signs.are_lawful():
        return None
    found = _places(signs, shape.width)
    if found is None:
        return None
    marked, ends, starts = found
    rows = _Rows(array, ends, starts, len(signs.breaks), bool(signs.returns), signs)
    return None if _could_be_more(data, rows, signs, marked, dialect, shape) else rows


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


def _beyond_ascii(data: bytes, rows: _Rows) -> int | None:
    """Return how many lines hold characters that are not ASCII, None where some are not UTF-8."""
    if data.isascii():
        return 0
    try:
        str(rows.array.data, "utf-8")
    except UnicodeDecodeError:
        return None
    breaks = rows.ends[:, -1] if rows.signs is None else rows.signs.breaks.places
    counted = Bits.where(rows.array >= _ASCII).rank(breaks)
    return int(np.count_nonzero(np.diff(counted, prepend=0)))


def _places(signs: _Signs, width: int) -> tuple[Bits, Places, Places] | None:
    """Return what ends cells, as `_Rows` has it too, and where rows begin.

    None where records have other widths.
    """
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
    return marked, ends, starts


def _column(rows: _Rows, place: int, dialect: Dialect, guards: Places) -> BlockColumn:
    """Return the cells of a column."""
    array, signs = rows.array, rows.signs
    starts, ends = rows.starts, rows.ends[:, place]
    if place:
        starts = rows.ends[:, place - 1] + 1
    if place == rows.ends.shape[1] - 1 and rows.returns:
        ends = ends - ((array[ends - 1] == _CR) & (ends > starts))
    if signs is not None and signs.marks:
        marked = array[starts] == ord(dialect.quotes)
        starts, ends = starts + marked, ends - marked
        if signs.second_halves and (some := np.flatnonzero(marked)).size:
            return without_halves(array, signs.second_halves, starts, ends, some, guards)
    return BlockColumn(array, starts, ends, guards)


def _could_be_more(
    data: bytes, rows: _Rows, signs: _Signs, ends: Bits, dialect: Dialect, shape: Shape
) -> bool:
    """Return whether a record of several lines could be taken for several rows.

    Or whether a line breaks in a column of numbers.
    """
    array, breaks = rows.array, (signs.breaks & signs.inside).places
    if not len(breaks):
        return False
    # each of these m breaks stands in some row, and in some column of it
    row, column = np.divmod(ends.rank(breaks), shape.width)
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
