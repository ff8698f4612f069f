"""A trained model as an ONNX graph, to be run where there is no Likewise and no Python.

The graph begins at the vector of a text, which whoever runs it makes with the encoder that the
metadata names; or, with the encoder in it, at the tokens of a text: `input_ids` and
`attention_mask`, int64 (n, tokens), as the encoder's own tokenizer gives them, with the encoder's
prefix before the text. Inputs: `embedding`, float32 (n, dims), unit length; and `words`,
float32 (n, v), TF-IDF features, where the model has learnt from words too. Outputs of a
classifier: `probabilities`, float32 (n, k), and `label`, int64 (n,), a place among `classes`; of a
classifier of several labels per text: `probabilities`, and `labels`, bool (n, k); of a regressor:
`number`, float32 (n,), and `level`, float32 (n,), where numbers stand for levels, such as stars.

Metadata, all JSON: `classes`; `encoder`, the identity; `terms` and `idf` for `words`, whose
features are 1 + log(count) of each term times its idf, each row divided by its length, a term
being one word or two neighbours in lower case.
"""

from typing import Any

import numpy as np

from likewise.classify.export.encoder import add_encoder
from likewise.classify.export.graph import GraphBuilder
from likewise.classify.learn.heads import Head, KernelHead, LinearHead
from likewise.classify.learn.levels import Levels
from likewise.classify.learn.softmax import Linear
from likewise.classify.model import ClassModel, Model, MultiLabelModel, NumberModel
from likewise.encoders.local.spec import Spec

_INT64 = 7
"""ONNX's number of the type."""

_LARGEST = 3e38
"""In single precision; a cut that is never reached lies beyond it."""


def to_onnx(model: Model, encoder: Spec | None = None) -> bytes:
    """Return a model as an ONNX file: its head, behind its encoder where that is given.

    Probabilities agree with `predict_proba` to 1e-5 on the same vectors.

    Raises:
        MissingPackage: `onnx` is not installed.
        InvalidOption: the encoder can't be written as ONNX.
    """
    graph = GraphBuilder()
    head = model.head if isinstance(model, NumberModel) else model.fitted.head
    if encoder is None:
        embedding = graph.input("embedding", ["n", _dims(head)])
    else:
        embedding = add_encoder(graph, encoder)
        graph.output("embedding", ["n", _dims(head)])
    logits = _logits(graph, head, embedding)
    if isinstance(model, NumberModel):
        graph.add("Squeeze", logits, graph.integers([1]), name="number")
        graph.output("number", ["n"])
        if model.levels is not None:
            _level(graph, model.levels, logits)
    elif isinstance(model, MultiLabelModel):
        _labels(graph, model, logits)
    else:
        _answers(graph, model, logits)
    return graph.finish(_metadata(model))


def _answers(graph: GraphBuilder, model: ClassModel, logits: str) -> None:
    scaled = graph.add("Div", logits, graph.constant(model.temperature))
    chances = graph.add("Softmax", scaled, name="probabilities", axis=1)
    weighed = chances
    if model.offsets is not None:
        logs = graph.add("Log", graph.add("Max", chances, graph.constant(1e-15)))
        weighed = graph.add("Add", logs, graph.constant(model.offsets))
    graph.add("ArgMax", weighed, name="label", axis=1, keepdims=0)
    graph.output("probabilities", ["n", len(model.classes)])
    graph.output("label", ["n"], "INT64")


def _level(graph: GraphBuilder, levels: Levels, numbers: str) -> None:
    cuts = graph.constant(np.clip(levels.cuts, -_LARGEST, _LARGEST))
    above = graph.add("Cast", graph.add("GreaterOrEqual", numbers, cuts), to=_INT64)
    places = graph.add("ReduceSum", above, graph.integers([1]), keepdims=0)
    graph.add("Gather", graph.constant(levels.values), places, name="level")
    graph.output("level", ["n"])


def _labels(graph: GraphBuilder, model: MultiLabelModel, logits: str) -> None:
    chances = graph.add("Sigmoid", logits, name="probabilities")
    thresholds = graph.constant(model.thresholds)
    said = graph.add("GreaterOrEqual", chances, thresholds)
    if model.at_least_one:
        above = graph.add("Sub", chances, thresholds)
        best = graph.add("ReduceMax", above, axes=[1], keepdims=1)
        # where none reaches its threshold the nearest to it is said, else what reaches it
        nearest = graph.add("GreaterOrEqual", above, best)
        none = graph.add("Less", best, graph.constant(0.0))
        said = graph.add("Or", said, graph.add("And", nearest, none))
    graph.add("Identity", said, name="labels")
    graph.output("probabilities", ["n", len(model.classes)])
    graph.output("labels", ["n", len(model.classes)], "BOOL")


def _dims(head: Head) -> int:
    arrays = head.arrays()
    return int(arrays["landmarks"].shape[1] if "landmarks" in arrays else len(arrays["dense"]))


def _logits(graph: GraphBuilder, head: Head, embedding: str) -> str:
    if isinstance(head, KernelHead):
        near = graph.add("MatMul", embedding, graph.constant(head.kernel.landmarks.T))
        away = graph.add("Sub", near, graph.constant(1.0))
        kernel = graph.add("Exp", graph.add("Mul", away, graph.constant(2 * head.kernel.gamma)))
        return _linear(
            graph, head.linear, graph.add("MatMul", kernel, graph.constant(head.kernel.whiten))
        )
    if not isinstance(head, LinearHead):
        raise TypeError(f"{type(head).__name__} has no graph")
    return _linear(graph, head.linear, embedding)


def _linear(graph: GraphBuilder, linear: Linear, features: str) -> str:
    scores = graph.add("MatMul", features, graph.constant(linear.dense))
    if linear.sparse is not None:
        words = graph.input("words", ["n", len(linear.sparse)])
        more = graph.add("MatMul", words, graph.constant(linear.sparse))
        scores = graph.add("Add", scores, more)
    return graph.add("Add", scores, graph.constant(linear.bias))


def _metadata(model: Model) -> dict[str, Any]:
    said: dict[str, Any] = {"encoder": model.identity and model.identity.to_dict()}
    if not isinstance(model, NumberModel):
        said["classes"] = list(model.classes)
        if model.fitted.words is not None:
            said["terms"] = model.fitted.words.terms.tolist()
            said["idf"] = [float(value) for value in model.fitted.words.idf]
    return said
