"""A local encoder as an ONNX graph, by the same builders that make its graph for OpenVINO.

Those put tokens one after another without holes; here they stand in a rectangle, as those who run
ONNX give them: `input_ids` and `attention_mask`, int64 (n, tokens).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.export.graph import GraphBuilder
from likewise.encoders.graphs.bert import build_bert, build_distilbert
from likewise.encoders.loading import confirmed
from likewise.encoders.local.modules import Normalize
from likewise.encoders.local.spec import ModelSpec, Spec
from likewise.errors import InvalidOption
from likewise.settings import Settings
from likewise.types import Identity, check_same

MOST_BYTES = 2_000_000_000
"""An ONNX file may not be larger, without files beside it."""

BUILT = (build_bert, build_distilbert)


class RectangularBlocks:
    """What the builders of the BERT family ask of `likewise.encoders.graphs.blocks.Blocks`."""

    def __init__(self, graph: GraphBuilder, spec: ModelSpec) -> None:
        self.graph = graph
        self.read = spec.tensors
        self.ids = graph.input("input_ids", ["n", "tokens"], "INT64")
        self.mask = graph.input("attention_mask", ["n", "tokens"], "INT64")
        self.positions = self._positions(spec)
        self.held = graph.add("Cast", self.mask, to=1)
        self.padding_bias = self._padding_bias()

    def _positions(self, spec: ModelSpec) -> str:
        graph, padding = self.graph, getattr(spec.config, "still", None)
        if padding is None:
            counted = graph.add("CumSum", self.mask, graph.integers(1))
            counted = graph.add("Sub", counted, graph.integers(1))
            return graph.add("Max", counted, graph.integers(0))
        same = graph.add("Equal", self.ids, graph.integers(padding))
        own = graph.add("Cast", graph.add("Not", same), to=7)
        counted = graph.add("Mul", graph.add("CumSum", own, graph.integers(1)), own)
        return graph.add("Add", counted, graph.integers(padding))

    def _padding_bias(self) -> str:
        graph = self.graph
        missing = graph.add("Sub", graph.constant(1.0), self.held)
        low = graph.add("Mul", missing, graph.constant(np.finfo(np.float32).min))
        return graph.add("Unsqueeze", low, graph.integers([1, 2]))

    def words(self, name: str) -> str:
        """Return the rows of the tokens' ids in a table."""
        return self.take(self.constant(self.read(name)), self.ids)

    def linear(self, x: str, name: str) -> str:
        """Return `x` through the linear layer of that name."""
        product = self.graph.add("MatMul", x, self.constant(self.read(f"{name}.weight").T))
        return self.add(product, self.constant(self.read(f"{name}.bias")))

    def layer_norm(self, x: str, name: str, eps: float) -> str:
        """Return the rows of `x` with mean 0 and variance 1, scaled and shifted."""
        scale, shift = (self.constant(self.read(f"{name}.{part}")) for part in ("weight", "bias"))
        return self.graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=eps)

    def activate(self, x: str, kind: str) -> str:
        """Return an activation of `x`: a value of `ACTIVATIONS`."""
        graph = self.graph
        if kind == "relu":
            return graph.add("Relu", x)
        if kind == "silu":
            return graph.add("Mul", x, graph.add("Sigmoid", x))
        if kind == "erf":
            inner = graph.add("Erf", graph.add("Mul", x, graph.constant(2**-0.5)))
        else:
            cube = graph.add("Mul", graph.add("Mul", x, x), x)
            bent = graph.add("Add", x, graph.add("Mul", cube, graph.constant(0.044715)))
            inner = graph.add("Tanh", graph.add("Mul", bent, graph.constant((2 / np.pi) ** 0.5)))
        half = graph.add("Mul", x, graph.constant(0.5))
        return graph.add("Mul", half, graph.add("Add", inner, graph.constant(1.0)))

    def attention(self, query: str, key: str, value: str, heads: int, *, bias: str) -> str:
        """Return what each token takes from the others of its text."""
        graph = self.graph

        def apart(x: str, order: list[int]) -> str:
            split = graph.add("Reshape", x, graph.integers([0, 0, heads, -1]))
            return graph.add("Transpose", split, perm=order)

        q, k, v = apart(query, [0, 2, 1, 3]), apart(key, [0, 2, 3, 1]), apart(value, [0, 2, 1, 3])
        scale = graph.add("Sqrt", graph.add("Cast", self._width_of(k), to=1))
        scores = graph.add("Div", graph.add("MatMul", q, k), scale)
        shares = graph.add("Softmax", graph.add("Add", scores, bias), axis=-1)
        joined = graph.add("Transpose", graph.add("MatMul", shares, v), perm=[0, 2, 1, 3])
        return graph.add("Reshape", joined, graph.integers([0, 0, -1]))

    def _width_of(self, keys: str) -> str:
        shape = self.graph.add("Shape", keys)
        return self.graph.add("Gather", shape, self.graph.integers(2))

    def add(self, one: str, other: str) -> str:
        """Return the sum."""
        return self.graph.add("Add", one, other)

    def take(self, x: str, index: str) -> str:
        """Return the rows of `x` at `index`."""
        return self.graph.add("Gather", x, index, axis=0)

    def constant(self, array: npt.NDArray[Any]) -> str:
        """Return a constant."""
        return self.graph.constant(array)


