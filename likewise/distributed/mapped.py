"""Maps the results of a job: a map of a sample, and a place in it for every other row.

A map of all rows would take days and show nothing that a sample does not. A row that is placed
lies at the median of its nearest neighbours in the sample; how many of these are near it in the
picture is measured, for rows of the sample and for others.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.collections.storage.shard import ID, TEXT
from likewise.distributed.driver import Progress, drive
from likewise.distributed.executors import Executor
from likewise.distributed.lease import Lease
from likewise.distributed.plan import JobPlan, finished_in, shard_name
from likewise.distributed.results import opened_shard, save_array, stored_array, vectors_in
from likewise.distributed.shard import Outcome
from likewise.distributed.store import JobStore
from likewise.distributed.verify import check_embedded, row_counts
from likewise.errors import FileMissing, InvalidOption, ScaleError, UnreadableFile, shown
from likewise.files.vectors.typed import parquet_writer
from likewise.maps import Map, make_map
from likewise.maps.layouts import layout_named
from likewise.maps.map import NEIGHBOURS
from likewise.similarity import FlatIndex
from likewise.types import Identity, StageProgress, Vectors, no_progress

SAMPLE_ROWS = 20_000
MEASURED = 1_000
"""Rows outside the sample for which it is measured how well they are placed."""

_SHARDS = 256
"""Shards that the sample is drawn from, at most: each is read whole."""
_SEED = 20_240_601
_MAP, _VECTORS, _PLACES, _OTHERS = "sample.map", "vectors.npy", "places.npy", "others.npy"
_PLACED = "placed"


@dataclass(frozen=True)
class PlacedMap:
    """A map of a sample with all other rows placed in it.

    rows: of the job. sample: rows that the map was made of. placed: others that have a place.
    kept: share of the 15 true neighbours of a row of the sample that are near it in the picture.
    placed_kept: the same for `measured` others, whose neighbours are looked for in the sample;
    None where there are none. trustworthiness: of the map of the sample. layout: its name.
    folder: below the results, where a file for each shard says where its rows lie.
    """

    rows: int
    sample: int
    placed: int
    kept: float
    placed_kept: float | None
    measured: int
    trustworthiness: float
    layout: str
    folder: str

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


class PlaceWork:
    """Places the rows of a shard; pickles as addresses.

    Args:
        out: where the results are.
        folder: of the map, below them.
        identity: the encoder of the vectors.
    """

    def __init__(self, out: JobStore, folder: str, identity: Identity) -> None:
        self._out = out
        self._folder = folder
        self._identity = identity

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was opened."""
        return {name: self.__dict__[name] for name in ("_out", "_folder", "_identity")}

    def __call__(self, number: int) -> Outcome:
        """Write a table of all rows of a shard: id, x, y, cluster, and whether in the sample."""
        import pyarrow as pa

        began = time.monotonic()
        drawn, index, places = self._map
        rows, vectors = vectors_in(self._out, number)
        with opened_shard(self._out, number) as shard:
            ids = shard.read([ID])[ID]
        points = np.full((len(ids), 2), np.nan, np.float32)
        cluster = np.full(len(ids), -1, np.int32)
        points[rows] = drawn.place(index, vectors)
        if len(rows) and len(index) and drawn.levels:
            cluster[rows] = drawn.levels[0].labels[index.search(vectors, 1).indices[:, 0]]
        of_sample = np.flatnonzero(places[:, 0] == number)
        inside = places[of_sample, 1]
        points[inside] = drawn.points[of_sample]
        if drawn.levels:
            cluster[inside] = drawn.levels[0].labels[of_sample]
        nowhere = np.isnan(points[:, 0])
        table = pa.table(
            {
                "id": ids,
                "x": pa.array(points[:, 0], mask=nowhere),
                "y": pa.array(points[:, 1], mask=nowhere),
                "cluster": pa.array(cluster, mask=cluster < 0),
                "sample": pa.array(np.isin(np.arange(len(ids)), inside)),
            }
        )
        name = f"{self._folder}/{_PLACED}/{shard_name(number)}"
        with self._out.publish(name) as file, parquet_writer(file, table.schema) as write:
            write.write_table(table)
        return Outcome(number, len(ids), int(nowhere.sum()), time.monotonic() - began)

    @cached_property
    def _map(self) -> tuple[Map, FlatIndex, npt.NDArray[np.int64]]:
        drawn = _opened_map(self._out, self._folder, self._identity)
        vectors = stored_array(self._out, f"{self._folder}/{_VECTORS}")
        return drawn, FlatIndex(vectors), stored_array(self._out, f"{self._folder}/{_PLACES}")


