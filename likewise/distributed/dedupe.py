"""Finds near-duplicates among the results of a job, in parts that any executor does."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from likewise.collections.measures.duplicates import COSINE, check_cosine
from likewise.distributed.blocks import (
    ASSIGNED,
    CENTRES,
    PAIRS,
    SAMPLE,
    SAMPLED,
    AssignWork,
    BlockSearch,
    CompareWork,
    SampleWork,
    centres_of,
    undone,
)
from likewise.distributed.driver import Progress, drive
from likewise.distributed.executors import Executor, Work
from likewise.distributed.lease import Lease
from likewise.distributed.plan import JobPlan
from likewise.distributed.results import names_in, save_array, stored_array, vectors_in
from likewise.distributed.store import JobStore
from likewise.distributed.verify import check_embedded, row_counts
from likewise.errors import FileMissing
from likewise.files.vectors.typed import parquet_writer
from likewise.types import Vectors

RESULT = "duplicates.parquet"

_BLOCK_ROWS = 4_000
_PART_ROWS = 500_000
"""Vectors of a part that are compared in one go: 770 MB at 384 dims."""
_MOST_CENTRES = 32_768
_PER_CENTRE = 40
_SEED = 20_240_601

Report = Callable[[str, Progress], None]


@dataclass(frozen=True)
class DuplicatesFound:
    """What a search has found.

    rows: that were searched. duplicates: rows that need not be kept. groups: of rows that are near
    to one another. cosine: from which two are near. blocks: that were compared within. sample:
    rows for which every pair was looked for. pairs: those that there are. found: those of them
    that the search has found. result: name of the file of duplicates below the results.
    """

    rows: int
    duplicates: int
    groups: int
    cosine: float
    blocks: int
    sample: int
    pairs: int
    found: int
    result: str

    @property
    def recall(self) -> float | None:
        """Share of pairs that were found; None where the sample has none."""
        return self.found / self.pairs if self.pairs else None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {**asdict(self), "recall": self.recall}


def dedupe(
    store: JobStore,
    plan: JobPlan,
    executor: Executor,
    *,
    cosine: float = COSINE,
    probes: int = 2,
    sample: int = 1_000,
    take: bool = False,
    progress: Report | None = None,
) -> DuplicatesFound:
    """Find rows that are the same or nearly so; the first of each group is the one to keep.

    Args:
        store: the folder of the job, which is finished.
        plan: its plan.
        executor: who does the work.
        cosine: similarity from which two texts are near-duplicates.
        probes: blocks in which each text is looked for; more find more, and cost more.
        sample: rows for which all pairs are looked for, to measure how many are found.
        take: take the job from a driver that is dead.
        progress: told what is being done, and how far it is.

    Raises:
        InvalidOption: the cosine can't find duplicates, or there are no vectors.
        ScaleError: the job is not finished, or parts failed.
    """
    check_embedded(store, plan)
    check_cosine(cosine)
    counts = row_counts(store, plan)
    starts = np.concatenate([[0], np.cumsum(counts)])
    with Lease(store, take=take) as lease:

        def each(work: Work, kind: str, parts: int, what: str) -> None:
            store.make(f"{search.folder}/{kind}")
            tell = None if progress is None else lambda state: progress(what, state)
            todo = undone(store, search, kind, parts)
            drive(executor, work, todo, parts=parts, lease=lease, progress=tell)

        search, blocks = _begun(store, plan, starts, cosine, probes, sample)
        each(AssignWork(store, search), ASSIGNED, len(plan), "Assigning to blocks")
        each(CompareWork(store, search), PAIRS, search.parts, "Comparing within blocks")
        each(SampleWork(store, search), SAMPLED, len(plan), "Looking for all pairs of a sample")
        rows, labels = _groups(store, search, starts)
        _write(store, search, starts, rows, labels)
        pairs, found = _recall(store, search, starts, rows, labels, len(plan))
    heads = len(np.unique(labels))
    taken = min(sample, int(starts[-1]))
    return DuplicatesFound(
        int(starts[-1]), len(rows) - heads, heads, cosine, blocks, taken, pairs, found,
        f"{search.folder}/{RESULT}",
    )  # fmt: skip


def _begun(
    store: JobStore,
    plan: JobPlan,
    starts: npt.NDArray[np.int64],
    cosine: float,
    probes: int,
    sample: int,
) -> tuple[BlockSearch, int]:
    """Return the search, begun anew or as it was begun before, and the number of its blocks."""
    rows = int(starts[-1])
    blocks = int(np.clip(rows // _BLOCK_ROWS, 1, _MOST_CENTRES))
    parts = max(1, min(blocks, -(-rows * probes // _PART_ROWS)))
    # a search for something else has a folder of its own, so that parts never mix
    name = f"_duplicates/{plan.digest[:12]}-{float(cosine)!r}-{probes}-{sample}"
    search = BlockSearch(name, cosine, probes, parts)
    try:
        made = stored_array(store, f"{name}/{CENTRES}")
        return search, len(made)
    except FileMissing:
        store.make(name)
    random = np.random.default_rng(_SEED)
    wanted = np.sort(random.choice(rows, min(sample, rows), replace=False))
    save_array(store, f"{name}/places.npy", wanted)
    save_array(store, f"{name}/{SAMPLE}", _vectors_at(store, starts, wanted))
    some = np.sort(random.choice(rows, min(rows, blocks * _PER_CENTRE), replace=False))
    # last: where it is there, all the others are
    centres = centres_of(_vectors_at(store, starts, some), blocks)
    save_array(store, f"{name}/{CENTRES}", centres)
    store.write(f"{name}/search.json", orjson.dumps(asdict(search)))
    return search, len(centres)


def _vectors_at(
    store: JobStore, starts: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
) -> Vectors:
    """Return vectors of some rows; those of rows without one are left out."""
    which = np.searchsorted(starts, places, side="right") - 1
    parts = []
    for number in np.unique(which):
        rows, vectors = vectors_in(store, int(number))
        inside = places[which == number] - starts[number]
        parts.append(vectors[np.isin(rows, inside)])
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def _groups(
    store: JobStore, search: BlockSearch, starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows that are in a group, rising, and the first row of the group of each."""
    import pyarrow.parquet as pq
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for name in sorted(store.entries(f"{search.folder}/{PAIRS}")):
        with store.open(f"{search.folder}/{PAIRS}/{name}") as opened:
            table = pq.read_table(opened)
        lefts.append(starts[table["shard"].to_numpy()] + table["row"].to_numpy())
        rights.append(starts[table["other_shard"].to_numpy()] + table["other_row"].to_numpy())
    left, right = np.concatenate(lefts), np.concatenate(rights)
    rows, inverse = np.unique(np.concatenate([left, right]), return_inverse=True)
    if not len(rows):
        return rows, rows
    ends = inverse.reshape(2, -1)
    graph = coo_array((np.ones(len(left), np.int8), (ends[0], ends[1])), shape=(len(rows),) * 2)
    _, labels = connected_components(graph, directed=False)
    _, first, again = np.unique(labels, return_index=True, return_inverse=True)
    return rows, rows[first][again]


