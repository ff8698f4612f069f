"""Reads parquet files, a batch of rows at a time."""

import json
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import copyfileobj
from typing import Any, BinaryIO

from likewise.errors import UnreadableFile
from likewise.files.source import Source
from likewise.files.table import Counts, Row, Table, Value

_BATCH_ROWS = 1_024


def read_parquet(source: Source) -> Table:
    """Return the table in a parquet file; one that comes through a pipe is stored meanwhile.

    Raises:
        UnreadableFile: it is no parquet file or a damaged one.
    """
    kept = _spooled(source) if source.once else None

    @contextmanager
    def opened() -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            if kept is not None:
                kept.seek(0)
            with pq.ParquetFile(kept if kept is not None else source.path) as file:
                yield file
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            why = str(error).splitlines()[0].rstrip(".")
            raise UnreadableFile(
                f"{source.title} can't be read as parquet: {why}.",
                "Write it again, or name its real format with --input-format.",
            ) from None

    def parse(_counts: Counts) -> Iterator[Row]:
        with opened() as file:
            yield Row(0, tuple(file.schema_arrow.names))
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield Row(number, tuple(map(_value, values)))

    with opened() as file:
        known = file.metadata.num_rows
    table = Table(source.title, "parquet", parse, known_rows=known)
    if kept is not None:
        weakref.finalize(table, kept.close)
    return table


def _spooled(source: Source) -> BinaryIO:
    """Copy a stream to an unnamed file: the table of contents of parquet stands at the end."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the table
    with source.bytes() as stream:
        copyfileobj(stream, file)
    return file


def _value(value: Any) -> Value:  # noqa: ANN401
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
