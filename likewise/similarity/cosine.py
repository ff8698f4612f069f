"""Cosine similarity of unit vectors."""

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidVectors
from likewise.types import Vectors, are_unit

ROUNDING = 1e-5
"""Two cosines of float32 vectors that are nearer than this may be equal."""


def check_vectors(
    vectors: npt.NDArray[np.floating], name: str = "vectors", *, first_row: int = 0
) -> Vectors:
    """Return `vectors` as float32 of shape (n, dims).

    Args:
        vectors: any floats, shape (n, dims).
        name: what a message calls them.
        first_row: the number of the first row in a message, where they are a part of more.

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
    wrong = np.flatnonzero(~are_unit(array))
    if len(wrong):
        length = np.linalg.norm(array[wrong[0]])
        raise InvalidVectors(
            f"Row {first_row + wrong[0]} of {name} has length {length:.6g}, not 1.",
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
    check_dims(left, right)
    matrix: Vectors = np.clip(left @ right.T, -1, 1)
    rows, columns = np.nonzero(matrix > 1 - ROUNDING)
    equal = (left[rows] == right[columns]).all(axis=1)
    matrix[rows[equal], columns[equal]] = 1
    return matrix


def pair_cosines(left: Vectors, right: Vectors) -> npt.NDArray[np.float32]:
    """Return the cosine of row i of one with row i of the other.

    Equal pairs have equal cosines wherever they stand, which a matrix product does not promise:
    its last bit depends on a row's place.

    Args:
        left: float32, shape (n, dims), unit length.
        right: the same.

    Returns:
        float32, shape (n,), within [-1, 1]; exactly 1 for equal rows.
    """
    products = (left.astype(np.float64) * right).sum(axis=1)
    exact: Vectors = np.clip(products, -1, 1).astype(np.float32)
    exact[(left == right).all(axis=1)] = 1
    return exact


def check_dims(left: npt.NDArray[np.floating], right: npt.NDArray[np.floating]) -> None:
    """Raise `InvalidVectors` unless both have one number of dims."""
    if left.shape[1] != right.shape[1]:
        raise InvalidVectors(
            f"Vectors of {left.shape[1]} and of {right.shape[1]} dims can't be compared.",
            "Embed both with one encoder.",
        )
