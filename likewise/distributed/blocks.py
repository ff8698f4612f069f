"""Near-duplicates over many shards, in three kinds of parts that any executor does.

Every vector is assigned to the blocks of its nearest centres (k-means over a sample), so that two
that are near to each other meet in at least one block, as a rule; within a block all are compared.
Which pairs are missed is measured: for a sample of rows all pairs there are, are looked for.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from likewise.distributed.plan import finished_in, shard_name
from likewise.distributed.results import stored_array, vectors_in
from likewise.distributed.shard import Outcome
from likewise.distributed.store import JobStore
from likewise.files.vectors.embeddings import VECTOR, vectors_of
from likewise.files.vectors.typed import parquet_writer
from likewise.similarity.cosine import pair_cosines
from likewise.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

Rows = npt.NDArray[np.int64]

ASSIGNED, PAIRS, SAMPLED = "assigned", "pairs", "sampled"
"""Folders of what the three kinds of parts publish."""

CENTRES, SAMPLE = "centres.npy", "sample.npy"

_TILE = 2_048
_ROUNDING = 1e-5
"""Above what products of float32 are off by; pairs so near to the threshold are computed again."""


@dataclass(frozen=True)
class BlockSearch:
    """One search for duplicates: where it keeps its parts, and what it looks for.

    folder: below the results. cosine: from which two texts are near-duplicates. probes: blocks
    that a vector is assigned to. parts: files in which blocks are put together.
    """

    folder: str
    cosine: float
    probes: int
    parts: int


class _Work:
    """A part of a search; pickles as addresses and numbers."""

    kind = ""

    def __init__(self, out: JobStore, search: BlockSearch) -> None:
        self._out = out
        self._search = search

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was opened."""
        return {"_out": self._out, "_search": self._search}

    def __call__(self, number: int) -> Outcome:
        began = time.monotonic()
        rows = self._do(number)
        return Outcome(number, rows, seconds=time.monotonic() - began)

    def _do(self, number: int) -> int:
        raise NotImplementedError

    def _array(self, name: str) -> npt.NDArray[Any]:
        return stored_array(self._out, f"{self._search.folder}/{name}")

    def _publish(self, number: int, table: "pa.Table") -> None:
        name = f"{self._search.folder}/{self.kind}/{shard_name(number)}"
        with self._out.publish(name) as file, parquet_writer(file, table.schema) as write:
            write.write_table(table)


class AssignWork(_Work):
    """Assigns the vectors of a shard to blocks, and puts them down by block."""

    kind = ASSIGNED

    @cached_property
    def _centres(self) -> Vectors:
        return self._array(CENTRES)

    def _do(self, number: int) -> int:
        import pyarrow as pa

        rows, vectors = vectors_in(self._out, number)
        blocks = nearest_centres(vectors, self._centres, self._search.probes)
        block = blocks.reshape(-1)
        of = np.repeat(np.arange(len(rows)), blocks.shape[1])
        part = block % self._search.parts
        order = np.lexsort((of, block, part))
        flat = pa.array(np.ascontiguousarray(vectors[of[order]]).reshape(-1))
        table = pa.table(
            {
                "part": part[order],
                "block": block[order],
                "row": rows[of[order]],
                VECTOR: pa.FixedSizeListArray.from_arrays(flat, max(1, vectors.shape[1])),
            }
        )
        ends = np.searchsorted(part[order], np.arange(self._search.parts + 1))
        name = f"{self._search.folder}/{self.kind}/{shard_name(number)}"
        with (
            self._out.publish(name) as file,
            parquet_writer(file, table.schema, use_dictionary=False, compression="none") as write,
        ):
            for begin, end in pairwise(ends.tolist()):
                # a row group for each part, also one without rows: they are asked for by number
                write.write_table(table.slice(begin, end - begin), max(1, end - begin))
        return len(rows)


class CompareWork(_Work):
    """Compares all vectors of each block of a part."""

    kind = PAIRS

    def _do(self, number: int) -> int:
        import pyarrow as pa

        block, shard, row, vectors = self._members(number)
        found: list[npt.NDArray[np.int64]] = []
        for members in _groups(block):
            for left, right in joined_pairs(vectors[members], self._search.cosine):
                one, other = members[left], members[right]
                found.append(np.stack([shard[one], row[one], shard[other], row[other]]))
        edges = np.concatenate(found, axis=1) if found else np.zeros((4, 0), np.int64)
        names = ("shard", "row", "other_shard", "other_row")
        self._publish(number, pa.table(dict(zip(names, edges, strict=True))))
        return len(row)

    def _members(self, number: int) -> tuple[Rows, Rows, Rows, Vectors]:
        import pyarrow.parquet as pq

        parts: list[tuple[Any, ...]] = []
        folder = f"{self._search.folder}/{ASSIGNED}"
        dims = 1
        for name in sorted(self._out.entries(folder)):
            path = f"{folder}/{name}"
            with self._out.open(path) as opened, self._out.asking("be read", path):
                table = pq.ParquetFile(opened).read_row_group(number, use_threads=False)
            dims = table.schema.field(VECTOR).type.list_size
            if len(table):
                shard = np.full(len(table), int(name.partition(".")[0]), np.int64)
                numbers = [table[column].to_numpy() for column in ("block", "row")]
                parts.append((numbers[0], shard, numbers[1], vectors_of(table[VECTOR])))
        if not parts:
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, nothing, np.zeros((0, dims), np.float32)
        block, shard, row, vectors = (np.concatenate(one) for one in zip(*parts, strict=True))
        return block, shard, row, vectors