def map_results(
    store: JobStore,
    plan: JobPlan,
    executor: Executor,
    *,
    sample: int = SAMPLE_ROWS,
    layout: str = "tsne",
    take: bool = False,
    stage: StageProgress = no_progress,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[PlacedMap, Map, list[str]]:
    """Map a sample of a job's results, and place all other rows in it.

    Args:
        store: the folder of the job, which is finished.
        plan: its plan.
        executor: who places the rows.
        sample: rows of the sample.
        layout: a name in `likewise.maps.layouts.LAYOUTS`.
        take: take the job from a driver that is dead.
        stage: told how far the map of the sample is.
        progress: told after each shard whose rows are placed.

    Returns:
        What was done, the map of the sample, and the sample's texts.

    Raises:
        InvalidOption: there is no such layout, nothing to map, or there are no vectors.
        ScaleError: the job is not finished, or shards could not be placed.
    """
    check_embedded(store, plan)
    layout_named(layout)
    if sample < 1:
        raise InvalidOption(f"A sample can't have {sample:,} rows.", "Give it 1 or more.")
    counts = row_counts(store, plan)
    folder = f"_map/{plan.digest[:12]}-{layout}-{sample}"
    with Lease(store, take=take) as lease:
        places = _sampled(store, folder, counts, sample)
        if not len(places):
            raise InvalidOption(
                f"{shown(store.address, 200)} holds no vectors to map.",
                "`likewise scale status` counts rows with an error.",
                param="manifest",
            )
        drawn, vectors, texts = _drawn(store, folder, plan.identity, places, layout, stage)
        store.make(f"{folder}/{_PLACED}")
        todo = np.flatnonzero(~finished_in(store, f"{folder}/{_PLACED}", len(plan))).tolist()
        work = PlaceWork(store, folder, plan.identity)
        drive(executor, work, todo, parts=len(plan), lease=lease, progress=progress)
    others = stored_array(store, f"{folder}/{_OTHERS}")
    kept = _placed_kept(drawn, vectors, _vectors_at(store, others)[0])
    total, nowhere = _totals(store, folder, len(plan))
    return (
        PlacedMap(
            rows=total,
            sample=len(drawn),
            placed=total - nowhere - len(drawn),
            kept=drawn.share_kept,
            placed_kept=kept,
            measured=len(others) if kept is not None else 0,
            trustworthiness=drawn.trustworthiness,
            layout=layout,
            folder=f"{folder}/{_PLACED}",
        ),
        drawn,
        texts,
    )


def _sampled(
    store: JobStore, folder: str, counts: npt.NDArray[np.int64], sample: int
) -> npt.NDArray[np.int64]:
    """Return which rows the map is made of, and keep some others to be measured by.

    int64, shape (n, 2): a shard, and a row of it that has a vector, both rising.
    """
    try:
        return stored_array(store, f"{folder}/{_PLACES}")
    except FileMissing:
        store.make(folder)
    random = np.random.default_rng(_SEED)
    full = np.flatnonzero(counts)
    if len(full) > _SHARDS:
        full = np.sort(random.choice(full, _SHARDS, False, counts[full] / counts.sum()))
    there = [(number, vectors_in(store, int(number))[0]) for number in full.tolist()]
    every = [np.stack([np.full(len(rows), number), rows], axis=1) for number, rows in there]
    rows = np.concatenate([np.zeros((0, 2), np.int64), *every])
    order = random.permutation(len(rows))
    others = rows[np.sort(order[sample : sample + MEASURED])]
    places: npt.NDArray[np.int64] = rows[np.sort(order[:sample])]
    save_array(store, f"{folder}/{_OTHERS}", others)
    save_array(store, f"{folder}/{_PLACES}", places)
    return places


def _drawn(
    store: JobStore,
    folder: str,
    identity: Identity,
    places: npt.NDArray[np.int64],
    layout: str,
    stage: StageProgress,
) -> tuple[Map, Vectors, list[str]]:
    """Return the map of the sample, made anew or as it was made before, its vectors and texts."""
    vectors, texts = _vectors_at(store, places)
    try:
        return _opened_map(store, folder, identity), vectors, texts
    except FileMissing:
        drawn = make_map(vectors, texts, identity, layout=layout, progress=stage)
    save_array(store, f"{folder}/{_VECTORS}", vectors)
    with tempfile.TemporaryDirectory(prefix="likewise-") as aside:
        path = Path(aside) / _MAP
        drawn.save(path)
        store.write(f"{folder}/{_MAP}", path.read_bytes())
    return drawn, vectors, texts


def _opened_map(store: JobStore, folder: str, identity: Identity) -> Map:
    with tempfile.TemporaryDirectory(prefix="likewise-") as aside:
        path = Path(aside) / _MAP
        path.write_bytes(store.read(f"{folder}/{_MAP}"))
        try:
            return Map.open(path, identity)
        except UnreadableFile:
            raise ScaleError(
                f"The map in {shown(folder, 200)} below {shown(store.address, 200)} is damaged.",
                "Delete that folder, then call again.",
            ) from None


def _vectors_at(store: JobStore, places: npt.NDArray[np.int64]) -> tuple[Vectors, list[str]]:
    """Return vectors and texts of rows that have a vector."""
    vectors: list[Vectors] = []
    texts: list[str] = []
    for number in np.unique(places[:, 0]).tolist():
        inside = places[places[:, 0] == number, 1]
        rows, found = vectors_in(store, number)
        vectors.append(found[np.isin(rows, inside)])
        with opened_shard(store, number) as file:
            texts += file.read([TEXT])[TEXT].take(inside).to_pylist()
    return (np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32)), texts


def _placed_kept(drawn: Map, vectors: Vectors, others: Vectors) -> float | None:
    """Return the share of rows' true neighbours in the sample that are near them in the picture."""
    from scipy.spatial import cKDTree

    if not len(others):
        return None
    index = FlatIndex(vectors)
    k = min(NEIGHBOURS, len(index))
    true = index.search(others, k).indices
    _, near = cKDTree(drawn.points).query(drawn.place(index, others), k)
    near = near.reshape(len(others), k)
    return float((near[:, :, None] == true[:, None, :]).any(axis=2).mean())


def _totals(store: JobStore, folder: str, shards: int) -> tuple[int, int]:
    """Return how many rows there are, and how many of them have no place."""
    import pyarrow.parquet as pq

    rows = nowhere = 0
    for number in range(shards):
        with store.open(f"{folder}/{_PLACED}/{shard_name(number)}") as opened:
            said = pq.ParquetFile(opened).metadata
        rows += said.num_rows
        for group in range(said.num_row_groups):
            nowhere += said.row_group(group).column(1).statistics.null_count
    return rows, nowhere
