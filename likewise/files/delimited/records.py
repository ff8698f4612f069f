"""Reads the records of delimited lines with care: one damaged record costs no other.

A record that the rules of RFC 4180 do not allow costs its first line alone; reading goes on with
the next. So a quotation mark that nobody closes swallows nothing.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from likewise.files.cells import number as number_in


@dataclass(frozen=True)
class Dialect:
    """How cells stand in lines.

    Attributes:
        separator: one character between cells.
        quotes: one character around cells, empty where marks are part of the text.
        escaped: whether a mark within a cell may have a backslash before it, as well as be doubled.
        padded: whether spaces around cells are not part of them.
    """

    separator: str
    quotes: str = '"'
    escaped: bool = False
    padded: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """Return it as Python's csv module takes it; strict, for nothing is to be swallowed."""
        return {
            "delimiter": self.separator,
            "quotechar": self.quotes or '"',
            "quoting": csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE,
            "escapechar": "\\" if self.escaped else None,
            "skipinitialspace": self.padded,
            "strict": True,
        }


class Record(NamedTuple):
    """What stands in the lines from `start` until before `end`.

    cells: none where `fault` says what is wrong. doubt: whether the lines might be rows of their
    own. damaged: before which line there may be parts of a record that is wrong.
    """

    start: int
    end: int
    cells: list[str]
    fault: str = ""
    doubt: bool = False
    damaged: int = 0


@dataclass(frozen=True)
class Shape:
    """What a row of the table looks like.

    Attributes:
        width: cells in it.
        numbers: places of the columns that hold numbers.
        trusted: whether a person said what stands around cells: then lines in marks are not rows.
    """

    width: int
    numbers: tuple[int, ...] = ()
    trusted: bool = False

    def fits(self, cells: Sequence[str]) -> bool:
        """Return whether cells are as many, with numbers where numbers stand."""
        return len(cells) == self.width and all(
            not cells[at].strip() or number_in(cells[at]) is not None for at in self.numbers
        )

    def surely(self, cells: Sequence[str]) -> bool:
        """Return whether cells fit, and a number stands in each column of numbers."""
        return self.fits(cells) and all(cells[at].strip() for at in self.numbers)

    def breaks(self, cells: Sequence[str]) -> bool:
        """Return whether a line break stands where numbers should."""
        return any("\n" in cells[at] or "\r" in cells[at] for at in self.numbers)


OPEN = "has a quotation mark that is never closed"
CONTINUED = "goes on after a closing quotation mark"
STRAY = "looks like a part of the damaged row before it"

_PAIR = re.compile(r"\\(.)", re.DOTALL)
_LIMIT = 2**31 - 1


def records(
    lines: Sequence[str],
    dialect: Dialect,
    *,
    final: bool = True,
    shape: Shape | None = None,
    damaged: int = 0,
) -> Iterator[Record]:
    """Yield the records in lines; blank lines have no cells.

    Args:
        lines: physical lines with their ends.
        dialect: how cells stand in them.
        final: whether nothing follows; else a record that is open at the end is left out.
        shape: tells rows of the table from parts of a text; None takes every record as it is.
        damaged: before which line there may be parts of a record that was wrong.
    """
    # the standard library has one limit for the process, and its default is 128 KB
    csv.field_size_limit(_LIMIT)
    place = 0
    while place < len(lines):
        reader = csv.reader(_from(lines, place, dialect), **dialect.options)
        base = place
        fault = ""
        while place < len(lines) and not fault:
            cells, fault = _next(reader)
            if fault == OPEN and not final:
                return
            end = base + reader.line_num
            if fault and end > place + 1:  # it goes wrong in another line: the mark was open
                fault = OPEN
            if not fault and shape is not None:
                fault = _doubted(lines, place, end, cells, dialect, shape, place < damaged)
            if not fault:
                yield Record(place, end, _trimmed(cells, dialect))
                place = end
        if fault == _ROWS:
            for at in range(place, end):
                yield Record(at, at + 1, physical(lines[at], dialect), doubt=True)
            place = end
        elif fault:
            damaged = max(damaged, end)
            yield Record(place, place + 1, [], fault, damaged=damaged)
            place += 1


