"""Splits for cross-validation that keep classes in proportion and equal texts together."""

import numpy as np
import numpy.typing as npt

from likewise.classify.learn.softmax import Classes

Rows = npt.NDArray[np.int64]


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


def groups_of(texts: list[str]) -> Rows:
    """Return a number for each text, the same for texts that differ in case and space alone."""
    seen: dict[str, int] = {}
    plain = (" ".join(text.lower().split()) for text in texts)
    return np.array([seen.setdefault(text, len(seen)) for text in plain], np.int64)
