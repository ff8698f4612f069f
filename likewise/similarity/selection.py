"""Selects the most similar rows to some queries, exactly, block by block.

Selection, not arithmetic, is what exact search usually pays for, so no block of scores is ever
sorted. The first block gives each query a threshold that at least k of its scores reach; of all
blocks only the few scores above the threshold are looked at, and these are found by the highest
of every few. Scores of a float32 matrix product are exact to about 1e-6 and depend on a row's
place in the matrix, so all that lie within `ROUNDING` of the threshold are computed again in
float64 before they are ranked. The result is that of a full sort in float64, of equal vectors the
lower index first.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidVectors
from likewise.similarity.cosine import ROUNDING, pair_cosines
from likewise.types import Vectors

Blocks = Sequence[npt.NDArray[np.floating]]
"""Vectors in parts of any length, float32 or float16, memory-mapped or not; rows count on."""

Mask = npt.NDArray[np.bool_]

MOST_PAIRS = 2**21
"""Candidates that are ranked at a time; beyond it, equal vectors are counted as one first."""

_TOGETHER = 16
"""Scores of which only the highest is compared with the threshold, for next to none reaches it."""

_BELOW_ALL = np.float32(-2)
"""Less than any cosine."""

RESCORED = 2**15
"""Candidates whose exact cosine is computed at a time, 100 MB at 384 dims."""


class BestRows:
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
        scores = cosines(self._queries, block)
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
        if len(self._row) > MOST_PAIRS:
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
            [_fingerprints(take_rows(self._blocks, part)) for part in _slices(rows)]
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
        for start in range(0, len(exact), RESCORED):
            part = slice(start, start + RESCORED)
            exact[part] = pair_cosines(
                self._queries[self._query[part]], take_rows(self._blocks, self._row[part])
            )
        order = np.lexsort((self._row, -exact, self._query))
        order = order[_rank(self._query[order]) < self._k]
        shape = (len(self._queries), self._k)
        return self._row[order].reshape(shape), exact[order].reshape(shape)


def cosines(queries: Vectors, block: Vectors) -> Vectors:
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


def take_rows(blocks: Blocks, rows: npt.NDArray[np.int64]) -> Vectors:
    """Return rows that are counted through all blocks: float32, shape (len(rows), dims)."""
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
    for start in range(0, len(rows), RESCORED):
        yield rows[start : start + RESCORED]


def _fingerprints(vectors: Vectors) -> npt.NDArray[np.uint64]:
    """Return a number for each row, equal for equal rows and for others next to never."""
    words = np.ascontiguousarray(vectors + np.float32(0)).view(np.uint32).astype(np.uint64)
    odd = np.random.default_rng(0).integers(0, 2**63, words.shape[1], np.uint64) * 2 + 1
    mixed: npt.NDArray[np.uint64] = (words * odd).sum(axis=1, dtype=np.uint64)
    return mixed
