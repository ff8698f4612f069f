"""Where a map lies: of each text's true neighbours, the share that is near it in the picture."""

import numpy as np
import numpy.typing as npt

from likewise.maps.layouts import Points
from likewise.similarity import FlatIndex, Neighbours

_AT_A_TIME = 8_192


def near_in_picture(points: Points, k: int) -> npt.NDArray[np.int64]:
    """Return the `k` nearest other points of each point, int64, shape (n, min(k, n - 1)).

    Of points at one place a tree returns any; which of them does not matter to a share.
    """
    from scipy.spatial import cKDTree

    n = len(points)
    if n < 2:
        return np.zeros((n, 0), np.int64)
    _, found = cKDTree(points).query(points, min(k, n - 1) + 1)
    own = found == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True
    near: npt.NDArray[np.int64] = found[~own].reshape(n, -1).astype(np.int64)
    return near


def neighbours_kept(points: Points, neighbours: Neighbours) -> npt.NDArray[np.float32]:
    """Return for each text the share of its k true neighbours among its k nearest in the picture.

    Called neighbourhood preservation or k-NN recall in the literature (Venna and Kaski 2001; Lee
    and Verleysen 2009). A neighbour that is as similar as the k-th counts wherever it stands in
    the list of ties.

    Args:
        points: float32, shape (n, 2).
        neighbours: the exact neighbours in all dimensions, k of each text.

    Returns:
        float32, shape (n,), 0 to 1; 1 where a text has no neighbours at all.
    """
    n, k = neighbours.indices.shape
    if k == 0:
        return np.ones(n, np.float32)
    near = near_in_picture(points, k)
    kept = np.zeros(n, np.int64)
    for start in range(0, n, _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        equal = near[part, :, None] == neighbours.indices[part, None, :]
        kept[part] = equal.any(axis=2).sum(axis=1)
    return np.asarray(kept / k, np.float32)


def trustworthiness(index: FlatIndex, points: Points, k: int, *, sample: int = 1_000) -> float:
    """Return how few strangers stand near a text in the picture, 0 to 1 (Venna and Kaski 2001).

    1 - 2 / (n k (2n - 3k - 1)) × the sum, over each text's k nearest in the picture, of how many
    ranks beyond k they are in all dimensions. Agrees with `sklearn.manifold.trustworthiness`,
    which needs all n × n distances; here the sum is that of a sample of the texts.

    Args:
        index: the vectors.
        points: float32, shape (n, 2).
        k: neighbours, fewer than n / 2.
        sample: texts that are looked at, always the same; all if there are fewer.
    """
    n = len(points)
    k = min(k, max(1, (n - 1) // 2))
    if n < 4:
        return 1.0
    rows = np.arange(n)
    if n > sample:
        rows = np.sort(np.random.default_rng(0).choice(n, sample, replace=False))
    near = near_in_picture(points, k)[rows]
    penalty = 0.0
    for start in range(0, len(rows), 128):
        part = rows[start : start + 128]
        ranks = _ranks(index, part, near[start : start + 128])
        penalty += float(np.maximum(0, ranks - k).sum())
    return 1 - penalty * 2 / (len(rows) * k * (2 * n - 3 * k - 1))


def _ranks(
    index: FlatIndex, rows: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the rank (1 is the nearest) of `others` among all by similarity to each row."""
    scores = index.scores(index.take(rows))
    scores[np.arange(len(rows)), rows] = -np.inf  # a text is not its own neighbour
    theirs = np.take_along_axis(scores, others, axis=1)
    ordered = np.sort(scores, axis=1)
    n = scores.shape[1]
    ranks = [
        n - np.searchsorted(row, own, "right") for row, own in zip(ordered, theirs, strict=True)
    ]
    return np.asarray(ranks) + 1
