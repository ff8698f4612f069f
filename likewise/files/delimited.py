"""Reads csv and tsv files (RFC 4180), with commas, semicolons, tabs or bars between cells."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from likewise.errors import UnreadableFile
from likewise.files.guard import is_guarded, unguard
from likewise.files.source import Source
from likewise.files.table import Counts, Row, Table

SHORT_ROWS = "short rows"
GUARDED = "guarded cells"

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

_LARGEST_CELL = min(sys.maxsize, 64 * 1024 * 1024)
"""Characters; a cell that grows past it began with a quotation mark that nobody closed."""


def read_delimited(source: Source, format_: str, *, header: bool = True) -> Table:
    """Return the table in a csv or tsv file.

    Args:
        source: where it is.
        format_: `csv` or `tsv`.
        header: whether the first row names the columns; else they are `column 1` and so on.

    Raises:
        UnreadableFile: the first rows can't be understood.
    """
    # the standard library has one limit for the process, and its default is 128 KB
    csv.field_size_limit(_LARGEST_CELL)
    dialect = _guess_dialect(source.head_text(), format_)
    usual = "\t" if format_ == "tsv" else ","
    notes = []
    if dialect.delimiter != usual:
        notes.append(f"{source.title} has {_DELIMITERS[dialect.delimiter]} between its cells.")
    if not dialect.quotes:
        notes.append(f"Quotation marks in {source.title} are read as part of the text.")

    def parse(counts: Counts) -> Iterator[Row]:
        records = _records(source, dialect)
        line, cells = next(records, (1, []))
        width = len(cells)
        yield Row(0, tuple(unguard(cell.strip()) if header else "" for cell in cells))
        number = 0
        if not header and cells:
            number = 1
            yield Row(1, _values(cells, counts))
        for line, cells in records:
            number += 1
            yield Row(number, _values(_fitted(source, line, cells, width, counts), counts))

    return Table(source.title, format_, parse, once=source.once, notes=notes)


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    quotes: bool

    @property
    def options(self) -> dict[str, Any]:
        quoting = csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE
        # strict: a quotation mark that is never closed must not swallow the rest of the file
        return {"delimiter": self.delimiter, "quoting": quoting, "strict": True}


def _records(source: Source, dialect: _Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its first line, cells) for each record that isn't an empty line."""
    with source.text(newline="") as lines:
        reader = csv.reader(lines, **dialect.options)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise _unparsed(source, line, error) from None
            if cells is None:
                return
            if cells:
                yield line, cells


def _fitted(
    source: Source, line: int, cells: list[str], width: int, counts: Counts
) -> list[str | None] | list[str]:
    """Return as many cells as there are columns."""
    if len(cells) == width:
        return cells
    if len(cells) < width:
        counts[SHORT_ROWS] += 1
        return cells + [None] * (width - len(cells))
    if any(cells[width:]):
        raise UnreadableFile(
            f"Line {line:,} of {source.name} has {len(cells):,} cells, but there "
            f"{'is 1 column' if width == 1 else f'are {width:,} columns'}.",
            "Put a text that holds the separator between quotation marks; a file with one text "
            "a line is read with --input-format txt.",
        )
    return cells[:width]


def _values(cells: list[str | None] | list[str], counts: Counts) -> tuple[str | None, ...]:
    if any(cell and is_guarded(cell) for cell in cells):
        counts[GUARDED] += sum(bool(cell) and is_guarded(cell) for cell in cells if cell)
        return tuple(unguard(cell) if cell else cell for cell in cells)
    return tuple(cells)


def _unparsed(source: Source, line: int, error: csv.Error) -> UnreadableFile:
    where = f"line {line:,} of {source.name}"
    reason = str(error)
    if "field limit" in reason or "unexpected end" in reason:
        return UnreadableFile(
            f"A quotation mark in {where} is never closed.",
            'Close it; a quotation mark inside a quoted text is written twice: "".',
        )
    if "expected after" in reason:
        return UnreadableFile(
            f"A quoted text in {where} goes on after its closing quotation mark.",
            'Write a quotation mark inside a quoted text twice: "".',
        )
    return UnreadableFile(f"The record at {where} can't be read: {reason}.", "Correct that line.")


def _guess_dialect(head: str, format_: str) -> _Dialect:
    lines = head.splitlines()
    delimiter = "\t"
    if format_ == "csv" and lines:
        # outside quotation marks, which hide every second piece
        outside = "".join(lines[0].split('"')[::2])
        delimiter = max(_DELIMITERS, key=outside.count)
    return _Dialect(delimiter, quotes=delimiter != "\t" or _quotes_are_syntax(lines))


def _quotes_are_syntax(lines: list[str]) -> bool:
    """Return whether quotation marks enclose the cells of these tab-separated lines.

    Spreadsheets write them so; many data sets don't, and there a text may begin with one
    that is never closed. It is text where each line has as many cells as the first without
    any quoting, but not with it.
    """
    complete = lines[:-1] or lines  # the head may end within a line
    width = complete[0].count("\t") if complete else 0
    if not any(line.startswith('"') or '\t"' in line for line in complete):
        return True
    if any(line.count("\t") != width for line in complete if line):
        return True
    try:
        rows = list(csv.reader(complete, delimiter="\t", strict=True))
    except csv.Error:
        return False
    return all(len(row) == width + 1 for row in rows if row)
