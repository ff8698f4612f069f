"""Texts that came to a map later: they are placed, and nothing moves that was there before.

Each row of a map carries a key made of the text's id and vector, so the texts that are still the
same are known again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from likewise.maps.clusters import Cluster, Level
from likewise.maps.faithful import neighbours_kept, trustworthiness
from likewise.maps.map import NEIGHBOURS, Map, exact_neighbours
from likewise.similarity import FlatIndex
from likewise.types import StageProgress, Vectors, no_progress

Keys = npt.NDArray[np.uint64]


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
