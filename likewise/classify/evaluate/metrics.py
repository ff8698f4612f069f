"""Numbers that say how good predictions are, and how sure that number is."""

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Classes, Floats

BINS = 15
"""Bins of confidence in the calibration error, as is usual."""

TAIL = 0.025
"""Share of resamples beyond either end of an interval."""

RESAMPLES = 2_000
MOST_DRAWN = 5_000
"""Different gains up to which an interval is drawn rather than computed."""


@dataclass(frozen=True)
class Scores:
    """How good held-out predictions are; all but `log_loss` within 0 to 1."""

    texts: int
    accuracy: float
    macro_f1: float
    log_loss: float
    calibration_error: float

    @property
    def chief(self) -> float:
        """What entries of a leaderboard are ranked by: the accuracy."""
        return self.accuracy

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class NumberScores:
    """How good held-out numbers are: errors in the unit of the target, R² and Pearson's r."""

    texts: int
    rmse: float
    mae: float
    r2: float
    pearson: float

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


def number_scores(predictions: Floats, targets: Floats) -> NumberScores:
    """Score predictions (n,) against the true numbers (n,); what is constant correlates by 0."""
    errors = predictions - targets
    spread = float(np.square(targets - targets.mean()).sum())
    varied = predictions.std() > 0 and targets.std() > 0
    return NumberScores(
        texts=len(targets),
        rmse=float(np.sqrt(np.square(errors).mean())),
        mae=float(np.abs(errors).mean()),
        r2=1 - float(np.square(errors).sum()) / spread if spread else 0.0,
        pearson=float(np.corrcoef(targets, predictions)[0, 1]) if varied else 0.0,
    )


def scores(probabilities: Floats, classes: Classes, said: Classes | None = None) -> Scores:
    """Score probabilities of shape (n, k) against the true classes (n,).

    `said` are the classes that were answered, shape (n,), where not the most probable ones.
    """
    chosen = probabilities.argmax(axis=1) if said is None else said
    true = probabilities[np.arange(len(classes)), classes]
    return Scores(
        texts=len(classes),
        accuracy=float((chosen == classes).mean()),
        macro_f1=float(per_class(chosen, classes, probabilities.shape[1])[:, 2].mean()),
        log_loss=float(-np.log(np.maximum(true, 1e-15)).mean()),
        calibration_error=calibration_error(probabilities, classes),
    )


def confusion(chosen: Classes, classes: Classes, n_classes: int) -> npt.NDArray[np.int64]:
    """Return how often each true class (row) was called each class (column): int64, (k, k)."""
    pairs = np.bincount(classes * n_classes + chosen, minlength=n_classes**2)
    return pairs.reshape(n_classes, n_classes).astype(np.int64)


def per_class(chosen: Classes, classes: Classes, n_classes: int) -> Floats:
    """Return precision, recall and F1 of each class that occurs: float64, shape (≤ k, 3).

    A class that was never called has precision 0; classes without a text and without a call
    are left out, as scikit-learn leaves them out of its macro average.
    """
    table = confusion(chosen, classes, n_classes)
    right = np.diag(table).astype(np.float64)
    called, there = table.sum(axis=0), table.sum(axis=1)
    seen = (called + there) > 0
    found = np.zeros((n_classes, 3))
    np.divide(right, called, out=found[:, 0], where=called > 0)
    np.divide(right, there, out=found[:, 1], where=there > 0)
    np.divide(2 * right, called + there, out=found[:, 2], where=seen)
    those: Floats = found[seen]
    return those


def reliability(probabilities: Floats, classes: Classes) -> Floats:
    """Return count, mean confidence and accuracy of each bin: float64, shape (`BINS`, 3)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == classes
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(place, minlength=BINS).astype(np.float64)
    table = np.zeros((BINS, 3))
    table[:, 0] = count
    sums = (np.bincount(place, values, BINS) for values in (confidence, right))
    for column, total in enumerate(sums, 1):
        np.divide(total, count, out=table[:, column], where=count > 0)
    return table


def calibration_error(probabilities: Floats, classes: Classes) -> float:
    """Return the expected calibration error: mean distance of confidence from accuracy.

    Source: Naeini, Cooper & Hauskrecht 2015, Obtaining well calibrated probabilities using
    Bayesian binning.
    """
    table = reliability(probabilities, classes)
    gaps = np.abs(table[:, 1] - table[:, 2])
    return float((table[:, 0] * gaps).sum() / table[:, 0].sum())


def paired_interval(
    left: npt.NDArray[np.bool_] | Floats,
    right: npt.NDArray[np.bool_] | Floats,
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of mean(left) − mean(right) on the same texts.

    Args:
        left: one number or truth value for each text, shape (n,).
        right: likewise of another model for the same texts.

    With more than 5,000 different gains, where the draws would fill memory, it is the normal
    interval of the mean, which the bootstrap approaches.

    Source: Efron & Tibshirani 1993, An introduction to the bootstrap: percentile interval.
    """
    gains = np.asarray(left, np.float64) - np.asarray(right, np.float64)
    values, place = np.unique(gains, return_inverse=True)
    if len(values) > MOST_DRAWN:
        reach = NormalDist().inv_cdf(1 - TAIL) * gains.std() / np.sqrt(len(gains))
        return float(gains.mean() - reach), float(gains.mean() + reach)
    counts = np.bincount(place)
    # equal gains are interchangeable, so a resample is a draw of how often each occurs
    draws = np.random.default_rng(0).multinomial(len(gains), counts / len(gains), RESAMPLES)
    means = draws @ values / len(gains)
    low, high = np.quantile(means, [TAIL, 1 - TAIL])
    return float(low), float(high)
