"""A table that streams: named columns, numbered rows, any number of them in flat memory."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain, islice, repeat
from typing import Any, Literal, NamedTuple, TypeVar

from likewise.errors import ColumnMissing, UnreadableFile, shown
from likewise.files.aside import SetAside
from likewise.files.cells import Value, is_missing, number
from likewise.files.names import listed, unique_names
from likewise.files.options import Bounds
from likewise.files.places import Locate, Places

T = TypeVar("T")
N = TypeVar("N", bound=tuple[Any, ...])

Kind = Literal["text", "number"]

_SAMPLE_ROWS = 1_000
_SAMPLE_CHARACTERS = 1_000_000
"""Columns are judged by the rows at the beginning, up to either."""

ROW = 20
"""Cells that a row counts for which can't be understood: it takes time, and is not seen in any."""

_COMMA = re.compile(r"\s*[+-]?\d+,(?!\d{3}\s*$)\d+\s*", re.ASCII)


class Row(NamedTuple):
    """One row: `number` counts from 1, `values` stand in the order of the table's columns."""

    number: int
    values: tuple[Value, ...]


class Part(NamedTuple):
    """Some rows, column by column.

    numbers: of n rows. cells: n of each column. filled: places among these columns whose cells are
    known to be texts, none of them blank.
    """

    numbers: Sequence[int]
    cells: Sequence[Sequence[Value]]
    filled: Collection[int] = ()


@dataclass
class Met:
    """What one reading of a table meets.

    counts: how often each oddity. aside: the rows that can't be understood.
    """

    aside: SetAside
    counts: Counter[str] = field(default_factory=Counter)


Parser = Callable[[Met, Sequence[int] | None], Iterator[Part]]
"""Reads a table from its beginning: all columns, or those that stand at the given places."""


class Table:
    """A table as the reader of its format makes it.

    Attributes:
        name: what messages call it, as it begins a sentence.
        format: one of `likewise.files.formats.READ`.
        columns: names, all different; a `txt` file has the one column `text`.
        sample: the first rows.
        notes: what the reader had to decide, a sentence each.
        counts: oddities of the latest reading, complete at its end.
        aside: rows that the latest reading set aside, complete at its end.
        once: whether the rows can be read only once, as those of a pipe.
        known_rows: rows in all, where the format tells without a reading.
        types: the columns' arrow types where the format has them, else empty.
        spelling: how the file is written, for another that is to be written likewise.
        place: called with a row's number, returns where it stands, as messages name it.

    Raises:
        UnreadableFile: it has more columns, or longer names of them, than the bounds allow.
    """

    def __init__(
        self,
        name: str,
        format_: str,
        columns: Iterable[str],
        parse: Parser,
        *,
        once: bool = False,
        notes: Iterable[str] = (),
        known_rows: int | None = None,
        types: Sequence[Any] = (),
        strict: bool = False,
        unit: str = "line",
        bounds: Bounds | None = None,
        spelling: "Spelling | None" = None,
        locate: Locate | None = None,
    ) -> None:
        self.name = name
        self.format = format_
        self.once = once
        self.known_rows = known_rows
        self.types = types
        self.spelling = spelling or Spelling()
        self.place = Places(name, None if once else locate)
        cells = None if bounds is None else bounds.cells
        wrong = None if cells is None else cells // ROW
        self._met = Met(SetAside(name, strict=strict, unit=unit, most=wrong))
        self._parse = parse
        self._rest: Iterator[Part] | None = None
        self.columns, renamed = unique_names(columns)
        most = (bounds or Bounds()).columns
        if len(self.columns) > most:
            raise UnreadableFile(
                f"{name} has {len(self.columns):,} columns; the most is {most:,}.",
                "Keep the column of the texts and those that you need.",
            )
        longest = max(map(len, self.columns), default=0)
        if longest > (bounds or Bounds()).characters:
            raise UnreadableFile(
                f"{name} has a column whose name has {longest:,} characters.",
                "Give it a shorter one, or leave it out.",
            )
        self.notes = [*notes, *renamed]
        parts = parse(self._met, None)
        begun: list[Part] = []
        self.sample = tuple(beginning(_rows(_noting(parts, begun)), _weight))
        if once:
            self._rest = chain(begun, parts)

    @property
    def counts(self) -> Counter[str]:
        """How often the latest reading met each oddity."""
        return self._met.counts

    @property
    def aside(self) -> SetAside:
        """The rows that the latest reading set aside."""
        return self._met.aside

    def rows(self) -> Iterator[Row]:
        """Yield all rows from the first.

        Raises:
            UnreadableFile: the file can't be read on, or a pipe is read a second time.
        """
        return _rows(self.parts(None))

    def column(self, column: str) -> Iterator[tuple[int, Value]]:
        """Yield the cells of a column with the numbers of their rows, faster than `rows` does.

        Raises:
            ColumnMissing: there is no such column.
            UnreadableFile: see `rows`.
        """
        for part in self.parts((self.index(column),)):
            yield from zip(part.numbers, part.cells[0], strict=True)

    def parts(self, places: Sequence[int] | None) -> Iterator[Part]:
        """Yield all rows from the first, some at a time: all columns, or those at the places.

        Raises:
            UnreadableFile: see `rows`.
        """
        if not self.once:
            self._met.counts.clear()
            self._met.aside.clear()
            return self._parse(self._met, places)
        rest, self._rest = self._rest, None
        if rest is None:
            raise UnreadableFile(
                f"{self.name} can be read only once.", "Save it to a file and name the file."
            )
        if places is None:
            return rest
        return (Part(part.numbers, [part.cells[at] for at in places]) for part in rest)

    def index(self, column: str) -> int:
        """Return where `column` stands in a row.

        Raises:
            ColumnMissing: there is no such column.
        """
        if column in self.columns:
            return self.columns.index(column)
        close = get_close_matches(column, self.columns, 1)
        hint = f" Did you mean {shown(close[0])}?" if close else ""
        raise ColumnMissing(
            f"{self.name} has no column {shown(column)}.",
            f"Its columns are {listed(self.columns)}.{hint}",
            param="column",
        )

    def kind(self, column: str) -> Kind:
        """Return whether the first rows hold numbers in `column`, or text."""
        index = self.index(column)
        held = [row.values[index] for row in self.sample if not is_missing(row.values[index])]
        return "number" if held and all(self.number(v) is not None for v in held) else "text"

    def number(self, value: Value) -> float | None:
        """Return a cell as a finite number, or None where it is not one; true and false are none.

        Where other marks than commas stand between cells, 2,5 is a number; 2,500 is none, for
        nobody knows which.
        """
        if isinstance(value, str) and self.spelling.separator != "," and _COMMA.fullmatch(value):
            return number(value.replace(",", "."))
        return number(value)


