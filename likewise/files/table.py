"""A table that streams: named columns, numbered rows, any number of them in flat memory."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any, Literal, NamedTuple, TypeVar

from likewise.errors import ColumnMissing, UnreadableFile, shown

T = TypeVar("T")

Value = str | int | float | bool | None
"""What a cell may hold; None where nothing stands."""


class Cell(str):
    """The text of a cell that holds what no plain value is.

    Attributes:
        nested: whether it holds an object or a list; then the text is its JSON.
        array: the value itself, an arrow array of length 1, where a parquet file holds it.
    """

    __slots__ = ("array", "nested")

    array: Any
    nested: bool

    def __new__(cls, text: str, *, nested: bool = False, array: Any = None) -> "Cell":  # noqa: ANN401
        """Make the text with what it stands for."""
        made = super().__new__(cls, text)
        made.nested = nested
        made.array = array
        return made


Kind = Literal["text", "number"]

_SAMPLE_ROWS = 1_000
_SAMPLE_CHARACTERS = 1_000_000
"""Columns are judged by the rows at the beginning, up to either."""


_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


class Row(NamedTuple):
    """One row: `number` counts from 1, `values` stand in the order of the table's columns."""

    number: int
    values: tuple[Value, ...]


Counts = Counter[str]
"""How often each oddity was met in one reading."""

Parser = Callable[[Counts], Iterator[Row]]
"""Reads a table from its beginning: first the column names as row 0, then the rows. It adds
the oddities that it meets to the counts."""


class Table:
    """A table as the reader of its format makes it.

    Attributes:
        name: what messages call it, as it begins a sentence.
        format: `csv`, `tsv`, `jsonl`, `parquet` or `txt`.
        columns: names, all different; a `txt` file has the one column `text`.
        sample: the first rows.
        notes: what the reader had to decide, a sentence each.
        counts: oddities of the latest reading, complete at its end.
        once: whether the rows can be read only once, as those of a pipe.
        known_rows: rows in all, where the format tells without a reading.
        types: the columns' arrow types where the format has them, else empty.
    """

    def __init__(
        self,
        name: str,
        format_: str,
        parse: Parser,
        *,
        once: bool = False,
        notes: Iterable[str] = (),
        known_rows: int | None = None,
        types: Sequence[Any] = (),
    ) -> None:
        self.name = name
        self.format = format_
        self.once = once
        self.known_rows = known_rows
        self.types = types
        self.counts: Counts = Counter()
        self._parse = parse
        self._rest: Iterator[Row] | None = None
        rows = parse(self.counts)
        self.columns, renamed = unique_names(str(cell) for cell in next(rows).values)
        self.notes = [*notes, *renamed]
        self.sample = tuple(beginning(rows, _characters))
        if once:
            self._rest = rows

    def rows(self) -> Iterator[Row]:
        """Yield all rows from the first.

        Raises:
            UnreadableFile: a row can't be understood, or a pipe is read a second time.
        """
        if self.once:
            rest, self._rest = self._rest, None
            if rest is None:
                raise UnreadableFile(
                    f"{self.name} can be read only once.", "Save it to a file and name the file."
                )
            return chain(self.sample, rest)
        self.counts.clear()
        rows = self._parse(self.counts)
        next(rows)
        return rows

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
        return "number" if held and all(number(value) is not None for value in held) else "text"


def beginning(items: Iterator[T], characters: Callable[[T], int]) -> Iterator[T]:
    """Yield the first items of a stream, few enough to be kept; the rest stays in it."""
    total = 0
    for item in islice(items, _SAMPLE_ROWS):
        yield item
        total += characters(item)
        if total >= _SAMPLE_CHARACTERS:
            return


def is_missing(value: Value) -> bool:
    """Return whether a cell holds nothing that a person could see."""
    return value is None or (isinstance(value, str) and not value.strip())


def number(value: Value) -> float | None:
    """Return a cell as a finite number, or None where it is not one; true and false are none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    worth = float(value)
    return worth if math.isfinite(worth) else None


def _characters(row: Row) -> int:
    return sum(len(value) for value in row.values if isinstance(value, str))


def listed(names: Sequence[str], limit: int = 20) -> str:
    """Return names for a message, the first `limit` of them."""
    rest = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(shown(name) for name in names[:limit]) + rest


def unique_names(names: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return names made different from each other, and a note for each that was met again."""
    used: dict[str, None] = {}
    notes = []
    for position, name in enumerate(names, 1):
        base = name if name.strip() else f"column {position}"
        fresh, count = base, 1
        while fresh in used:
            count += 1
            fresh = f"{base} {count}"
        if fresh != base:
            notes.append(
                f"Column {position} is named {shown(base)} like one before it; "
                f"it is read as {shown(fresh)}."
            )
        used[fresh] = None
    return tuple(used), notes