class SampleWork(_Work):
    """Looks in a shard for every row that is near to one of the sample."""

    kind = SAMPLED

    @cached_property
    def _queries(self) -> Vectors:
        return self._array(SAMPLE)

    def _do(self, number: int) -> int:
        import pyarrow as pa

        rows, vectors = vectors_in(self._out, number)
        found = [
            (query, rows[at])
            for begin in range(0, len(rows), _TILE)
            for query, at in [_above(self._queries, vectors, begin, self._search.cosine)]
        ]
        query = np.concatenate([one for one, _ in found]) if found else np.zeros(0, np.int64)
        row = np.concatenate([one for _, one in found]) if found else np.zeros(0, np.int64)
        self._publish(number, pa.table({"query": query, "row": row}))
        return len(rows)


def _above(queries: Vectors, vectors: Vectors, begin: int, cosine: float) -> tuple[Rows, Rows]:
    """Return queries, and places of vectors from `begin` on, whose cosine reaches the threshold."""
    query, at = np.nonzero(queries @ vectors[begin : begin + _TILE].T >= cosine - _ROUNDING)
    keep = pair_cosines(queries[query], vectors[begin + at]) >= cosine
    return query[keep], begin + at[keep]


def centres_of(vectors: Vectors, count: int) -> Vectors:
    """Return centres of blocks, unit length, shape (count, dims): k-means with a fixed seed.

    Source: D. Sculley, Web-scale k-means clustering, WWW 2010 (mini-batches).
    """
    if len(vectors) <= count or count <= 1:
        return vectors[: max(1, count)]
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(count, random_state=0, n_init=1, batch_size=4_096, max_iter=20)
    found = model.fit(vectors).cluster_centers_.astype(np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    centres: Vectors = found / np.where(lengths > 0, lengths, 1)
    return centres


def nearest_centres(vectors: Vectors, centres: Vectors, probes: int) -> npt.NDArray[np.int64]:
    """Return the nearest centres of each vector, shape (n, probes)."""
    probes = min(probes, len(centres))
    found = np.empty((len(vectors), probes), np.int64)
    for begin in range(0, len(vectors), _TILE):
        scores = vectors[begin : begin + _TILE] @ centres.T
        best = np.argpartition(-scores, probes - 1, axis=1)[:, :probes]
        found[begin : begin + _TILE] = best
    return found


def joined_pairs(vectors: Vectors, cosine: float) -> Iterator[tuple[Rows, Rows]]:
    """Yield pairs that join all vectors which reach the threshold, directly or through others.

    There are fewer pairs than vectors, however many are alike: of a group each is paired with one.

    Args:
        vectors: float32, shape (n, dims), unit length.
        cosine: the threshold.

    Yields:
        Rows of the one and of the other of each pair, int64, both of shape (pairs,).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    plain = np.ascontiguousarray(vectors).view(f"V{vectors.shape[1] * 4}").reshape(-1)
    _, first, same = np.unique(plain, return_index=True, return_inverse=True)
    labels = np.arange(len(first))
    different = vectors[first]
    for begin in range(0, len(first), _TILE):
        one = different[begin : begin + _TILE]
        for other in range(begin, len(first), _TILE):
            left, at = _above(one, different, other, cosine)
            graph = coo_array(
                (np.ones(len(left), np.int8), (labels[begin + left], labels[at])),
                shape=(len(first), len(first)),
            )
            _, components = connected_components(graph, directed=False)
            labels = components[labels]
    label = labels[same]
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    head = np.repeat(order[starts], np.diff(starts, append=len(order)))
    rest = order != head
    yield head[rest], order[rest]


def _groups(block: Rows) -> Iterator[Rows]:
    """Yield the members of each block."""
    order = np.argsort(block, kind="stable")
    ends = np.flatnonzero(np.diff(block[order])) + 1
    yield from (one for one in np.split(order, ends) if len(one) > 1)


def undone(out: JobStore, search: BlockSearch, kind: str, count: int) -> list[int]:
    """Return the parts of one kind that are not published yet."""
    return np.flatnonzero(~finished_in(out, f"{search.folder}/{kind}", count)).tolist()
