"""Embeddings as parquet: ids, texts and the user's columns beside the vectors, and who made them.

`likewise embed`, the parts of a job that can be resumed, and the shards of a collection are all
files of this one kind. Every column has a type that is decided once, in the schema, before the
first file is written. The schema's metadata hold the identity of the encoder as JSON under
`likewise.encoder` and its digest under `likewise.digest`.

Vectors are fixed-size lists of float32 or float16, neither compressed nor put into a dictionary:
they are noise to a compressor, and no two are equal. Every page carries a checksum.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt
import orjson

from likewise.errors import UnreadableFile, shown
from likewise.files.vectors.typed import parquet_writer
from likewise.types import are_unit

if TYPE_CHECKING:
    import pyarrow as pa

Precision = Literal["float32", "float16"]

VECTOR = "vector"
"""The column that holds the vectors."""

ENCODER, DIGEST = b"likewise.encoder", b"likewise.digest"
"""Keys of the schema's metadata."""

BATCH_ROWS = 4_096

_PART_BYTES = 1 << 24
"""Bytes of row groups that are read together."""


def embeddings_schema(
    encoder: dict[str, Any],
    columns: Mapping[str, "pa.DataType"],
    *,
    precision: Precision = "float32",
    required: Sequence[str] = (),
    metadata: Mapping[str, str] | None = None,
) -> "pa.Schema":
    """Return the schema of embeddings: the columns in their order, and the vectors last.

    Args:
        encoder: the identity of the encoder, with `dims` and `digest`.
        columns: types of all columns but the vectors, of any kind that parquet holds.
        precision: of the vectors.
        required: columns without gaps.
        metadata: more of it, for the caller's own use.
    """
    import pyarrow as pa

    number = pa.float16() if precision == "float16" else pa.float32()
    fields = [pa.field(name, type_, name not in required) for name, type_ in columns.items()]
    fields.append(pa.field(VECTOR, pa.list_(number, int(encoder["dims"])), nullable=False))
    said = {key.encode(): value.encode() for key, value in (metadata or {}).items()}
    said |= {ENCODER: orjson.dumps(encoder), DIGEST: encoder["digest"].encode()}
    return pa.schema(fields, metadata=said)


def vector_column(vectors: npt.NDArray[Any], schema: "pa.Schema") -> "pa.Array":
    """Return vectors, shape (n, dims), as the column that the schema has for them."""
    import pyarrow as pa

    type_ = schema.field(VECTOR).type
    numbers = np.ascontiguousarray(vectors, np.dtype(type_.value_type.to_pandas_dtype()))
    flat = pa.array(numbers.reshape(-1), type_.value_type)
    return pa.FixedSizeListArray.from_arrays(flat, type=type_)


