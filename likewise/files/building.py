"""What all readers of formats say alike: the table that they make, and rows that are set aside."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from likewise.errors import shown
from likewise.files.cells import Value
from likewise.files.options import Options
from likewise.files.places import Locate
from likewise.files.raw.encodings import spelt_twice
from likewise.files.raw.source import Source
from likewise.files.table import Met, Parser, Part, Spelling, Table, bounded

T = TypeVar("T")

_TOGETHER = 1_024
"""Rows that are read at a time."""


def table_of(
    source: Source,
    options: Options,
    format_: str,
    columns: Iterable[str],
    parse: Parser,
    *,
    notes: Iterable[str] = (),
    once: bool = False,
    spelling: Spelling | None = None,
    known_rows: int | None = None,
    types: Sequence[Any] = (),
    unit: str = "line",
    locate: Locate | None = None,
) -> Table:
    """Return the table in a file, as the reader of its format found it.

    Args:
        source: the file; what was decided to open it is told first.
        options: what was not to be guessed.
        format_: one of `likewise.files.formats.READ`.
        columns: their names.
        parse: reads the rows.
        notes: what was decided to read them, a sentence each.
        once: whether it reads them only once, as from a pipe.
        spelling: how the file is written, where it is one of text.
        known_rows: how many they are, where that is known without reading them.
        types: the columns' arrow types, where the format has them.
        unit: what rows that are set aside are counted in.
        locate: finds a row's place in the file.
    """
    return Table(
        source.title,
        format_,
        columns,
        parse,
        once=once,
        notes=[*source.notes, *notes, *(_about_characters(source) if spelling else ())],
        known_rows=known_rows,
        types=types,
        strict=options.strict,
        unit=unit,
        bounds=options.bounds,
        spelling=spelling,
        locate=locate,
    )


def _about_characters(source: Source) -> Iterator[str]:
    """Yield what is to be told of the characters of a text file, a sentence or none."""
    if (found := spelt_twice(source.head_text())) is not None:
        word, meant = found
        yield (
            f"{source.title} seems to have been saved in a wrong encoding once: it holds "
            f"{shown(word)}, which may have been {shown(meant)}."
        )


class RawRow(NamedTuple, Generic[T]):
    """What a reader found where a row should be.

    number: of the row, from 1. line: where it begins in the file, from 1. held: what stands there.
    fault: why it is no row, as a part of a sentence, nothing where it is one. raw: its text then.
    """

    number: int
    line: int
    held: T
    fault: str = ""
    raw: str = ""


def parts_of(
    rows: Iterator[RawRow[T]],
    columns: Callable[[list[T]], list[list[Value]]],
    met: Met,
    source: Source,
) -> Iterator[Part]:
    """Yield the rows that are right, some at a time; see `part_of`."""
    while several := list(islice(rows, _TOGETHER)):
        yield part_of(several, columns, met, source)


def part_of(
    rows: Iterable[RawRow[T]],
    columns: Callable[[list[T]], list[list[Value]]],
    met: Met,
    source: Source,
) -> Part:
    """Return the rows that are right; the others are set aside.

    Args:
        rows: in the order of the file.
        columns: returns the columns of what n rows hold, n cells each.
        met: told of the rows that are set aside.
        source: the file.

    Raises:
        UnreadableFile: a cell is too long, or a row is to be set aside and the reading is strict.
    """
    right = []
    for one in rows:
        if one.fault:
            met.aside.add(one.line, one.fault, one.raw)
        else:
            right.append(one)
    part = Part([one.number for one in right], columns([one.held for one in right]))
    return bounded(part, source.title, source.bounds.characters)
