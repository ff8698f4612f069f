"""Exported models say what the model says, in programs that know nothing of Likewise."""

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import skops.io

from likewise import Classifier, Regressor
from likewise.classify.export.encoder import spec_of
from likewise.classify.export.onnx import to_onnx
from likewise.classify.export.scikit import to_sklearn, to_skops
from likewise.classify.learn.candidates import FittedCandidate
from likewise.classify.learn.heads import KernelHead, KernelMap
from likewise.classify.learn.levels import NEVER, Levels
from likewise.classify.learn.search import Scored
from likewise.classify.learn.softmax import FeatureBlocks, fit_softmax
from likewise.classify.saved import artifact
from likewise.encoders import load
from likewise.errors import InvalidOption
from likewise.settings import settings
from tests.classify.conftest import blobs
from tests.classify.test_training import texts_and_labels
from tests.encoders.models import write_model


def run(model, **inputs):
    session = onnxruntime.InferenceSession(to_onnx(model), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    said = session.get_modelmeta().custom_metadata_map
    found = dict(zip(names, session.run(names, inputs), strict=True))
    return found, {name: json.loads(value) for name, value in said.items()}


@pytest.mark.parametrize("classes", [2, 5])
def test_onnx_gives_the_probabilities(classes):
    x, y = blobs(300, classes, spread=0.8)
    new, _ = blobs(200, classes, spread=0.8, seed=4)
    model = Classifier().fit(x, [f"kind {place}" for place in y])
    found, said = run(model.model_, embedding=new)
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(new), atol=1e-5)
    assert [said["classes"][place] for place in found["label"]] == model.predict(new).tolist()
    assert found["probabilities"].dtype == np.float32
    one, _ = run(model.model_, embedding=new[:1])
    assert one["label"].shape == (1,)


def test_onnx_of_stars_says_their_levels_too():
    x, _ = blobs(200, 4)
    stars = np.clip(np.round(3 + 4 * x[:, 0]), 1, 5)
    model = Regressor(encoder=None).fit(x, stars)
    new, _ = blobs(200, 4, seed=4)
    for levels in (
        model.model_.levels,
        Levels(np.array([1.0, 2.0, 5.0]), np.array([-NEVER, 3.0])),
        Levels(np.array([1.0, 2.0, 5.0]), np.array([3.0, NEVER])),
    ):
        numbers = replace(model.model_, levels=levels)
        found, _ = run(numbers, embedding=new)
        assert found["level"].tolist() == levels.of(found["number"]).tolist()
        assert len(set(found["level"].tolist())) > 1
    assert "level" not in run(replace(model.model_, levels=None), embedding=new)[0]


@pytest.mark.parametrize("candidate", ["words", "both"])
def test_onnx_with_words(candidate):
    texts, labels = texts_and_labels(120)
    model = Classifier("sha256", candidates=[candidate]).fit(texts, labels)
    new = ["apple w1 w2", "a saw and an owl", "", "nothing known here"]
    words = model.model_.fitted.words.features(new).toarray()
    vectors = load("sha256").encode(new).vectors
    found, said = run(model.model_, embedding=vectors, words=words)
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(new), atol=1e-5)
    assert said["terms"] == model.model_.fitted.words.terms.tolist()
    assert said["encoder"]["digest"] == load("sha256").identity.digest


def test_onnx_answers_for_the_metric():
    x, y = blobs(400, 3, spread=1.6)
    keep = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y != 0)[:60]])
    model = Classifier(candidates=["embeddings"], metric="macro-F1").fit(x[keep], y[keep])
    assert model.model_.offsets is not None
    found, said = run(model.model_, embedding=x)
    assert [said["classes"][place] for place in found["label"]] == model.predict(x).tolist()


def test_onnx_of_numbers_and_of_kernels():
    x, _ = blobs(400, 5, seed=2)
    for targets in (x[:, 0], np.sin(8 * x[:, 0]) * np.cos(5 * x[:, 1])):
        model = Regressor().fit(x, targets)
        found, _ = run(model.model_, embedding=x)
        np.testing.assert_allclose(found["number"], model.predict(x), atol=1e-4)
    assert model.model_.name == "kernel"


def test_a_kernel_machine_of_before_is_exported(tmp_path):
    x, y = blobs(100, 3)
    kernel = KernelMap.of(x, gamma=1.0)
    head = KernelHead(kernel, fit_softmax(FeatureBlocks(kernel.features(x)), y, 3, 1e-3))
    model = Classifier(candidates=["embeddings"]).fit(x, y)
    object.__setattr__(model.model_, "fitted", FittedCandidate(head, None))
    artifact.save(model.model_, tmp_path / "m.likewise")
    loaded = artifact.load(tmp_path / "m.likewise")
    found, _ = run(loaded, embedding=x)
    np.testing.assert_allclose(found["probabilities"], loaded.probabilities(x, ()), atol=1e-5)
    with pytest.raises(InvalidOption, match="encoder"):
        to_sklearn(loaded)


