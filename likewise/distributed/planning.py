"""Plans a job: which files there are, where shards begin and end, and what they will cost.

Of parquet files the footers are read. Large csv and jsonl files are read once, to find where rows
end, and cut there; small ones are one shard, and so are files that can't be cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.collections.storage.shard import OWN
from likewise.distributed.addresses import check_spelling
from likewise.distributed.boundaries import cut_files, ranges_of
from likewise.distributed.cutting import mark_of, plain_file
from likewise.distributed.input_rows import cells_or_marks
from likewise.distributed.inputs import (
    Footer,
    footer,
    found_files,
    is_parquet,
    lies_within,
    opened_table,
    single_file,
)
from likewise.distributed.lease import FOLDER as CLAIMS
from likewise.distributed.lease import Lease
from likewise.distributed.plan import NAME, InputFile, JobPlan, ModelFile
from likewise.distributed.rows import ERROR
from likewise.distributed.store import JobStore
from likewise.errors import ColumnMissing, InvalidOption, ScaleError, UnreadableFile, shown
from likewise.files.cells import is_missing
from likewise.files.names import listed
from likewise.files.several import NAMED_BY_FOLDERS, named_by_folders
from likewise.files.table import Met, Part, Table
from likewise.files.texts import guess_text_column
from likewise.files.vectors.columns import widened
from likewise.files.vectors.embeddings import Precision
from likewise.types import Identity, StageProgress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

SHARD_ROWS = 65_536
"""Rows of a shard: minutes of work on one core, which is what a crash costs."""

_AT_ONCE = 32
_HEAD_ROWS = 1_000
_HEAD_BYTES = 1 << 20
"""Bytes that are asked of a store at a time for them, for each column."""
_LARGE = 2**30
"""Bytes from which a file that can't be cut is told of."""


@dataclass(frozen=True)
class JobOptions:
    """What a job is to be.

    text, id: columns; None for a guess, and for ids made of the file's and the row's number.
    keep: whether all other columns are kept. rows: of a shard, about. reading: how files other
    than parquet are read, as `likewise.files.options.ReadingOptions`.
    """

    text: str | None = None
    id: str | None = None
    keep: bool = False
    rows: int = SHARD_ROWS
    precision: Precision = "float32"
    reading: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class PlannedJob:
    """A plan, the first texts of its input, and what a person should know."""

    plan: JobPlan
    sample: tuple[str, ...]
    row_bytes: float
    """Bytes that a row of the input takes, by its first rows."""
    notes: tuple[str, ...]

    @property
    def rows(self) -> tuple[int | None, bool]:
        """Rows in all, and whether that is known; where not, by the bytes of the first rows.

        None where files are packed, for nobody knows how much is in them.
        """
        known = self.plan.known_rows
        if known is not None:
            return known, True
        plain = {".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt"}
        found = int(self.plan.rows[self.plan.rows >= 0].sum())
        for number in self.plan.file[self.plan.rows < 0]:
            file = self.plan.files[number]
            if Path(file.path).suffix not in plain or not self.row_bytes:
                return None, False
            found += round(file.size / self.row_bytes)
        return found, False


