"""The maps of a collection: kept beside its shards, and extended when texts were added.

A map's file names the layout, and each row in it carries a key made of the text's id and vector.
When the collection has changed since, texts that are still the same stay where they are and only
the others are placed; once a quarter of the texts were placed so, a map of the whole is due.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from likewise.collections.view import CollectionView
from likewise.errors import IncompatibleVectors, UnreadableFile, UnwritableFile
from likewise.files.write import writing
from likewise.maps.clusters import Cluster, Level
from likewise.maps.faithful import neighbours_kept, trustworthiness
from likewise.maps.layouts import Shown
from likewise.maps.map import DEFAULT, NEIGHBOURS, Map, exact_neighbours, make_map
from likewise.similarity import FlatIndex
from likewise.types import StageProgress, Vectors, no_progress

MOST_PLACED = 0.25
"""Share of texts that may be placed into an older map, until it is made anew."""

Keys = npt.NDArray[np.uint64]


def map_of(
    collection: CollectionView,
    layout: str = DEFAULT,
    *,
    anew: bool = False,
    threads: int = 0,
    progress: StageProgress = no_progress,
    picture: Shown | None = None,
) -> Map:
    """Return the map of a collection; row i belongs to its i-th text.

    A map is kept with its collection. One that was made before is read; one of an earlier state
    of the collection is extended, so that no text moves that was on it.

    >>> drawn = likewise.map_of(likewise.Collection.open("notes"))
    >>> drawn.points.shape
    (10, 2)

    Args:
        collection: the collection, as it was opened.
        layout: `tsne` keeps the most neighbours, `umap` is quicker, `pca` is instant.
        anew: make it anew, whatever there is.
        threads: of the layout, 0 for all cores.
        progress: called as `progress(what, done, total)`.
        picture: called with the points so far, float32, shape (n, 2), while the layout is under
            way.

    Raises:
        InvalidOption: there is no such layout.
        UnwritableFile: the map can't be kept: no space or no permission.
    """
    vectors = collection.vectors
    keys = keys_of(collection.ids, vectors)
    before = None if anew else _kept(collection, layout)
    if before is not None:
        if np.array_equal(before.keys, keys):
            return before
        known = np.isin(keys, before.keys)
        if known.mean() >= 1 - MOST_PLACED:
            made = extended(before, keys, vectors, progress)
            _keep(collection, made)
            return made
    made = make_map(
        vectors,
        collection.texts(),
        collection.identity,
        layout=layout,
        threads=threads,
        progress=progress,
        picture=picture,
    )
    made = replace(made, keys=keys)
    _keep(collection, made)
    return made


def kept_layouts(collection: CollectionView) -> list[str]:
    """Return the layouts of which there is a map, of this state of the collection or an earlier."""
    folder = collection.aside / "maps"
    return sorted(path.stem for path in folder.glob("*.map")) if folder.is_dir() else []


def keys_of(ids: Sequence[str], vectors: Vectors) -> Keys:
    """Return a number for each text that is the same while its id and its vector are."""
    named = [
        int.from_bytes(hashlib.blake2b(id_.encode(), digest_size=8).digest(), "little")
        for id_ in ids
    ]
    keys = np.array(named, np.uint64)
    for start in range(0, len(keys), 65_536):
        part = np.asarray(vectors[start : start + 65_536], np.float32)
        words = np.ascontiguousarray(part).view(np.uint32).astype(np.uint64)
        odd = np.random.default_rng(1).integers(0, 2**63, words.shape[1], np.uint64) * 2 + 1
        keys[start : start + len(part)] ^= (words * odd).sum(axis=1, dtype=np.uint64)
    return keys


def extended(
    before: Map, keys: Keys, vectors: Vectors, progress: StageProgress = no_progress
) -> Map:
    """Return an earlier map with the texts that are there now; none that was on it moves.

    Args:
        before: the earlier map, at least one of whose texts is still there.
        keys: of the texts that are there now.
        vectors: float32, shape (n, dims), theirs.
        progress: called as `progress(what, done, total)`.
    """
    order = np.argsort(before.keys, kind="stable")
    place = order[np.minimum(np.searchsorted(before.keys[order], keys), len(order) - 1)]
    known = before.keys[place] == keys
    old, new = np.flatnonzero(known), np.flatnonzero(~known)
    points = np.zeros((len(keys), 2), np.float32)
    points[old] = before.points[place[old]]
    index = FlatIndex(vectors)
    among = FlatIndex(index.take(old), trusted=True)
    near = np.zeros(len(new), np.int64)
    if len(new):
        found = among.search(index.take(new), min(NEIGHBOURS, len(old)))
        points[new] = np.median(points[old[found.indices]], axis=1)
        near = old[found.indices[:, 0]]
    neighbours = exact_neighbours(index, progress)
    levels = tuple(_extended_level(level, place, old, new, near) for level in before.levels)
    return replace(
        before,
        points=points,
        kept=neighbours_kept(points, neighbours),
        neighbours=neighbours,
        levels=levels,
        trustworthiness=trustworthiness(index, points, NEIGHBOURS),
        keys=keys,
    )


def _extended_level(
    level: Level,
    place: npt.NDArray[np.int64],
    old: npt.NDArray[np.int64],
    new: npt.NDArray[np.int64],
    near: npt.NDArray[np.int64],
) -> Level:
    """Return a division with the new texts in the clusters of their nearest; empty ones go."""
    labels = np.zeros(len(place), np.int32)
    labels[old] = level.labels[place[old]]
    labels[new] = labels[near]
    used, dense = np.unique(labels, return_inverse=True)
    sizes = np.bincount(dense)
    came_from = np.full(len(level.labels), -1, np.int64)
    came_from[place[old]] = old
    clusters = []
    for number, size in zip(used, sizes, strict=True):
        cluster = level.clusters[number]
        typical = came_from[cluster.typical]
        if typical < 0:  # it was taken out: any other of the cluster stands for it
            typical = np.flatnonzero(labels == number)[0]
        clusters.append(Cluster(cluster.words, int(typical), int(size)))
    return Level(dense.astype(np.int32), tuple(clusters))


def _file(collection: CollectionView, layout: str) -> Path:
    return collection.aside / "maps" / f"{layout}.map"


def _kept(collection: CollectionView, layout: str) -> Map | None:
    """Return the map that is kept, None where it has to be made: a broken one is none."""
    path = _file(collection, layout)
    if not path.is_file():
        return None
    try:
        return Map.open(path, collection.identity)
    except (UnreadableFile, IncompatibleVectors):
        return None


def _keep(collection: CollectionView, made: Map) -> None:
    path = _file(collection, made.layout)
    try:
        with writing(path):
            path.parent.mkdir(mode=0o700, exist_ok=True)
        made.save(path)
    except UnwritableFile:
        if not collection.path.is_dir() or collection.aside.stat().st_mode & 0o200:
            raise
        # a collection that may only be read has maps that last as long as the process