def _next(reader: Iterator[list[str]]) -> tuple[list[str], str]:
    """Return the cells of the next record, or what is wrong with it."""
    try:
        return next(reader), ""
    except csv.Error as error:
        return [], _fault(error)


def physical(line: str, dialect: Dialect) -> list[str]:
    """Return the cells of one line, its marks taken as text."""
    return _trimmed(line.rstrip("\r\n").split(dialect.separator), dialect)


_ROWS = "is several rows"


def _doubted(
    lines: Sequence[str],
    start: int,
    end: int,
    cells: list[str],
    dialect: Dialect,
    shape: Shape,
    recovering: bool,
) -> str:
    """Return what is wrong with a record that has been read, nothing if it is right.

    A record that is written by the rules has an even number of marks, and so has each row that
    stands in a line of its own. One open mark makes the number odd.
    """
    if recovering and cells and len(cells) == shape.width and not shape.fits(cells):
        return STRAY
    if end == start + 1:
        return ""
    if len(cells) < shape.width or any(cells[shape.width :]) or shape.breaks(cells):
        return OPEN
    apart = lines[start:end]
    if dialect.escaped or not dialect.quotes or shape.trusted:
        return ""
    if shape.numbers and any(lawful(line, dialect, shape) for line in apart[1:]):
        return OPEN
    if shape.numbers and _opens(apart[-1], dialect, shape):
        return OPEN
    if sum(line.count(dialect.quotes) for line in apart) % 2:
        return OPEN if all(_row(line, dialect, shape) for line in apart[1:]) else ""
    return _ROWS if shape.numbers and doubtful(apart, dialect, shape) else ""


def _row(line: str, dialect: Dialect, shape: Shape) -> bool:
    """Return whether a line is a row, by the rules or with its marks as text."""
    return shape.fits(physical(line, dialect)) or lawful(line, dialect, shape)


def lawful(line: str, dialect: Dialect, shape: Shape) -> bool:
    """Return whether a line alone is a row by the rules: all its marks open or close cells."""
    if line.count(dialect.separator) < shape.width - 1 or line.count(dialect.quotes) % 2:
        return False
    try:
        return shape.surely(next(csv.reader([line], **dialect.options)))
    except (csv.Error, StopIteration):
        return False


def _opens(line: str, dialect: Dialect, shape: Shape) -> bool:
    """Return whether the mark at a line's end rather opens a cell of another row there."""
    if not line.rstrip("\r\n").endswith(dialect.separator + dialect.quotes):
        return False
    cells = physical(line, dialect)
    return all(at < len(cells) and number_in(cells[at]) is not None for at in shape.numbers)


def doubtful(lines: Sequence[str], dialect: Dialect, shape: Shape) -> bool:
    """Return whether the lines of one record could as well be rows, their marks being text.

    Each has the cells of a row then, none of them a mark alone, and all end alike: what breaks
    lines within cells is often another character than what ends rows.
    """
    ends = {line[len(line.rstrip("\r\n")) :] for line in lines}
    if len(ends - {""}) > 1:
        return False
    rows = (physical(line, dialect) for line in lines)
    return all(shape.surely(cells) and dialect.quotes not in cells for cells in rows)


def _from(lines: Sequence[str], place: int, dialect: Dialect) -> Iterator[str]:
    marks = f"{dialect.quotes}{dialect.separator}\\\r\n"
    for at in range(place, len(lines)):
        line = lines[at]
        if dialect.escaped and "\\" in line:  # before all else a backslash is one
            line = _PAIR.sub(lambda found: found[0] if found[1] in marks else f"\\{found[0]}", line)
        yield line


def _trimmed(cells: list[str], dialect: Dialect) -> list[str]:
    return [cell.strip(" ") for cell in cells] if dialect.padded else cells


def _fault(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end" in reason:
        return OPEN
    if "expected after" in reason:
        return CONTINUED
    return f"can't be read ({reason})"
