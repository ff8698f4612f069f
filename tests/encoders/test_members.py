"""Every member of every table changes the digest, is refused, or stands on the harmless list."""

import json
from pathlib import Path
from typing import Any

import pytest

from likewise.encoders.graphs.families import FAMILIES
from likewise.encoders.local.encoder import identity_of
from likewise.encoders.local.model_folder import read_model_folder
from likewise.encoders.local.module_tables import (
    DenseConfig,
    DropoutConfig,
    LayerNormConfig,
    NormalizeConfig,
    PoolingConfig,
)
from likewise.encoders.local.schema import Members
from likewise.encoders.local.static import Model2VecConfig
from likewise.encoders.local.texts import Prompts, Sentence, TokenizerConfig
from likewise.errors import UnsupportedModel
from tests.encoders.fidelity.recipe import CASES, Case, write
from tests.encoders.folders import change_json

CASE = {case.name: case for case in CASES}

# tables: the file, a folder that has it, and another value for each member
OTHER: dict[str, Any] = {
    "activation": "relu",
    "activation_function": "silu",  # the same to NomicBERT: see ALIKE
    "attention_bias": True,
    "dim": 16,
    "global_attn_every_n_layers": 1,
    "global_rope_theta": 77.0,
    "head_dim": 8,
    "hidden_act": "relu",
    "hidden_activation": "relu",
    "hidden_dim": 16,
    "hidden_size": 16,
    "intermediate_size": 16,
    "layer_norm_eps": 0.25,
    "layer_norm_epsilon": 0.25,
    "layer_types": ["full_attention"],
    "local_attention": 4,
    "local_rope_theta": 77.0,
    "matryoshka_dimensions": [8],
    "max_position_embeddings": 16,
    "mlp_bias": True,
    "n_embd": 16,
    "n_head": 2,
    "n_heads": 2,
    "n_inner": 16,
    "n_layer": 1,
    "n_layers": 1,
    "n_positions": 16,
    "norm_bias": True,
    "norm_eps": 0.25,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "num_key_value_heads": 1,
    "pad_token_id": 3,
    "query_pre_attn_scalar": 4,
    "rms_norm_eps": 0.25,
    "rope_local_base_freq": 77.0,
    "rope_parameters": {"rope_type": "default", "rope_theta": 77.0},
    "rope_scaling": {"type": "ntk", "factor": 3.0},
    "rope_theta": 77.0,
    "rotary_emb_base": 77.0,
    "sliding_window": 4,
    "sliding_window_pattern": 3,
    "type_vocab_size": 1,
    "use_bidirectional_attention": False,
    "vocab_size": 32,
    # pooling, Dense, LayerNorm
    "bias": False,
    "dimension": 8,
    "embedding_dimension": 8,
    "in_features": 8,
    "include_prompt": False,
    "out_features": 8,
    "pooling_mode": "cls",
    "word_embedding_dimension": 8,
    # texts
    "add_prefix_space": True,
    **{f"{name}_token": "w1" for name in ("bos", "cls", "eos", "mask", "pad", "sep", "unk")},
    "additional_special_tokens": ["w1"],
    "extra_special_tokens": {"image": {"content": "w1", "lstrip": True}},
    "added_tokens_decoder": {"63": {"content": "new"}},
    "default_prompt_name": "document",
    "do_lower_case": False,
    "lowercase": False,
    "max_length": 9,
    "max_seq_length": 9,
    "model_args": {"output_hidden_states": True},
    "model_kwargs": {"output_hidden_states": True},
    "model_max_length": 9,
    "prompts": {"query": "other "},
    "similarity_fn_name": "dot",
    "strip_accents": False,
    "tokenize_chinese_chars": False,
    "tokenizer_class": "PreTrainedTokenizerFast",
    "truncate_dim": 8,
    "truncation_side": "left",
}
OTHER |= {
    f"pooling_mode_{name}": name != "mean_tokens"
    for name in (
        *("cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens"),
        *("weightedmean_tokens", "lasttoken"),
    )
}

OFFERED = {"matryoshka_dimensions", "similarity_fn_name"}
"""Told to the user; no vector depends on them."""

SPECIAL = {
    ("nomic_bert", "head_dim"): 4,
    ("new", "type_vocab_size"): 0,
    ("sentence", "do_lower_case"): True,
    ("modernbert", "sliding_window"): 3,
}
"""Other values where the usual one is the folder's own."""

ALIKE = {
    ("nomic_bert", "activation_function"),  # `swiglu` and `silu` are two names of one thing
    ("bert", "pad_token_id"),  # positions do not depend on it
    ("bert", "add_prefix_space"),  # its tokenizer is not on the level of bytes
}
"""Members that are judged, but of which another value gives the same vectors."""

TABLES: list[tuple[str, type[Members], str, str]] = [
    *(
        (kind, FAMILIES[kind].config, "config.json", f"{kind} mean")
        for kind in FAMILIES
        if kind != "gte"
    ),
    ("pooling", PoolingConfig, "1_Pooling/config.json", "bert mean"),
    ("dense", DenseConfig, "2_Dense/config.json", "tanh"),
    ("layer norm", LayerNormConfig, "4_LayerNorm/config.json", "normalised between"),
    ("prompts", Prompts, "config_sentence_transformers.json", "lower case"),
    ("sentence", Sentence, "sentence_bert_config.json", "bert mean"),
    ("tokenizer", TokenizerConfig, "tokenizer_config.json", "bert mean"),
    ("model2vec", Model2VecConfig, "config.json", "static in half precision"),
]


