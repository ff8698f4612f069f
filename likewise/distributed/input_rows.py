"""The rows of the input that a shard is made of, in order and in flat memory."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from likewise.distributed.cuts import CutFile
from likewise.distributed.cutting import changed, parts_of
from likewise.distributed.inputs import footer, is_parquet, opened_table, reading_input
from likewise.distributed.plan import InputFile, JobPlan, ShardRange
from likewise.distributed.store import JobStore
from likewise.errors import DamagedPlan, FileMissing, shown
from likewise.files.cells import Cell, Value, is_missing
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
    with reading_input(folder, file.path), folder.open(file.path) as opened:
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
