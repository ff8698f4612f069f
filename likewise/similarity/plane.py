"""A flat picture of a few texts: near means alike, as far as two dimensions allow.

Classical multidimensional scaling (Torgerson 1952, *Multidimensional scaling: I. Theory and
method*) on the true distances of the unit vectors. For Euclidean distances that is the
projection of the centred vectors on their two widest directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidOption, shown
from likewise.similarity.cosine import check_vectors
from likewise.types import Vectors

Points = npt.NDArray[np.float64]
"""float64, shape (n, 2), in units of the distance between unit vectors (0 to 2)."""

NEGLIGIBLE = 1e-6
"""Lengths under it are rounding of float32 vectors, and must not decide where a picture points."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Where each text lies in the picture.

    points: float64, shape (n, 2), centred on (0, 0).
    kept: share of the squared distances between all pairs that the picture keeps, 0 to 1;
        1 where there is no distance to keep.
    """

    points: Points
    kept: float


def plane(
    vectors: Vectors, previous: Sequence[Sequence[float] | None] | Points | None = None
) -> Plane:
    """Place unit vectors in two dimensions.

    The picture may be turned and mirrored at will without changing a distance. Without
    `previous`, the widest direction lies along x, the first text at the left, and the first
    text that is off that axis is above it. With `previous`, it is turned and mirrored (never
    scaled or bent) so that texts stay as near as possible to where they were: orthogonal
    Procrustes (Schönemann 1966).

    Args:
        vectors: float32, shape (n, dims), n at least 1, unit length.
        previous: where each text was in the last picture, shape (n, 2); None or NaN for a text
            that was not in it.

    Raises:
        InvalidOption: `previous` doesn't have one point or None for each text.
        InvalidVectors: not unit vectors.
    """
    centred = check_vectors(vectors).astype(np.float64)
    centred -= centred.mean(axis=0)
    flat, widths = _widest(centred)
    points = _first_left(np.pad(flat, ((0, 0), (0, 2 - flat.shape[1]))))
    if previous is not None:
        points = _towards(points, _previous_points(previous, len(points)))
    squares = np.square(widths)
    return Plane(points, float(squares[:2].sum() / squares.sum()) if squares.any() else 1.0)


def _widest(centred: Points) -> tuple[Points, Points]:
    """Return coordinates along the two widest directions, and the widths of all directions.

    Eigenvectors of the smaller of the two products, n x n or dims x dims: for a hundred texts a
    small part of the time of a singular value decomposition, and as exact as float32 vectors are.
    """
    n, dims = centred.shape
    product = centred @ centred.T if n <= dims else centred.T @ centred
    squares, directions = np.linalg.eigh(product)
    widths = np.sqrt(squares[::-1].clip(0))
    widths[widths < NEGLIGIBLE] = 0
    widest = directions[:, ::-1][:, :2]
    flat = widest * widths[:2] if n <= dims else centred @ widest * (widths[:2] > 0)
    return flat, widths


def _first_left(points: Points) -> Points:
    """Mirror so that the first text off the middle is left of it, the first off the axis above."""
    signs = np.ones(2)
    for axis, side in ((0, -1.0), (1, 1.0)):
        off = np.flatnonzero(np.abs(points[:, axis]) > NEGLIGIBLE)
        if len(off):
            signs[axis] = side * np.sign(points[off[0], axis])
    return points * signs


def _towards(points: Points, previous: Points) -> Points:
    """Turn and mirror `points` towards where they were, as far as that is known."""
    known = np.isfinite(previous).all(axis=1)
    if not known.any():
        return points
    now, before = points[known], previous[known]
    now, before = now - now.mean(axis=0), before - before.mean(axis=0)
    left, strengths, right = np.linalg.svd(now.T @ before)
    if strengths[0] < NEGLIGIBLE**2:
        return points  # one place says nothing about direction
    turn = left @ right
    if strengths[1] < NEGLIGIBLE * strengths[0] and np.linalg.det(turn) < 0:
        # texts on one line don't say which side is up: keep the side that the picture had
        left[:, 1] *= -1
        turn = left @ right
    turned: Points = points @ turn
    return turned


def _previous_points(previous: Sequence[Sequence[float] | None] | Points, n: int) -> Points:
    if len(previous) != n:
        raise InvalidOption(
            f"previous has {len(previous)} points for {n} texts.",
            "Give one point for each text, and None for a text that is new.",
            param="previous",
        )
    places = np.full((n, 2), np.nan)
    for index, point in enumerate(previous):
        if point is None:
            continue
        try:
            places[index] = np.asarray(point, np.float64).reshape(2)
        except (TypeError, ValueError):
            raise InvalidOption(
                f"previous[{index}] is not a point but {shown(point)}.",
                "Give two numbers, x and y, or None.",
                param="previous",
            ) from None
    return places
