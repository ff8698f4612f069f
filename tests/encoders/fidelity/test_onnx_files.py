"""ONNX files as torch exports them give the vectors of the model's own library."""

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file

from likewise.encoders.local.encoder import LocalEncoder
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


def test_the_reference_is_of_these_files():
    assert set(REFERENCE) == {export.name for export in EXPORTS}
