"""The files of an input, wherever they are: which there are, and the rows of a part of one."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from likewise.distributed.addresses import endpoint_of, is_local, scheme_of
from likewise.distributed.cuts import CutFile
from likewise.distributed.cutting import changed, parts_of
from likewise.distributed.plan import InputFile, JobPlan, ShardRange
from likewise.distributed.store import JobStore, StoreEntry
from likewise.errors import DamagedPlan, FileMissing, UnreadableFile, UnwritableFile, shown
from likewise.files.cells import Cell, Value, is_missing
from likewise.files.formats import is_table, read_format
from likewise.files.raw.packed import stem
from likewise.files.table import Table
from likewise.files.vectors.columns import cells_of

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS = 4_096
_BUFFER = 1 << 23
"""Bytes that are asked of a store at a time."""


class InputRow(NamedTuple):
    """A row of an input.

    number: in its file, counted from 1. text: None where there is none. values: cells of the
    columns that are kept. problem: why it has no text, None where it has one.
    """

    number: int
    id: str
    text: str | None
    values: tuple[Value, ...]
    problem: str | None


@dataclass(frozen=True)
class Footer:
    """What the end of a parquet file says: rows of each group, types, and a hash of it all."""

    groups: tuple[int, ...]
    schema: "pa.Schema"
    mark: str


def found_files(address: str) -> tuple[JobStore, list[tuple[str, int, str]]]:
    """Return the folder of an input, and its tables: path below it, bytes, and time of change.

    Args:
        address: a file, or a folder, which is searched with all below it.

    Raises:
        FileMissing: there is nothing.
        UnreadableFile: the folder holds no table.
    """
    single = single_file(address)
    if single is not None:
        folder, name, entry = single
        return folder, [(name, entry.size, str(entry.changed))]
    folder = JobStore(address)
    if folder.local is not None:
        folder = JobStore(str(folder.local))
    listed = folder.entries(recursive=True)
    names = sorted(name for name in listed if _is_input(name))
    if listed and not names:
        raise UnreadableFile(
            f"{shown(address, 200)} holds no tables.", "Name a folder with tables, or a file."
        )
    if not names:
        remedy = "Check the address."
        # at an object store a ? begins what the address says of it
        if set(address if is_local(address) else address.partition("?")[0]) & set("*?["):
            remedy = "Name one file, or the folder of several: * and ? stand for themselves."
        raise FileMissing(f"There is nothing at {shown(address, 200)}.", remedy)
    return folder, [(name, listed[name].size, str(listed[name].changed)) for name in names]


def single_file(address: str) -> tuple[JobStore, str, StoreEntry] | None:
    """Return the folder, the name and the state of an input that is one file, None of a folder.

    A folder may be called `reviews.parquet`, as Spark calls those that it writes.
    """
    if is_local(address):
        path = JobStore(address).local
        assert path is not None  # noqa: S101 - it is local
        if not path.is_file():
            return None
        folder, name = JobStore(str(path.parent)), path.name
    else:
        before, _, query = address.partition("?")
        parent, _, name = before.rstrip("/").rpartition("/")
        if not read_format(stem(name)) or parent.endswith(":/"):  # that is a bucket's name
            return None
        folder = JobStore(f"{parent}?{query}" if query else parent)
    entry = folder.entry(name)
    return None if entry is None else (folder, name, entry)


def _is_input(name: str) -> bool:
    hidden = any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)
    return not hidden and not name.endswith(".rejected.csv") and is_table(name)


def is_parquet(path: str) -> bool:
    """Return whether a file is cut by its footer."""
    return read_format(path) == "parquet"


def footer(folder: JobStore, path: str, size: int) -> Footer:
    """Return what the footer of a parquet file says, reading nothing else.

    Raises:
        UnreadableFile: it is not a parquet file.
    """
    import pyarrow.parquet as pq

    with _reading(folder, path), folder.open(path) as file:
        file.seek(max(0, size - 8))
        end = file.read(8)
        length = int.from_bytes(end[:4], "little")
        if end[4:] != b"PAR1" or length + 8 > size:
            raise _damaged(path)
        file.seek(size - 8 - length)
        mark = hashlib.sha256(file.read(length)).hexdigest()
        said = pq.ParquetFile(file)
        rows = (said.metadata.row_group(at).num_rows for at in range(said.num_row_groups))
        return Footer(tuple(rows), said.schema_arrow, mark)


@contextmanager
def _reading(folder: JobStore, path: str) -> Iterator[None]:
    """Tell a store that does not answer from a file that is damaged."""
    import pyarrow as pa

    try:
        with folder.asking("be read", path):
            try:
                yield
            except OSError as error:
                if "thrift" in str(error):  # of a footer that can't be understood
                    raise _damaged(path) from None
                raise
    except pa.ArrowException:
        raise _damaged(path) from None
    except UnwritableFile:
        raise _damaged(path) from None


def rows_of(plan: JobPlan, shard: ShardRange, folder: JobStore) -> Iterator[InputRow]:
    """Yield the rows that a shard is made of, in order and in flat memory.

    Raises:
        InputChanged: the file is not what it was when the job was planned.
        UnreadableFile: it is damaged.
        FileMissing, StoreUnavailable: it can't be loaded.
    """
    file = plan.files[shard.file]
    entry = folder.entry(file.path)
    if entry is None:
        raise FileMissing(
            f"The input {shown(file.path, 200)} is not there any more.",
            "Put it back, or plan again with another OUT.",
        )
    if is_parquet(file.path):
        yield from _parquet_rows(plan, shard, folder, file, entry.size)
    elif (cut := plan.cut(shard)) is not None:
        if entry.size != file.size:
            raise changed(file.path)
        yield from _cut_rows(plan, shard, folder, *cut)
    else:
        if (entry.size, str(entry.changed)) != (file.size, file.mark):
            raise changed(file.path)
        yield from _table_rows(plan, shard, folder, file)


def _parquet_rows(
    plan: JobPlan, shard: ShardRange, folder: JobStore, file: InputFile, size: int
) -> Iterator[InputRow]:
    import pyarrow.parquet as pq

    if size != file.size or footer(folder, file.path, size).mark != file.mark:
        raise changed(file.path)
    wanted = _wanted(plan)
    last = shard.start + shard.rows
    with _reading(folder, file.path), folder.open(file.path) as opened:
        # what is read ahead would be held until the file's end
        said = pq.ParquetFile(
            opened, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True
        )
        _check_planned(plan, shard, said, file.path)
        groups, first = _groups(said, shard)
        if not groups:
            return
        batches = said.iter_batches(
            BATCH_ROWS, row_groups=groups, columns=list(set(wanted)), use_threads=False
        )
        for batch in batches:
            start, stop = max(0, shard.start - first), min(len(batch), last - first)
            if start < stop:
                part = batch.slice(start, stop - start)
                cells = [cells_or_marks(part.column(name)) for name in wanted]
                numbers = range(first + start + 1, first + stop + 1)
                yield from _rows(plan, shard.file, numbers, wanted, cells)
            first += len(batch)


def _check_planned(plan: JobPlan, shard: ShardRange, said: "pq.ParquetFile", path: str) -> None:
    """Raise where the plan was not made of this file: rows would be left out without a word."""
    rows, ends = said.metadata.num_rows, shard.start + shard.rows
    after = plan.file[shard.number + 1 : shard.number + 2]
    is_last = not len(after) or after[0] != shard.file
    missing = [name for name in _wanted(plan) if name not in said.schema_arrow.names]
    if missing:
        why = f"it has no column {shown(missing[0])}"
    elif shard.rows < 0 or ends > rows or (is_last and ends < rows):
        why = f"it has {rows:,} rows"
    else:
        return
    raise DamagedPlan(
        f"The plan does not fit its input {shown(path, 200)}: {why}.",
        "Plan again with another OUT.",
    )


def _groups(said: "pq.ParquetFile", shard: ShardRange) -> tuple[list[int], int]:
    """Return the row groups that hold rows of a shard, and the place of their first row."""
    groups: list[int] = []
    begins = first = 0
    for at in range(said.num_row_groups):
        rows = said.metadata.row_group(at).num_rows
        if begins < shard.start + shard.rows and begins + rows > shard.start:
            if not groups:
                first = begins
            groups.append(at)
        begins += rows
    return groups, first


def cells_or_marks(array: "pa.Array") -> list[Any]:
    """Return the cells of a column; one that is not UTF-8 has marks, and is known by its type."""
    try:
        return list(cells_of(array))
    except UnicodeDecodeError:
        cells: list[Any] = []
        for value in array.cast("binary").to_pylist():
            try:
                cells.append(None if value is None else value.decode())
            except UnicodeDecodeError:
                cells.append(_Unreadable(value.decode("utf-8", "replace")))
        return cells


class _Unreadable(str):
    """A cell that is not UTF-8, with marks where characters should be."""

    __slots__ = ()


def _table_rows(
    plan: JobPlan, shard: ShardRange, folder: JobStore, file: InputFile
) -> Iterator[InputRow]:
    wanted = _wanted(plan)
    aside: list[tuple[int, str]] = []
    with opened_table(folder, file.path, plan.reading) as table:
        table.aside.keep = lambda one: aside.append((one.line, one.reason))
        places = [table.index(name) for name in wanted]
        for part in table.parts(places):
            yield from _rows(plan, shard.file, part.numbers, wanted, part.cells)
            yield from _set_aside(plan, shard.file, aside)
        yield from _set_aside(plan, shard.file, aside)


def _cut_rows(
    plan: JobPlan, shard: ShardRange, folder: JobStore, cut: CutFile, number: int
) -> Iterator[InputRow]:
    wanted, file = _wanted(plan), plan.files[shard.file]
    for part, found in parts_of(cut, number, folder, file, shard.start + 1, wanted):
        yield from _rows(plan, shard.file, part.numbers, wanted, part.cells)
        yield from _set_aside(plan, shard.file, [(one.line, one.reason) for one in found])


def _set_aside(plan: JobPlan, file: int, aside: list[tuple[int, str]]) -> Iterator[InputRow]:
    """Yield rows that could not be understood, which have no number, as rows with an error."""
    nothing = (None,) * len(plan.columns)
    while aside:
        line, reason = aside.pop(0)
        said = f"the row at line {line:,} {reason}"
        yield InputRow(line, f"{file + 1}-line-{line}", None, nothing, said)


@contextmanager
def opened_table(folder: JobStore, path: str, reading: Any) -> Iterator[Table]:  # noqa: ANN401
    """Open a table that is read from its beginning; one of another machine is copied here."""
    from likewise.files.read import open_table

    if folder.local is not None:
        yield open_table(folder.local / path, name=path, columns=True, **reading)
        return
    with tempfile.TemporaryDirectory(prefix="likewise-") as aside:
        copy = Path(aside) / f"input{''.join(PurePosixPath(path).suffixes)[-40:]}"
        with copy.open("wb") as out:
            folder.copied(path, out)
        yield open_table(copy, name=path, columns=True, **reading)


def _wanted(plan: JobPlan) -> list[str]:
    ids = [] if plan.id is None else [plan.id]
    return [plan.text, *ids, *plan.columns]


def _rows(
    plan: JobPlan,
    file: int,
    numbers: Sequence[int],
    wanted: Sequence[str],
    cells: Sequence[Sequence[Any]],
) -> Iterator[InputRow]:
    beside = len(wanted) - len(plan.columns)
    for at, number in enumerate(numbers):
        text, problem = _text(cells[0][at])
        made = f"{file + 1}-{number}"
        given = made if plan.id is None else cells[1][at]
        if is_missing(given):
            given, problem = made, problem or "it has no id"
        values = tuple(_plain(column[at]) for column in cells[beside:])
        yield InputRow(number, str(given), None if problem else text, values, problem)


def _text(value: Any) -> tuple[str | None, str | None]:  # noqa: ANN401
    if is_missing(value):
        return None, "it has no text"
    if isinstance(value, _Unreadable):
        return None, "its text is not UTF-8"
    if isinstance(value, Cell) and value.nested:
        return None, "its text is a list or an object"
    return str(value), None


def _plain(value: Any) -> Value:  # noqa: ANN401
    return str(value) if isinstance(value, _Unreadable) else value


def lies_within(inner: str, outer: str) -> bool:
    """Return whether one address is that of a folder within the other, or the same."""
    if _kind(inner) != _kind(outer) or endpoint_of(inner) != endpoint_of(outer):
        return False
    one, other = (JobStore(a).path("") for a in (inner, outer))
    if is_local(inner):
        one, other = os.path.realpath(one), os.path.realpath(other)
    return f"{one.rstrip('/')}/".startswith(f"{other.rstrip('/')}/")


def _kind(address: str) -> str:
    return "" if is_local(address) else scheme_of(address).replace("s3a", "s3").replace("gcs", "gs")


def _damaged(path: str) -> UnreadableFile:
    return UnreadableFile(
        f"{shown(path, 200)} is not a parquet file, or is damaged.",
        "Leave it out of the input, or take it from a backup.",
    )