each_table = pytest.mark.parametrize(
    ("table", "file", "case"), [t[1:] for t in TABLES], ids=[t[0] for t in TABLES]
)


def prepared(case: Case, folder: Path, table: type[Members]) -> Path:
    write(case, folder)
    if table is PoolingConfig:  # flags, which say the same
        (folder / "1_Pooling/config.json").write_text('{"pooling_mode_mean_tokens": true}')
    if table is Sentence:
        change_json(folder / "tokenizer.json", {"normalizer": None})
    if table is TokenizerConfig:
        (folder / "sentence_bert_config.json").write_text("{}")
        change_json(
            folder / "tokenizer.json",
            {
                "normalizer": {
                    "type": "BertNormalizer",
                    "clean_text": True,
                    "handle_chinese_chars": True,
                    "strip_accents": None,
                    "lowercase": False,
                }
            },
        )
        change_json(
            folder / "tokenizer_config.json",
            {"truncation_side": "right", "tokenizer_class": "BertTokenizer", "do_lower_case": True},
        )
    if table is Model2VecConfig:
        (folder / "config.json").write_text('{"model_type": "model2vec"}')
    if table is PoolingConfig or table is Prompts:
        change_json(
            folder / "config_sentence_transformers.json",
            {"prompts": {"query": "w9 ", "document": "w8 "}, "default_prompt_name": "query"},
        )
    return folder


def digest(folder: Path) -> str | None:
    """Return the digest, None where the folder is refused."""
    try:
        spec = read_model_folder(folder)
    except UnsupportedModel:
        return None
    tokenizer = spec.tokenizer(spec.default_prompt)
    left_out = 0 if spec.pooling.include_prompt else tokenizer.prefix_tokens()
    return identity_of(spec, tokenizer, left_out, "x", "").digest


@each_table
def test_what_is_computed_with_changes_the_digest_or_is_refused(tmp_path, table, file, case):
    folder = prepared(CASE[case], tmp_path / "model", table)
    before, content = digest(folder), (folder / file).read_bytes()
    assert before is not None
    kind = "sentence" if table is Sentence else case.split()[0]
    for name in sorted(table.computed()):
        (folder / file).write_bytes(content)
        own = json.loads(content).get(name)
        other = SPECIAL.get((kind, name), OTHER[name])
        assert own != other, f"the same value of {name} tells nothing"
        change_json(folder / file, {name: other})
        alike = name in OFFERED or (kind, name) in ALIKE
        assert (digest(folder) == before) == alike, name


@each_table
def test_what_is_fixed_is_refused_with_any_other_value(tmp_path, table, file, case):
    folder = prepared(CASE[case], tmp_path / "model", table)
    before, content = digest(folder), (folder / file).read_bytes()
    for name in sorted(table.FIXED):
        for value in ("another", 7, ["x"], {"x": 1}):
            (folder / file).write_bytes(content)
            change_json(folder / file, {name: value})
            assert digest(folder) is None, (name, value)
    kept = {"model_type"} if table is Model2VecConfig else set()
    fixed = {name: values for name, values in table.FIXED.items() if name not in kept}
    for turn in range(-1, max(map(len, fixed.values()), default=0)):
        usual = {name: None for name in fixed if turn < 0}
        usual |= {name: values[turn] for name, values in fixed.items() if 0 <= turn < len(values)}
        (folder / file).write_bytes(content)
        change_json(folder / file, usual)
        assert digest(folder) == before, usual


@each_table
def test_what_is_harmless_changes_nothing(tmp_path, table, file, case):
    folder = prepared(CASE[case], tmp_path / "model", table)
    before = digest(folder)
    harmless = {name: "anything" for name in table.HARMLESS if name != "model_type"}
    change_json(folder / file, harmless)
    assert digest(folder) == before
    assert read_model_folder(folder).notes == ()


@each_table
def test_what_is_unknown_is_refused_or_noted(tmp_path, table, file, case):
    folder = prepared(CASE[case], tmp_path / "model", table)
    before = digest(folder)
    change_json(folder / file, {"quite_new": 1})
    if table.REFUSES_UNKNOWN:
        assert digest(folder) is None
    else:
        assert digest(folder) == before
        assert read_model_folder(folder).notes == (f"Not used of {file}: 'quite_new'.",)


def test_no_member_stands_in_two_lists():
    for table in (*(t[1] for t in TABLES), NormalizeConfig, DropoutConfig):
        lists = [table.computed(), table.FIXED.keys(), table.HARMLESS]
        assert sum(map(len, lists)) == len(set().union(*lists)), table


@pytest.mark.parametrize("padding", [-5, 10**9, "x"])
def test_padding_that_no_table_has_is_a_broken_file(tmp_path, padding):
    folder = prepared(CASE["bert mean"], tmp_path / "model", FAMILIES["bert"].config)
    change_json(folder / "config.json", {"pad_token_id": padding})
    with pytest.raises(UnsupportedModel, match="pad_token_id"):
        read_model_folder(folder)
