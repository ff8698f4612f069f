"""Whatever a model's files hold: it computes what is finite, or it is refused in one sentence."""

import hashlib
import json
import shutil
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import likewise
from likewise import Classifier
from likewise.errors import LikewiseError
from tests.classify.conftest import ANGRY, HAPPY, SAD
from tests.encoders.models import write_model
from tests.fuzz.conftest import check_refusal, examples
from tests.fuzz.strategies import changed, damaged, json_of

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The members of a model file."""
    path = tmp_path_factory.mktemp("trained") / "m.likewise"
    texts = [*HAPPY, *SAD, *ANGRY]
    labels = ["happy"] * len(HAPPY) + ["sad"] * len(SAD) + ["angry"] * len(ANGRY)
    Classifier("sha256").fit(texts, labels).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def predict(path):
    try:
        model = Classifier.load(path)
        chances = model.predict_proba(["a text", ""])
        sets = model.predict_sets(["a text"])
        model.fits(["a text"])
    except LikewiseError as error:
        check_refusal(error)
        return
    assert np.isfinite(chances).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)
    assert sets[0]


@examples(60)
@given(data=st.data())
def test_a_model_file_with_other_values(tmp_path_factory, trained, data):
    members = dict(trained)
    members["model.json"] = json_of(data.draw(changed(json.loads(trained["model.json"]))))
    hashes = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in members.items()
        if name != "digests.json"
    }
    members["digests.json"] = json.dumps(hashes).encode()
    path = tmp_path_factory.mktemp("model") / "m.likewise"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    predict(path)


@examples(40)
@given(data=st.data())
def test_a_model_file_that_is_damaged(tmp_path_factory, trained, data):
    path = tmp_path_factory.mktemp("model") / "m.likewise"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in trained.items():
            archive.writestr(name, content)
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    predict(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model"
    write_model(path)
    return path


def encode(path):
    try:
        encoder = likewise.load(str(path))
        vectors = encoder.encode(["w1 w2", "", "x" * 300]).vectors
    except LikewiseError as error:
        check_refusal(error)
        return
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


JSON_FILES = ["config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json",
              "sentence_bert_config.json", "tokenizer_config.json",
              "config_sentence_transformers.json"]  # fmt: skip


@examples(40)
@given(data=st.data(), name=st.sampled_from(JSON_FILES))
def test_a_model_folder_with_other_values(tmp_path_factory, folder, data, name):
    path = tmp_path_factory.mktemp("folder") / "model"
    shutil.copytree(folder, path)
    before = json.loads((path / name).read_text()) if (path / name).exists() else {}
    (path / name).write_bytes(json_of(data.draw(changed(before))))
    encode(path)


@examples(20)
@given(data=st.data())
def test_weights_that_are_damaged(tmp_path_factory, folder, data):
    path = tmp_path_factory.mktemp("folder") / "model"
    shutil.copytree(folder, path)
    weights = path / "model.safetensors"
    head = weights.read_bytes()
    weights.write_bytes(data.draw(damaged(head[:4_000])) + head[4_000:])
    encode(path)
