"""Multinomial logistic regression on dense and sparse features side by side.

The same model as scikit-learn's `LogisticRegression`, which is the oracle of its tests. It is
written here because the two blocks of the features (a few hundred dense columns, thousands of
sparse ones) must not become one matrix: as one sparse matrix the dense part costs ten times
the time, as one dense matrix the sparse part doesn't fit in memory. And a search for the
penalty wants each fit to begin where the last one ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Classes, Floats
from likewise.types import Vectors

STEPS = 200
"""Steps of the solver; a fit that needs more is as good as done for prediction."""

MEMORY = 4
"""Past gradients that the solver keeps: each is as large as the model."""


@dataclass(frozen=True, eq=False)
class FeatureBlocks:
    """Features of n texts: `dense` float32 (n, d), and `sparse` CSR float32 (n, v) or None."""

    dense: Vectors
    sparse: Any = None

    def __len__(self) -> int:
        return len(self.dense)

    @cached_property
    def axes(self) -> tuple[Floats, Floats]:
        """Variance along each principal axis of the dense block (r,), and the axes (d, r).

        With fewer texts than dimensions r is n: weights off these axes do nothing.
        """
        centred = self.dense - self.dense.mean(axis=0)
        if len(centred) < centred.shape[1]:
            _, widths, axes = np.linalg.svd(centred, full_matrices=False)
            return np.square(widths, dtype=np.float64) / len(self), axes.T.astype(np.float64)
        values, turn = np.linalg.eigh((centred.T @ centred).astype(np.float64) / len(self))
        return np.maximum(values, 0), turn

    @cached_property
    def squares(self) -> Floats:
        """Mean square of each sparse column, shape (v,)."""
        found: Floats = np.asarray(self.sparse.multiply(self.sparse).mean(axis=0)).ravel()
        return found


@dataclass(frozen=True, eq=False)
class Linear:
    """Weights of a linear head: logits = dense @ w + sparse @ u + bias.

    dense: float32, shape (d, k). sparse: float32, shape (v, k), or None. bias: float32, (k,).
    """

    dense: Vectors
    sparse: Vectors | None
    bias: Vectors

    def logits(self, blocks: FeatureBlocks) -> Vectors:
        """Return float32 of shape (n, k)."""
        scores: Vectors = blocks.dense @ self.dense + self.bias
        if self.sparse is not None:
            scores += blocks.sparse @ self.sparse
        return scores


def fit_softmax(
    blocks: FeatureBlocks,
    classes: Classes,
    n_classes: int,
    penalty: float,
    *,
    weights: Floats | None = None,
    start: Linear | None = None,
    tolerance: float = 1e-5,
) -> Linear:
    """Minimise the mean log-loss + penalty/2 · the sum of squared weights.

    Args:
        blocks: features of n texts.
        classes: shape (n,), 0 to n_classes - 1.
        n_classes: k, at least 2; a class may be without a text.
        penalty: above 0. With scikit-learn's C it is 1 / (C · n). The bias is free.
        weights: of each text in the mean, float64, shape (n,), in sum n; None for 1 each.
        start: where to begin, a fit on the same features; by default all zero.
        tolerance: share of the loss below which a step's gain ends the search.

    Source: Liu & Nocedal 1989 for L-BFGS, as scipy has it.
    """
    loss = _softmax_loss(classes, weights)
    problem = LinearProblem(blocks, loss, n_classes, penalty, curvature=1 / n_classes)
    return problem.solve(start, tolerance)


def softmax(logits: npt.NDArray[np.floating]) -> Floats:
    """Return probabilities, float64 of shape (n, k), rows of which sum to 1."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    probabilities: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


LogitLoss = Callable[[Vectors], tuple[float, Vectors]]
"""Of logits, float32 (n, k), which it may overwrite: the loss, and its gradient by the logits."""