@pytest.mark.parametrize("candidate", ["words", "embeddings", "both"])
@pytest.mark.parametrize("classes", [2, 3])
def test_scikit_learn_gives_the_probabilities(candidate, classes):
    texts, labels = texts_and_labels(150)
    rows = [row for row, label in enumerate(labels) if classes == 3 or label != "beast"]
    texts, labels = [texts[row] for row in rows], [labels[row] for row in rows]
    model = Classifier("sha256", candidates=[candidate]).fit(texts, labels)
    raw = to_skops(model.model_)
    unknown = skops.io.get_untrusted_types(data=raw)
    assert all(name.startswith("likewise.") for name in unknown)
    pipeline = skops.io.loads(raw, trusted=unknown)
    new = ["apple w1 w2", "a saw and an owl", "nothing known here"]
    np.testing.assert_allclose(pipeline.predict_proba(new), model.predict_proba(new), atol=1e-5)
    assert pipeline.predict(new).tolist() == model.predict(new).tolist()


def test_scikit_learn_gives_the_numbers():
    texts, labels = texts_and_labels(60)
    model = Regressor("sha256").fit(texts, [len(label) for label in labels])
    found = to_sklearn(model.model_).predict(texts)
    np.testing.assert_allclose(found, model.predict(texts), atol=1e-5)


def test_scikit_learn_gives_what_a_kernel_gives(monkeypatch):
    monkeypatch.setattr(Scored, "beats", lambda *_, **__: False)  # nothing beats a kernel
    texts, labels = texts_and_labels(30)
    model = Classifier("sha256", candidates=["embeddings"]).fit(texts, labels)
    assert model.model_.setting.gamma > 0
    raw = to_skops(model.model_)
    trusted = skops.io.get_untrusted_types(data=raw)
    assert all(name.startswith("likewise.") for name in trusted)
    found = skops.io.loads(raw, trusted=trusted).predict_proba(texts)
    np.testing.assert_allclose(found, model.predict_proba(texts), atol=1e-5)
    rows, _ = run(model.model_, embedding=load("sha256").encode(texts).vectors)
    np.testing.assert_allclose(rows["probabilities"], found, atol=1e-5)


def test_what_scikit_learn_can_not_say_is_refused():
    x, y = blobs(60, 2)
    with pytest.raises(InvalidOption, match="trained on given vectors"):
        to_sklearn(Classifier(candidates=["embeddings"]).fit(x, y).model_)


WORDS = ["w1 w2", "w3", "w4 w5 w6 w7 w8", "w9 w1", "w2 w2 w2", "w30 w31 w7", "w8", "w1 w9 w3 w5"]


def in_a_rectangle(rows):
    """Return tokens as those who run ONNX give them, with more padding than is needed."""
    width = max(map(len, rows)) + 3
    ids = [[*row, *[1] * (width - len(row))] for row in rows]
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
    return {"input_ids": np.array(ids, np.int64), "attention_mask": np.array(mask, np.int64)}


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert"])
@pytest.mark.parametrize(("pooling", "activation"), [("mean", "gelu"), ("cls", "gelu_new")])
def test_onnx_from_the_tokens_on(tmp_path, family, pooling, activation):
    write_model(tmp_path / "tiny", family=family, pooling=pooling, activation=activation)
    encoder = load(str(tmp_path / "tiny"), prefix="w7 ", precision="f32")
    texts = [f"{text} w{row}" for row, text in enumerate(WORDS * 3)]
    model = Classifier(encoder, candidates=["embeddings"]).fit(texts, ["x", "y", "z"] * 8)
    spec = spec_of(encoder.identity, settings())
    rows = [list(map(int, ids)) for ids in spec.tokenizer("w7 ").tokenise(texts)[0]]
    raw = to_onnx(model.model_, spec)
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    inputs = in_a_rectangle(rows)
    vectors, chances, _ = session.run(["embedding", "probabilities", "label"], inputs)
    np.testing.assert_allclose(vectors, encoder.encode(texts).vectors, atol=2e-5)
    np.testing.assert_allclose(chances, model.predict_proba(texts), atol=1e-4)
    exact = model.model_.probabilities(vectors, texts)
    np.testing.assert_allclose(chances, exact, atol=1e-5)


def test_an_encoder_without_a_graph_is_refused():
    with pytest.raises(InvalidOption, match="sha256 has no graph"):
        spec_of(load("sha256").identity, settings())
