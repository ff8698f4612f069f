"""Numbers instead of classes: ridge regression on vectors or kernel features."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from likewise.classify.learn.folds import Rows, deal
from likewise.classify.learn.heads import Head, KernelHead, KernelMap, LinearHead
from likewise.classify.learn.search import Report, silent
from likewise.classify.learn.softmax import Blocks, Floats, Linear
from likewise.errors import TooFewTexts
from likewise.types import Vectors

Regressors = Literal["mean", "embeddings", "kernel"]

TITLES: dict[Regressors, str] = {
    "mean": "always the mean",
    "embeddings": "embeddings + ridge regression",
    "kernel": "embeddings + RBF kernel ridge",
}

PENALTIES = (3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Weight of the penalty against the mean squared error, in units of the target's variance."""

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Guess:
    """One regressor on held-out rows: predictions float64 (n,), of all rows, and its penalty."""

    name: Regressors
    penalty: float
    predictions: Floats

    def squares(self, targets: Floats) -> Floats:
        """Return squared errors, shape (n,)."""
        found: Floats = np.square(self.predictions - targets)
        return found


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted regressor, and all that were tried, on held-out rows.

    residuals: float64, shape (n,), absolute errors on held-out rows, sorted.
    fold: int64, shape (n,), the part with which each row was held out.
    """

    chosen: Guess
    guesses: tuple[Guess, ...]
    head: Head
    residuals: Floats
    fold: Rows


def check_enough(numbers: int) -> None:
    """Raise `TooFewTexts` unless each part of the cross-validation gets two."""
    if numbers < 2 * FOLDS:
        raise TooFewTexts(
            f"{numbers} numbers are too few to learn from.",
            f"Give at least {2 * FOLDS}.",
            param="y",
        )


def fit_regression(
    vectors: Vectors, targets: Floats, groups: Rows, report: Report = silent
) -> Regression:
    """Choose and fit a regressor; the kernel must win by a standard error to be chosen.

    Args:
        vectors: float32, shape (n, dims), unit length, n at least 5.
        targets: float64, shape (n,), finite.
        groups: shape (n,), equal texts have one number.
        report: called as `report(what, done, total)`.
    """
    fold = deal(np.zeros(len(targets), np.int64), groups, FOLDS)
    guesses = [_mean(targets, fold)]
    names: tuple[Regressors, ...] = ("embeddings", "kernel")
    for done, name in enumerate(names):
        report(f"Trying {TITLES[name]}", done, len(names) + 1)
        guesses.append(_cross_validate(name, vectors, targets, fold))
    _, simple, kernel = guesses
    gains = simple.squares(targets) - kernel.squares(targets)
    wins = gains.mean() > gains.std() / np.sqrt(len(gains))
    chosen = kernel if wins else simple
    report("Fitting on all texts", len(names), len(names) + 1)
    head = _fit(chosen.name, vectors, targets, [chosen.penalty])[0]
    residuals = np.sort(np.abs(chosen.predictions - targets))
    return Regression(chosen, tuple(guesses), head, residuals, fold)


def half_width(residuals: Floats, coverage: float) -> float:
    """Return how far an interval reaches to each side of a prediction.

    It holds the true number with at least the probability `coverage`, for texts from where the
    held-out residuals came from; infinite where there are too few for the promise.

    Source: Lei et al. 2018, Distribution-free predictive inference for regression.
    """
    rank = int(np.ceil((len(residuals) + 1) * coverage))
    return float("inf") if rank > len(residuals) else float(residuals[rank - 1])


def _mean(targets: Floats, fold: Rows) -> Guess:
    predictions = np.empty_like(targets)
    for held in range(FOLDS):
        predictions[fold == held] = targets[fold != held].mean()
    return Guess("mean", 0.0, predictions)


def _cross_validate(name: Regressors, vectors: Vectors, targets: Floats, fold: Rows) -> Guess:
    predictions = np.empty((len(PENALTIES), len(targets)))
    for held in range(FOLDS):
        rest = fold != held
        heads = _fit(name, vectors[rest], targets[rest], list(PENALTIES))
        for row, head in enumerate(heads):
            predictions[row, ~rest] = head.logits(Blocks(vectors[~rest]))[:, 0]
    best = int(np.square(predictions - targets).mean(axis=1).argmin())
    return Guess(name, PENALTIES[best], predictions[best])


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
