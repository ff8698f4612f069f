"""What a folder has in place of a file is named, with an advice that helps."""

import numpy as np
import pytest

from likewise.errors import DefectiveVectors, UnsupportedModel, WeightsCorrupt
from tests.encoders.folders import change_weights, opened, write_json
from tests.encoders.models import write_model

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 90868376\n"

CASES = {
    "pytorch_model.bin": ("pytorch_model.bin, a pickle", "call save_pretrained"),
    "model-q4.gguf": ("model-q4.gguf, a file of llama.cpp", "Choose a model that is stored as"),
    "tf_model.h5": ("tf_model.h5, a file of TensorFlow", "Choose a model that is stored as"),
    "flax_model.msgpack": ("flax_model.msgpack, a file of Flax", "Choose a model that is stored"),
    "openvino/openvino_model.xml": ("a model of OpenVINO's own", "Choose a model that is stored"),
    "model.fp16.safetensors": ("model.safetensors; there is model.fp16.saf", "rename the file"),
    "model-00001-of-00002.safetensors": ("weights are in parts (model-00001", "Copy that file too"),
    "onnx/model_int8.onnx": ("onnx/model_int8.onnx and the like, none", "Copy the one that you"),
}


@pytest.fixture
def folder(tmp_path):
    write_model(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.mark.parametrize("name", CASES)
def test_weights_in_another_form(folder, name):
    (folder / "model.safetensors").unlink()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"x")
    problem, remedy = CASES[name]
    with pytest.raises(UnsupportedModel) as error:
        opened(folder)
    assert problem in error.value.problem
    assert remedy in error.value.remedy


@pytest.mark.parametrize("name", ["vocab.txt", "sentencepiece.bpe.model", "tokenizer.model"])
def test_a_tokenizer_in_another_form(folder, name):
    (folder / "tokenizer.json").rename(folder / name)
    with pytest.raises(
        UnsupportedModel, match=f"only in {name}, and not in tokenizer.json"
    ) as error:
        opened(folder)
    assert "AutoTokenizer" in error.value.remedy


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_file_that_was_not_fetched_from_git_lfs(folder, name):
    (folder / name).write_text(POINTER)
    with pytest.raises(WeightsCorrupt, match=f"{name}' is a pointer of Git LFS") as error:
        opened(folder)
    assert "`git lfs pull`" in error.value.remedy


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("tokenizer_config.json", {"model_max_length": "8"}, "no usable model_max_length: input"),
        ("1_Pooling/config.json", {"pooling_mode": "attention"}, "no usable pooling_mode: input"),
    ],
)
def test_a_member_is_named_as_it_stands_in_the_file(folder, file, content, said):
    write_json(folder / file, content)
    with pytest.raises(UnsupportedModel) as error:
        opened(folder)
    assert said in error.value.problem


@pytest.mark.parametrize("index", [{}, {"weight_map": None}, {"metadata": {}, "weight_map": []}])
def test_an_index_of_parts_that_names_none(folder, index):
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    write_json(folder / "model.safetensors.index.json", index)
    with pytest.raises(WeightsCorrupt, match="does not say in which file each weight is"):
        opened(folder)


def test_broken_weights_are_not_said_to_be_right_in_another_precision(folder):
    change_weights(folder, lambda weights: {name: w * np.nan for name, w in weights.items()})
    with pytest.raises(DefectiveVectors) as error:
        opened(folder).encode(["w1"])
    assert "LIKEWISE_PRECISION" not in error.value.remedy
    assert "fetch it again" in error.value.remedy