def make_plan(
    source: str,
    out: str,
    identity: Identity,
    options: JobOptions,
    *,
    model: ModelFile | None = None,
    progress: StageProgress = no_progress,
) -> PlannedJob:
    """Plan a job without writing anything.

    Args:
        source: address of a file, or of a folder with files.
        out: address of the folder of the results.
        identity: the encoder.
        options: what the job is to be.
        model: the trained model, where the job is to predict.
        progress: told how many footers are read.

    Raises:
        FileMissing, UnreadableFile: the input is not there, or can't be understood.
        ColumnMissing: a file has no such column.
        InvalidOption: the output lies within the input, shards would have no rows, or a name is not
            UTF-8.
        StoreUnavailable: a store does not answer.
    """
    if options.rows < 1:
        raise InvalidOption(f"A shard can't have {options.rows:,} rows.", "Give it 1 or more.")
    if single_file(source) is None and lies_within(out, source):
        raise InvalidOption(
            f"OUT {shown(out, 200)} lies within the input, so the results would be read as input.",
            "Name a folder beside it.",
            param="out",
        )
    folder, found = found_files(source)
    reading = {key: value for key, value in (options.reading or {}).items() if value is not None}
    for said in (*(path for path, _, _ in found), *reading.values()):
        check_spelling(str(said))
    footers = _footers(folder, found, progress)
    with _head(folder, found[0][0], footers.get(found[0][0]), reading, options) as first:
        text = guess_text_column(first) if options.text is None else options.text
        ids = [] if options.id is None else [options.id]
        for name in (text, *ids):  # else each shard would find that it is not there
            first.index(name)
        sample, row_bytes = _sampled(first, text)
        notes = list(first.notes)
        others = [name for name in first.columns if name not in (text, options.id)]
    paths = [path for path, _, _ in found]
    if options.keep and (names := named_by_folders(paths, [*others, text, options.id or ""])):
        notes.append(NAMED_BY_FOLDERS.format(listed(names)))
    columns = _kept(others, footers, found, options.keep)
    for path, said in footers.items():
        _check_columns(path, said, text, options.id, columns)
    wanted = [text, *ids, *columns]  # as they are read later
    cuts, ranges = cut_files(folder, found, reading, options.rows, row_bytes, wanted, progress)
    uncut = {path: size for at, (path, size, _) in enumerate(found) if at not in ranges}
    large = [path for path, size in uncut.items() if size > _LARGE and path not in footers]
    if large:
        notes.append(
            f"{listed(large)} will be one shard each, of more than 1 GB, for only csv and jsonl "
            "files that are not packed, and are UTF-8, can be cut: one worker alone can work on "
            "each. Unpack them or write parquet for more at a time."
        )
    marks = {path: said.mark for path, said in footers.items()}
    marks |= {found[one.file][0]: mark_of(one) for one in cuts}
    file, start, rows = ranges_of([footers.get(path) for path, _, _ in found], options.rows, ranges)
    plan = JobPlan(
        job="embed" if model is None else "predict",
        identity=identity,
        input=folder.address,
        text=text,
        id=options.id,
        columns=columns,
        files=tuple(
            InputFile(path, size, marks.get(path, changed)) for path, size, changed in found
        ),
        file=np.array(file, np.int64),
        start=np.array(start, np.int64),
        rows=np.array(rows, np.int64),
        precision=options.precision,
        model=model,
        reading=reading,
        cuts=tuple(cuts),
    )
    return PlannedJob(plan, sample, row_bytes, tuple(notes))


def write_plan(plan: JobPlan, store: JobStore) -> bool:
    """Write a plan into an empty folder; return False where the same plan stands there.

    Raises:
        ScaleError: there is another plan, or the folder is not empty.
        DriverBusy: another process is planning there.
        UnwritableFile, StoreUnavailable: it can't be written.
    """
    if _stands_there(plan, store):
        return False
    store.make()
    with Lease(store):  # of two who plan at the same moment one would write over the other's
        if _stands_there(plan, store):
            return False
        plan.write(store)
        return True


def _stands_there(plan: JobPlan, store: JobStore) -> bool:
    """Return whether a plan is in its folder, False where that is empty; raises as `write_plan`."""
    if store.entry(NAME) is not None:
        if JobPlan.read(store).digest == plan.digest:
            return True
        raise ScaleError(
            f"There is another plan in {shown(store.address, 200)}: its input, its encoder or an "
            "option differs.",
            "Name another OUT, or remove that one.",
        )
    there = set(store.entries())
    if store.local is not None and store.local.is_dir():
        there |= {one.name for one in store.local.iterdir()} - {CLAIMS}
    if there:
        raise ScaleError(
            f"{shown(store.address, 200)} is not empty.", "Name a folder that is, or a new one."
        )
    return False


