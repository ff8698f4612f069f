"""Builds the computation of a BERT-family model as an OpenVINO graph, from its weights.

The graph works on *packed* tokens: all the texts of a batch stand one after another in a
single row of tokens, so the matrix products, which are nearly all the work, see no padding.
Only attention needs the texts apart; it gathers them into a (texts, tokens) rectangle and
back. With the number of packed tokens held at few values, the engine's kernels stay warm
whatever the lengths of the texts.

Sources: Devlin et al. 2019 (BERT); Liu et al. 2019 (RoBERTa); Sanh et al. 2019 (DistilBERT);
the parameter names are those of `transformers`.
"""

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.local.model_folder import ModelSpec
from likewise.errors import UnsupportedModel

Tensor = Callable[[str], npt.NDArray[np.float32]]
"""Returns a weight by its name without the model's own prefix, as float32."""

INPUTS = ("ids", "positions", "slots", "places", "mask")
"""Inputs of the graph, in order; see `likewise.encoders.local.packing.Batch`."""

_MASKED = 1e4  # subtracted from a masked score: enough to vanish, small enough for bf16

_ROWS = 1_024

_BERT_NAMES = {
    "layer": "encoder.layer.{}.",
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "output_norm": "output.LayerNorm",
}
_DISTILBERT_NAMES = {
    "layer": "transformer.layer.{}.",
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "attended": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "up": "ffn.lin1",
    "down": "ffn.lin2",
    "output_norm": "output_layer_norm",
}


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


def build_graph(
    spec: ModelSpec, tensor: Tensor, precision: str = "f32", *, pooled: bool = True
) -> Any:  # noqa: ANN401
    """Return an `openvino.Model` from the five `INPUTS` to unit vectors (texts, hidden).

    Without `pooled` it gives what pooling would take: the packed tokens (places, hidden).

    The graph computes in whatever precision it is compiled for. Naming that one here keeps the
    word embeddings, half of a small model's weights, in it too.

    Raises:
        UnsupportedModel: a weight that the specification calls for is not there.
    """
    try:
        return _Builder(spec, tensor, precision).model(pooled)
    except KeyError as error:
        raise UnsupportedModel(
            f"The model's weights have no {error}, which a {spec.family} model needs.",
            "Check that the folder holds the whole encoder, not only a head or an adapter.",
        ) from None


class _Builder:
    """Adds one piece of the model after another; every method returns a graph node."""

    def __init__(self, spec: ModelSpec, tensor: Tensor, precision: str) -> None:
        self.openvino = import_openvino()
        self.precision = precision
        self.op = importlib.import_module("openvino.opset13")
        self.spec = spec
        self.tensor = tensor
        self.names = _DISTILBERT_NAMES if spec.family == "distilbert" else _BERT_NAMES

    def model(self, pooled: bool) -> Any:  # noqa: ANN401
        op = self.op
        ids, positions, slots, places = (
            op.parameter(shape, np.int32, name=name)
            for name, shape in zip(INPUTS, ([-1], [-1], [-1, -1], [-1]), strict=False)
        )
        mask = op.parameter([-1, -1], np.float32, name="mask")
        x = self.embed(ids, positions)
        hidden_scores = op.multiply(
            op.subtract(mask, self.number(1.0)), self.number(_MASKED)
        )  # 0 for a token, -1e4 for a hole
        bias = op.unsqueeze(hidden_scores, self.integers([1, 2]))
        for index in range(self.spec.layers):
            x = self.layer(self.names["layer"].format(index), x, slots, places, bias)
        result = self.pool(x, slots, mask) if pooled else x
        return self.openvino.Model([result], [ids, positions, slots, places, mask])

    def embed(self, ids: Any, positions: Any) -> Any:  # noqa: ANN401
        table = self.tensor("embeddings.position_embeddings.weight")
        if self.spec.family != "distilbert":
            # every token is of type 0, so its type's row can be folded into the positions
            table = table + self.tensor("embeddings.token_type_embeddings.weight")[0]
        words = self.narrow(self.tensor("embeddings.word_embeddings.weight"))
        taken = self.op.convert(self.take(words, ids), "f32")
        summed = self.op.add(taken, self.take(self.constant(table), positions))
        return self.norm(summed, "embeddings.LayerNorm")

    def layer(self, layer: str, x: Any, slots: Any, places: Any, bias: Any) -> Any:  # noqa: ANN401
        op, names = self.op, self.names
        query, key, value = (
            self.split_heads(self.take(self.linear(x, layer + names[name]), slots))
            for name in ("query", "key", "value")
        )
        attended = op.scaled_dot_product_attention(query, key, value, bias)
        joined = op.reshape(
            op.transpose(attended, self.integers([0, 2, 1, 3])),
            self.integers([-1, self.spec.hidden]),
            False,
        )
        packed = self.linear(self.take(joined, places), layer + names["attended"])
        x = self.norm(op.add(x, packed), layer + names["attention_norm"])
        inner = self.activate(self.linear(x, layer + names["up"]))
        outer = self.linear(inner, layer + names["down"])
        return self.norm(op.add(x, outer), layer + names["output_norm"])

    def pool(self, x: Any, slots: Any, mask: Any) -> Any:  # noqa: ANN401
        op = self.op
        if self.spec.pooling == "cls":
            pooled = self.take(x, self.take(slots, self.integers(0), axis=1))
        else:
            # the sum and the mean have the same direction, and only that remains
            held = op.multiply(self.take(x, slots), op.unsqueeze(mask, self.integers([2])))
            pooled = op.reduce_sum(held, self.integers([1]))
        return op.normalize_l2(pooled, self.integers([1]), 1e-24, "max")

    def split_heads(self, x: Any) -> Any:  # noqa: ANN401
        heads = self.integers([0, 0, self.spec.heads, self.spec.hidden // self.spec.heads])
        return self.op.transpose(self.op.reshape(x, heads, True), self.integers([0, 2, 1, 3]))

    def activate(self, x: Any) -> Any:  # noqa: ANN401
        if self.spec.activation == "relu":
            return self.op.relu(x)
        return self.op.gelu(x, self.spec.activation)

    def linear(self, x: Any, name: str) -> Any:  # noqa: ANN401
        product = self.op.matmul(x, self.constant(self.tensor(name + ".weight")), False, True)
        return self.op.add(product, self.constant(self.tensor(name + ".bias")))

    def norm(self, x: Any, name: str) -> Any:  # noqa: ANN401
        op = self.op
        centred = op.mvn(x, self.integers([-1]), True, self.spec.epsilon, "inside_sqrt")
        scaled = op.multiply(centred, self.constant(self.tensor(name + ".weight")))
        return op.add(scaled, self.constant(self.tensor(name + ".bias")))

    def take(self, x: Any, index: Any, axis: int = 0) -> Any:  # noqa: ANN401
        return self.op.gather(x, index, self.integers(axis))

    def constant(self, array: npt.NDArray[Any]) -> Any:  # noqa: ANN401
        # shared, not copied: the weights would stand in memory twice
        return self.op.constant(np.ascontiguousarray(array), shared_memory=True)

    def narrow(self, array: npt.NDArray[np.float32]) -> Any:  # noqa: ANN401
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
        return self.op.constant(np.array(values, np.int64))

    def number(self, value: float) -> Any:  # noqa: ANN401
        return self.op.constant(np.float32(value))
