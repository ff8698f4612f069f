"""Puts an ONNX graph together, node by node."""

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.errors import MissingPackage

OPSET = 17
IR_VERSION = 9
"""What onnxruntime 1.15 and later run."""

Shape = list[str | int]


class GraphBuilder:
    """Every method returns the name of what was added.

    Raises:
        MissingPackage: `onnx` is not installed.
    """

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

    def input(self, name: str, shape: Shape, kind: str = "FLOAT") -> str:
        """Add an input."""
        number = getattr(self._onnx.TensorProto, kind)
        self._inputs.append(self._onnx.helper.make_tensor_value_info(name, number, shape))
        return name

    def output(self, name: str, shape: Shape, kind: str = "FLOAT") -> None:
        """Add an output."""
        number = getattr(self._onnx.TensorProto, kind)
        self._outputs.append(self._onnx.helper.make_tensor_value_info(name, number, shape))

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Add a constant."""
        name = f"constant {len(self._constants)}"
        array = np.array(value, dtype=dtype, order="C")  # a scalar stays one
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def integers(self, values: list[int] | int) -> str:
        """Add a constant of int64."""
        return self.constant(values, np.int64)

    def add(self, kind: str, *inputs: str, name: str | None = None, **more: Any) -> str:  # noqa: ANN401
        """Add a node."""
        output = name or f"{kind.lower()} {len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), [output], **more))
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
