"""Exact nearest neighbours by cosine similarity: a flat index over blocks of vectors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidOption, InvalidVectors
from likewise.similarity.cosine import check_dims, check_vectors
from likewise.similarity.selection import (
    MOST_PAIRS,
    RESCORED,
    BestRows,
    Blocks,
    Mask,
    cosines,
    take_rows,
)
from likewise.types import Vectors

_SCORES = 2**21
"""Scores that are held at a time: 8 MB, which caches still help with."""

_QUERIES = 512
"""Queries that are searched together: more gain nothing in a matrix product."""


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
        together = max(1, min(len(queries), _QUERIES, MOST_PAIRS // max(1, 2 * k)))
        for start in range(0, len(queries) if k else 0, together):
            part = slice(start, start + together)
            best = BestRows(queries[part], self._blocks, k)
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
        found = [cosines(queries, part) for _, part, _ in self._parts(RESCORED, None)]
        return np.concatenate(found, axis=1) if found else np.zeros((len(queries), 0), np.float32)

    def take(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """Return the vectors of `rows`, float32, shape (len(rows), dims)."""
        return take_rows(self._blocks, rows)

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
    for start in range(0, len(block), RESCORED):
        check_vectors(block[start : start + RESCORED], first_row=start)
    if block.dtype not in (np.float16, np.float32):
        raise InvalidVectors(
            f"vectors are {block.dtype}, not float32 or float16.",
            "Convert them: vectors.astype('float32').",
            param="vectors",
        )
    return block
