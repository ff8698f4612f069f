"""Reads Arrow files (IPC files and streams, Feather), and makes cells of arrow's columns."""

import json
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from likewise.errors import UnreadableFile
from likewise.files.building import table_of
from likewise.files.cells import Cell, Value
from likewise.files.oddities import SPELT
from likewise.files.options import Options
from likewise.files.raw.source import Source
from likewise.files.readers.packed_batches import unpacked
from likewise.files.table import Met, Part, Table, bounded, too_long

ROWS = 1_024
BATCH = 64 * 1024 * 1024
"""Bytes that rows may unfold into at a time, as far as is known before."""
"""Rows that become cells at a time."""

_UNFOLDED = 1024**3
_RATIO = 1_000
_PACKED = 50
"""Bytes in memory for each byte of the file: what honest values unpack to at a time, at most."""
_CELL = 16
"""Bytes that a cell counts for, be it empty: rows of nothing take time without end."""
_IN_UTF8 = 4
"""Bytes of a character, at most."""
_STREAM = b"\xff\xff\xff\xff"


def read_arrow(source: Source, options: Options) -> Table:
    """Return the table in an Arrow file or stream, or in a Feather file.

    Raises:
        UnreadableFile: it is none, or damaged, or unfolds into too much.
    """
    kept = Held(source)

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        from likewise.files.readers.unfolded import slices  # it brings NumPy

        number = 1
        watch = Watch(source, options, met)
        with opened(kept, source, "Arrow", lambda file: _batches(file, watch)) as (_, batches):
            for whole in batches:
                watch.rows(whole.num_rows)
                for start, rows in slices(whole.columns, ROWS, BATCH):
                    batch = whole.slice(start, rows)
                    yield part(batch.columns, places, number, watch)
                    number += batch.num_rows

    watch = Watch(source, options)
    with opened(kept, source, "Arrow", lambda file: _batches(file, watch)) as (schema, _):
        names, types = schema.names, schema.types
    return table_of(source, options, "arrow", names, parse, types=types)


def _batches(file: BinaryIO, watch: "Watch") -> tuple[Any, Iterator[Any]]:
    """Return the schema and the batches of rows."""
    import pyarrow as pa
    import pyarrow.feather as feather

    for size in unpacked(file):
        watch.at_once(size)
    file.seek(0)
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"FEA1"):
        table = feather.read_table(file)
        return table.schema, iter(table.to_batches())
    if head.startswith(b"ARROW1"):
        reader = pa.ipc.open_file(file)
        return reader.schema, (reader.get_batch(at) for at in range(reader.num_record_batches))
    stream = pa.ipc.open_stream(file)
    return stream.schema, iter(stream)


def is_stream(head: bytes) -> bool:
    """Return whether a file begins as an Arrow stream does: with the length of its schema."""
    length = int.from_bytes(head[4:8], "little")
    return head.startswith(_STREAM) and 0 < length < 2**24


class Held:
    """A file's bytes that can be read from any place, for as long as somebody needs them.

    Attributes:
        file: the bytes.
    """

    def __init__(self, source: Source) -> None:
        """Open them; they are closed when the last who knows them is gone."""
        self.file = source.seekable()
        weakref.finalize(self, self.file.close)


@contextmanager
def opened(held: Held, source: Source, what: str, opens: Any) -> Iterator[Any]:  # noqa: ANN401
    """Give what `opens(file)` returns.

    Raises:
        UnreadableFile: in the place of what Arrow raises in the block.
    """
    import pyarrow as pa

    try:
        held.file.seek(0)
        yield opens(held.file)
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
        why = (str(error).splitlines() or ["it takes too much memory"])[0].rstrip(".")
        raise UnreadableFile(
            f"{source.title} can't be read as {what}: {why}.",
            "Write it again, or name its real format with --input-format.",
        ) from None


