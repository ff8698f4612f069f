"""From the tokens' vectors to the text's: pooling, and the modules that follow it."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from likewise.encoders.graphs.blocks import Blocks, Tensor
from likewise.encoders.local.module_tables import Mode
from likewise.encoders.local.modules import Dense, Normalize, Pooling, Step

_LEAST = 1e-9
"""A divisor is this at least. Source: sentence-transformers, pooling.py."""

_HIDDEN = 1e9
"""Subtracted from what may not be the greatest."""

_TORCH_EPSILON = 1e-5
"""Of `torch.nn.LayerNorm`, which the LayerNorm module leaves as it is."""


class PoolingBlocks:
    """Adds pooling and modules to a graph; `x` is (texts, width) but for `pool`."""

    def __init__(self, blocks: Blocks) -> None:
        self.b = blocks
        self.op = blocks.op

    def pool(self, x: Any, pooling: Pooling, left_out: int = 0) -> Any:  # noqa: ANN401
        """Return (texts, width × modes) of packed tokens.

        Args:
            x: packed tokens, (places, width).
            pooling: how.
            left_out: tokens at the start of each text that are not pooled; all are where a text
                has no others.
        """
        parts = [self._mode(x, mode, left_out) for mode in pooling.modes]
        return parts[0] if len(parts) == 1 else self.op.concat(parts, 1)

    def step(self, x: Any, step: Step, weights: Callable[[str], Tensor]) -> Any:  # noqa: ANN401
        """Return `x` after one module, whose weights `weights` gives by its folder."""
        b = self.b
        if isinstance(step, Normalize):
            return self.unit(x)
        tensor = weights(step.weights)
        if isinstance(step, Dense):
            product = b.matmul(x, tensor("linear.weight"))
            if step.bias:
                product = b.add(product, b.constant(tensor("linear.bias")))
            return self._activate(product, step.activation)
        centred = self.op.mvn(x, b.integers([-1]), True, _TORCH_EPSILON, "inside_sqrt")
        scaled = b.multiply(centred, b.constant(tensor("norm.weight")))
        return b.add(scaled, b.constant(tensor("norm.bias")))

    def unit(self, x: Any) -> Any:  # noqa: ANN401
        """Return rows of unit length."""
        return self.op.normalize_l2(x, self.b.integers([1]), 1e-24, "max")

    def _activate(self, x: Any, activation: str) -> Any:  # noqa: ANN401
        op = self.op
        if activation == "identity":
            return x
        if activation == "gelu":
            return op.gelu(x, "erf")
        known = {"tanh": op.tanh, "relu": op.relu, "sigmoid": op.sigmoid, "silu": op.swish}
        return known[activation](x)

    def _mode(self, x: Any, mode: Mode, left_out: int) -> Any:  # noqa: ANN401
        op, b = self.op, self.b
        if mode == "cls":
            return self._one(x, self._first(left_out))
        if mode == "lasttoken":
            return self._one(x, op.subtract(self.lengths, b.integers(1)))
        apart = b.take(x, b.slots)
        mask = self._mask(left_out)
        held = op.unsqueeze(mask, b.integers([2]))
        if mode == "max":
            hidden = b.multiply(op.subtract(held, b.number(1.0)), b.number(_HIDDEN))
            return op.reduce_max(b.add(apart, hidden), b.integers([1]))
        if mode == "weightedmean":
            weights = op.convert(b.add(self.b.order, b.integers(1)), "f32")
            held = b.multiply(held, op.unsqueeze(weights, b.integers([0, 2])))
        total = op.reduce_sum(b.multiply(apart, held), b.integers([1]))
        weight = op.maximum(op.reduce_sum(held, b.integers([1])), b.number(_LEAST))
        return op.divide(total, op.sqrt(weight) if mode == "mean_sqrt_len_tokens" else weight)

    @cached_property
    def lengths(self) -> Any:  # noqa: ANN401
        """Tokens of each text, int64 (texts, 1): whole numbers, which bf16 has only up to 256."""
        held = self.op.convert(self.b.mask, "i64")
        return self.op.reduce_sum(held, self.b.integers([1]), True)

    def _first(self, left_out: int) -> Any:  # noqa: ANN401
        """Return the first token of each text that is pooled, int64 (texts, 1)."""
        op, b = self.op, self.b
        enough = op.greater(self.lengths, b.integers(left_out))
        return op.select(enough, b.integers(left_out), b.integers(0))

    def _mask(self, left_out: int) -> Any:  # noqa: ANN401
        """Return (texts, tokens), 1 for each token that is pooled."""
        if not left_out:
            return self.b.mask
        later = self.op.greater_equal(
            self.op.unsqueeze(self.b.order, self.b.integers([0])), self._first(left_out)
        )
        return self.b.multiply(self.b.mask, self.op.convert(later, "f32"))

    def _one(self, x: Any, place: Any) -> Any:  # noqa: ANN401
        """Return the packed token at each text's place, int64 (texts, 1)."""
        slot = self.op.gather_elements(self.b.slots, place, 1)
        return self.b.take(x, self.op.squeeze(slot, self.b.integers([1])))
