"""Numbers instead of classes: ridge regression on vectors or kernel features."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats, Rows
from likewise.classify.design import design_of
from likewise.classify.learn.folds import deal, later
from likewise.classify.learn.heads import Head, KernelHead, KernelMap, LinearHead
from likewise.classify.learn.softmax import FeatureBlocks, Linear
from likewise.classify.learn.threads import side_by_side
from likewise.errors import InvalidLabels, TooFewTexts
from likewise.types import StageProgress, Vectors, no_progress

Regressors = Literal["mean", "embeddings", "kernel"]

TITLES: dict[Regressors, str] = {
    "mean": "always the mean",
    "embeddings": "embeddings + ridge regression",
    "kernel": "embeddings + RBF kernel ridge",
}

PENALTIES = (3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Weight of the penalty against the mean squared error, in units of the target's variance."""

FOLDS = 5

MOST = 1e30
"""Size of a number above which weights in single precision would no longer be finite."""

LEAST = 1e-30
"""What numbers must differ by: weights in single precision end a little below."""

APART = 1e-6
"""What numbers must differ by as a share of their size: single precision has seven digits."""

Parts = list[tuple[Rows, Rows]]
"""Rows to learn from and rows to test on, for each part."""


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """One regressor on held-out rows: predictions float64 (m,) of these rows, and its penalty.

    What is predicted of a part comes from the penalty that the other parts chose, so that the
    choice does not flatter; `penalty` is what all of them chose.
    """

    name: Regressors
    penalty: float
    predictions: Floats

    def squares(self, targets: Floats) -> Floats:
        """Return squared errors, shape (m,)."""
        found: Floats = np.square(self.predictions - targets)
        return found


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted regressor, and all that were tried, on held-out rows.

    held_out: int64, shape (m,), the rows that were held out, in the order of what is said of them.
    targets: float64, shape (m,), their true numbers.
    residuals: float64, shape (m,), absolute errors on them, sorted.
    fold: int64, shape (m,), the part with which each was held out.
    """

    chosen: CrossValidated
    tried: tuple[CrossValidated, ...]
    head: Head
    held_out: Rows
    targets: Floats
    residuals: Floats
    fold: Rows
    design: str


def check_enough(numbers: int) -> None:
    """Raise `TooFewTexts` unless each part of the cross-validation gets two."""
    if numbers < 2 * FOLDS:
        raise TooFewTexts(
            f"{numbers} numbers are too few to learn from.",
            f"Give at least {2 * FOLDS}.",
            param="y",
        )


def check_apart(targets: Floats) -> None:
    """Raise `InvalidLabels` where numbers differ by less than a model can say."""
    low, high = float(targets.min()), float(targets.max())
    if 0 < high - low < max(LEAST, APART * max(abs(low), abs(high))):
        raise InvalidLabels(
            f"The numbers, from {low!r} to {high!r}, differ too little to be learnt in single "
            "precision.",
            "Take away what they have in common, or use another unit.",
            param="y",
        )


def fit_regression(
    vectors: Vectors,
    targets: Floats,
    groups: Rows,
    times: Floats | None = None,
    progress: StageProgress = no_progress,
    *,
    grouped: bool = False,
) -> Regression:
    """Choose and fit a regressor; the kernel must win by a standard error to be chosen.

    Args:
        vectors: float32, shape (n, dims), unit length, n at least 5.
        targets: float64, shape (n,), finite.
        groups: shape (n,), at least two different ones; equal texts have one number.
        times: float64, shape (n,), larger is later; then later rows are held out. Some are later
            than others of another group.
        progress: called as `progress(what, done, total)`.
        grouped: whether `groups` holds more together than equal texts.
    """
    parts = _parts(targets, groups, times)
    each = [held for _, held in parts]
    design = design_of(each, len(targets), by_time=times is not None, grouped=grouped)
    design += (
        "; the penalty for each part was chosen on the others"
        if len(parts) > 1
        else "; the penalty was chosen on the same texts, which flatters a little"
    )
    held_out = np.concatenate(each)
    known = targets[held_out]
    tried = [_mean(targets, parts)]
    names: tuple[Regressors, ...] = ("embeddings", "kernel")
    for done, name in enumerate(names):
        progress(f"Trying {TITLES[name]}", done, len(names) + 1)
        tried.append(_cross_validate(name, vectors, targets, parts))
    _, simple, kernel = tried
    gains = simple.squares(known) - kernel.squares(known)
    wins = gains.mean() > gains.std() / np.sqrt(len(gains))
    chosen = kernel if wins else simple
    progress("Fitting on all texts", len(names), len(names) + 1)
    head = _fit(chosen.name, vectors, targets, [chosen.penalty])[0]
    residuals = np.sort(np.abs(chosen.predictions - known))
    fold = np.repeat(np.arange(len(parts)), [len(held) for _, held in parts])
    return Regression(chosen, tuple(tried), head, held_out, known, residuals, fold, design)


def _parts(targets: Floats, groups: Rows, times: Floats | None) -> Parts:
    """Return the rows to learn from and to test on of each part."""
    if times is not None:
        return list(later(times, groups, FOLDS + 1))
    fold = deal(np.zeros(len(targets), np.int64), groups, FOLDS)
    rows = [np.flatnonzero(fold == held) for held in range(FOLDS)]
    everything = np.arange(len(targets))
    return [(np.setdiff1d(everything, held), held) for held in rows if len(held)]


def _mean(targets: Floats, parts: Parts) -> CrossValidated:
    found = [np.full(len(held), targets[rest].mean()) for rest, held in parts]
    return CrossValidated("mean", 0.0, np.concatenate(found))


def _cross_validate(
    name: Regressors, vectors: Vectors, targets: Floats, parts: Parts
) -> CrossValidated:
    def held_out(rest: Rows, held: Rows) -> Vectors:
        heads = _fit(name, vectors[rest], targets[rest], list(PENALTIES))
        blocks = FeatureBlocks(vectors[held])
        return np.stack([head.logits(blocks)[:, 0] for head in heads])

    jobs = [partial(held_out, rest, held) for rest, held in parts]
    found = list(side_by_side(jobs, len(vectors) * len(PENALTIES)))
    predictions = np.concatenate(found, axis=1).astype(np.float64)
    truth = np.concatenate([targets[held] for _, held in parts])
    squares = np.square(predictions - truth)
    chosen = np.empty(len(truth), np.int64)
    for own in np.split(np.arange(len(truth)), np.cumsum([len(held) for _, held in parts[:-1]])):
        others = np.delete(squares, own, axis=1) if len(parts) > 1 else squares
        chosen[own] = others.mean(axis=1).argmin()
    best = int(squares.mean(axis=1).argmin())
    return CrossValidated(name, PENALTIES[best], predictions[chosen, np.arange(len(truth))])


def _fit(name: Regressors, vectors: Vectors, targets: Floats, penalties: list[float]) -> list[Head]:
    """Return a head for each penalty; what is common to all is computed once."""
    if name == "embeddings":
        return [LinearHead(linear) for linear in _ridge(vectors, targets, penalties)]
    kernel = KernelMap.of(vectors, gamma=1.0)
    features = kernel.features(vectors)
    return [KernelHead(kernel, linear) for linear in _ridge(features, targets, penalties)]


def _ridge(
    features: npt.NDArray[np.float32], targets: Floats, penalties: list[float]
) -> list[Linear]:
    """Solve ridge regression for several penalties.

    Source: Hoerl & Kennard 1970, Ridge regression.
    """
    from scipy.linalg import cho_factor, cho_solve

    mean, level = features.mean(axis=0, dtype=np.float64), targets.mean()
    centred = features - mean.astype(np.float32)
    squares = (centred.T @ centred / len(features)).astype(np.float64)
    along = centred.T @ (targets - level) / len(features)
    found = []
    for penalty in penalties:
        curved = squares + penalty * np.eye(len(squares))
        weights = cho_solve(cho_factor(curved, overwrite_a=True), along)
        bias = level - mean @ weights
        head = Linear(weights[:, None].astype(np.float32), None, np.array([bias], np.float32))
        found.append(head)
    return found
