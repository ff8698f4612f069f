"""Logistic regression of each label against the rest, all labels in one fit.

The same models as scikit-learn's `OneVsRestClassifier` on `LogisticRegression`, which is the oracle
of its tests. One fit for all shares the products with the features, which cost most.
"""

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats
from likewise.classify.learn.softmax import FeatureBlocks, Linear, LinearProblem, LogitLoss
from likewise.types import Vectors

Members = npt.NDArray[np.bool_]
"""bool, shape (n, k): which labels each text has."""

CURVATURE = 0.1
"""Of the loss by a logit: p · (1 − p), where most labels are rare."""


def fit_sigmoid(
    blocks: FeatureBlocks,
    members: Members,
    penalty: float,
    *,
    start: Linear | None = None,
    tolerance: float = 1e-5,
) -> Linear:
    """Minimise the mean over texts of the labels' summed log-losses + penalty/2 · squared weights.

    Args:
        blocks: features of n texts.
        members: bool, shape (n, k); a label may have every text, or none.
        penalty: above 0. With scikit-learn's C it is 1 / (C · n). The biases are free.
        start: where to begin, a fit on the same features; by default all zero.
        tolerance: share of the loss below which a step's gain ends the search.
    """
    problem = LinearProblem(
        blocks, _sigmoid_loss(members), members.shape[1], penalty, curvature=CURVATURE
    )
    return problem.solve(start, tolerance)


def sigmoid(logits: npt.NDArray[np.floating]) -> Floats:
    """Return probabilities, float64, of the shape of the logits."""
    from scipy.special import expit

    found: Floats = expit(logits.astype(np.float64))
    return found


def binary_losses(logits: npt.NDArray[np.floating], members: Members) -> Floats:
    """Return the log-loss of each text, summed over labels: float64, shape (n,)."""
    signed = np.where(members, -logits, logits).astype(np.float64)
    found: Floats = np.logaddexp(0, signed).sum(axis=1)
    return found


def _sigmoid_loss(members: Members) -> LogitLoss:
    targets = members.astype(np.float32)
    share = np.float32(1 / len(members))

    def loss(logits: Vectors) -> tuple[float, Vectors]:
        # one exponential for the loss and its gradient, in place: labels may be a thousand
        small = np.abs(logits)
        np.negative(small, out=small)
        np.exp(small, out=small)
        chances = np.where(logits >= 0, np.float32(1), small)
        small += 1
        chances /= small
        np.log(small, out=small)
        small += np.maximum(logits, 0)
        found = float(small.sum(dtype=np.float64) - logits[members].sum(dtype=np.float64))
        chances -= targets
        chances *= share
        return found / len(members), chances

    return loss
