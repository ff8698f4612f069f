"""The pieces that models are put together from, as nodes of an OpenVINO graph.

The graph works on *packed* tokens: all the texts of a batch stand one after another in a
single row of tokens, so the matrix products, which are nearly all the work, see no padding.
Only attention needs the texts apart; it gathers them into a (texts, tokens) rectangle and
back. With the number of packed tokens held at few values, the engine's kernels stay warm
whatever the lengths of the texts.
"""

import importlib
import sys
from collections.abc import Callable
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Tensor = Callable[[str], Array]
"""Returns a weight by its name without the model's own prefix, as float32."""

INPUTS = ("ids", "positions", "slots", "places", "mask")
"""Inputs of the graph, in order; see `likewise.encoders.local.packing.Batch`."""

_MASKED = 1e4  # subtracted from a masked score: enough to vanish, small enough for bf16

_ROWS = 1_024


def import_openvino() -> ModuleType:
    """Import OpenVINO without its telemetry and without its model converter.

    On import OpenVINO loads its converter (0.1 s), which reports the import to its makers.
    `None` in `sys.modules` makes Python answer ImportError, which OpenVINO is ready for. The
    converter is barred for this import only; the telemetry stays barred.
    """
    loaded = sys.modules.get("openvino")
    if isinstance(loaded, ModuleType):
        return loaded
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    converter = "openvino.tools.ovc"
    sys.modules.setdefault(converter, None)  # type: ignore[arg-type]
    try:
        return importlib.import_module("openvino")
    finally:
        if sys.modules.get(converter) is None:
            sys.modules.pop(converter, None)


