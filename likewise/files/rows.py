"""Writes a table row by row, in flat memory: csv, tsv, jsonl or parquet."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from likewise.errors import InvalidOption, shown
from likewise.files.guard import guard
from likewise.files.table import Cell, Value, listed
from likewise.files.typed import parquet_rows

Write = Callable[[Sequence[Sequence[Value]]], None]
"""Called with some rows, cells in the order of the columns."""


def rows_format(path: Path) -> str:
    """Return the format that a name's ending tells.

    Raises:
        InvalidOption: it tells none.
    """
    endings = {f".{name}": name for name in FORMATS} | {".ndjson": "jsonl", ".pq": "parquet"}
    if path.suffix.lower() not in endings:
        raise InvalidOption(
            f"{shown(path.name)} doesn't tell a format.",
            f"Give it one of the endings {listed(sorted(endings))}.",
            param="output",
        )
    return endings[path.suffix.lower()]


def row_writer(
    format_: str, file: BinaryIO, columns: Sequence[str], types: Sequence[Any] = ()
) -> AbstractContextManager[Write]:
    """Return a writer of rows with these columns; see the functions for the formats.

    Args:
        format_: one of `FORMATS`.
        file: open for writing bytes; for those of `STREAMED` it may be a pipe.
        columns: names, all different.
        types: `Table.types` of the table whose columns are the first ones.
    """
    if format_ == "parquet":
        return parquet_rows(file, columns, types)
    return _WRITERS[format_](file, columns)


@contextmanager
def _csv(file: BinaryIO, columns: Sequence[str], delimiter: str = ",") -> Iterator[Write]:
    """Text cells are guarded, so that a spreadsheet runs none; see `likewise.files.guard`."""
    out = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    lines = csv.writer(out, delimiter=delimiter)
    lines.writerow([guard(column) for column in columns])

    def write(rows: Sequence[Sequence[Value]]) -> None:
        lines.writerows([_cell(value) for value in row] for row in rows)

    try:
        yield write
    finally:
        out.detach()


def _cell(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return guard(value)
    return "" if value is None else str(value)


def _tsv(file: BinaryIO, columns: Sequence[str]) -> AbstractContextManager[Write]:
    return _csv(file, columns, "\t")


@contextmanager
def _jsonl(file: BinaryIO, columns: Sequence[str]) -> Iterator[Write]:
    def write(rows: Sequence[Sequence[Value]]) -> None:
        for row in rows:
            record = dict(zip(columns, map(_member, row), strict=True))
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    yield write


def _member(value: Value) -> Any:  # noqa: ANN401
    is_json = isinstance(value, Cell) and value.nested
    # orjson writes no whole number beyond 64 bits
    is_long = type(value) is int and value.bit_length() > 63
    return orjson.Fragment(str(value)) if is_json or is_long else value


_WRITERS: dict[str, Callable[[BinaryIO, Sequence[str]], AbstractContextManager[Write]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _jsonl,
}

FORMATS = (*_WRITERS, "parquet")

STREAMED = tuple(_WRITERS)
"""Formats that can be written to a pipe."""
