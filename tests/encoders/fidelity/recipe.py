"""Tiny model folders of every family, the same on every machine.

`benchmarks/fidelity/run.py` computes them with sentence-transformers and keeps what comes out in
`reference.safetensors`; `test_fidelity.py` computes them with Likewise.

Weights come from the raw draws of PCG64, whose stream NumPy guarantees, by arithmetic that is
exact in float32.
"""

import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from likewise.encoders.graphs.families import FAMILIES
from tests.encoders.folders import write_json, write_raw

WIDTH, LAYERS, HEADS, INNER, WORDS, POSITIONS = 32, 3, 4, 48, 64, 40

TEXTS = (
    "",
    "w1",
    "w1 w2 w3 nothing w4",
    "w5 w5 [PAD] W6 [SEP] w7",
    " ".join(f"w{n % 60}" for n in range(7, 27)),
    " ".join(f"w{n * 7 % 60}" for n in range(60)),
)
"""Empty, short, with what is unknown, with special tokens, beyond windows, and cut off."""

POOLINGS = ("mean", "cls", "max", "lasttoken", "weightedmean", "mean_sqrt_len_tokens")

_COMMON = {
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": INNER,
    "vocab_size": WORDS,
    "max_position_embeddings": POSITIONS,
}
_BERT = {**_COMMON, "type_vocab_size": 2, "layer_norm_eps": 1e-5, "pad_token_id": 1}
_DECODER = {**_COMMON, "head_dim": 16, "num_key_value_heads": 2, "pad_token_id": 1}

CONFIGS: dict[str, dict[str, Any]] = {
    "bert": _BERT,
    "roberta": _BERT,
    "xlm-roberta": {**_BERT, "hidden_act": "gelu_new"},
    "camembert": _BERT,
    "distilbert": {
        "dim": WIDTH,
        "n_layers": LAYERS,
        "n_heads": HEADS,
        "hidden_dim": INNER,
        "vocab_size": WORDS,
        "max_position_embeddings": POSITIONS,
        "pad_token_id": 1,
    },
    "mpnet": _BERT,
    "modernbert": {
        **_COMMON,
        "local_attention": 8,
        "global_attn_every_n_layers": 2,
        "global_rope_theta": 16_000.0,
        "local_rope_theta": 1_000.0,
        "pad_token_id": 1,
        "norm_eps": 1e-5,
    },
    "nomic_bert": {
        "n_embd": WIDTH,
        "n_layer": LAYERS,
        "n_head": HEADS,
        "n_inner": INNER,
        "n_positions": POSITIONS,
        "vocab_size": WORDS,
        "activation_function": "swiglu",
        "layer_norm_epsilon": 1e-12,
        "rotary_emb_base": 1_000.0,
        "rotary_emb_fraction": 1.0,
        "type_vocab_size": 2,
        "prenorm": False,
        "qkv_proj_bias": False,
        "mlp_fc1_bias": False,
        "mlp_fc2_bias": False,
        "auto_map": {
            "AutoModel": "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"
        },
    },
    "new": {
        **_COMMON,
        "type_vocab_size": 1,
        "layer_norm_eps": 1e-12,
        "position_embedding_type": "rope",
        "rope_theta": 20_000.0,
        "rope_scaling": {"type": "ntk", "factor": 2.0},
        "pack_qkv": True,
        "unpad_inputs": False,
        "auto_map": {"AutoModel": "Alibaba-NLP/new-impl--modeling.NewModel"},
    },
    "gemma3_text": {
        **_DECODER,
        "sliding_window": 8,
        "sliding_window_pattern": 2,
        "query_pre_attn_scalar": 24,
        "rope_theta": 100_000.0,
        "rope_local_base_freq": 1_000.0,
        "use_bidirectional_attention": True,
    },
    "qwen3": {**_DECODER, "rope_theta": 100_000.0, "architectures": ["Qwen3ForCausalLM"]},
}


