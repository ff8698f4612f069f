"""Reads parquet files, a batch of rows at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from likewise.errors import UnreadableFile
from likewise.files.made import table_of
from likewise.files.options import Options
from likewise.files.raw.source import Source
from likewise.files.readers.arrow import ROWS, Held, Watch, opened, part
from likewise.files.table import Met, Part, Table

_BATCH = 64 * 1024 * 1024
"""Bytes that a batch of rows may unfold into, as far as the file tells before."""

_IN_LISTS = 16_000_000
_A_ROW = 4_096
"""Values in lists that a group of rows may hold, and more for each of its rows."""


def read_parquet(source: Source, options: Options) -> Table:
    """Return the table in a parquet file; one that comes through a pipe is stored meanwhile.

    Raises:
        UnreadableFile: it is not a parquet file, a damaged one, or unfolds into too much.
    """
    kept = Held(source)

    def parse(_met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        with opened(kept, source, "parquet", _open) as file:
            names = file.schema_arrow.names
            # columns are asked for by names, which here may be paths and need not differ
            plain = [at for at in places or () if "." not in names[at] and _once(names, names[at])]
            asked = [names[at] for at in places] if places and len(plain) == len(places) else None
            wanted = places if asked is None else range(len(asked))
            number, watch = 1, Watch(source, options)
            rows = _batch_rows(file.metadata, kept.file)
            for batch in file.iter_batches(batch_size=rows, columns=asked):
                yield part(batch.columns, wanted, number, watch)
                number += batch.num_rows

    with opened(kept, source, "parquet", _open) as file:
        known, schema = file.metadata.num_rows, file.schema_arrow
        _check(file.metadata, source, options)
    return table_of(source, options, "parquet", schema.names, parse, known_rows=known,
                    types=schema.types)  # fmt: skip


def _open(file: BinaryIO) -> Any:  # noqa: ANN401
    import pyarrow.parquet as pq

    return pq.ParquetFile(file)


def _once(names: Sequence[str], name: str) -> bool:
    return Counter(names)[name] == 1


def _check(metadata: Any, source: Source, options: Options) -> None:  # noqa: ANN401
    """Raise where the table of contents tells that a group of rows unfolds into too much."""
    total = 0
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        most = _IN_LISTS + _A_ROW * group.num_rows
        for place in range(group.num_columns):
            count = group.column(place).num_values
            total += count
            if count > most:
                raise UnreadableFile(
                    f"{source.title} holds {count:,} values in the lists of {group.num_rows:,} "
                    "rows.",
                    "Leave that column out.",
                )
    cells = options.bounds.cells
    if cells is not None and total > cells:
        raise UnreadableFile(
            f"{source.title} has {total:,} cells; the most is {cells:,}.",
            "Keep the columns that you need, or give a part of it.",
        )


def _batch_rows(metadata: Any, file: BinaryIO) -> int:  # noqa: ANN401
    """Return how many rows may be read at once although all could hold the longest value.

    A dictionary of values stands in the file once, and each row may name its longest.
    """
    longest = 1
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        for place in range(group.num_columns):
            column = group.column(place)
            if column.physical_type == "BYTE_ARRAY" and column.total_uncompressed_size > longest:
                longest = max(longest, _dictionary_bytes(file, column))
    return max(1, min(ROWS, _BATCH // longest))


def _dictionary_bytes(file: BinaryIO, column: Any) -> int:  # noqa: ANN401
    """Return how large the dictionary of a column is, unpacked: the second field of its header.

    The header is Thrift's compact protocol: a byte for each field, then its zigzag varint. See
    https://github.com/apache/parquet-format, PageHeader.
    """
    # a writer may leave the dictionary's place out; then it stands where the pages begin
    starts = [
        place
        for place in (column.dictionary_page_offset, column.data_page_offset)
        if place is not None and place > 0
    ]
    position = file.tell()
    file.seek(min(starts, default=0))
    head = file.read(32)
    file.seek(position)
    fields: list[int] = []
    at = 0
    while len(fields) < 2 and head[at : at + 1] == b"\x15":
        value, shift, at = 0, 0, at + 1
        while at < len(head):
            value |= (head[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if head[at - 1] < 0x80:
                break
        fields.append(value >> 1)
    # what can't be told is taken for the worst
    return fields[1] if len(fields) == 2 else int(column.total_uncompressed_size)
