"""Pooling and modules in NumPy, for engines whose tokens do not stay in a graph of ours.

They give what `likewise.encoders.graphs.head` gives.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.local.module_tables import Mode
from likewise.encoders.local.modules import Dense, LayerNorm, Pooling, Step
from likewise.encoders.local.tensors import open_tensors
from likewise.types import Vectors

_TORCH_EPSILON = 1e-5  # of torch.nn.LayerNorm


def pool(
    x: npt.NDArray[np.float32], lengths: npt.NDArray[np.int64], pooling: Pooling, left_out: int = 0
) -> Vectors:
    """Return one vector for each text: float32, shape (texts, modes × width).

    Args:
        x: the tokens' vectors, float32, shape (texts, tokens, width), holes at the end.
        lengths: tokens of each text, int64, shape (texts,).
        pooling: how.
        left_out: tokens at the start of a text that are not pooled, but where it has no others.
    """
    first = np.where(lengths > left_out, left_out, 0)
    place = np.arange(x.shape[1])
    mask = (place >= first[:, None]) & (place < lengths[:, None])
    return np.concatenate([_mode(x, mode, first, lengths, mask) for mode in pooling.modes], 1)


def _mode(
    x: npt.NDArray[np.float32],
    mode: Mode,
    first: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    mask: npt.NDArray[np.bool_],
) -> Vectors:
    every = np.arange(len(x))
    if mode == "cls":
        return np.asarray(x[every, first])
    if mode == "lasttoken":
        return np.asarray(x[every, lengths - 1])
    if mode == "max":
        return np.asarray(np.where(mask[:, :, None], x, -np.inf).max(axis=1), np.float32)
    held = mask.astype(np.float32)
    if mode == "weightedmean":
        held *= np.arange(1, x.shape[1] + 1, dtype=np.float32)
    total = np.einsum("ntw,nt->nw", x, held)
    weight = held.sum(axis=1, keepdims=True)
    return np.asarray(total / (np.sqrt(weight) if mode == "mean_sqrt_len_tokens" else weight))


class Steps:
    """The modules behind the pooling, with their weights."""

    def __init__(self, folder: Path, steps: tuple[Step, ...], cut: int | None) -> None:
        """Read the weights; `cut` is how many numbers are kept at the end."""
        self._steps = [(step, _weights(folder, step)) for step in steps]
        self._cut = cut

    def __call__(self, x: Vectors) -> Vectors:
        """Return what becomes of pooled vectors."""
        for step, weights in self._steps:
            x = _computed(step, weights, x)
        return x[:, : self._cut] if self._cut else x


def _weights(folder: Path, step: Step) -> dict[str, npt.NDArray[np.float32]]:
    if not isinstance(step, Dense | LayerNorm):
        return {}
    tensors = open_tensors(folder, step.weights)
    return {name: tensors(name) for name in tensors}


def _computed(step: Step, weights: dict[str, npt.NDArray[np.float32]], x: Vectors) -> Vectors:
    if isinstance(step, Dense):
        product = x @ weights["linear.weight"].T
        activated = _activate(
            step.activation, product + weights["linear.bias"] if step.bias else product
        )
        return np.asarray(activated, np.float32)
    if isinstance(step, LayerNorm):
        centred = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt(centred.var(axis=1, keepdims=True) + np.float32(_TORCH_EPSILON))
        return np.asarray(centred / spread * weights["norm.weight"] + weights["norm.bias"])
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12))


def _activate(activation: str, x: Vectors) -> Any:  # noqa: ANN401
    # heavy: only where a model has such a layer
    from scipy.special import erf, expit

    if activation == "tanh":
        return np.tanh(x)
    if activation == "relu":
        return np.maximum(x, 0)
    if activation == "sigmoid":
        return expit(x)
    if activation == "silu":
        return x * expit(x)
    if activation == "gelu":
        return x * (1 + erf(x / np.sqrt(np.float32(2)))) / 2
    return x
