"""The ONNX files in onnx/, and the folders that they belong to; see benchmarks/fidelity."""

from dataclasses import dataclass
from pathlib import Path

from tests.encoders.fidelity.recipe import Case, write

OUT = Path(__file__).parent / "onnx"

_TYPES = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True)
class Export:
    """One file as exporters write it."""

    name: str
    kind: str = "bert"
    pooling: str = "mean"
    inputs: tuple[str, ...] = _TYPES
    outputs: tuple[str, ...] = ("last_hidden_state",)
    file: str = "onnx/model.onnx"
    how: str = ""
    """`half`, `external` or `int8`."""


EXPORTS = (
    Export("token types"),
    Export("no token types", "distilbert", "cls", inputs=_TYPES[:2], file="model.onnx"),
    Export("two outputs", pooling="cls", outputs=("last_hidden_state", "pooler_output")),
    Export("pooled beside", outputs=("token_embeddings", "sentence_embedding")),
    Export("pooled alone", outputs=("sentence_embedding",)),
    Export("half precision", how="half"),
    Export("data beside", how="external"),
    Export("8-bit weights", how="int8"),
)


def folder_of(export: Export, parent: Path) -> Path:
    """Write the folder without its ONNX file; return it."""
    layers = {"n_layers" if export.kind == "distilbert" else "num_hidden_layers": 1}
    case = Case(export.name, export.kind, layers, pooling=(export.pooling,))
    write(case, parent / export.name)
    return parent / export.name
