"""A model of another family is run from its ONNX file, pooled as its folder says."""

import numpy as np
import pytest

from likewise.errors import UnsupportedModel
from tests.encoders.folders import MODULES, change_json, module, opened, write_json, write_raw
from tests.encoders.models import tokenizer, write_model
from tests.encoders.onnx_file import table_model

TEXTS = ["w1 w2 w3", "", "w5", "w1 " * 30, "w7 unknown w9"]
RNG = np.random.default_rng(5)
TABLE = RNG.normal(size=(40, 16)).astype(np.float32)
WEIGHT = RNG.normal(size=(16, 8)).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """A folder of a family that nobody knows."""
    write_model(tmp_path / "tiny")
    (tmp_path / "tiny/model.safetensors").unlink()
    write_json(
        tmp_path / "tiny/config.json", {"model_type": "wonder", "max_position_embeddings": 24}
    )
    write_json(tmp_path / "tiny/modules.json", MODULES)
    (tmp_path / "tiny/onnx").mkdir()
    (tmp_path / "tiny/onnx/model.onnx").write_bytes(table_model(TABLE, WEIGHT))
    return tmp_path / "tiny"


def tokens(text):
    made = tokenizer()
    made.enable_truncation(16)
    return np.tanh(TABLE[made.encode(text).ids] @ WEIGHT)


def unit(x):
    return x / np.linalg.norm(x)


POOLINGS = {
    "mean": lambda x: x.mean(0),
    "cls": lambda x: x[0],
    "max": lambda x: x.max(0),
    "lasttoken": lambda x: x[-1],
    "weightedmean": lambda x: (x * np.arange(1, len(x) + 1)[:, None]).sum(0),
    "mean_sqrt_len_tokens": lambda x: x.sum(0) / np.sqrt(len(x)),
}


def test_a_known_family_with_code_of_its_own_is_run_from_its_file(folder):
    expected = opened(folder).encode(TEXTS).vectors
    (folder / "source").mkdir()
    write_model(folder / "source/tiny")
    (folder / "source/tiny/model.safetensors").rename(folder / "model.safetensors")
    change_json(
        folder / "config.json",
        {"model_type": "xlm-roberta", "auto_map": {"AutoModel": "x--modeling.Own"}},
    )
    encoder = opened(folder)
    np.testing.assert_allclose(encoder.encode(TEXTS).vectors, expected, atol=2e-5)
    assert "from onnx/model.onnx" in encoder.runtime.engine
    (folder / "onnx/model.onnx").unlink()
    with pytest.raises(UnsupportedModel, match="brings its own code for the model"):
        opened(folder)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_tokens_are_pooled_as_the_folder_says(folder, pooling):
    write_json(folder / "1_Pooling/config.json", {"pooling_mode": pooling})
    encoder = opened(folder)
    for text, vector in zip(TEXTS, encoder.encode(TEXTS).vectors, strict=True):
        np.testing.assert_allclose(vector, unit(POOLINGS[pooling](tokens(text))), atol=2e-5)
    assert encoder.identity.pooling == pooling
    assert "from onnx/model.onnx" in encoder.runtime.engine
    assert "'wonder' is not one of our families" in encoder.runtime.notes[0]
    assert encoder.token_parts(["w1"]) is None
    assert encoder.encode(["w1 " * 30]).truncated.tolist() == [True]


def test_several_poolings_and_modules(folder):
    write_json(folder / "1_Pooling/config.json", {"pooling_mode": ["cls", "max"]})
    write_json(
        folder / "2_Dense/config.json",
        {
            "in_features": 16,
            "out_features": 6,
            "activation_function": "torch.nn.modules.activation.Tanh",
        },
    )
    dense = RNG.normal(size=(6, 16)).astype(np.float32)
    bias = RNG.normal(size=6).astype(np.float32)
    write_raw(
        folder / "2_Dense/model.safetensors",
        {"linear.weight": ("F32", dense), "linear.bias": ("F32", bias)},
    )
    write_json(folder / "modules.json", [*MODULES, module("2_Dense", "Dense")])
    x = tokens("w1 w2")
    expected = unit(np.tanh(dense @ np.concatenate([x[0], x.max(0)]) + bias))
    np.testing.assert_allclose(opened(folder).encode(["w1 w2"]).vectors[0], expected, atol=2e-5)


