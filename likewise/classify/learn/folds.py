"""Splits for cross-validation: classes in proportion, equal texts together, past before future."""

from collections.abc import Iterator

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows


def deal(classes: Classes, groups: Rows, folds: int, seed: int = 0) -> Rows:
    """Return the fold of each text, shape (n,), 0 to folds - 1.

    Each class is dealt round like cards, so that folds differ by at most one group of it. A
    class with fewer texts than folds is absent from some, which no split can avoid.

    Args:
        classes: shape (n,).
        groups: shape (n,); texts of one group (equal texts) go to one fold.
        folds: at least 2.
        seed: of the shuffle.
    """
    rng = np.random.default_rng(seed)
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    order = rng.permutation(len(first))
    order = order[np.argsort(classes[first][order], kind="stable")]
    fold_of_group = np.empty(len(first), np.int64)
    fold_of_group[order] = np.arange(len(first)) % folds
    return fold_of_group[group]


def later(times: Floats, groups: Rows, parts: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield rows to learn from and later rows to test on, for each part but the first.

    Rows are cut into `parts` of like size by their time; each part but the first is tested with
    all that came before it. A group with a row in both is left out of what is learnt from, and
    rows of one time are never on both sides.

    Args:
        times: float64, shape (n,), larger is later.
        groups: shape (n,); texts of one group are never on both sides.
        parts: at least 2.

    Source: scikit-learn's `TimeSeriesSplit`, with groups and ties kept apart.
    """
    moments = np.unique(times)
    if len(moments) < 2:
        return
    edges = np.quantile(times, np.arange(1, parts) / parts, method="higher")
    # where most rows are of the first time, a part begins with the second
    edges = np.unique(np.maximum(edges, moments[1]))
    for start, end in zip(edges, [*edges[1:], np.inf], strict=True):
        held_out = np.flatnonzero((times >= start) & (times < end))
        before = np.flatnonzero((times < start) & ~np.isin(groups, groups[held_out]))
        if len(held_out) and len(before):
            yield before, held_out


def joined(groups: Rows, others: Rows) -> Rows:
    """Return groups of rows that share a group in either: int64, shape (n,), from 0.

    Rows are nodes and each group an edge among its rows; what hangs together is one group.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    _, left = np.unique(groups, return_inverse=True)
    _, right = np.unique(others, return_inverse=True)
    size = int(left.max(initial=-1)) + 1
    total = size + int(right.max(initial=-1)) + 1
    edges = coo_matrix((np.ones(len(left)), (left, size + right)), shape=(total, total))
    _, found = connected_components(edges, directed=False)
    return np.asarray(found, np.int64)[left]