def _softmax_loss(classes: Classes, weights: Floats | None) -> LogitLoss:
    rows = np.arange(len(classes))
    equal = np.ones(len(classes)) if weights is None else weights
    shares = (equal / len(classes)).astype(np.float32)

    def loss(logits: Vectors) -> tuple[float, Vectors]:
        logits -= logits.max(axis=1, keepdims=True)
        chosen = logits[rows, classes].astype(np.float64)
        np.exp(logits, out=logits)
        total = logits.sum(axis=1, keepdims=True)
        found = float((np.log(total[:, 0]) - chosen) @ shares)
        logits *= shares[:, None] / total
        logits[rows, classes] -= shares
        return found, logits

    return loss


class LinearProblem:
    """The loss of a linear model, plus penalty/2 · the sum of squared weights, as solvers want it.

    It is a function of one flat vector in other coordinates: the dense block centred, turned and
    stretched, the columns of the sparse block stretched, so that the loss curves alike in all
    directions. That halves the steps: embeddings have a few wide directions and many narrow ones.

    Args:
        blocks: features of n texts.
        loss: of the logits.
        width: k, columns of the logits.
        penalty: above 0; the bias is free.
        curvature: about the second derivative of the loss by a logit.
    """

    def __init__(
        self,
        blocks: FeatureBlocks,
        loss: LogitLoss,
        width: int,
        penalty: float,
        *,
        curvature: float,
    ) -> None:
        self.mean = blocks.dense.mean(axis=0)
        curves, turn = blocks.axes
        stretch = (curves * curvature + penalty) ** -0.5
        self.columns = np.ones((0, 1))
        self.basis = (turn * stretch).astype(np.float32)
        self.unbasis = (turn / stretch).T
        self.dense = (blocks.dense - self.mean) @ self.basis
        if blocks.sparse is not None:
            self.columns = ((blocks.squares * curvature + penalty) ** -0.5)[:, None]
            self.sparse = blocks.sparse.multiply(self.columns.T.astype(np.float32)).tocsr()
            self.transposed = self.sparse.T.tocsr()
        self.squares = np.concatenate([stretch[:, None], self.columns, [[0]]]) ** 2
        self.loss = loss
        self.penalty = penalty
        self.d = len(curves)
        self.v = 0 if blocks.sparse is None else blocks.sparse.shape[1]
        self.k = width

    def solve(self, start: Linear | None, tolerance: float) -> Linear:
        """Return the weights of the least loss, from `start` on; see `fit_softmax`."""
        from scipy.optimize import minimize

        found = minimize(
            self.loss_and_gradient,
            self.flat(start),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": STEPS, "maxcor": MEMORY, "gtol": 1e-7, "ftol": tolerance},
        )
        return self.linear(found.x)

    def flat(self, start: Linear | None) -> Floats:
        """Return the solver's coordinates of a fit, or of zero."""
        table = np.zeros((self.d + self.v + 1, self.k))
        if start is not None:
            table[: self.d] = self.unbasis @ start.dense
            table[-1] = start.bias + self.mean @ start.dense
            if start.sparse is not None:
                table[self.d : -1] = start.sparse / self.columns
        return table.ravel()

    def linear(self, flat: Floats) -> Linear:
        """Return the weights on the features as they came."""
        table = flat.reshape(-1, self.k)
        dense = (self.basis @ table[: self.d]).astype(np.float32)
        sparse = (self.columns * table[self.d : -1]).astype(np.float32) if self.v else None
        bias = (table[-1] - self.mean @ dense).astype(np.float32)
        return Linear(dense, sparse, bias)

    def loss_and_gradient(self, flat: Floats) -> tuple[float, Floats]:
        """Return the penalised loss at the solver's coordinates, and its gradient."""
        weights = flat.reshape(-1, self.k).astype(np.float32)
        logits = self.dense @ weights[: self.d] + weights[-1]
        if self.v:
            logits += self.sparse @ weights[self.d : -1]
        loss, by_logits = self.loss(logits)
        table = self.penalty * self.squares * flat.reshape(-1, self.k)
        gradient = table.ravel()
        loss += float(flat @ gradient) / 2
        table[: self.d] += self.dense.T @ by_logits
        table[-1] = by_logits.sum(axis=0)
        if self.v:
            table[self.d : -1] += self.transposed @ by_logits
        return loss, gradient