def add_encoder(graph: GraphBuilder, spec: Spec) -> str:
    """Add a local encoder and return the name of its vectors: float32 (n, dims), unit length.

    Raises:
        InvalidOption: its kind has no graph here, or is too large for one file.
    """
    if not isinstance(spec, ModelSpec) or spec.family.build not in BUILT or spec.cut:
        raise InvalidOption(
            f"This encoder ({spec.computation}) can't be written as ONNX.",
            "Export the head alone: leave out --with-encoder.",
        )
    modes = spec.pooling.modes
    others = [step for step in spec.steps if not isinstance(step, Normalize)]
    if modes not in (("mean",), ("cls",)) or others or not spec.pooling.include_prompt:
        raise InvalidOption(
            "What this encoder does behind its tokens can't be written as ONNX.",
            "Export the head alone: leave out --with-encoder.",
        )
    size = sum(4 * int(np.prod(spec.tensors.entry(name).shape)) for name in spec.tensors)
    if size >= MOST_BYTES:
        raise InvalidOption(
            f"The encoder has {size / 1e9:.1f} GB of weights; one ONNX file has 2 at most.",
            "Export the head alone: leave out --with-encoder.",
        )
    blocks = RectangularBlocks(graph, spec)
    tokens = spec.family.build(blocks, spec.config)  # type: ignore[arg-type]
    if modes == ("cls",):
        pooled = graph.add("Gather", tokens, graph.integers(0), axis=1)
    else:
        held = graph.add("Unsqueeze", blocks.held, graph.integers([2]))
        own = graph.add("Mul", tokens, held)
        pooled = graph.add("ReduceSum", own, graph.integers([1]), keepdims=0)
    length = graph.add("ReduceL2", pooled, axes=[1], keepdims=1)
    return graph.add("Div", pooled, length, name="embedding")


def spec_of(identity: Identity, settings: Settings, encoder: str | None = None) -> Spec:
    """Return what a local encoder computes, from the folder of its model.

    Args:
        identity: the encoder's, as a trained model has saved it.
        settings: where its folder is looked for.
        encoder: what it is here, where the saved name is not to be followed.

    Raises:
        UnconfirmedEncoder: the saved name needs the user's own word.
        InvalidOption: it is none that is computed on this machine.
        IncompatibleVectors: what goes by its name is another one now.
        EncoderError, FileMissing: its model can't be loaded.
    """
    from likewise.encoders.catalogue import model
    from likewise.encoders.local import weights
    from likewise.encoders.local.encoder import identity_of
    from likewise.encoders.local.model_folder import read_model_folder

    source = confirmed(identity, settings, encoder)
    if source.kind not in ("hub", "folder"):
        raise InvalidOption(
            f"{identity.name} has no graph.", "Export the head alone: leave out --with-encoder."
        )
    folder = source.folder or weights.fetch(model(source.name), settings)
    spec = read_model_folder(folder)
    tokenizer = spec.tokenizer(identity.prefix)
    check_same(identity, identity_of(spec, tokenizer, 0, identity.name, identity.revision))
    return spec
