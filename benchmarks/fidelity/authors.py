"""What sentence-transformers needs to know to read folders as their authors publish them.

Two families come with code of their own on the hub, which is not run here: NomicBERT and GTE
("new"). `transformers` has both by now, the second under another name and another way to write
its configuration; both are rewritten here for the reference, from the same numbers.
"""

import json
from pathlib import Path
from typing import Any

from tests.encoders.fidelity.recipe import Case

_NOMIC = {
    "n_embd": "hidden_size",
    "n_layer": "num_hidden_layers",
    "n_head": "num_attention_heads",
    "n_inner": "intermediate_size",
    "n_positions": "max_position_embeddings",
    "layer_norm_epsilon": "layer_norm_eps",
    "vocab_size": "vocab_size",
    "type_vocab_size": "type_vocab_size",
    "model_type": "model_type",
}


def adapt(case: Case, folder: Path) -> None:
    """Rewrite `config.json` where `transformers` writes it otherwise than the authors do."""
    path = folder / "config.json"
    if case.kind == "nomic_bert":
        config = json.loads(path.read_text())
        theta = config["rotary_emb_base"]
        config = {_NOMIC[name]: value for name, value in config.items() if name in _NOMIC}
        config |= {"hidden_act": "silu", "pad_token_id": 1}
        config["rope_parameters"] = {"rope_type": "default", "rope_theta": theta}
        path.write_text(json.dumps(config))
    if case.kind == "new":
        config = json.loads(path.read_text())
        theta, scaling = config.pop("rope_theta"), config.pop("rope_scaling", None)
        config["model_type"] = "gte"
        config["pad_token_id"] = 1
        del config["auto_map"]
        if scaling:
            # Alibaba-NLP/new-impl, NTKScalingRotaryEmbedding: the base times the factor, and every
            # frequency divided by factor^(2/head); as one base b: b^(-2i/d) is wanted for all i,
            # which no base gives, so the frequencies are set in `check`
            theta *= scaling["factor"]
        config["rope_parameters"] = {"rope_type": "default", "rope_theta": theta}
        path.write_text(json.dumps(config))


def check(case: Case, folder: Path, model: Any) -> None:  # noqa: ANN401
    """Raise unless every weight of the folder was loaded; set what no configuration can say."""
    if case.static:
        return
    import torch
    from transformers import AutoModel

    transformer = model[0].model
    _, told = AutoModel.from_pretrained(folder, output_loading_info=True)
    absent = [name for name in told["missing_keys"] if "pooler" not in name]
    if absent or told["unexpected_keys"] or told["mismatched_keys"]:
        raise SystemExit(f"{case.name}: {absent} {told['unexpected_keys']}")
    if case.kind == "new" and case.config.get("rope_scaling", "") is not None:
        rotary = transformer.rotary_emb
        factor, head = 2.0, rotary.inv_freq.shape[0] * 2
        rotary.inv_freq = torch.nn.Buffer(rotary.inv_freq / factor ** (2 / head), persistent=False)
