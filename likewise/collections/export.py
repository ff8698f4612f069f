"""Writes the rows of a collection to a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from likewise.collections.storage.shard import GROUP_ROWS, ID, TEXT, TRUNCATED, Positions
from likewise.files.formats import WRITTEN, row_writer, written_format
from likewise.files.vectors.columns import cells_of
from likewise.files.vectors.embeddings import (
    VECTOR,
    embeddings_schema,
    embeddings_writer,
    vector_column,
)
from likewise.files.write import replace_keeping

if TYPE_CHECKING:
    from likewise.collections.view import CollectionView


def write_rows(
    collection: "CollectionView", target: Path, positions: Positions | None = None
) -> tuple[int, Path | None]:
    """Write id, text and columns of rows to a csv, tsv, jsonl or parquet file.

    parquet gets the vectors as well, so that the rows can be added to a collection again without
    being embedded. In csv and tsv a text that a spreadsheet would run gets an apostrophe.

    Args:
        collection: whose rows.
        target: the file.
        positions: of the rows, rising; by default all.

    Returns:
        How many rows were written, and where the file is now that stood there, None if there was
        none: it may be the table that the collection was made of.

    Raises:
        InvalidOption: the ending of the name tells no format.
        UnwritableFile: no space or no permission.
    """
    format_ = written_format(target, WRITTEN)
    chosen = collection.snapshot.positions if positions is None else positions

    def fill(file: BinaryIO) -> None:
        if format_ == "parquet":
            _write_parquet(collection, file, chosen)
            return
        names = [ID, TEXT, *collection.columns]
        with row_writer(format_, file, names) as write:
            for part in _parts(chosen):
                table = collection.snapshot.rows(part, names)
                write(list(zip(*(map(cells_of, table.columns)), strict=True)))

    return len(chosen), replace_keeping(target, fill)


def _write_parquet(collection: "CollectionView", file: Any, positions: Positions) -> None:  # noqa: ANN401
    import pyarrow as pa

    snapshot, columns = collection.snapshot, collection.columns
    types = {ID: pa.string(), TEXT: pa.string(), **columns, TRUNCATED: pa.bool_()}
    schema = embeddings_schema(
        collection.identity.to_dict(), types, precision=snapshot.manifest.precision
    )
    with embeddings_writer(file, schema, group_rows=GROUP_ROWS) as write:
        for part in _parts(positions):
            table = snapshot.rows(part, list(types))
            vectors = vector_column(snapshot.vectors_at(part), schema)
            write(table.append_column(schema.field(VECTOR), vectors).cast(schema))


def _parts(positions: Positions) -> Iterator[Positions]:
    for start in range(0, len(positions), GROUP_ROWS):
        yield positions[start : start + GROUP_ROWS]