class Watch:
    """Watches how much the rows of a file unfold into, before they become Python's values."""

    def __init__(self, source: Source, options: Options, met: Met | None = None) -> None:
        """Begin with nothing."""
        self._met = met
        self._title = source.title
        self._bounds = options.bounds
        regular = source.path is not None and not source.once
        self._size = source.path.stat().st_size if regular and source.path is not None else 0
        self._most = max(_UNFOLDED, _RATIO * self._size)
        if options.bounds.unfolded is not None:
            self._most = options.bounds.unfolded
        self._total = 0
        self._cells = 0

    def at_once(self, size: int) -> None:
        """Meet what the reader unpacks at a time.

        Raises:
            UnreadableFile: it is more than the file's size or the bounds allow.
        """
        most = max(_UNFOLDED, _PACKED * self._size)
        if self._bounds.unfolded is not None:
            most = self._bounds.unfolded
        if size > most:
            raise UnreadableFile(
                f"A part of {self._title} unpacks to {size:,} bytes; the most is {most:,}.",
                "Write it in smaller parts (batches, or pages of parquet).",
            )

    def rows(self, count: int) -> None:
        """Meet so many rows, which may take next to nothing in the file; raises as `at_once`."""
        if _CELL * count > self._most:
            raise self._too_much()

    def part(self, columns: Sequence[Any], number: int) -> Part:
        """Return some rows whose first has this number.

        Raises:
            UnreadableFile: it is more than the file's size or the bounds allow.
        """
        size = self._meet(columns, number)
        count = len(columns[0]) if columns else 0
        made = Part(range(number, number + count), [cells(column) for column in columns])
        if self._met is not None and (spelt := sum(map(_spelt, columns))):
            self._met.counts[SPELT] += spelt
        most = self._bounds.characters
        # what is nested is written out, and takes more characters then than it had bytes
        if size <= most and all(_is_plain(column.type) for column in columns):
            return made
        return bounded(made, self._title, most)

    def _meet(self, columns: Sequence[Any], number: int) -> int:
        """Count some rows whose first has this number, and return their bytes."""
        size = self.check_longest(columns, number)
        self._total += max(size, _CELL * sum(map(len, columns)))
        if self._total > self._most:
            raise self._too_much()
        self._cells += sum(len(column) + _inner(column) for column in columns)
        most = self._bounds.cells
        if most is not None and self._cells > most:
            raise UnreadableFile(
                f"{self._title} has more than {most:,} cells.", "Keep the columns that you need."
            )
        return size

    def check_longest(self, columns: Sequence[Any], number: int) -> int:
        """Return the bytes of some rows whose first has this number.

        Raises:
            UnreadableFile: a cell is longer than the bounds allow.
        """
        from likewise.files.readers.unfolded import row_bytes

        longest, size = self._bounds.characters, 0
        for column in columns:
            self._check_lists(column, longest)
            sizes = row_bytes(column)
            if sizes.max(initial=0) > _IN_UTF8 * longest:
                raise too_long(number + int(sizes.argmax()), self._title, longest)
            size += int(sizes.sum())
        return size

    def _too_much(self) -> UnreadableFile:
        return UnreadableFile(
            f"{self._title} unfolds to more than {self._most:,} bytes.",
            "Write it with fewer or shorter values.",
        )

    def _check_lists(self, column: Any, longest: int) -> None:  # noqa: ANN401
        """Raise where a list has more values than the longest text has characters."""
        import pyarrow.compute as pc

        from likewise.files.readers.unfolded import is_list

        if is_list(column.type) and (pc.max(pc.list_value_length(column)).as_py() or 0) > longest:
            raise UnreadableFile(
                f"A cell of {self._title} holds a list of more than {longest:,} values.",
                "Leave that column out.",
            )


def _inner(column: Any) -> int:  # noqa: ANN401
    """Return how many values stand in the lists of a column."""
    import pyarrow.compute as pc

    from likewise.files.readers.unfolded import is_list

    if not is_list(column.type):
        return 0
    return int(pc.sum(pc.list_value_length(column)).as_py() or 0)


def part(columns: Sequence[Any], places: Sequence[int] | None, number: int, watch: Watch) -> Part:
    """Return some rows.

    Args:
        columns: arrow arrays, shape (n,) each.
        places: of the columns that are wanted, None for all.
        number: of the first row, from 1.
        watch: told of them first.
    """
    wanted = list(columns) if places is None else [columns[at] for at in places]
    if not wanted:
        return Part(range(number, number + (len(columns[0]) if columns else 0)), [])
    return watch.part(wanted, number)


def cells(column: Any) -> list[Value]:  # noqa: ANN401
    """Return the cells of a part of a column, shape (n,)."""
    column = _decoded(column)
    if _is_plain(column.type):
        return [_text(v) if isinstance(v, bytes) else v for v in column.to_pylist()]
    return [
        _cell(column, place) if column[place].is_valid else None for place in range(len(column))
    ]


def _decoded(column: Any) -> Any:  # noqa: ANN401
    """Return a column with a value in each row that an entry or a run may give to several."""
    import pyarrow.compute as pc
    import pyarrow.types as is_

    if is_.is_run_end_encoded(column.type):
        column = pc.run_end_decode(column)
    return column.dictionary_decode() if is_.is_dictionary(column.type) else column


def _text(value: bytes) -> str:
    """Return bytes as text; of a picture, say, each byte that is no UTF-8 is spelt."""
    return value.decode("utf-8", "backslashreplace")


def _spelt(column: Any) -> int:  # noqa: ANN401
    """Return how many values of a column are bytes that are no UTF-8."""
    import pyarrow as pa
    import pyarrow.types as is_

    column = _decoded(column)
    tests = (is_.is_binary, is_.is_large_binary, is_.is_binary_view, is_.is_fixed_size_binary)
    if not any(test(column.type) for test in tests):
        return 0
    try:
        column.cast(pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        return sum(_is_spelt(value) for value in column.to_pylist() if value is not None)
    return 0


def _is_spelt(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return True
    return False


def _is_plain(type_: Any) -> bool:  # noqa: ANN401
    """Return whether Python's own values hold everything that this type does."""
    import pyarrow.types as is_

    plain = (is_.is_null, is_.is_boolean, is_.is_integer, is_.is_float32, is_.is_float64)
    texts = (is_.is_string, is_.is_large_string, is_.is_binary, is_.is_large_binary)
    return any(test(type_) for test in (*plain, *texts, is_.is_string_view))


def _cell(column: Any, place: int) -> Cell:  # noqa: ANN401
    import pyarrow as pa

    array = column.slice(place, 1)
    try:
        value = array[0].as_py()
    except (ValueError, OverflowError):  # finer or farther away than Python's own times
        if pa.types.is_nested(array.type):  # Arrow casts none, but spells them in many lines
            return Cell(" ".join(array.to_string(window=10_000).split()), nested=True, array=array)
        return Cell(array.cast(pa.string())[0].as_py(), array=array)
    if isinstance(value, bytes):
        return Cell(_text(value), array=array)
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, default=str)
        return Cell(text, nested=True, array=array)
    return Cell(str(value), array=array)
