"""Exports tiny models as the ONNX files that people bring, and computes them with their authors'.

Run it as `run.py` is run, with onnx 1.19 and onnxruntime 1.32 beside the others. It writes
tests/encoders/fidelity/onnx/: the files, and `reference.safetensors` with the vectors of
`sentence-transformers` in float32 (those of 8-bit weights are of ONNX Runtime).
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import onnx  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

from tests.encoders.fidelity.onnx_recipe import EXPORTS, OUT, Export, folder_of  # noqa: E402
from tests.encoders.fidelity.recipe import TEXTS  # noqa: E402


class Exported(torch.nn.Module):
    """A transformer with the outputs that an export has."""

    def __init__(self, model: torch.nn.Module, export: Export) -> None:
        super().__init__()
        self.model, self.export = model, export

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the outputs by their order in the export."""
        inputs = dict(zip(self.export.inputs, given, strict=True))
        found = self.model(**inputs)
        tokens = found[0]
        mask = inputs["attention_mask"].unsqueeze(-1).to(tokens.dtype)
        made = {
            "last_hidden_state": tokens,
            "token_embeddings": tokens,
            "pooler_output": tokens[:, 0].tanh(),
            "sentence_embedding": (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9),
        }
        return tuple(made[name] for name in self.export.outputs)


def main() -> None:
    """Export and compute all."""
    torch.set_num_threads(1)
    shutil.rmtree(OUT, ignore_errors=True)
    vectors = {}
    with tempfile.TemporaryDirectory() as scratch:
        for export in EXPORTS:
            folder = folder_of(export, Path(scratch))
            model = SentenceTransformer(
                str(folder),
                device="cpu",
                model_kwargs={"dtype": torch.float32, "attn_implementation": "eager"},
            )
            vectors[export.name] = np.stack([model.encode([text])[0] for text in TEXTS])
            _write(export, model)
            if export.how == "int8":
                vectors[export.name] = _by_runtime(export, model)
            print(export.name, vectors[export.name].shape, flush=True)
    save_file(vectors, OUT / "reference.safetensors")


def _write(export: Export, model: SentenceTransformer) -> None:
    target = OUT / export.name / export.file
    target.parent.mkdir(parents=True)
    transformer = Exported(model[0].auto_model.eval(), export)
    if export.how == "half":
        transformer = transformer.half()
    example = torch.ones((2, 5), dtype=torch.int64)
    dynamic: dict[str, dict[int, str]] = {name: {0: "texts", 1: "tokens"} for name in export.inputs}
    dynamic |= {
        name: {0: "texts"} if "sentence" in name or "pooler" in name else {0: "texts", 1: "tokens"}
        for name in export.outputs
    }
    torch.onnx.export(
        transformer,
        (example,) * len(export.inputs),
        str(target),
        input_names=list(export.inputs),
        output_names=list(export.outputs),
        dynamic_axes=dynamic,
        opset_version=17,
        dynamo=False,
    )
    if export.how == "external":
        whole = onnx.load(str(target))
        beside = f"{target.name}_data"
        onnx.save(whole, str(target), save_as_external_data=True, location=beside, size_threshold=0)
    elif export.how == "int8":
        plain = target.rename(target.with_suffix(".plain"))
        quantize_dynamic(plain, target, weight_type=QuantType.QInt8)
        plain.unlink()


def _by_runtime(export: Export, model: SentenceTransformer) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(OUT / export.name / export.file))
    found = []
    for text in TEXTS:
        features = model.preprocess([text])
        features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        given = {name: features[name].numpy() for name in export.inputs}
        found.append(session.run(None, given)[0][0].mean(0))
    return np.stack(found).astype(np.float32)


if __name__ == "__main__":
    main()