@dataclass(frozen=True)
class Case:
    """One folder."""

    name: str
    kind: str
    config: dict[str, Any] = field(default_factory=dict)
    pooling: tuple[str, ...] = ("mean",)
    include_prompt: bool = True
    prompt: str = ""
    side: str = "right"
    dtype: str = "F32"
    limit: int = 24
    lower: bool = False
    steps: tuple[dict[str, Any], ...] = ()
    truncate: int | None = None
    static: str = ""
    """`embedding.weight` or `embeddings`: the folder of a StaticEmbedding."""
    mapped: bool = False
    tokenizer: str = ""
    """Class of a tokenizer that keeps case, while its configuration says to lower it."""
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Members of files that are other than usual; None takes one out."""


def _crossed() -> list[Case]:
    """Every family with every pooling, and with each of these the other choices in turn."""
    cases = []
    for number, (kind, pooling) in enumerate(product(CONFIGS, POOLINGS)):
        cases.append(
            Case(
                f"{kind} {pooling}",
                kind,
                pooling=(pooling,),
                prompt=("", "w9 w8: ")[number % 2],
                include_prompt=number % 4 != 1,
                side=("right", "left")[number // 2 % 2],
                dtype=("F32", "F16", "BF16")[number % 3],
            )
        )
    return cases


def _dense(out: int, activation: str, into: int = WIDTH, bias: bool = True) -> dict[str, Any]:
    return {
        "kind": "Dense",
        "in_features": into,
        "out_features": out,
        "bias": bias,
        "activation_function": f"torch.nn.modules.{activation}",
    }


CASES = (
    *_crossed(),
    Case("all poolings", "bert", pooling=POOLINGS),
    Case(
        "all poolings without the prompt",
        "bert",
        pooling=POOLINGS,
        include_prompt=False,
        prompt="w3 w4 ",
    ),
    Case("lower case", "bert", lower=True, prompt="W9 "),
    Case("a bert tokenizer", "bert", tokenizer="BertTokenizer"),
    Case("a general tokenizer", "bert", tokenizer="PreTrainedTokenizerFast"),
    Case(
        "a bert tokenizer that says nothing",
        "bert",
        tokenizer="BertTokenizer",
        changes={"tokenizer_config.json": {"do_lower_case": None}},
    ),
    Case(
        "an added token that only the configuration has",
        "bert",
        changes={
            "tokenizer_config.json": {
                "added_tokens_decoder": {
                    "5": {
                        "content": "w1",
                        "single_word": False,
                        "lstrip": False,
                        "rstrip": False,
                        "normalized": False,
                        "special": False,
                    }
                }
            }
        },
    ),
    Case("an added token of the old file", "bert", changes={"added_tokens.json": {"w1": 5}}),
    Case(
        "a prompt longer than the limit",
        "bert",
        prompt="w9 " * 30,
        include_prompt=False,
    ),
    Case(
        "a special token that ends the prompt",
        "bert",
        prompt="w9 [SEP]",
        include_prompt=False,
        changes={"tokenizer.json": {"post_processor": None}},
    ),
    Case("a rotation that is scaled by nothing", "qwen3", {"rope_scaling": {"type": "default"}}),
    Case("tanh", "bert", steps=(_dense(24, "activation.Tanh"),)),
    Case("relu", "bert", steps=(_dense(24, "activation.ReLU", bias=False),)),
    Case("gelu", "bert", steps=(_dense(24, "activation.GELU"),)),
    Case("sigmoid", "bert", steps=(_dense(24, "activation.Sigmoid"),)),
    Case("silu", "bert", steps=(_dense(24, "activation.SiLU"),)),
    Case(
        "two dense",
        "gemma3_text",
        steps=(
            _dense(48, "linear.Identity", bias=False),
            _dense(WIDTH, "linear.Identity", 48, bias=False),
            {"kind": "Normalize"},
        ),
    ),
    Case(
        "normalised between",
        "bert",
        steps=(
            {"kind": "Normalize"},
            _dense(24, "activation.Tanh"),
            {"kind": "LayerNorm", "dimension": 24},
        ),
    ),
    Case("cut", "bert", truncate=20),
    Case("causal gemma", "gemma3_text", {"use_bidirectional_attention": False}),
    Case("new without scaling", "new", {"rope_scaling": None, "type_vocab_size": 0}),
    Case(
        "gte as arctic has it",
        "new",
        {
            "model_type": "gte",
            "rope_scaling": None,
            "unpad_inputs": "true",
            "use_memory_efficient_attention": "true",
            "auto_map": {"AutoModel": "modeling_hf_alibaba_nlp_gte.GteModel"},
        },
        pooling=("cls",),
    ),
    Case("relu inside", "distilbert", {"activation": "relu"}),
    Case(
        "modernbert with biases",
        "modernbert",
        {"norm_bias": True, "attention_bias": True, "mlp_bias": True},
    ),
    Case("static", "", static="embedding.weight", steps=({"kind": "Normalize"},)),
    Case("static in half precision", "", static="embeddings", dtype="F16", prompt="w9 "),
    Case("static of few rows", "", static="embeddings", mapped=True),
)


def write(case: Case, folder: Path) -> None:
    """Write the folder of a case."""
    folder.mkdir(parents=True)
    _tokenizer(case).save(str(folder / "tokenizer.json"))
    if case.static:
        modules = [{"path": "", "kind": "StaticEmbedding"}]
        write_raw(folder / "model.safetensors", _stored(case, _static_shapes(case), case.name))
    else:
        config = {"model_type": case.kind, **CONFIGS[case.kind], **case.config}
        write_json(folder / "config.json", {n: v for n, v in config.items() if v is not None})
        read = FAMILIES[case.kind].config.understood(
            folder, "config.json", json.loads((folder / "config.json").read_text()), []
        )
        write_raw(folder / "model.safetensors", _stored(case, list(read.shapes()), case.kind))
        write_json(
            folder / "tokenizer_config.json",
            {
                "tokenizer_class": case.tokenizer or "PreTrainedTokenizerFast",
                "do_lower_case": True if case.tokenizer else None,
                "truncation_side": case.side,
                "model_max_length": case.limit,
                **{f"{n.lower()}_token": f"[{n}]" for n in ("CLS", "PAD", "SEP", "UNK")},
            },
        )
        write_json(
            folder / "sentence_bert_config.json",
            {"max_seq_length": case.limit, "do_lower_case": case.lower},
        )
        modules = [{"path": "", "kind": "Transformer"}, {"path": "1_Pooling", "kind": "Pooling"}]
        write_json(
            folder / "1_Pooling/config.json",
            {
                "word_embedding_dimension": WIDTH,
                "pooling_mode": case.pooling[0] if len(case.pooling) == 1 else [*case.pooling],
                "include_prompt": case.include_prompt,
            },
        )
    for step in case.steps:
        _write_step(folder, case, f"{len(modules)}_{step['kind']}", step)
        modules.append({"path": f"{len(modules)}_{step['kind']}", "kind": step["kind"]})
    write_json(
        folder / "modules.json",
        [
            {
                "idx": number,
                "name": str(number),
                "path": module["path"],
                "type": f"sentence_transformers.models.{module['kind']}",
            }
            for number, module in enumerate(modules)
        ],
    )
    write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": case.prompt, "document": ""},
            "default_prompt_name": "query" if case.prompt else None,
            "truncate_dim": case.truncate,
        },
    )

    for file, members in case.changes.items():
        path = folder / file
        content = json.loads(path.read_text()) if path.is_file() else {}
        content |= members
        kept = {n: v for n, v in content.items() if v is not None or file == "tokenizer.json"}
        write_json(path, kept)


def _write_step(folder: Path, case: Case, path: str, step: dict[str, Any]) -> None:
    (folder / path).mkdir()
    members = {name: value for name, value in step.items() if name != "kind"}
    if members:
        write_json(folder / path / "config.json", members)
    shapes: list[tuple[str, tuple[int, ...]]] = []
    if step["kind"] == "Dense":
        shapes = [("linear.weight", (step["out_features"], step["in_features"]))]
        shapes += [("linear.bias", (step["out_features"],))] if step["bias"] else []
    elif step["kind"] == "LayerNorm":
        shapes = [("norm.weight", (step["dimension"],)), ("norm.bias", (step["dimension"],))]
    if shapes:
        write_raw(folder / path / "model.safetensors", _stored(case, shapes, path))


def _tokenizer(case: Case) -> Tokenizer:
    vocabulary = {"[CLS]": 0, "[PAD]": 1, "[SEP]": 2, "[UNK]": 3}
    vocabulary |= {f"w{n}": n + 4 for n in range(WORDS - 4)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    if case.tokenizer:
        made.normalizer = normalizers.BertNormalizer(lowercase=False)
    elif not case.lower:
        made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
    )
    made.add_special_tokens(["[CLS]", "[PAD]", "[SEP]", "[UNK]"])
    return made


def _static_shapes(case: Case) -> list[tuple[str, tuple[int, ...]]]:
    if not case.mapped:
        return [(case.static, (WORDS, WIDTH))]
    return [(case.static, (20, WIDTH)), ("mapping", (WORDS,)), ("weights", (WORDS,))]


def _stored(case: Case, shapes: Any, seed: str) -> dict[str, tuple[str, np.ndarray]]:
    return {name: _tensor(case, f"{seed}/{name}", name, shape) for name, shape in shapes}


def _tensor(case: Case, seed: str, name: str, shape: tuple[int, ...]) -> tuple[str, np.ndarray]:
    count = int(np.prod(shape))
    raw = np.random.PCG64(list(seed.encode())).random_raw(count)
    if name == "mapping":
        return "I64", (raw % 20).astype(np.int64)
    # 12 bits: exact in every type but bfloat16, which the reference reads as it is stored
    values = (raw >> 52).astype(np.float32) / np.float32(4_096) - np.float32(0.5)
    if len(shape) == 1 and name.endswith("weight"):
        values += np.float32(1)
    elif len(shape) == 2 and "embed" not in name:
        values *= np.float32(0.75)
    values = values.reshape(shape)
    if case.dtype == "BF16":
        return "BF16", (values.view(np.uint32) >> 16).astype(np.uint16)
    return case.dtype, values.astype({"F32": np.float32, "F16": np.float16}[case.dtype])
