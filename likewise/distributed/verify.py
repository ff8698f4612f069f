"""Reads every byte of a job's results and says what is wrong; counts rows without reading them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from likewise.collections.storage.items import Item, content_of
from likewise.collections.storage.shard import CONTENT, ID, TEXT
from likewise.distributed.plan import SHARD, JobPlan, ShardRange, finished, shard_name
from likewise.distributed.rows import ERROR
from likewise.distributed.shard import READING, Outcome
from likewise.distributed.store import JobStore
from likewise.errors import (
    FileMissing,
    InvalidOption,
    LikewiseError,
    ScaleError,
    StoreUnavailable,
    UnreadableFile,
    shown,
)
from likewise.files.vectors.columns import cells_of
from likewise.files.vectors.embeddings import DIGEST, VECTOR, EmbeddingsFile
from likewise.types import Reading

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

PLAN, NUMBER = b"likewise.plan", b"likewise.shard"
"""Keys of a shard's metadata: the digest of its plan, and its number."""

_AT_ONCE = 32
_ROW_ID = re.compile(r"(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Counted:
    """What the finished shards hold.

    rows: of them all. failed: rows that have an error instead. reading: how the encoder read the
    texts; an earlier version of Likewise did not write that down, and such shards are left out.
    wrong: shards whose footer is damaged, or says that they are of another plan; their rows are not
    among the others.
    """

    shards: int
    rows: int
    failed: int
    reading: Reading
    wrong: int = 0


class Verification:
    """Verifies shards of one job; an executor's work.

    Args:
        out: where the plan and the shards are.
    """

    def __init__(self, out: JobStore) -> None:
        self._out = out

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was opened."""
        return {"_out": self._out}

    def __call__(self, number: int) -> Outcome:
        """Read a shard; its problem is the first thing that is wrong."""
        try:
            return self._verified(number)
        except FileMissing:
            return Outcome(number, problem="it is not there")
        except LikewiseError as error:
            return Outcome(number, problem=error.problem)

    @cached_property
    def _plan(self) -> JobPlan:
        return JobPlan.read(self._out)

    def _verified(self, number: int) -> Outcome:
        plan, shard = self._plan, self._plan.shard(number)
        rows = failed = 0
        for batch in self._batches(plan, shard):
            errors = batch.column(ERROR)
            lost = errors.is_valid().to_numpy(zero_copy_only=False)
            if said := _wrong(plan, shard, batch, lost, rows):
                return Outcome(number, problem=said)
            rows += len(batch)
            failed += int(lost.sum())
        if shard.rows >= 0 and rows != shard.rows:
            return Outcome(number, problem=f"it has {rows:,} rows, not {shard.rows:,}")
        return Outcome(number, rows, failed)

    def _batches(self, plan: JobPlan, shard: ShardRange) -> Iterator["pa.RecordBatch"]:
        import pyarrow.parquet as pq

        name = shard_name(shard.number)
        with self._out.open(name) as opened, self._out.asking("be read", name):
            if plan.job == "embed":
                with EmbeddingsFile(opened, name="it", gaps=True) as file:
                    check_stamp(file.schema.metadata, plan, shard.number)
                    yield from file.batches()
            else:
                said = pq.ParquetFile(opened, pre_buffer=False, page_checksum_verification=True)
                check_stamp(said.schema_arrow.metadata, plan, shard.number)
                yield from said.iter_batches(use_threads=False)


def check_stamp(
    said: Mapping[bytes, bytes] | None, plan: JobPlan, number: int, *, name: str = "it"
) -> None:
    """Raise `ScaleError` where a file's metadata do not say that it is this shard of the plan."""
    said = said or {}
    remedy = f"Remove {shard_name(number)}: the command that made the others makes it again."
    if said.get(PLAN) != plan.digest.encode() or said.get(NUMBER) != str(number).encode():
        raise ScaleError(f"{name} is of another plan, or of another place in it.", remedy)
    if plan.job == "embed" and said.get(DIGEST) != plan.identity.digest.encode():
        raise ScaleError(f"{name} has vectors of another encoder.", remedy)


def _wrong(
    plan: JobPlan,
    shard: ShardRange,
    batch: "pa.RecordBatch",
    lost: Any,  # noqa: ANN401
    before: int,
) -> str | None:
    """Return what is wrong with some rows; their vectors are checked where they are read."""
    ids = batch.column(ID).to_pylist()
    if plan.id is None and shard.rows >= 0 and not _are_of(plan, shard, ids, before):
        return "its ids are not those of its rows"
    result = batch.column(VECTOR if plan.job == "embed" else _answer(batch))
    if not np.array_equal(result.is_valid().to_numpy(zero_copy_only=False), ~lost):
        return "a row has neither a result nor an error, or both"
    if plan.job == "embed" and _contents(plan, ids, batch) != batch.column(CONTENT).to_pylist():
        return "a text or what stands beside it is not as it was written"
    return None


def _are_of(plan: JobPlan, shard: ShardRange, ids: Sequence[str], before: int) -> bool:
    """Return whether ids are those of rows after so many others of a shard."""
    begins, file = shard.start + before + 1, shard.file + 1
    if plan.cut(shard) is None:
        return ids == [f"{file}-{begins + at}" for at in range(len(ids))]
    # rows that were not understood go by their lines, and come behind those beside them
    last = shard.start + shard.rows
    numbers = [int(found[1]) for one in ids if (found := _ROW_ID.fullmatch(one, len(f"{file}-")))]
    named = sum(one.startswith(f"{file}-line-") for one in ids)
    within = all(shard.start < number <= last for number in numbers)
    return len(numbers) + named == len(ids) and within and numbers == sorted(set(numbers))


def _answer(batch: "pa.RecordBatch") -> str:
    return next(name for name in ("label", "labels", "prediction") if name in batch.schema.names)


def _contents(plan: JobPlan, ids: Sequence[str], batch: "pa.RecordBatch") -> list[bytes]:
    names = list(plan.columns)
    cells = [cells_of(batch.column(name)) for name in names]
    values = list(zip(*cells, strict=True)) or [()] * len(batch)
    texts = batch.column(TEXT).to_pylist()
    return [
        content_of(Item(id_, text or "", row), names)
        for id_, text, row in zip(ids, texts, values, strict=True)
    ]


def foreign(store: JobStore, plan: JobPlan) -> list[str]:
    """Return names of files that look like shards and are none of this plan's."""
    names = (SHARD.fullmatch(name) for name in store.entries())
    return sorted(one[0] for one in names if one and int(one[1]) >= len(plan))


def counted(store: JobStore, plan: JobPlan) -> Counted:
    """Return what the finished shards hold, by their footers alone.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    numbers = np.flatnonzero(finished(store, plan)).tolist()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda number: _counts_or_nothing(store, plan, number), numbers))
    right = [one for one in found if one is not None]
    reading = Reading()
    for _, _, one in right:
        reading.join(one)
    rows, lost = sum(rows for rows, _, _ in right), sum(lost for _, lost, _ in right)
    return Counted(len(found), rows, lost, reading, len(found) - len(right))


def check_embedded(store: JobStore, plan: JobPlan) -> None:
    """Raise unless all vectors of a job are there.

    Raises:
        InvalidOption: it makes none.
        ScaleError: it is not finished.
    """
    if plan.job != "embed":
        raise InvalidOption(
            f"{shown(store.address, 200)} holds predictions, not vectors.",
            "Name the output of `likewise scale embed`.",
            param="manifest",
        )
    left = int((~finished(store, plan)).sum())
    if left:
        raise ScaleError(
            f"{left:,} of {len(plan):,} shards are not finished.",
            f"Finish them: likewise scale embed {shown(store.address, 200)}.",
        )


def row_counts(store: JobStore, plan: JobPlan) -> npt.NDArray[np.int64]:
    """Return the rows of each shard of a finished job, by their footers: shape (shards,).

    Raises:
        UnreadableFile, ScaleError: a shard is damaged, or of another plan.
        StoreUnavailable: the store does not answer.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda number: _footer_counts(store, plan, number)[0], range(len(plan)))
        return np.fromiter(found, np.int64, len(plan))


