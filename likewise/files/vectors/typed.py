"""Writes rows as parquet, where each column has one type that holds all of its values.

Which type that is may be known only at the end: the last price may be the first that is not
whole. So the cells wait in an unnamed file beside the output, and memory stays flat.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from likewise.files.cells import Cell, Value

_EXACT = 2**53
"""Up to here float64 holds every integer."""


@contextmanager
def parquet_rows(
    file: BinaryIO, columns: Sequence[str], types: Sequence[Any] = ()
) -> Iterator[Callable[[Sequence[Sequence[Value]]], None]]:
    """Give a function that appends rows, and write the file at the end.

    Args:
        file: open for writing bytes, with a name.
        columns: names, all different.
        types: the arrow types of the first columns, whose cells come from a parquet file with
            these types. The others are int64, float64 or bool where every value is exactly that,
            else text.
    """
    import pyarrow as pa

    given = len(types)
    kinds: list[set[str]] = [set() for _ in columns[given:]]
    waiting = [*types, *(pa.string() for _ in kinds)]
    schema = pa.schema(list(zip(columns, waiting, strict=True)))
    with tempfile.TemporaryFile(dir=Path(str(file.name)).parent) as scratch:
        with pa.ipc.new_stream(scratch, schema) as spool:

            def write(rows: Sequence[Sequence[Value]]) -> None:
                cells = list(zip(*rows, strict=True)) or [()] * len(columns)
                arrays = [_typed(*pair) for pair in zip(cells[:given], types, strict=True)]
                for column, kind in zip(cells[given:], kinds, strict=True):
                    kind.update(map(_kind, column))
                    arrays.append(pa.array(map(json.dumps, column), pa.string()))
                spool.write_batch(pa.record_batch(arrays, schema=schema))

            yield write
        scratch.seek(0)
        final = pa.schema(list(zip(columns, [*types, *map(_type, kinds)], strict=True)))
        with parquet_writer(file, final) as out, pa.ipc.open_stream(scratch) as batches:
            for batch in batches:
                arrays = [
                    column if place < given else _decided(column, final.field(place).type)
                    for place, column in enumerate(batch.columns)
                ]
                out.write_batch(pa.record_batch(arrays, schema=final))


@contextmanager
def parquet_writer(file: BinaryIO, schema: Any, **options: Any) -> Iterator[Any]:  # noqa: ANN401
    """Open a parquet writer; after an error it leaves the file alone."""
    import pyarrow.parquet as pq

    out = pq.ParquetWriter(file, schema, **options)
    try:
        yield out
        out.close()
    except BaseException:
        out.is_open = False  # or it tries again when it is forgotten, on a closed file
        raise


def _kind(value: Value) -> str:
    if value is None:
        return "none"
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) <= _EXACT:
            return "int"
        return "long" if -(2**63) <= value < 2**63 else "text"
    return type(value).__name__ if isinstance(value, bool | float) else "text"


def _type(kinds: set[str]) -> Any:  # noqa: ANN401
    """Return the arrow type that holds values of all these kinds without a change."""
    import pyarrow as pa

    held = kinds - {"none"}
    for type_, fitting in (
        (pa.string(), set()),
        (pa.bool_(), {"bool"}),
        (pa.int64(), {"int", "long"}),
        (pa.float64(), {"int", "float"}),
    ):
        if held <= fitting:
            return type_
    return pa.string()


def _typed(cells: Sequence[Value], type_: Any) -> Any:  # noqa: ANN401
    """Return cells of a parquet file as an array of the type that they have there."""
    import pyarrow as pa

    if not any(isinstance(cell, Cell) for cell in cells):
        return pa.array(cells, type_)
    nothing = pa.nulls(1, type_)
    return pa.concat_arrays([cell.array if isinstance(cell, Cell) else nothing for cell in cells])


def _decided(column: Any, type_: Any) -> Any:  # noqa: ANN401
    import pyarrow as pa

    values = map(json.loads, column.to_pylist())
    return pa.array(map(_text, values) if type_ == pa.string() else values, type_)


def _text(value: Value) -> str | None:
    """Return a value as the other formats spell it."""
    if value is None or isinstance(value, str):
        return value
    return ("false", "true")[value] if isinstance(value, bool) else str(value)
