"""Writes the folder that fastembed reads: the same weights as ONNX, and the tokenizer.

Usage: python export_onnx.py MODEL_FOLDER OUTPUT_FOLDER
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer

source, target = map(Path, sys.argv[1:3])
target.mkdir(parents=True, exist_ok=True)
model = SentenceTransformer(str(source), device="cpu")
bert = model[0].auto_model
bert.config._attn_implementation = "eager"  # what the exporter can trace
bert.config.return_dict = False


class TokenVectors(torch.nn.Module):
    """The model without its pooling, which fastembed does itself."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Return one vector for each token."""
        return self.bert(ids, attention_mask=mask, token_type_ids=types)[0]


names = ["input_ids", "attention_mask", "token_type_ids"]
example = torch.ones((2, 9), dtype=torch.int64)
part = target / "model.part"
torch.onnx.export(
    TokenVectors().eval(),
    (example, example, example * 0),
    str(part),
    input_names=names,
    output_names=["last_hidden_state"],
    dynamic_axes={name: {0: "texts", 1: "tokens"} for name in [*names, "last_hidden_state"]},
    opset_version=17,
    dynamo=False,
)
shutil.copy(source / "tokenizer.json", target)
shutil.copy(source / "config.json", target)
limits = {"model_max_length": model.max_seq_length, "pad_token": "[PAD]"}
(target / "tokenizer_config.json").write_text(json.dumps(limits), encoding="utf-8")
part.rename(target / "model.onnx")
