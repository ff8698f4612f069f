"""Exact nearest neighbours by cosine similarity: a flat index, and the kernel below it.

Selection, not arithmetic, is what exact search usually pays for, so no block of scores is ever
sorted. The first block gives each query a threshold that at least k of its scores reach; of all
blocks only the few scores above the threshold are looked at, and these are found by the highest
of every few. Scores of a float32 matrix product are exact to about 1e-6 and depend on a row's
place in the matrix, so all that lie within `ROUNDING` of the threshold are computed again in
float64 before they are ranked. The result is that of a full sort in float64, of equal vectors the
lower index first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidOption, InvalidVectors
from likewise.similarity.cosine import ROUNDING, check_dims, check_vectors, pair_cosines
from likewise.types import Vectors

Blocks = Sequence[npt.NDArray[np.floating]]
"""Vectors in parts of any length, float32 or float16, memory-mapped or not; rows count on."""

Mask = npt.NDArray[np.bool_]

_SCORES = 2**21
"""Scores that are held at a time: 8 MB, which caches still help with."""

_QUERIES = 512
"""Queries that are searched together: more gain nothing in a matrix product."""

_MOST_PAIRS = 2**21
"""Candidates that are ranked at a time; beyond it, equal vectors are counted as one first."""

_TOGETHER = 16
"""Scores of which only the highest is compared with the threshold, for next to none reaches it."""

_BELOW_ALL = np.float32(-2)
"""Less than any cosine."""

_RESCORED = 2**15
"""Candidates whose exact cosine is computed at a time, 100 MB at 384 dims."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The most similar vectors to each of q queries, most similar first.

    indices: int64, shape (q, k), rows of the index; of equals the lower one first.
    similarities: float32, shape (q, k), cosines within [-1, 1]; equal vectors have exactly 1.
    """

    indices: npt.NDArray[np.int64]
    similarities: npt.NDArray[np.float32]


class FlatIndex:
    """Vectors to search exactly; they are checked once, here, and trusted afterwards.

    Args:
        vectors: float32 or float16, shape (n, dims), unit length; an array, a memory map, or a
            sequence of such blocks, whose rows are counted through.
        trusted: skip the check, for vectors that were checked when they were written.

    Raises:
        InvalidVectors: not unit vectors of one number of dims.
    """

    def __init__(
        self, vectors: npt.NDArray[np.floating] | Blocks, *, trusted: bool = False
    ) -> None:
        self._blocks = [vectors] if isinstance(vectors, np.ndarray) else list(vectors)
        if not trusted:
            self._blocks = [_checked(block) for block in self._blocks]
        for block in self._blocks[1:]:
            check_dims(self._blocks[0], block)

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def search(self, queries: Vectors, k: int, *, allowed: Mask | None = None) -> Neighbours:
        """Return the `k` most similar vectors to each query.

        Args:
            queries: float32, shape (q, dims), unit length.
            k: how many, at least 1; fewer come back where fewer are allowed.
            allowed: bool, shape (n,): rows that may be found; by default all.

        Raises:
            InvalidOption: `k` is under 1, or `allowed` has another length.
            InvalidVectors: the queries are not unit vectors of the index's dims.
        """
        if k < 1:
            raise InvalidOption(f"k is {k}.", "Ask for at least 1 neighbour.", param="k")
        if allowed is not None and allowed.shape != (len(self),):
            raise InvalidOption(
                f"allowed has shape {allowed.shape}; the index has {len(self):,} vectors.",
                "Give one true or false for each vector.",
                param="allowed",
            )
        queries = check_vectors(queries, "queries")
        if self._blocks:
            check_dims(queries, self._blocks[0])
        k = min(k, len(self) if allowed is None else int(allowed.sum()))
        indices = np.empty((len(queries), k), np.int64)
        similarities = np.empty((len(queries), k), np.float32)
        together = max(1, min(len(queries), _QUERIES, _MOST_PAIRS // max(1, 2 * k)))
        for start in range(0, len(queries) if k else 0, together):
            part = slice(start, start + together)
            best = _Best(queries[part], self._blocks, k)
            for rows, block, barred in self._parts(_SCORES // together, allowed):
                best.look_at(rows, block, barred)
            indices[part], similarities[part] = best.result()
        return Neighbours(indices, similarities)

    def neighbours(self, k: int, rows: npt.NDArray[np.int64] | None = None) -> Neighbours:
        """Return the `k` most similar *other* vectors to each vector of the index.

        Args:
            k: how many, at least 1; n - 1 if that is less.
            rows: int64, shape (q,): the vectors whose neighbours are wanted; by default all.

        Raises:
            InvalidOption: `k` is under 1.
        """
        wanted = np.arange(len(self)) if rows is None else np.asarray(rows, np.int64)
        found = self.search(self.take(wanted), k + 1)
        # a vector is among its own k + 1 nearest, unless as many equal ones come before it
        own = found.indices == wanted[:, None]
        own[~own.any(axis=1), -1:] = True
        shape = (len(wanted), max(0, found.indices.shape[1] - 1))
        return Neighbours(
            found.indices[~own].reshape(shape), found.similarities[~own].reshape(shape)
        )

    def scores(self, queries: Vectors) -> npt.NDArray[np.float32]:
        """Return the cosine of each query with each vector, float32, shape (q, n).

        Exact to about 1e-6. It is for a few queries: a thousand over a million vectors are 4 GB.

        Raises:
            InvalidVectors: the queries are not unit vectors of the index's dims.
        """
        queries = check_vectors(queries, "queries")
        found = [_cosines(queries, part) for _, part, _ in self._parts(_RESCORED, None)]
        return np.concatenate(found, axis=1) if found else np.zeros((len(queries), 0), np.float32)

    def take(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """Return the vectors of `rows`, float32, shape (len(rows), dims)."""
        return _take(self._blocks, rows)

    def _parts(
        self, most: int, allowed: Mask | None
    ) -> Iterator[tuple[npt.NDArray[np.int64], Vectors, Mask | None]]:
        """Yield (their rows in the index, float32 vectors, those that don't count), some at a time.

        Where few of them count these alone are copied; to copy most would cost more than to
        multiply all.
        """
        offset = 0
        for block in self._blocks:
            for start in range(0, len(block), most):
                part = block[start : start + most]
                rows = np.arange(offset + start, offset + start + len(part))
                barred = None
                if allowed is not None and not (may := allowed[rows]).all():
                    if 3 * int(may.sum()) > len(may):
                        barred = ~may
                    else:
                        rows, part = rows[may], part[may]
                if len(rows):
                    yield rows, np.asarray(part, np.float32), barred
            offset += len(block)


class _Best:
    """The best rows so far of some queries, and the threshold that a better one must pass."""

    def __init__(self, queries: Vectors, blocks: Blocks, k: int) -> None:
        self._queries = queries
        self._blocks = blocks
        self._k = k
        self._threshold = np.full((len(queries), 1), -np.inf, np.float32)
        # flat lists: which query, which row, its score
        self._query = np.zeros(0, np.int64)
        self._row = np.zeros(0, np.int64)
        self._score = np.zeros(0, np.float32)

    def look_at(
        self, rows: npt.NDArray[np.int64], block: Vectors, barred: Mask | None = None
    ) -> None:
        """Take in the vectors of some rows, which are higher than all that came before."""
        scores = _cosines(self._queries, block)
        if barred is not None:
            scores[:, barred] = -np.inf
        peaks = _peaks(scores)
        if len(block) > self._k and not np.isfinite(self._threshold).all():
            # the k-th best peak is no better than the k-th best score, and quicker to find
            seen = peaks if peaks.shape[1] > 2 * self._k else scores
            self._threshold = np.partition(seen, -self._k, axis=1)[:, -self._k, None]
            self._threshold -= 2 * ROUNDING
        query, column = _above(scores, peaks, np.maximum(self._threshold, _BELOW_ALL))
        if not len(query):
            return
        self._query = np.concatenate([self._query, query])
        self._row = np.concatenate([self._row, rows[column]])
        self._score = np.concatenate([self._score, scores[query, column]])
        if len(self._row) > _MOST_PAIRS:
            self._thin_equals()
        if len(self._row) > 2 * self._k * len(self._queries):
            self._drop_hopeless()

    def _keep(self, which: npt.NDArray[np.int64] | Mask) -> None:
        self._query, self._row, self._score = (
            self._query[which],
            self._row[which],
            self._score[which],
        )

    def _drop_hopeless(self) -> None:
        """Raise each threshold to the k-th best score so far and drop what lies below.

        It sorts, so it is done where twice as many are kept as are wanted, and at the end.
        """
        order = np.lexsort((self._row, -self._score, self._query))
        self._keep(order)
        kth = _rank(self._query) == self._k - 1
        # the threshold of the first block stands where it was higher: it has seen all its scores
        known = self._threshold[self._query[kth], 0]
        found = np.maximum(known, self._score[kth] - 2 * ROUNDING)
        self._threshold[self._query[kth], 0] = found
        self._keep(self._score >= self._threshold[self._query, 0])

    def _thin_equals(self) -> None:
        """Of equal vectors keep the `k` with the lowest index for each query: more can't matter.

        A collection that holds one text a hundred thousand times has as many ties for each query.
        """
        rows, place = np.unique(self._row, return_inverse=True)
        group = np.concatenate(
            [_fingerprints(_take(self._blocks, part)) for part in _slices(rows)]
        )[place]
        order = np.lexsort((self._row, group, self._query))
        sorted_query, sorted_group = self._query[order], group[order]
        fresh = np.ones(len(order), bool)
        fresh[1:] = (sorted_query[1:] != sorted_query[:-1]) | (
            sorted_group[1:] != sorted_group[:-1]
        )
        self._keep(np.sort(order[_rank(np.cumsum(fresh)) < self._k]))

    def result(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return (indices, similarities), both of shape (queries, k), ranked by exact cosines."""
        self._drop_hopeless()
        exact = np.empty(len(self._row), np.float32)
        for start in range(0, len(exact), _RESCORED):
            part = slice(start, start + _RESCORED)
            exact[part] = pair_cosines(
                self._queries[self._query[part]], _take(self._blocks, self._row[part])
            )
        order = np.lexsort((self._row, -exact, self._query))
        order = order[_rank(self._query[order]) < self._k]
        shape = (len(self._queries), self._k)
        return self._row[order].reshape(shape), exact[order].reshape(shape)


def top_k(
    queries: Vectors, vectors: npt.NDArray[np.floating], k: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the `k` most similar vectors to each query, by exact search.

    To search the same vectors again, make a `FlatIndex` of them, which checks them only once.

    Args:
        queries: float32, shape (q, dims), unit length.
        vectors: float32, shape (n, dims), unit length.
        k: how many, at least 1; n if n is less.

    Returns:
        indices: int64, shape (q, min(k, n)), most similar first; of equals the lower index first.
        similarities: float32, same shape, within [-1, 1].

    Raises:
        InvalidOption: `k` is under 1.
        InvalidVectors: not unit vectors of one number of dims.
    """
    found = FlatIndex(vectors).search(queries, k)
    return found.indices, found.similarities


def _checked(block: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Check a block a part at a time and return it as it is: a memory map stays one."""
    if block.ndim != 2:
        check_vectors(block)
    for start in range(0, len(block), _RESCORED):
        check_vectors(block[start : start + _RESCORED], first_row=start)
    if block.dtype not in (np.float16, np.float32):
        raise InvalidVectors(
            f"vectors are {block.dtype}, not float32 or float16.",
            "Convert them: vectors.astype('float32').",
            param="vectors",
        )
    return block


def _cosines(queries: Vectors, block: Vectors) -> Vectors:
    """Return all cosines, shape (queries, rows).

    Raises:
        InvalidVectors: a vector is not finite, which no comparison with a threshold would tell.
    """
    with np.errstate(invalid="ignore"):
        scores: Vectors = queries @ block.T
        # with such a vector no query has a finite cosine, so that the first one tells
        if not np.isfinite(scores[:1].sum()):
            raise InvalidVectors(
                "A vector is not finite, so nothing can be near it.",
                "Make the vectors again; `likewise collections verify` does it for a collection.",
            )
    return scores


def _peaks(scores: Vectors) -> Vectors:
    """Return the highest of each `_TOGETHER` scores of a query, shape (q, columns // _TOGETHER).

    Those of a peak stand as far apart as there are peaks, so that rows are compared as wholes;
    the last few columns of an odd number have none.
    """
    count = scores.shape[1] // _TOGETHER
    peaks: Vectors = (
        scores[:, : count * _TOGETHER].reshape(len(scores), _TOGETHER, count).max(axis=1)
    )
    return peaks


def _above(
    scores: Vectors, peaks: Vectors, threshold: Vectors
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (query, column) of all scores that reach their query's threshold."""
    count = peaks.shape[1]
    query, peak = np.divmod(np.flatnonzero(peaks >= threshold), max(1, count))
    near = peak[:, None] + count * np.arange(_TOGETHER)
    which, place = np.nonzero(scores[query[:, None], near] >= threshold[query])
    rest, column = np.nonzero(scores[:, count * _TOGETHER :] >= threshold)
    return (
        np.concatenate([query[which], rest]),
        np.concatenate([near[which, place], count * _TOGETHER + column]),
    )


def _take(blocks: Blocks, rows: npt.NDArray[np.int64]) -> Vectors:
    if len(blocks) == 1:
        return np.asarray(blocks[0][rows], np.float32)
    starts = np.cumsum([0, *map(len, blocks)])
    of_block = np.searchsorted(starts, rows, side="right") - 1
    taken = np.empty((len(rows), blocks[0].shape[1] if blocks else 0), np.float32)
    for number in np.unique(of_block):
        here = of_block == number
        taken[here] = blocks[number][rows[here] - starts[number]]
    return taken


def _rank(groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return 0, 1, 2 … within each run of equal values of a sorted array."""
    places = np.arange(len(groups))
    first = np.ones(len(groups), bool)
    first[1:] = groups[1:] != groups[:-1]
    rank: npt.NDArray[np.int64] = places - np.maximum.accumulate(np.where(first, places, 0))
    return rank


def _slices(rows: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    for start in range(0, len(rows), _RESCORED):
        yield rows[start : start + _RESCORED]


def _fingerprints(vectors: Vectors) -> npt.NDArray[np.uint64]:
    """Return a number for each row, equal for equal rows and for others next to never."""
    words = np.ascontiguousarray(vectors + np.float32(0)).view(np.uint32).astype(np.uint64)
    odd = np.random.default_rng(0).integers(0, 2**63, words.shape[1], np.uint64) * 2 + 1
    mixed: npt.NDArray[np.uint64] = (words * odd).sum(axis=1, dtype=np.uint64)
    return mixed