def vectors_of(column: "pa.Array | pa.ChunkedArray") -> npt.NDArray[np.float32]:
    """Return a column of vectors as float32, shape (n, dims); one that is missing is zeros."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    flat = column.flatten().to_numpy(zero_copy_only=False)
    there = np.ascontiguousarray(flat, np.float32).reshape(-1, column.type.list_size)
    if not column.null_count:
        return there
    vectors = np.zeros((len(column), column.type.list_size), np.float32)
    vectors[column.is_valid().to_numpy(zero_copy_only=False)] = there
    return vectors


@contextmanager
def embeddings_writer(
    file: BinaryIO,
    schema: "pa.Schema",
    *,
    group_rows: int | None = None,
    ending: Callable[[], Mapping[str, str]] | None = None,
) -> Iterator[Callable[["pa.Table | pa.RecordBatch"], None]]:
    """Give a function that appends rows of that schema, and finish the file at the end.

    Args:
        file: open for writing bytes.
        schema: as `embeddings_schema` makes it.
        group_rows: rows of a row group at most, which is what a reader of one row reads.
        ending: gives metadata of the file that are known when all rows are written.
    """
    import pyarrow as pa

    compression = {
        path: "none" if path.split(".")[0] == VECTOR else "zstd" for path in _paths(schema)
    }
    with parquet_writer(
        file, schema, use_dictionary=False, compression=compression, write_page_checksum=True
    ) as out:

        def write(rows: "pa.Table | pa.RecordBatch") -> None:
            if isinstance(rows, pa.RecordBatch):
                rows = pa.Table.from_batches([rows])
            out.write_table(rows.cast(schema), group_rows)

        yield write
        if ending is not None:
            out.add_key_value_metadata(dict(ending()))


class EmbeddingsFile:
    """A parquet file of embeddings, opened; a context manager.

    It reads what any version of `likewise embed` has written as parquet.

    Attributes:
        schema: the types of all columns, with metadata.
        encoder: the identity of the encoder that made the vectors, as `Identity.to_dict` gives it.
        dims: numbers in a vector.
        rows: how many there are.

    Args:
        file: a path, or an open file.
        name: what messages call it; by default the path.
        gaps: whether vectors may be missing, as those of texts that could not be embedded.

    Raises:
        UnreadableFile: it is not a parquet file, is damaged, holds no vectors, or does not say who
            made them.
    """

    def __init__(
        self,
        file: "Path | BinaryIO | pa.NativeFile",
        *,
        name: str | None = None,
        gaps: bool = False,
    ) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._gaps = gaps
        self.name = name or shown(str(file), 200)
        try:
            self._lock = threading.Lock()
            self._file = pq.ParquetFile(file, page_checksum_verification=True)
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError, ValueError):
            raise self._damaged() from None
        self.schema: pa.Schema = self._file.schema_arrow
        self.rows: int = self._file.metadata.num_rows
        self.dims = self._dims()
        self.encoder = self._identity()

    def __enter__(self) -> "EmbeddingsFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close(force=True)

    def batches(
        self, columns: Sequence[str] | None = None, *, rows: int = BATCH_ROWS
    ) -> Iterator["pa.RecordBatch"]:
        """Yield the rows in order, some at a time; vectors are checked where they are asked for.

        Args:
            columns: names of those to read, by default all.
            rows: how many to give at a time, at most.

        Raises:
            UnreadableFile: the file is damaged, or a vector is not finite or not of unit length.
        """
        import pyarrow as pa

        start = 0
        try:
            for groups in self._parts():
                reader = self._file.iter_batches(
                    rows, row_groups=groups, columns=columns, use_threads=False
                )
                while (batch := self._next(reader)) is not None:
                    batch.validate(full=True)  # texts that are no UTF-8 too
                    if VECTOR in batch.schema.names:
                        self._check(batch, start)
                    start += len(batch)
                    yield batch
        except (pa.ArrowException, OSError):
            raise self._damaged() from None

    def _parts(self) -> Iterator[list[int]]:
        """Yield row groups that are read together: Arrow holds all of them until the last is read.

        On an object store a request each would be slow.
        """
        part: list[int] = []
        size = 0
        for number in range(self._file.metadata.num_row_groups):
            part.append(number)
            size += self._file.metadata.row_group(number).total_byte_size
            if size >= _PART_BYTES:
                yield part
                part, size = [], 0
        if part:
            yield part

    def _next(self, reader: Iterator["pa.RecordBatch"]) -> "pa.RecordBatch | None":
        # Arrow's reader of parquet is not made for several threads
        with self._lock:
            return next(reader, None)

    @property
    def group_sizes(self) -> list[int]:
        """How many rows each row group has."""
        said = self._file.metadata
        return [said.row_group(number).num_rows for number in range(said.num_row_groups)]

    def read(self, columns: Sequence[str], group: int | None = None) -> "pa.Table":
        """Return columns of one row group, or of all, as they are on the disk.

        Raises:
            UnreadableFile: the file is damaged.
        """
        import pyarrow as pa

        try:
            with self._lock:
                table = (
                    self._file.read(columns, use_threads=False)
                    if group is None
                    else self._file.read_row_group(group, columns, use_threads=False)
                )
            table.validate(full=True)  # texts that are no UTF-8 too
        except (pa.ArrowException, OSError):
            raise self._damaged() from None
        return table

    def table(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """Return all rows; see `batches`."""
        import pyarrow as pa

        names = self.schema.names if columns is None else columns
        schema = pa.schema([self.schema.field(name) for name in names], self.schema.metadata)
        return pa.Table.from_batches(self.batches(names), schema)

    def _check(self, batch: "pa.RecordBatch", start: int) -> None:
        column = batch.column(VECTOR)
        if (column.null_count and not self._gaps) or column.flatten().null_count:
            raise self._damaged("a vector is missing")
        there = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
        vectors = vectors_of(column)[there]
        odd = np.flatnonzero(~are_unit(vectors))
        if len(odd):
            raise self._damaged(
                f"vector {start + int(there[odd[0]]) + 1:,} is not finite or not of unit length"
            )

    def _dims(self) -> int:
        import pyarrow.types as is_

        if VECTOR in self.schema.names:
            type_ = self.schema.field(VECTOR).type
            if is_.is_fixed_size_list(type_) and is_.is_floating(type_.value_type):
                return int(type_.list_size)
        raise UnreadableFile(
            f"{self.name} has no column {VECTOR!r} with vectors of one length.",
            "Make it with `likewise embed`.",
        )

    def _identity(self) -> dict[str, Any]:
        said = self.schema.metadata or {}
        try:
            encoder = orjson.loads(said.get(ENCODER, b""))
        except ValueError:
            encoder = None
        if (
            not isinstance(encoder, dict)
            or encoder.get("dims") != self.dims
            or encoder.get("digest") != said.get(DIGEST, b"").decode("ascii", "replace")
        ):
            raise UnreadableFile(
                f"{self.name} does not say which encoder made its vectors.",
                "Make it again with `likewise embed`.",
            )
        return encoder

    def _damaged(self, why: str = "it is not a parquet file, or a part of it is lost") -> Exception:
        return UnreadableFile(
            f"{self.name} is damaged: {why}.", "Make it again, or take it from a backup."
        )


def _paths(schema: "pa.Schema") -> list[str]:
    """Return the names that parquet has for the columns; a nested one has several."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.ParquetWriter(sink, schema).close()
    found = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return [found.column(place).path for place in range(len(found))]
