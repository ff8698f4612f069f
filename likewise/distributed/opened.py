"""Makes the results of a job a collection, where they lie: its shards are already a collection's.

What a collection has beside its shards is one manifest, and for each shard with rows that could
not be done a file that says which these are: to the collection they are deleted.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from likewise.collections.storage.lock import locked
from likewise.collections.storage.manifest import NAME, Manifest, ShardEntry
from likewise.collections.storage.shard import ID, TRUNCATED
from likewise.distributed.plan import JobPlan, finished, shard_name
from likewise.distributed.rows import ERROR
from likewise.distributed.store import JobStore
from likewise.distributed.verify import check_stamp
from likewise.errors import CollectionExists, InvalidOption, ScaleError, shown
from likewise.files.vectors.embeddings import EmbeddingsFile
from likewise.files.write import replacing
from likewise.types import StageProgress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa


def open_results(out: str, progress: StageProgress = no_progress) -> tuple[Path, int]:
    """Make the results of a finished job a collection; return its folder and its texts.

    Args:
        out: the folder of the results, on this machine.
        progress: told how many shards were looked at.

    Raises:
        InvalidOption: the results are on another machine, or are not vectors.
        ScaleError: the job is not finished, or two rows have one id.
        CollectionExists: they are a collection already.
        UnreadableFile: a shard is damaged.
    """
    store = JobStore(out)
    if store.local is None:
        raise InvalidOption(
            f"A collection is a folder on this machine, and {shown(out, 200)} is none.",
            "Copy the results here first, e.g. `aws s3 sync s3://BUCKET/OUT OUT`.",
            param="out",
        )
    plan = JobPlan.read(store)
    if plan.job != "embed":
        raise InvalidOption(
            f"{shown(out, 200)} holds predictions, not vectors.",
            "Open the output of `likewise scale embed`.",
            param="out",
        )
    _check_new(store.local, out)
    done = finished(store, plan)
    if not done.all():
        raise ScaleError(
            f"{int((~done).sum()):,} of {len(plan):,} shards are not finished.",
            f"Finish them: likewise scale embed {shown(out, 200)}.",
        )
    folder = store.local
    with locked(folder):
        _check_new(folder, out)
        entries = []
        ids: list[pa.ChunkedArray] = []
        for number in range(len(plan)):
            entry = _entry(folder, plan, number, ids)
            entries += [entry] if entry else []
            progress("Looking at shards", number + 1, len(plan))
        _check_ids(ids)
        manifest = Manifest(
            plan.identity, plan.columns, plan.precision, 1, len(plan), tuple(entries)
        )
        manifest.write(folder)
    return folder, manifest.alive


def _check_new(folder: Path, out: str) -> None:
    if (folder / NAME).exists():
        raise CollectionExists(
            f"{shown(out, 200)} is a collection already.",
            f"Search it: likewise search -c {shown(out, 200)} QUERY.",
        )


def _entry(
    folder: Path, plan: JobPlan, number: int, ids: list["pa.ChunkedArray"]
) -> ShardEntry | None:
    """Return a shard as a collection's manifest names it, None where it has no row."""
    path = folder / shard_name(number)
    with EmbeddingsFile(path, gaps=True) as file:
        check_stamp(file.schema.metadata, plan, number, name=shown(path.name))
        table = file.read([ID, ERROR, TRUNCATED])
    lost = table[ERROR].is_valid().to_numpy()
    alive = len(table) - int(lost.sum())
    name = path.stem
    if not alive:
        return None
    import pyarrow as pa

    ids.append(table[ID].filter(pa.array(~lost)))
    if alive == len(table):
        return ShardEntry(name, len(table), alive)
    with replacing(folder / f"{name}-1.npy", links=False) as out:
        np.lib.format.write_array(out, lost, allow_pickle=False)
    return ShardEntry(name, len(table), alive, f"{name}-1")


def _check_ids(ids: Sequence["pa.ChunkedArray"]) -> None:
    """Raise where one id stands for two rows; the given ones need not differ."""
    import pyarrow as pa
    import pyarrow.compute as pc

    every = pa.chunked_array([chunk for one in ids for chunk in one.chunks], pa.string())
    if pc.count_distinct(every).as_py() == len(every):
        return
    counts = pc.value_counts(every)
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    raise ScaleError(
        f"The id {shown(twice.field('values')[0].as_py())} stands for more than one row, and a "
        "collection finds texts by their ids.",
        "Plan again without --id-column, or make the ids different.",
    )