class Blocks:
    """Adds one piece of a model after another; every method returns a graph node.

    `x` is always the packed tokens, (places, width), unless said otherwise.
    """

    def __init__(self, tensor: Tensor, precision: str, longest: int) -> None:
        """Take the weights from `tensor`, for a graph that will compute in `precision`.

        `longest` is the number of tokens that a text may have.

        Naming the precision here keeps the word embeddings, half of a small model's weights,
        in it too.
        """
        self.openvino = import_openvino()
        self.op = importlib.import_module("openvino.opset13")
        self.precision = precision
        self.read = tensor
        self.longest = longest
        self.ids, self.positions, self.slots, self.places = (
            self.op.parameter(shape, np.int32, name=name)
            for name, shape in zip(INPUTS, ([-1], [-1], [-1, -1], [-1]), strict=False)
        )
        self.mask = self.op.parameter([-1, -1], np.float32, name="mask")

    def model(self, result: Any) -> Any:  # noqa: ANN401
        """Return the `openvino.Model` from the five `INPUTS` to `result`."""
        inputs = [self.ids, self.positions, self.slots, self.places, self.mask]
        return self.openvino.Model([result], inputs)

    def words(self, name: str) -> Any:  # noqa: ANN401
        """Return the rows of the tokens' ids in a table, as float32."""
        return self.op.convert(self.take(self.narrow(self.read(name)), self.ids), "f32")

    def linear(self, x: Any, name: str, *, bias: bool = True) -> Any:  # noqa: ANN401
        """Return `x` through the linear layer of that name."""
        product = self.matmul(x, self.read(f"{name}.weight"))
        return self.add(product, self.constant(self.read(f"{name}.bias"))) if bias else product

    def matmul(self, x: Any, weight: Array) -> Any:  # noqa: ANN401
        """Return `x` times the transposed `weight` (out, in)."""
        return self.op.matmul(x, self.constant(weight), False, True)

    def split_linear(self, x: Any, name: str, parts: int, *, bias: bool) -> list[Any]:  # noqa: ANN401
        """Return the outputs of one linear layer that is several, stacked one on another."""
        weights = np.split(self.read(f"{name}.weight"), parts)
        products = [self.matmul(x, weight) for weight in weights]
        if not bias:
            return products
        biases = np.split(self.read(f"{name}.bias"), parts)
        return [self.add(p, self.constant(b)) for p, b in zip(products, biases, strict=True)]

    def layer_norm(self, x: Any, name: str, eps: float, *, bias: bool = True) -> Any:  # noqa: ANN401
        """Return the rows of `x` with mean 0 and variance 1, scaled and shifted."""
        centred = self.op.mvn(x, self.integers([-1]), True, eps, "inside_sqrt")
        scaled = self.multiply(centred, self.constant(self.read(f"{name}.weight")))
        return self.add(scaled, self.constant(self.read(f"{name}.bias"))) if bias else scaled

    def rms_norm(self, x: Any, name: str, eps: float, offset: float = 0.0) -> Any:  # noqa: ANN401
        """Return `x` divided by the root of its mean square over the last axis, and scaled."""
        op = self.op
        square = op.reduce_mean(op.multiply(x, x), self.integers([-1]), True)
        normal = op.divide(x, op.sqrt(op.add(square, self.number(eps))))
        return self.multiply(
            normal, self.constant(self.read(f"{name}.weight") + np.float32(offset))
        )

    def activate(self, x: Any, kind: str) -> Any:  # noqa: ANN401
        """Return an activation of `x`: a value of `ACTIVATIONS`."""
        if kind == "relu":
            return self.op.relu(x)
        if kind == "silu":
            return self.op.swish(x)
        return self.op.gelu(x, kind)

    def attention(
        self,
        query: Any,  # noqa: ANN401
        key: Any,  # noqa: ANN401
        value: Any,  # noqa: ANN401
        heads: int,
        *,
        groups: int | None = None,
        bias: Any = None,  # noqa: ANN401
        scale: float | None = None,
        causal: bool = False,
    ) -> Any:  # noqa: ANN401
        """Return what each token takes from the others of its text, packed again.

        Args:
            query: packed, (places, heads × head).
            key: packed, (places, groups × head).
            value: as `key`.
            heads: heads of the query.
            groups: heads of key and value, each shared by heads / groups heads of the query.
            bias: added to the scores; broadcast to (texts, heads, tokens, tokens).
            scale: the scores are multiplied with it; None: 1 / √head.
            causal: a token sees only those before it.
        """
        op = self.op
        groups = groups or heads
        q, k, v = (
            self._apart(x, count) for x, count in ((query, heads), (key, groups), (value, groups))
        )
        if groups != heads:
            shared = self.integers(np.repeat(np.arange(groups), heads // groups).tolist())
            k, v = self.take(k, shared, axis=1), self.take(v, shared, axis=1)
        if scale is None and not causal:
            attended = op.scaled_dot_product_attention(q, k, v, bias)
        else:
            factor = None if scale is None else self.number(scale)
            attended = op.scaled_dot_product_attention(q, k, v, bias, factor, causal=causal)
        joined = op.reshape(
            op.transpose(attended, self.integers([0, 2, 1, 3])), self._flat(query), False
        )
        return self.take(joined, self.places)

    def _apart(self, x: Any, heads: int) -> Any:  # noqa: ANN401
        """Return packed tokens as (texts, heads, tokens, head)."""
        width = int(x.get_output_partial_shape(0)[-1].get_length())
        split = self.integers([0, 0, heads, width // heads])
        apart = self.op.reshape(self.take(x, self.slots), split, True)
        return self.op.transpose(apart, self.integers([0, 2, 1, 3]))

    def _flat(self, packed: Any) -> Any:  # noqa: ANN401
        return self.integers([-1, int(packed.get_output_partial_shape(0)[-1].get_length())])

    @cached_property
    def padding_bias(self) -> Any:  # noqa: ANN401
        """What to add to scores, (texts, 1, 1, tokens): 0 for a token, -1e4 for a hole."""
        op = self.op
        scores = op.multiply(op.subtract(self.mask, self.number(1.0)), self.number(_MASKED))
        return op.unsqueeze(scores, self.integers([1, 2]))

    @cached_property
    def order(self) -> Any:  # noqa: ANN401
        """The places of a text, int64 (tokens,): 0, 1, 2 … up to the batch's longest."""
        op = self.op
        width = op.gather(op.shape_of(self.slots), self.integers(1), self.integers(0))
        return op.range(self.integers(0), width, self.integers(1), "i64")

    @cached_property
    def distances(self) -> Any:  # noqa: ANN401
        """How far the second of two places is behind the first, int64 (tokens, tokens)."""
        op = self.op
        return op.subtract(
            op.unsqueeze(self.order, self.integers([0])),
            op.unsqueeze(self.order, self.integers([1])),
        )

    def window_bias(self, reach: int) -> Any:  # noqa: ANN401
        """Return the padding's bias, with tokens further than `reach` hidden from each other."""
        op = self.op
        far = op.greater(op.abs(self.distances), self.integers(reach))
        hidden = op.select(far, self.number(-_MASKED), self.number(0.0))
        return op.add(self.padding_bias, op.unsqueeze(hidden, self.integers([0, 1])))

    def causal_bias(self, reach: int | None) -> Any:  # noqa: ANN401
        """Return a bias that hides later tokens, and those more than `reach` before."""
        op = self.op
        unseen = op.greater(self.distances, self.integers(0))
        if reach is not None:
            unseen = op.logical_or(unseen, op.less(self.distances, self.integers(-reach)))
        hidden = op.select(unseen, self.number(-_MASKED), self.number(0.0))
        return op.unsqueeze(hidden, self.integers([0, 1]))

    def rotary(self, head: int, theta: float) -> tuple[Any, Any]:
        """Return cosine and sine for each packed token, (places, 1, head), to turn heads with.

        Source: Su et al. 2021 (RoFormer), in the form of `transformers` that pairs the two
        halves of a head.
        """
        return self.rotary_of(theta ** -(np.arange(0, head, 2, dtype=np.float64) / head))

    def rotary_of(self, inverse: npt.NDArray[np.float64]) -> tuple[Any, Any]:
        """Return `rotary` of given inverse frequencies (head / 2).

        The first half of the sine is negative here, which saves turning a sign later.
        """
        angles = np.outer(np.arange(self.longest, dtype=np.float64), inverse)
        cos = np.concatenate([np.cos(angles), np.cos(angles)], 1).astype(np.float32)
        sin = np.concatenate([-np.sin(angles), np.sin(angles)], 1).astype(np.float32)
        cosine, sine = (self.take(self.constant(table), self.positions) for table in (cos, sin))
        one = self.integers([1])
        return self.op.unsqueeze(cosine, one), self.op.unsqueeze(sine, one)

    def turn(self, x: Any, turned: tuple[Any, Any]) -> Any:  # noqa: ANN401
        """Return packed heads (places, heads, head) turned by their position."""
        op = self.op
        halves = op.split(x, self.integers(2), 2).outputs()
        swapped = op.concat([halves[1], halves[0]], 2)
        return op.add(op.multiply(x, turned[0]), op.multiply(swapped, turned[1]))

    def heads(self, x: Any, count: int) -> Any:  # noqa: ANN401
        """Return packed (places, width) as (places, heads, head)."""
        width = int(x.get_output_partial_shape(0)[-1].get_length())
        return self.op.reshape(x, self.integers([0, count, width // count]), True)

    def joined(self, x: Any) -> Any:  # noqa: ANN401
        """Return packed heads as (places, width): the opposite of `heads`."""
        shape = x.get_output_partial_shape(0)
        width = int(shape[1].get_length()) * int(shape[2].get_length())
        return self.op.reshape(x, self.integers([0, width]), True)

    def add(self, one: Any, other: Any) -> Any:  # noqa: ANN401
        """Return the sum."""
        return self.op.add(one, other)

    def multiply(self, one: Any, other: Any) -> Any:  # noqa: ANN401
        """Return the product, element by element."""
        return self.op.multiply(one, other)

    def take(self, x: Any, index: Any, axis: int = 0) -> Any:  # noqa: ANN401
        """Return the elements of `x` at `index` along an axis."""
        return self.op.gather(x, index, self.integers(axis))

    def constant(self, array: npt.NDArray[Any]) -> Any:  # noqa: ANN401
        """Return a constant that shares the array's memory: weights would stand there twice."""
        return self.op.constant(np.ascontiguousarray(array), shared_memory=True)

    def narrow(self, array: Array) -> Any:  # noqa: ANN401
        """Return a constant of half the size where the graph computes in half precision."""
        if self.precision == "f16":
            return self.constant(array.astype(np.float16))
        if self.precision != "bf16":
            return self.constant(array)
        # NumPy has no bfloat16: the upper half of each float32, rounded to the nearest even;
        # some rows at a time, because the whole table's intermediates would set the peak memory
        tensor = self.openvino.Tensor(self.openvino.Type.bf16, self.openvino.Shape(array.shape))
        upper = tensor.data.view(np.uint16)
        for start in range(0, len(array), _ROWS):
            bits = array[start : start + _ROWS].view(np.uint32)
            upper[start : start + _ROWS] = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
        return self.op.constant(tensor)

    def integers(self, values: list[int] | int) -> Any:  # noqa: ANN401
        """Return a constant of int64."""
        return self.op.constant(np.array(values, np.int64))

    def number(self, value: float) -> Any:  # noqa: ANN401
        """Return a constant float32."""
        return self.op.constant(np.float32(value))
