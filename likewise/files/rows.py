"""Writes a table row by row, in flat memory, as csv, tsv or jsonl; `typed` writes parquet."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson

from likewise.files.guard import guard
from likewise.files.table import Cell, Value

Write = Callable[[Sequence[Sequence[Value]]], None]
"""Called with some rows, cells in the order of the columns."""


@contextmanager
def csv_rows(file: BinaryIO, columns: Sequence[str], delimiter: str = ",") -> Iterator[Write]:
    """Give a writer of csv, or of tsv where the delimiter is a tab.

    Text cells are guarded, so that a spreadsheet runs none; see `likewise.files.guard`.
    """
    out = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    lines = csv.writer(out, delimiter=delimiter)
    lines.writerow([guard(column) for column in columns])

    def write(rows: Sequence[Sequence[Value]]) -> None:
        lines.writerows([cell_text(value) for value in row] for row in rows)

    try:
        yield write
    finally:
        out.detach()


def cell_text(value: Value) -> str:
    """Return a cell as csv has it, guarded from spreadsheets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return guard(value)
    return "" if value is None else str(value)


@contextmanager
def jsonl_rows(file: BinaryIO, columns: Sequence[str]) -> Iterator[Write]:
    """Give a writer of one JSON object a line."""

    def write(rows: Sequence[Sequence[Value]]) -> None:
        for row in rows:
            record = dict(zip(columns, map(json_member, row), strict=True))
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    yield write


def json_member(value: Value) -> Any:  # noqa: ANN401
    """Return a cell as orjson takes it."""
    is_json = isinstance(value, Cell) and value.nested
    # orjson writes no whole number beyond 64 bits
    is_long = type(value) is int and value.bit_length() > 63
    return orjson.Fragment(str(value)) if is_json or is_long else value