def _footers(
    folder: JobStore, found: Sequence[tuple[str, int, str]], progress: StageProgress
) -> dict[str, Footer]:
    """Return the footers of all parquet files by path."""
    wanted = [(path, size) for path, size, _ in found if is_parquet(path)]
    footers: dict[str, Footer] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for (path, _), said in zip(
            wanted, pool.map(lambda one: footer(folder, *one), wanted), strict=True
        ):
            footers[path] = said
            progress("Reading footers", len(footers), len(wanted))
    return footers


@contextmanager
def _head(
    folder: JobStore, path: str, said: Footer | None, reading: dict[str, Any], options: JobOptions
) -> Iterator[Table]:
    """Open the beginning of the first file as a table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if said is None:
        plain = plain_file(folder, path, reading)
        if plain is not None:
            yield plain.table(whole=options.keep)
            return
        with opened_table(folder, path, reading) as table:
            yield table
        return
    with folder.open(path) as file, folder.asking("be read", path):
        head = pq.ParquetFile(file, buffer_size=_HEAD_BYTES, pre_buffer=False)
        batches = head.iter_batches(_HEAD_ROWS, use_threads=False)
        first = next(batches, None) or pa.RecordBatch.from_pylist([], said.schema)
    cells = [cells_or_marks(column) for column in first.columns]

    def parse(_: Met, places: Sequence[int] | None) -> Iterator[Part]:
        wanted = cells if places is None else [cells[at] for at in places]
        yield Part(range(1, len(first) + 1), wanted)

    yield Table(path, "parquet", said.schema.names, parse)


def _sampled(table: Table, text: str) -> tuple[tuple[str, ...], float]:
    at = table.index(text)
    texts = [str(row.values[at]) for row in table.sample if not is_missing(row.values[at])]
    size = sum(len(str(value).encode()) + 1 for row in table.sample for value in row.values)
    return tuple(texts), size / max(1, len(table.sample))


def _kept(
    others: Sequence[str],
    footers: Mapping[str, Footer],
    found: Sequence[tuple[str, int, str]],
    keep: bool,
) -> dict[str, "pa.DataType"]:
    """Return the columns that are kept, with types that hold their values in every file."""
    import pyarrow as pa

    if not keep:
        return {}
    own = {*OWN, ERROR}
    if taken := [name for name in others if name in own]:
        raise InvalidOption(
            f"The input has {listed(taken)}, which a column of the user's can't be named.",
            f"Rename it: {listed(sorted(own))} are the results' own.",
            param="keep_columns",
        )
    if len(footers) < len(found):  # cells of csv and jsonl have no type before all are read
        return {name: pa.string() for name in others}
    types: dict[str, pa.DataType] = {}
    for said in footers.values():
        for name in others:
            if name in said.schema.names:
                type_ = _held(said.schema.field(name).type)
                types[name] = widened(types[name], type_) if name in types else type_
    return types


def _held(type_: "pa.DataType") -> "pa.DataType":
    """Return the type that a kept column has: plain values as they are, all else as text."""
    import pyarrow as pa
    import pyarrow.types as is_

    if is_.is_dictionary(type_):
        return _held(type_.value_type)
    if is_.is_integer(type_):
        return pa.int64() if type_ != pa.uint64() else pa.string()
    if is_.is_floating(type_):
        return pa.float64()
    return type_ if is_.is_boolean(type_) or is_.is_temporal(type_) else pa.string()


def _check_columns(
    path: str, said: Footer, text: str, id_: str | None, columns: Mapping[str, Any]
) -> None:
    import pyarrow.types as is_

    names = said.schema.names
    for name in [text, *([id_] if id_ is not None else []), *columns]:
        if names.count(name) != 1:
            many = "no column" if name not in names else "more than one column"
            raise ColumnMissing(
                f"{shown(path, 200)} has {many} {shown(name)}.",
                f"Its columns are {listed(names)}.",
                param="column",
            )
    type_ = said.schema.field(text).type
    if is_.is_nested(type_) or is_.is_binary(type_) or is_.is_large_binary(type_):
        raise UnreadableFile(
            f"Column {shown(text)} of {shown(path, 200)} holds {type_}, no texts.",
            "Name another with --text.",
        )