def test_a_prompt_that_is_not_pooled(folder):
    write_json(folder / "1_Pooling/config.json", {"pooling_mode": "mean", "include_prompt": False})
    encoder = opened(folder, prefix="w7 w8 ")
    expected = unit(tokens("w7 w8 w1 w2")[3:].mean(0))
    np.testing.assert_allclose(encoder.encode(["w1 w2"]).vectors[0], expected, atol=2e-5)


def test_a_file_that_pools_by_itself(folder):
    (folder / "onnx/model.onnx").write_bytes(table_model(TABLE, WEIGHT, pooled=True))
    encoder = opened(folder)
    vectors = encoder.encode(["w1 w2 w3"]).vectors
    np.testing.assert_allclose(vectors[0], unit(tokens("w1 w2 w3").max(0)), atol=2e-5)
    assert encoder.identity.pooling == "none"


@pytest.mark.parametrize("name", ["logits", "prediction_logits", "scores"])
def test_what_a_head_gives_is_no_vector(folder, name):
    file = folder / "onnx/model.onnx"
    content = table_model(TABLE, WEIGHT, output=name)
    file.write_bytes(content)
    change_json(folder / "config.json", {"hidden_size": 8 if "logits" in name else 16})
    with pytest.raises(UnsupportedModel, match=f"gives {name}, no vectors of tokens"):
        opened(folder)
    file.write_bytes(table_model(TABLE, WEIGHT, output="encoded"))
    change_json(folder / "config.json", {"hidden_size": 8})
    expected = unit(tokens("w1 w2").mean(0))
    np.testing.assert_allclose(opened(folder).encode(["w1 w2"]).vectors[0], expected, atol=2e-5)


@pytest.mark.parametrize(("padding", "limit"), [(None, 24), (0, 24), (1, 22), (2, 21), (999, 24)])
def test_positions_may_begin_behind_padding(folder, padding, limit):
    (folder / "sentence_bert_config.json").unlink()
    change_json(folder / "config.json", {"pad_token_id": padding})
    assert opened(folder).identity.max_tokens == limit


def test_a_known_family_without_other_weights(folder):
    change_json(folder / "config.json", {"model_type": "xlm-roberta"} | _heads())
    assert opened(folder).identity.max_tokens == 16
    assert "no other weights that can be read" in opened(folder).runtime.notes[0]
    (folder / "sentence_bert_config.json").unlink()
    assert opened(folder).identity.max_tokens == 22


def _heads():
    return {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1}


def test_another_file_is_another_encoder(folder):
    before = opened(folder).identity.digest
    (folder / "onnx/model.onnx").write_bytes(table_model(TABLE * 2, WEIGHT))
    assert opened(folder).identity.digest != before


def test_no_limit_is_said(folder):
    write_json(folder / "config.json", {"model_type": "wonder"})
    (folder / "sentence_bert_config.json").unlink()
    encoder = opened(folder)
    assert encoder.identity.max_tokens == 512
    assert any("sets no limit" in note for note in encoder.runtime.notes)


@pytest.mark.parametrize("content", [b"", b"not an onnx file", b"\x08\x08\x3a\x00"])
def test_a_file_that_is_none(folder, content):
    (folder / "onnx/model.onnx").write_bytes(content)
    with pytest.raises(UnsupportedModel, match=r"onnx/model\.onnx"):
        opened(folder)


def test_a_table_that_is_too_short(folder):
    (folder / "onnx/model.onnx").write_bytes(table_model(TABLE[:3], WEIGHT))
    with pytest.raises(UnsupportedModel, match="up to number 39, its weights have 3 rows"):
        opened(folder)
