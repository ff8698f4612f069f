"""Writes a table row by row, in flat memory, as csv, tsv or jsonl; `typed` writes parquet."""

import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson

from likewise.files.cells import Cell, Value
from likewise.files.guard import guard, is_number

Write = Callable[[Sequence[Sequence[Value]]], None]
"""Called with some rows, cells in the order of the columns."""


@contextmanager
def csv_rows(
    file: BinaryIO, columns: Sequence[str], separator: str = ",", *, mark: bool = False
) -> Iterator[Write]:
    """Give a writer of csv, or of tsv where the separator is a tab.

    Text cells are guarded, so that a spreadsheet runs none; see `likewise.files.guard`. What any
    separator could cut stands between quotation marks, for the reader's may be another than ours.

    Args:
        file: open for writing bytes.
        columns: names.
        separator: one character between cells.
        mark: whether the byte order mark of UTF-8 comes first, as spreadsheets want it.
    """
    if mark:
        file.write(BOM_UTF8)

    def write(rows: Sequence[Sequence[Value]]) -> None:
        file.write("".join(csv_line(row, separator) for row in rows).encode())

    write([columns])
    yield write


_NEEDS_MARKS = re.compile(r'[,;\t|^~\x1f\x01"\r\n]|^ | $')
"""What separates cells anywhere, and what marks have to protect."""


def csv_line(cells: Sequence[Value], separator: str = ",") -> str:
    """Return cells as a line of csv, guarded from spreadsheets."""
    spelt = [_cell(cell) for cell in cells]
    # a line of nothing would be no row
    return (separator.join(spelt) if spelt != [""] else '""') + "\r\n"


def _cell(value: Value) -> str:
    if not isinstance(value, str):
        return plain_text(value)
    text = guard(value)
    if _NEEDS_MARKS.search(text) and not is_number(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def plain_text(value: Value) -> str:
    """Return a cell as a text, as tables of texts alone spell it."""
    if isinstance(value, bool):
        return "true" if value else "false"
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
    if isinstance(value, float) and math.isinf(value):  # orjson would write null
        return "Infinity" if value > 0 else "-Infinity"
    is_json = isinstance(value, Cell) and value.nested and _is_json(value)
    # orjson writes no whole number beyond 64 bits
    is_long = type(value) is int and value.bit_length() > 63
    return orjson.Fragment(str(value)) if is_json or is_long else value


def _is_json(text: str) -> bool:
    """Return whether JSON has all the numbers in a nested value: it lacks NaN and infinity."""
    if "NaN" in text or "Infinity" in text:
        try:
            orjson.loads(text)
        except ValueError:
            return False
    return True
