"""Numbers that stand for levels, such as stars: a regression whose answers are levels.

A regression that is unsure predicts towards the middle, so that rounding it never answers the
lowest and the highest level. Cut points between the levels, chosen on held-out predictions, do.

Source: Rennie & Srebro 2005, Loss functions for preference levels: regression with discrete ordered
labels (all thresholds, each by itself, which together minimise the mean absolute error).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from likewise.classify.arrays import Floats, Rows

MOST = 11
"""Different whole numbers up to which they are levels; 0 to 10 is the longest usual scale."""

LEAST_EACH = 2

NEVER = 1e300
"""A cut beyond every prediction: finite, as all that is saved."""


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels, float64 (l,), ascending, and the cuts between them, float64 (l - 1,)."""

    values: Floats
    cuts: Floats

    def of(self, predictions: Floats) -> Floats:
        """Return the level of each prediction: float64, shape (n,)."""
        found: Floats = self.values[np.searchsorted(self.cuts, predictions, side="right")]
        return found


@dataclass(frozen=True)
class LevelScores:
    """How good levels are: share that is right, or one level off at most, and mean error.

    `guessing` is the mean error of always answering the median.
    """

    right: float
    near: float
    mae: float
    guessing: float

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


def levels_in(targets: Floats) -> Floats | None:
    """Return the levels that numbers stand for, None where they are quantities."""
    values, counts = np.unique(targets, return_counts=True)
    whole = bool((values == np.round(values)).all())
    few = 3 <= len(values) <= MOST and counts.min() >= LEAST_EACH
    return values if whole and few else None


def fit_levels(predictions: Floats, targets: Floats, values: Floats) -> Levels:
    """Choose the cuts that make the mean absolute error of the levels least.

    Args:
        predictions: float64, shape (m,), of rows that the regressor had not seen.
        targets: float64, shape (m,), their levels.
        values: float64, shape (l,), ascending.
    """
    order = np.argsort(predictions, kind="stable")
    sorted_ = predictions[order]
    # a cut before place i calls the first i rows lower; it can't part equal predictions
    possible = np.concatenate([[True], sorted_[1:] > sorted_[:-1], [True]])
    between = np.concatenate([[-NEVER], (sorted_[1:] + sorted_[:-1]) / 2, [NEVER]])
    cuts = []
    for value in values[1:]:
        above = targets[order] >= value
        missed = np.concatenate([[0], np.cumsum(above)])
        raised = (~above).sum() - np.concatenate([[0], np.cumsum(~above)])
        cuts.append(between[np.where(possible, missed + raised, len(order) + 1).argmin()])
    return Levels(values, np.maximum.accumulate(np.array(cuts)))


def levels_out_of_fold(predictions: Floats, targets: Floats, fold: Rows, values: Floats) -> Floats:
    """Return the levels of held-out rows, with the cuts of each part chosen on the others: (m,).

    Args:
        predictions: float64, shape (m,).
        targets: float64, shape (m,).
        fold: int64, shape (m,), the part of each row.
        values: the levels, ascending.
    """
    found = np.empty_like(targets)
    for held in np.unique(fold):
        own = fold == held
        rest = ~own if (~own).any() else own
        levels = fit_levels(predictions[rest], targets[rest], values)
        found[own] = levels.of(predictions[own])
    return found


def level_scores(predicted: Floats, targets: Floats, values: Floats) -> LevelScores:
    """Score predicted levels against the true ones, both float64 (m,), out of `values`."""
    places, true = np.searchsorted(values, predicted), np.searchsorted(values, targets)
    return LevelScores(
        right=float((predicted == targets).mean()),
        near=float((np.abs(places - true) <= 1).mean()),
        mae=float(np.abs(predicted - targets).mean()),
        guessing=float(np.abs(targets - np.median(targets)).mean()),
    )
