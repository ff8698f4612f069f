"""What a folder has in place of a file is named, with an advice that helps."""

import pytest

from likewise.errors import UnsupportedModel, WeightsCorrupt
from tests.encoders.folders import opened, write_json
from tests.encoders.models import write_model

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 90868376\n"

CASES = {
    "pytorch_model.bin": ("pytorch_model.bin, a pickle", "call save_pretrained"),
    "model-q4.gguf": ("model-q4.gguf, a file of llama.cpp", "Choose a model that is stored as"),
    "tf_model.h5": ("tf_model.h5, a file of TensorFlow", "Choose a model that is stored as"),
    "flax_model.msgpack": ("flax_model.msgpack, a file of Flax", "Choose a model that is stored"),
    "openvino/openvino_model.xml": ("a model of OpenVINO's own", "Choose a model that is stored"),
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
