"""Small models with random weights, written as sentence-transformers folders, and what they
should give, computed with NumPy alone."""

import json
import math
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HIDDEN, LAYERS, HEADS, INNER, WORDS, POSITIONS = 32, 2, 4, 64, 40, 24

_BERT = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "output_norm": "output.LayerNorm",
    "layer": "encoder.layer.",
}
_DISTILBERT = {
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "attended": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "up": "ffn.lin1",
    "down": "ffn.lin2",
    "output_norm": "output_layer_norm",
    "layer": "transformer.layer.",
}


def names(family: str) -> dict[str, str]:
    return _DISTILBERT if family == "distilbert" else _BERT


def write_model(
    folder: Path,
    *,
    family: str = "bert",
    pooling: str = "mean",
    activation: str = "gelu",
    max_seq_length: int | None = 16,
    prompts: dict[str, str] | None = None,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Write the folder of a random model and return its weights."""
    (folder / "1_Pooling").mkdir(parents=True)
    weights = random_weights(family, seed)
    save_file(weights, folder / "model.safetensors")
    config = {
        "model_type": family,
        "max_position_embeddings": POSITIONS,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 1,
        "hidden_act": activation,
        "activation": activation,
    }
    if family == "distilbert":
        config |= {"dim": HIDDEN, "n_layers": LAYERS, "n_heads": HEADS}
    else:
        config |= {
            "hidden_size": HIDDEN,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
        }
    _write(folder / "config.json", config)
    _write(
        folder / "1_Pooling" / "config.json",
        {
            "pooling_mode_mean_tokens": pooling == "mean",
            "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_max_tokens": pooling == "max",
        },
    )
    if max_seq_length:
        _write(folder / "sentence_bert_config.json", {"max_seq_length": max_seq_length})
    if prompts:
        _write(folder / "config_sentence_transformers.json", {"prompts": prompts})
    tokenizer().save(str(folder / "tokenizer.json"))
    return weights


def tokenizer() -> Tokenizer:
    """Words `w0` … `w35`, lower-cased; anything else is unknown."""
    vocabulary = {"[CLS]": 0, "[PAD]": 1, "[SEP]": 2, "[UNK]": 3}
    vocabulary |= {f"w{n}": n + 4 for n in range(WORDS - 4)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
    )
    return made


def random_weights(family: str, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.4, shape).astype(np.float32)

    prefix = "roberta." if family == "xlm-roberta" else ""
    weights = {
        "embeddings.word_embeddings.weight": normal(WORDS, HIDDEN),
        "embeddings.position_embeddings.weight": normal(POSITIONS, HIDDEN),
        "embeddings.LayerNorm.weight": normal(HIDDEN) + 1,
        "embeddings.LayerNorm.bias": normal(HIDDEN),
    }
    if family != "distilbert":
        weights["embeddings.token_type_embeddings.weight"] = normal(2, HIDDEN)
    shapes = {
        **dict.fromkeys(("query", "key", "value", "attended"), (HIDDEN, HIDDEN)),
        "up": (INNER, HIDDEN),
        "down": (HIDDEN, INNER),
        "attention_norm": (HIDDEN,),
        "output_norm": (HIDDEN,),
    }
    known = names(family)
    for layer in range(LAYERS):
        for part, shape in shapes.items():
            name = f"{known['layer']}{layer}.{known[part]}"
            weights[f"{name}.weight"] = normal(*shape) + (1 if len(shape) == 1 else 0)
            weights[f"{name}.bias"] = normal(shape[0])
    return {prefix + name: value for name, value in weights.items()}


def expected_vector(
    weights: dict[str, np.ndarray],
    ids: list[int],
    *,
    family: str = "bert",
    pooling: str = "mean",
    activation: str = "gelu",
    positions: list[int] | None = None,
    pooled_from: int = 0,
) -> np.ndarray:
    """Return the unit vector of one text, token by token as the papers have it, in float64."""
    w = {name.removeprefix("roberta."): value.astype(float) for name, value in weights.items()}
    known = names(family)
    first = 2 if "roberta" in family else 0
    x = w["embeddings.word_embeddings.weight"][ids]
    places = positions or list(range(first, first + len(ids)))
    x = x + w["embeddings.position_embeddings.weight"][places]
    if family != "distilbert":
        x = x + w["embeddings.token_type_embeddings.weight"][0]
    x = _norm(w, "embeddings.LayerNorm", x)
    for layer in range(LAYERS):
        at = {part: f"{known['layer']}{layer}.{name}" for part, name in known.items()}
        q, k, v = (_heads(_linear(w, at[part], x)) for part in ("query", "key", "value"))
        scores = q @ k.swapaxes(1, 2) / math.sqrt(HIDDEN // HEADS)
        share = np.exp(scores - scores.max(-1, keepdims=True))
        share /= share.sum(-1, keepdims=True)
        mixed = (share @ v).swapaxes(0, 1).reshape(len(ids), HIDDEN)
        x = _norm(w, at["attention_norm"], x + _linear(w, at["attended"], mixed))
        inner = _activate(activation, _linear(w, at["up"], x))
        x = _norm(w, at["output_norm"], x + _linear(w, at["down"], inner))
    pooled = x[0] if pooling == "cls" else x[pooled_from:].mean(0)
    return pooled / np.linalg.norm(pooled)


def _heads(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), HEADS, -1).swapaxes(0, 1)


def _linear(w: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def _norm(w: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    return (
        centred / np.sqrt(centred.var(-1, keepdims=True) + 1e-12) * w[f"{name}.weight"]
        + w[f"{name}.bias"]
    )


def _activate(name: str, x: np.ndarray) -> np.ndarray:
    if name == "relu":
        return np.maximum(x, 0)
    if name == "gelu_new":
        return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
