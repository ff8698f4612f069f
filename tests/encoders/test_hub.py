"""From a hub come all files that a model's own files name, and no others."""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import likewise
from likewise.encoders.catalogue import model
from likewise.encoders.local import weights
from likewise.encoders.local.files import absent_files
from likewise.errors import LikewiseError, UnsupportedModel
from likewise.settings import settings
from tests.encoders.fake_hub import serving_model
from tests.encoders.fidelity.onnx_recipe import EXPORTS, OUT, folder_of
from tests.encoders.fidelity.recipe import CASES, write
from tests.encoders.folders import MODULES, module, write_json
from tests.encoders.models import write_model
from tests.encoders.onnx_file import table_model

REPOSITORY = "tiny-org/tiny"
CASE = {case.name: case for case in CASES}
BESIDE = next(export for export in EXPORTS if export.how == "external")


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    write_model(tmp_path / "source", pooling="cls")
    write_json(tmp_path / "source/modules.json", MODULES)
    for name in ("README.md", "training_args.bin", "onnx/model_qint8.onnx", "rust_model.ot"):
        (tmp_path / "source" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "source" / name).write_bytes(b"x" * 100)
    return tmp_path / "source"


def fetched(source, tmp_path, configure):
    """Return the folder that comes from a hub with these files, and the encoder in it."""
    with serving_model(source, REPOSITORY) as hub:
        configure(cache=tmp_path / "cache", offline="0", hub=hub)
        encoder = likewise.load(REPOSITORY)
        folder = weights.find(model(REPOSITORY), settings())
    assert encoder.identity.digest == likewise.load(str(source)).identity.digest
    here, there = encoder.encode(["w1 w2"]), likewise.load(str(source)).encode(["w1 w2"])
    np.testing.assert_array_equal(here.vectors, there.vectors)
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }


def test_a_usual_model(source, tmp_path, configure):
    assert fetched(source, tmp_path, configure) == {
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
    }


def test_folders_of_any_name(source, tmp_path, configure):
    (source / "1_Pooling").rename(source / "pooling")
    write_json(source / "modules.json", [MODULES[0], module("pooling", "Pooling")])
    (source / "sentence_bert_config.json").rename(source / "sentence_xlm-roberta_config.json")
    files = fetched(source, tmp_path, configure)
    assert {"pooling/config.json", "sentence_xlm-roberta_config.json"} < files


def test_a_transformer_in_a_folder_and_dense_modules(tmp_path, configure, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    write(CASE["two dense"], tmp_path / "source")
    files = fetched(tmp_path / "source", tmp_path, configure)
    assert {"2_Dense/model.safetensors", "3_Dense/config.json"} < files


def test_shards(source, tmp_path, configure):
    tensors = load_file(source / "model.safetensors")
    (source / "model.safetensors").unlink()
    names = sorted(tensors)
    where = {}
    for file, part in (("a-1.safetensors", names[::2]), ("a-2.safetensors", names[1::2])):
        save_file({name: tensors[name] for name in part}, source / file)
        where |= dict.fromkeys(part, file)
    write_json(source / "model.safetensors.index.json", {"weight_map": where})
    assert {"a-1.safetensors", "a-2.safetensors"} < fetched(source, tmp_path, configure)


def test_static(tmp_path, configure, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    write(CASE["static"], tmp_path / "source")
    assert "model.safetensors" in fetched(tmp_path / "source", tmp_path, configure)


def test_onnx_where_there_is_nothing_else(source, tmp_path, configure):
    (source / "model.safetensors").unlink()
    table = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    (source / "onnx/model.onnx").write_bytes(table_model(table, np.eye(8, dtype=np.float32)))
    config = json.loads((source / "config.json").read_text())
    write_json(source / "config.json", config | {"model_type": "wonder", "hidden_size": 8})
    files = fetched(source, tmp_path, configure)
    assert "onnx/model.onnx" in files
    assert "onnx/model_qint8.onnx" not in files


def test_what_an_onnx_file_keeps_beside_it_is_fetched_by_its_name(source, tmp_path, configure):
    shutil.rmtree(source)
    folder_of(BESIDE, source.parent).rename(source)
    (source / "model.safetensors").unlink()
    shutil.copytree(OUT / BESIDE.name, source, dirs_exist_ok=True)
    graph, data = source / "onnx/model.onnx", source / "onnx/model.onnx_data"
    graph.write_bytes(graph.read_bytes().replace(data.name.encode(), b"weights_of.bin_"))
    data.rename(source / "onnx/weights_of.bin_")
    data.write_bytes(b"of another export")
    files = fetched(source, tmp_path, configure)
    assert "onnx/weights_of.bin_" in files
    assert "onnx/model.onnx_data" not in files
    (source / "onnx/weights_of.bin_").unlink()
    assert absent_files(source) == ["onnx/weights_of.bin_"]


def test_a_family_that_is_not_ours_is_fetched_as_onnx(source, tmp_path, configure):
    table = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    (source / "onnx/model.onnx").write_bytes(table_model(table, np.eye(8, dtype=np.float32)))
    write_json(source / "config.json", {"model_type": "wonder", "max_position_embeddings": 24})
    files = fetched(source, tmp_path, configure)
    assert "onnx/model.onnx" in files
    assert "model.safetensors" not in files


def test_shards_of_a_transformer_in_a_folder(source, tmp_path, configure):
    inner = source / "0_Transformer"
    inner.mkdir()
    for name in ("config.json", "tokenizer.json", "sentence_bert_config.json"):
        (source / name).rename(inner / name)
    tensors = load_file(source / "model.safetensors")
    (source / "model.safetensors").unlink()
    save_file(tensors, inner / "a-1.safetensors")
    index = {"weight_map": dict.fromkeys(tensors, "a-1.safetensors")}
    write_json(inner / "model.safetensors.index.json", index)
    write_json(source / "modules.json", [module("0_Transformer", "Transformer"), MODULES[1]])
    assert "0_Transformer/a-1.safetensors" in fetched(source, tmp_path, configure)


def test_weights_in_another_form_only(source, tmp_path, configure):
    (source / "model.safetensors").rename(source / "pytorch_model.bin")
    with serving_model(source, REPOSITORY) as hub:
        configure(cache=tmp_path / "cache", offline="0", hub=hub)
        with pytest.raises(UnsupportedModel, match=r"only in pytorch_model\.bin") as raised:
            likewise.load(REPOSITORY)
    assert "Choose a model that is stored as safetensors" in raised.value.remedy


def test_a_file_that_the_hub_does_not_have(source, tmp_path, configure):
    (source / "1_Pooling/config.json").unlink()
    with serving_model(source, REPOSITORY) as hub:
        configure(cache=tmp_path / "cache", offline="0", hub=hub)
        with pytest.raises(LikewiseError, match=r"has no 1_Pooling/config\.json"):
            likewise.load(REPOSITORY)
    assert weights.find(model(REPOSITORY), settings()) is None
