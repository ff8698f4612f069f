"""Reads parquet files, a batch of rows at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from likewise.errors import UnreadableFile
from likewise.files.building import table_of
from likewise.files.options import Options
from likewise.files.raw.source import Source
from likewise.files.readers.arrow import BATCH, ROWS, Held, Watch, opened, part
from likewise.files.readers.pages import DICTIONARY, pages
from likewise.files.table import Met, Part, Table

_IN_LISTS = 16_000_000
_A_ROW = 4_096
"""Values in lists that a group of rows may hold, and more for each of its rows."""


def read_parquet(source: Source, options: Options) -> Table:
    """Return the table in a parquet file; one that comes through a pipe is stored meanwhile.

    Raises:
        UnreadableFile: it is not a parquet file, a damaged one, or unfolds into too much.
    """
    kept = Held(source)
    known_rows: dict[tuple[str, ...] | None, int] = {}

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        with opened(kept, source, "parquet", _open) as file:
            names = file.schema_arrow.names
            # columns are asked for by names, which here may be paths and need not differ
            plain = [at for at in places or () if "." not in names[at] and _once(names, names[at])]
            asked = [names[at] for at in places] if places and len(plain) == len(places) else None
            wanted = places if asked is None else range(len(asked))
            number, watch = 1, Watch(source, options, met)
            key = None if asked is None else tuple(asked)
            if key not in known_rows:
                known_rows[key] = _batch_rows(file.metadata, kept.file, asked, watch)
            rows = known_rows[key]
            for batch in file.iter_batches(batch_size=rows, columns=asked):
                yield part(batch.columns, wanted, number, watch)
                number += batch.num_rows

    with opened(kept, source, "parquet", _open) as file:
        known, schema = file.metadata.num_rows, file.schema_arrow
        _check(file.metadata, source, options)
        groups = range(file.metadata.num_row_groups)
        rows = sum(file.metadata.row_group(at).num_rows for at in groups)
        Watch(source, options).rows(rows)
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
    parts = metadata.num_row_groups * metadata.num_columns
    if cells is not None and parts > cells // 100:
        raise UnreadableFile(
            f"{source.title} is cut into {parts:,} parts.", "Write it in larger groups of rows."
        )
    if cells is not None and total > cells:
        raise UnreadableFile(
            f"{source.title} has {total:,} cells; the most is {cells:,}.",
            "Keep the columns that you need, or give a part of it.",
        )


def _batch_rows(metadata: Any, file: BinaryIO, asked: Sequence[str] | None, watch: Watch) -> int:  # noqa: ANN401
    """Return how many rows may be read at once although all could hold the longest value.

    A dictionary of values stands in the file once, and each row may name its longest.

    Raises:
        UnreadableFile: the pages that are unpacked at a time are too large.
    """
    longest = 1
    columns = [
        place
        for place in range(metadata.num_columns)
        if asked is None or _top(metadata, place) in asked
    ]
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        together = 0
        for place in columns:
            largest = dictionary = 0
            for kind, size in pages(file, group.column(place)):
                largest = max(largest, size)
                if kind == DICTIONARY:
                    dictionary = max(dictionary, size)
            together += largest
            if metadata.schema.column(place).physical_type == "BYTE_ARRAY":
                longest = max(longest, dictionary)
        watch.at_once(together)
    return max(1, min(ROWS, BATCH // longest))


def _top(metadata: Any, place: int) -> str:  # noqa: ANN401
    """Return the name of the column of the table that a column of numbers or bytes belongs to."""
    return str(metadata.schema.column(place).path).split(".")[0]