@dataclass(frozen=True)
class Spelling:
    """How a csv file is written.

    separator: between its cells. mark: whether it begins with the byte order mark of UTF-8.
    encoding: how it spells characters, empty where it holds none.
    """

    separator: str = ","
    mark: bool = False
    encoding: str = ""


def _rows(parts: Iterable[Part]) -> Iterator[Row]:
    for part in parts:
        # rows may have no cells at all, such as a file of `{}`
        nothing = repeat((), len(part.numbers))
        values = zip(*part.cells, strict=True) if part.cells else nothing
        yield from tuples(Row, part.numbers, values)


def tuples(kind: type[N], *columns: Iterable[Any]) -> Iterator[N]:
    """Return named tuples of what stands side by side, made without a step of Python for each."""
    return map(tuple.__new__, repeat(kind), zip(*columns, strict=True))


def _noting(parts: Iterator[Part], begun: list[Part]) -> Iterator[Part]:
    for part in parts:
        begun.append(part)
        yield part


def bounded(part: Part, title: str, most: int) -> Part:
    """Return rows none of whose texts is longer than `most` characters.

    Raises:
        UnreadableFile: one is.
    """
    for column in part.cells:
        lengths = [len(cell) if isinstance(cell, str) else 0 for cell in column]
        longest = max(lengths, default=0)
        if longest > most:
            raise too_long(part.numbers[lengths.index(longest)], title, most)
    return part


def too_long(number: int, title: str, most: int) -> UnreadableFile:
    """Return the error for a row in which a text is longer than `most` characters."""
    return UnreadableFile(
        f"Row {number:,} of {title} has a cell longer than {most:,} characters.",
        "Cut it, or leave it out.",
    )


def beginning(items: Iterator[T], characters: Callable[[T], int]) -> Iterator[T]:
    """Yield the first items of a stream, few enough to be kept; the rest stays in it."""
    total = 0
    for item in islice(items, _SAMPLE_ROWS):
        yield item
        total += characters(item)
        if total >= _SAMPLE_CHARACTERS:
            return


def _weight(row: Row) -> int:
    """Return the characters of a row; each cell counts for some, so that wide rows are few."""
    return sum(len(value) if isinstance(value, str) else 0 for value in row.values) + 10 * len(
        row.values
    )
