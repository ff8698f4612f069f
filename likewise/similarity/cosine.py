"""Cosine similarity of unit vectors, and exact nearest neighbours by it."""

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidOption, InvalidVectors
from likewise.types import Vectors

BLOCK = 2**24
"""Similarities that `top_k` holds at a time: 64 MB, large enough for a fast matrix product."""

ROUNDING = 1e-5
"""Two cosines of float32 vectors that are nearer than this may be equal."""


def check_vectors(vectors: npt.NDArray[np.floating], name: str = "vectors") -> Vectors:
    """Return `vectors` as float32 of shape (n, dims).

    Raises:
        InvalidVectors: not two-dimensional, not real numbers, not finite or not of unit length.
    """
    array = np.asarray(vectors)
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.floating):
        raise InvalidVectors(
            f"{name} must be floats of shape (n, dims), not {array.dtype} of shape {array.shape}.",
            "Pass one row for each text, as Encoding.vectors has them.",
            param=name,
        )
    array = array.astype(np.float32, copy=False)
    lengths = np.linalg.norm(array, axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) < 1e-3))  # negated, so that NaN is wrong too
    if len(wrong):
        raise InvalidVectors(
            f"Row {wrong[0]} of {name} has length {lengths[wrong[0]]:.6g}, not 1.",
            "Divide each row by its length; a row of zeros or NaN has no direction: leave it out.",
            param=name,
        )
    return array


def cosine_matrix(vectors: Vectors, others: Vectors | None = None) -> Vectors:
    """Return the cosine similarities of all pairs.

    Equal rows give exactly 1.0, although the sum of products in float32 may miss it by 1e-7.

    Args:
        vectors: float32, shape (n, dims), unit length.
        others: float32, shape (m, dims), unit length; by default `vectors` itself.

    Returns:
        float32, shape (n, m), within [-1, 1].

    Raises:
        InvalidVectors: not unit vectors of one number of dims.
    """
    left = check_vectors(vectors)
    right = left if others is None else check_vectors(others, "others")
    _check_dims(left, right)
    matrix: Vectors = np.clip(left @ right.T, -1, 1)
    rows, columns = np.nonzero(matrix > 1 - ROUNDING)
    equal = (left[rows] == right[columns]).all(axis=1)
    matrix[rows[equal], columns[equal]] = 1
    return matrix


def top_k(
    queries: Vectors, vectors: Vectors, k: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the `k` most similar vectors to each query, by exact search.

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
    if k < 1:
        raise InvalidOption(f"k is {k}.", "Ask for at least 1 neighbour.", param="k")
    queries, vectors = check_vectors(queries, "queries"), check_vectors(vectors)
    _check_dims(queries, vectors)
    k = min(k, len(vectors))
    indices = np.empty((len(queries), k), np.int64)
    similarities = np.empty((len(queries), k), np.float32)
    rows = max(1, BLOCK // max(1, len(vectors)))
    for start in range(0, len(queries), rows):
        for row, scores in enumerate(queries[start : start + rows] @ vectors.T, start):
            candidates = _candidates(scores, k)
            exact = _cosines(queries[row], vectors[candidates])
            order = np.argsort(-exact, kind="stable")[:k]
            indices[row] = candidates[order]
            similarities[row] = exact[order]
    return indices, similarities


def _candidates(scores: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """Return the positions, rising, of all scores that may be among the `k` highest."""
    if k == len(scores):
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, -k)[-k] - ROUNDING)


def _cosines(query: Vectors, vectors: Vectors) -> npt.NDArray[np.float32]:
    """Return the cosines of one query, shape (dims,), the same for equal rows wherever they stand.

    A matrix product doesn't promise that: its last bit depends on a row's place.
    """
    products = (vectors * query.astype(np.float64)).sum(axis=1)
    exact: Vectors = np.clip(products, -1, 1).astype(np.float32)
    exact[(vectors == query).all(axis=1)] = 1
    return exact


def _check_dims(left: Vectors, right: Vectors) -> None:
    if left.shape[1] != right.shape[1]:
        raise InvalidVectors(
            f"Vectors of {left.shape[1]} and of {right.shape[1]} dims can't be compared.",
            "Embed both with one encoder.",
        )
