"""ONNX files as torch exports them give the vectors of the model's own library."""

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file

from likewise.encoders.local.encoder import LocalEncoder
from likewise.encoders.local.onnx_tensors import tensor_files
from likewise.errors import UnsupportedModel, WeightsCorrupt, WeightsMissing
from tests.encoders.fidelity.onnx_recipe import EXPORTS, OUT, folder_of
from tests.encoders.fidelity.recipe import TEXTS

REFERENCE = load_file(OUT / "reference.safetensors")

LEAST = {"int8": 0.999, "half": 0.9998}


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_an_exported_file_gives_the_models_vectors(tmp_path, export):
    folder = folder_of(export, tmp_path)
    (folder / "model.safetensors").unlink()
    shutil.copytree(OUT / export.name, folder, dirs_exist_ok=True)
    encoder = LocalEncoder(folder, name=export.name, precision="f32")
    assert f"from {export.file}" in encoder.runtime.engine
    expected = REFERENCE[export.name]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    cosines = (encoder.encode(TEXTS).vectors * expected).sum(1)
    assert cosines.min() >= LEAST.get(export.how, 0.9999)


@pytest.mark.parametrize(
    "name", ["model.onnx_data", "weights_of.data", "weights_of.json", "below/more.data"]
)
def test_the_data_beside_a_file_are_its_weights_whatever_their_name(tmp_path, name):
    [export] = [one for one in EXPORTS if one.how == "external"]
    folder = folder_of(export, tmp_path)
    (folder / "model.safetensors").unlink()
    shutil.copytree(OUT / export.name, folder, dirs_exist_ok=True)
    graph, data = folder / "onnx/model.onnx", folder / "onnx/model.onnx_data"
    graph.write_bytes(graph.read_bytes().replace(data.name.encode(), name.encode()))
    (data.parent / name).parent.mkdir(exist_ok=True)
    data = data.rename(data.parent / name)
    (folder / "onnx/other.data").write_bytes(b"of no use")
    before = LocalEncoder(folder, name="x", precision="f32")
    (folder / "onnx/e").write_bytes(b"whose name stands in any file")
    again = LocalEncoder(folder, name="x", precision="f32")
    assert again.identity.digest == before.identity.digest
    assert tensor_files(folder, "onnx/model.onnx") == [f"onnx/{name}"]
    cosines = (before.encode(TEXTS).vectors * REFERENCE[export.name]).sum(1)
    cosines /= np.linalg.norm(REFERENCE[export.name], axis=1)
    assert cosines.min() >= 0.9999
    content = np.fromfile(data, np.float32)
    (content * np.float32(1.5)).tofile(data)
    assert LocalEncoder(folder, name="x", precision="f32").identity.digest != before.identity.digest
    data.unlink()
    with pytest.raises(WeightsMissing, match=f"has no onnx/{name}, which onnx/model.onnx names"):
        LocalEncoder(folder, name="x", precision="f32")
    data.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n")
    with pytest.raises(WeightsCorrupt, match="is a pointer of Git LFS"):
        LocalEncoder(folder, name="x", precision="f32")
    away = b"../" + name.encode()[3:]
    graph.write_bytes(graph.read_bytes().replace(name.encode(), away))
    with pytest.raises(UnsupportedModel, match="keeps tensors outside of its folder"):
        tensor_files(folder, "onnx/model.onnx")


def test_the_reference_is_of_these_files():
    assert set(REFERENCE) == {export.name for export in EXPORTS}
