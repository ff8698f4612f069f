"""A trained head as an ONNX graph, to be run where there is no Likewise and no Python.

The graph begins at the vector of a text, not at the text: whoever runs it embeds texts with the
encoder that its metadata names. Inputs: `embedding`, float32 (n, dims), unit length; and `words`,
float32 (n, v), TF-IDF features, where the model has learnt from words too. Outputs of a
classifier: `probabilities`, float32 (n, k), and `label`, int64 (n,), a place among `classes`; of a
regressor: `number`, float32 (n,).

Metadata, all JSON: `classes`; `encoder`, the identity; `terms` and `idf` for `words`, whose
features are 1 + log(count) of each term times its idf, each row divided by its length, a term
being one word or two neighbours in lower case.
"""

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.learn.heads import Head, KernelHead, LinearHead
from likewise.classify.learn.softmax import Linear
from likewise.classify.model import ClassModel, Model, NumberModel
from likewise.errors import MissingPackage

OPSET = 17
IR_VERSION = 9
"""What onnxruntime 1.15 and later run."""


def to_onnx(model: Model) -> bytes:
    """Return the head of a model as an ONNX file.

    Probabilities agree with `predict_proba` to 1e-5.

    Raises:
        MissingPackage: `onnx` is not installed.
    """
    graph = _Graph()
    logits = _logits(graph, model.fitted.head if isinstance(model, ClassModel) else model.head)
    if isinstance(model, NumberModel):
        graph.add("Squeeze", [logits, graph.constant("axis", np.array([1]))], "number")
        graph.output("number", "FLOAT", ["n"])
    else:
        _answers(graph, model, logits)
    return graph.finish(_metadata(model))


def _answers(graph: "_Graph", model: ClassModel, logits: str) -> None:
    temperature = graph.constant("temperature", np.array(model.temperature, np.float32))
    scaled = graph.add("Div", [logits, temperature])
    chances = graph.add("Softmax", [scaled], "probabilities", axis=1)
    weighed = chances
    if model.offsets is not None:
        least = graph.constant("least", np.array(1e-15, np.float32))
        logs = graph.add("Log", [graph.add("Max", [chances, least])])
        offsets = graph.constant("offsets", model.offsets.astype(np.float32))
        weighed = graph.add("Add", [logs, offsets])
    graph.add("ArgMax", [weighed], "label", axis=1, keepdims=0)
    graph.output("probabilities", "FLOAT", ["n", len(model.classes)])
    graph.output("label", "INT64", ["n"])


def _logits(graph: "_Graph", head: Head) -> str:
    if isinstance(head, KernelHead):
        dims = head.kernel.landmarks.shape[1]
        embedding = graph.input("embedding", dims)
        near = graph.add("MatMul", [embedding, graph.constant("marks", head.kernel.landmarks.T)])
        one = graph.constant("one", np.array(1, np.float32))
        width = graph.constant("width", np.array(2 * head.kernel.gamma, np.float32))
        kernel = graph.add("Exp", [graph.add("Mul", [graph.add("Sub", [near, one]), width])])
        features = graph.add("MatMul", [kernel, graph.constant("whiten", head.kernel.whiten)])
        return _linear(graph, head.linear, features)
    if not isinstance(head, LinearHead):
        raise TypeError(f"{type(head).__name__} has no graph")
    embedding = graph.input("embedding", len(head.linear.dense))
    return _linear(graph, head.linear, embedding)


def _linear(graph: "_Graph", linear: Linear, features: str) -> str:
    weights = graph.constant("dense", linear.dense)
    scores = graph.add("MatMul", [features, weights])
    if linear.sparse is not None:
        words = graph.input("words", len(linear.sparse))
        more = graph.add("MatMul", [words, graph.constant("sparse", linear.sparse)])
        scores = graph.add("Add", [scores, more])
    return graph.add("Add", [scores, graph.constant("bias", linear.bias)])


def _metadata(model: Model) -> dict[str, Any]:
    said: dict[str, Any] = {"encoder": model.identity and model.identity.to_dict()}
    if isinstance(model, ClassModel):
        said["classes"] = list(model.classes)
        if model.fitted.words is not None:
            said["terms"] = model.fitted.words.terms.tolist()
            said["idf"] = [float(value) for value in model.fitted.words.idf]
    return said


class _Graph:
    """Puts nodes together, with names made as they come."""

    def __init__(self) -> None:
        try:
            import onnx
        except ImportError:
            raise MissingPackage(
                "Writing ONNX needs the package onnx, which is not installed.",
                "Install it: pip install 'likewise[export]'.",
            ) from None
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._constants: list[Any] = []

    def input(self, name: str, width: int) -> str:
        """Add an input of float32 (n, width)."""
        kind = self._onnx.TensorProto.FLOAT
        self._inputs.append(self._onnx.helper.make_tensor_value_info(name, kind, ["n", width]))
        return name

    def output(self, name: str, kind: str, shape: list[Any]) -> None:
        """Add an output."""
        number = getattr(self._onnx.TensorProto, kind)
        self._outputs.append(self._onnx.helper.make_tensor_value_info(name, number, shape))

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        """Add a constant."""
        array = np.ascontiguousarray(value)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def add(self, kind: str, inputs: list[str], name: str | None = None, **more: int) -> str:
        """Add a node and return the name of its output."""
        output = name or f"{kind.lower()} {len(self._nodes)}"
        node = self._onnx.helper.make_node(kind, inputs, [output], **more)  # type: ignore[arg-type]
        self._nodes.append(node)
        return output

    def finish(self, metadata: dict[str, Any]) -> bytes:
        """Check the graph and return the file."""
        onnx = self._onnx
        graph = onnx.helper.make_graph(
            self._nodes, "likewise", self._inputs, self._outputs, self._constants
        )
        made = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", OPSET)], producer_name="likewise"
        )
        made.ir_version = IR_VERSION
        onnx.helper.set_model_props(
            made, {name: json.dumps(value, ensure_ascii=False) for name, value in metadata.items()}
        )
        onnx.checker.check_model(made)
        written: bytes = made.SerializeToString()
        return written