def _write(
    store: JobStore,
    search: BlockSearch,
    starts: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    heads: npt.NDArray[np.int64],
) -> None:
    """Write ids of rows that need not be kept, with that of the row that stands for each."""
    import pyarrow as pa

    which = np.searchsorted(starts, rows, side="right") - 1
    ids: dict[int, str] = {}
    texts: dict[int, bytes] = {}
    for number in np.unique(which):
        names, hashes = names_in(store, int(number))
        for place in rows[which == number].tolist():
            inside = place - int(starts[number])
            ids[place], texts[place] = names[inside], hashes[inside]
    extra = [(a, b) for a, b in zip(rows.tolist(), heads.tolist(), strict=True) if a != b]
    table = pa.table(
        {
            "id": pa.array([ids[one] for one, _ in extra], pa.string()),
            "duplicate_of": pa.array([ids[head] for _, head in extra], pa.string()),
            "same_text": pa.array([texts[one] == texts[head] for one, head in extra], pa.bool_()),
        }
    )
    name = f"{search.folder}/{RESULT}"
    with store.publish(name) as file, parquet_writer(file, table.schema) as out:
        out.write_table(table)


def _recall(
    store: JobStore,
    search: BlockSearch,
    starts: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    heads: npt.NDArray[np.int64],
    shards: int,
) -> tuple[int, int]:
    """Return how many pairs the sample has, and how many of them are in one group."""
    import pyarrow.parquet as pq

    places = stored_array(store, f"{search.folder}/places.npy")
    kept = _with_vectors(store, starts, places)
    head_of = dict(zip(rows.tolist(), heads.tolist(), strict=True))
    pairs = found = 0
    for number in range(shards):
        with store.open(f"{search.folder}/{SAMPLED}/{number:06}.parquet") as opened:
            table = pq.read_table(opened)
        query = kept[table["query"].to_numpy()].tolist()
        other = (starts[number] + table["row"].to_numpy()).tolist()
        for one, two in zip(query, other, strict=True):
            if one != two:
                pairs += 1
                found += head_of.get(one, one) == head_of.get(two, two)
    return pairs, found


def _with_vectors(
    store: JobStore, starts: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return those of the rows that have a vector, in order."""
    which = np.searchsorted(starts, places, side="right") - 1
    kept = [
        starts[number] + np.intersect1d(vectors_in(store, int(number))[0], part)
        for number in np.unique(which)
        for part in [places[which == number] - starts[number]]
    ]
    return np.concatenate(kept) if kept else places
