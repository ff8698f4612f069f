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
    measured: dict[tuple[str, ...] | None, tuple[int, list[str]]] = {}

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        with opened(kept, source, "parquet", _open) as file:
            names = file.schema_arrow.names
            # columns are asked for by names, which here may be paths and need not differ
            plain = [at for at in places or () if "." not in names[at] and _once(names, names[at])]
            asked = [names[at] for at in places] if places and len(plain) == len(places) else None
            wanted = places if asked is None else range(len(asked))
            number, watch = 1, Watch(source, options, met)
            key = None if asked is None else tuple(asked)
            if key not in measured:
                measured[key] = _measured(file.metadata, kept.file, asked, watch)
            rows, folded = measured[key]
            batches = file.iter_batches(batch_size=rows, columns=asked)
            if folded:
                reader = _open(kept.file, folded)
                schema = file.schema_arrow
                whole = reader.iter_batches(batch_size=rows, columns=asked)
                batches = _written_out(whole, schema, by_name=asked is not None, watch=watch)
            for batch in batches:
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


def _open(file: BinaryIO, folded: Sequence[str] = ()) -> Any:  # noqa: ANN401
    """Open a file; of the columns of `folded` a value that stands in it once is made once."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(file, read_dictionary=list(folded))


def _written_out(
    batches: Iterator[Any],
    schema: Any,  # noqa: ANN401
    *,
    by_name: bool,
    watch: Watch,
) -> Iterator[Any]:
    """Yield batches with the types of `schema`, in slices that are measured first."""
    from likewise.files.readers.unfolded import slices  # it brings NumPy

    number = 1
    for batch in batches:
        names = batch.schema.names
        types = [schema.field(name).type for name in names] if by_name else schema.types
        for start, rows in slices(batch.columns, ROWS, BATCH):
            few = batch.slice(start, rows)
            watch.check_longest(few.columns, number)
            columns = [_as(c, type_) for c, type_ in zip(few.columns, types, strict=True)]
            yield few.from_arrays(columns, names)
            number += rows


def _as(column: Any, type_: Any) -> Any:  # noqa: ANN401
    import pyarrow as pa

    try:
        return column.cast(type_)
    except pa.ArrowNotImplementedError:  # arrow casts no dictionary to views, nor lists to views
        return pa.array(column.to_pylist(), type_)


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


def _measured(
    metadata: Any,  # noqa: ANN401
    file: BinaryIO,
    asked: Sequence[str] | None,
    watch: Watch,
) -> tuple[int, list[str]]:
    """Return how many rows may be read at once although all could hold the longest value.

    A dictionary of values stands in the file once, and each row may name its longest. How many of
    them a list names nobody knows before, so lists that could name too much come second: the paths
    of columns that are to be read as dictionaries.

    Raises:
        UnreadableFile: the pages that are unpacked at a time are too large.
    """
    longest = 1
    folded: dict[str, None] = {}
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
            part_of_column, kind = group.column(place), metadata.schema.column(place)
            for page, size in pages(file, part_of_column):
                largest = max(largest, size)
                if page == DICTIONARY:
                    dictionary = max(dictionary, size)
            if kind.physical_type == "FIXED_LEN_BYTE_ARRAY":
                dictionary = kind.length
            elif kind.physical_type != "BYTE_ARRAY":
                dictionary = 0
            if not kind.max_repetition_level:
                longest = max(longest, dictionary)
            elif kind.physical_type == "FIXED_LEN_BYTE_ARRAY":
                largest = max(largest, dictionary * part_of_column.num_values)
            elif dictionary * part_of_column.num_values > BATCH:
                folded[kind.path] = None
            together += largest
        watch.at_once(together)
    return max(1, min(ROWS, BATCH // longest)), [*folded]


def _top(metadata: Any, place: int) -> str:  # noqa: ANN401
    """Return the name of the column of the table that a column of numbers or bytes belongs to."""
    return str(metadata.schema.column(place).path).split(".")[0]