def _counts_or_nothing(
    store: JobStore, plan: JobPlan, number: int
) -> tuple[int, int, Reading] | None:
    try:
        return _footer_counts(store, plan, number)
    except StoreUnavailable:
        raise
    except (UnreadableFile, ScaleError):
        return None


def _footer_counts(store: JobStore, plan: JobPlan, number: int) -> tuple[int, int, Reading]:
    """Return the rows of a shard, how many have an error, and how its texts were read.

    Raises:
        UnreadableFile, ScaleError: the shard is damaged, or of another plan.
        StoreUnavailable: the store does not answer.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = shard_name(number)
    try:
        with store.open(name) as opened, store.asking("be read", name):
            said = pq.ParquetFile(opened).metadata
    except pa.ArrowException:
        raise UnreadableFile(
            f"{shown(name)} is damaged: it is not a parquet file, or a part of it is lost.",
            "See `likewise scale verify`.",
        ) from None
    check_stamp(said.metadata, plan, number, name=shown(name))
    return said.num_rows, _errors(said), _reading(said)


def _reading(said: "pq.FileMetaData") -> Reading:
    """Return how texts were read, which is nothing where the file does not say it."""
    try:
        members = orjson.loads((said.metadata or {}).get(READING.encode(), b"{}"))
        return Reading(**{one.name: int(members.get(one.name, 0)) for one in fields(Reading)})
    except (ValueError, TypeError, AttributeError):
        return Reading()


def _errors(said: "pq.FileMetaData") -> int:
    """Return how many rows have an error, which the statistics of its column say."""
    found = 0
    for at in range(said.num_row_groups):
        group = said.row_group(at)
        for place in range(group.num_columns):
            column = group.column(place)
            if column.path_in_schema == ERROR and column.statistics is not None:
                found += group.num_rows - column.statistics.null_count
    return found
