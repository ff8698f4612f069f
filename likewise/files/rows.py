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
from likewise.files.table import Value, listed

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
    format_: str, file: BinaryIO, columns: Sequence[str]
) -> AbstractContextManager[Write]:
    """Return a writer of rows with these columns; see the functions for the formats."""
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
            record = dict(zip(columns, row, strict=True))
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    yield write


@contextmanager
def _parquet(file: BinaryIO, columns: Sequence[str]) -> Iterator[Write]:
    """Types are those of the first rows that are written; what doesn't fit them is text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out: Any = None

    def write(rows: Sequence[Sequence[Value]]) -> None:
        nonlocal out
        cells = list(zip(*rows, strict=True)) or [()] * len(columns)
        if out is None:
            kinds = [_kind(column) for column in cells]
            schema = pa.schema(list(zip(columns, [getattr(pa, kind)() for kind in kinds],
                                        strict=True)))  # fmt: skip
            out = pq.ParquetWriter(file, schema)
        arrays = [
            pa.array([_as(value, str(field.type)) for value in column], field.type)
            for column, field in zip(cells, out.schema, strict=True)
        ]
        out.write_table(pa.Table.from_arrays(arrays, schema=out.schema))

    yield write
    if out is None:
        write([])
    out.close()


def _kind(column: Sequence[Value]) -> str:
    kinds = {type(value) for value in column if value is not None}
    names = {bool: "bool_", int: "int64", float: "float64"}
    if kinds == {int, float}:
        return "float64"
    return names.get(kinds.pop(), "string") if len(kinds) == 1 else "string"


def _as(value: Value, kind: str) -> Value:
    if value is None:
        return None
    if kind != "string":
        kinds: tuple[type, ...] = {"bool": (bool,), "int64": (int,), "double": (int, float)}[kind]
        return value if isinstance(value, kinds) else None
    return value if isinstance(value, str) else str(value)


_WRITERS: dict[str, Callable[[BinaryIO, Sequence[str]], AbstractContextManager[Write]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}

FORMATS = tuple(_WRITERS)

STREAMED = ("csv", "tsv", "jsonl")
"""Formats that can be written to a pipe."""
