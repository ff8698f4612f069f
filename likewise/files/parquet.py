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
from likewise.files.table import Cell, Counts, Row, Table, Value

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
                for values in zip(*map(_cells, batch.columns), strict=True):
                    number += 1
                    yield Row(number, values)

    with opened() as file:
        known, types = file.metadata.num_rows, file.schema_arrow.types
    table = Table(source.title, "parquet", parse, known_rows=known, types=types)
    if kept is not None:
        weakref.finalize(table, kept.close)
    return table


def _spooled(source: Source) -> BinaryIO:
    """Copy a stream to an unnamed file: the table of contents of parquet stands at the end."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the table
    with source.bytes() as stream:
        copyfileobj(stream, file)
    return file


def _cells(column: Any) -> list[Value]:  # noqa: ANN401
    """Return the cells of a part of a column, shape (n,)."""
    if _is_plain(column.type):
        return [v.decode() if isinstance(v, bytes) else v for v in column.to_pylist()]
    return [
        _cell(column, place) if column[place].is_valid else None for place in range(len(column))
    ]


def _is_plain(type_: Any) -> bool:  # noqa: ANN401
    """Return whether Python's own values hold everything that this type does."""
    import pyarrow.types as is_

    if is_.is_dictionary(type_):
        return _is_plain(type_.value_type)
    plain = (is_.is_null, is_.is_boolean, is_.is_integer, is_.is_float32, is_.is_float64)
    texts = (is_.is_string, is_.is_large_string, is_.is_binary, is_.is_large_binary)
    return any(test(type_) for test in (*plain, *texts))


def _cell(column: Any, place: int) -> Cell:  # noqa: ANN401
    import pyarrow as pa

    array = column.slice(place, 1)
    try:
        value = array[0].as_py()
    except (ValueError, OverflowError):  # finer or farther away than Python's own times
        return Cell(array.cast(pa.string())[0].as_py(), array=array)
    if isinstance(value, bytes):
        return Cell(value.decode(), array=array)
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, default=str)
        return Cell(text, nested=_is_json(value), array=array)
    return Cell(str(value), array=array)


def _is_json(value: Any) -> bool:  # noqa: ANN401
    """Return whether JSON has all the numbers in a value: it lacks NaN and infinity."""
    try:
        json.dumps(value, default=str, allow_nan=False)
    except ValueError:
        return False
    return True
