"""A saved model finds its encoder again: with its prefix, its width, and where it lies now."""

import copy

import numpy as np
import pytest

import likewise
from likewise import Classifier, Regressor
from likewise.errors import FileMissing, IncompatibleVectors, InvalidOption
from tests.encoders.models import write_model

TEXTS = [f"w{n % 3} w{4 + n % 2} w{n % 5}" for n in range(24)]
LABELS = ["up" if n % 2 else "down" for n in range(24)]
NUMBERS = [float(n % 2) for n in range(24)]
WAYS = {
    "plain": {},
    "prompt": {"prefix": "query"},
    "prefix": {"prefix": "w9 w9 "},
    "shortened": {"dims": 16},
    "both": {"dims": 16, "prefix": "w9 "},
}


@pytest.fixture
def model(tmp_path):
    write_model(tmp_path / "model", prompts={"query": "w7 "})
    return tmp_path / "model"


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_a_classifier_is_read_and_predicts_as_before(model, tmp_path, how):
    made = Classifier(likewise.load(str(model), **how), candidates=["embeddings"])
    made.fit(TEXTS, LABELS).save(tmp_path / "m.likewise")
    again = Classifier.load(tmp_path / "m.likewise")
    np.testing.assert_allclose(again.predict_proba(TEXTS), made.predict_proba(TEXTS), atol=1e-5)
    assert again.explain(TEXTS[0]).label == made.explain(TEXTS[0]).label


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_a_regressor_is_read_and_predicts_as_before(model, tmp_path, how):
    made = Regressor(likewise.load(str(model), **how)).fit(TEXTS, NUMBERS)
    made.save(tmp_path / "m.likewise")
    again = Regressor.load(tmp_path / "m.likewise")
    np.testing.assert_allclose(again.predict(TEXTS), made.predict(TEXTS), atol=1e-5)


def test_where_the_folder_moved_it_is_named(model, tmp_path):
    made = Classifier(likewise.load(str(model), prefix="query"), candidates=["embeddings"])
    made.fit(TEXTS, LABELS).save(tmp_path / "m.likewise")
    model.rename(tmp_path / "moved")
    with pytest.raises(FileMissing, match="encoder= in Python"):
        Classifier.load(tmp_path / "m.likewise").predict(TEXTS)
    again = Classifier.load(tmp_path / "m.likewise", encoder=str(tmp_path / "moved"))
    assert (again.predict(TEXTS) == made.predict(TEXTS)).all()
    write_model(tmp_path / "other", seed=3)
    wrong = Classifier.load(tmp_path / "m.likewise", encoder=str(tmp_path / "other"))
    with pytest.raises(IncompatibleVectors, match="their weights is"):
        wrong.predict(TEXTS)


def test_trained_on_vectors_it_reads_no_texts(tmp_path):
    vectors = likewise.load("sha256").encode(TEXTS).vectors
    made = Classifier(candidates=["embeddings"]).fit(vectors, LABELS)
    made.save(tmp_path / "m.likewise")
    again = Classifier.load(tmp_path / "m.likewise")
    assert (again.predict(vectors) == made.predict(vectors)).all()
    with pytest.raises((IncompatibleVectors, InvalidOption)):
        again.predict(TEXTS)


def test_a_copy_of_a_read_model_predicts_as_it_does(model, tmp_path):
    made = Classifier(likewise.load(str(model), prefix="query"), candidates=["embeddings"])
    made.fit(TEXTS, LABELS).save(tmp_path / "m.likewise")
    again = copy.deepcopy(Classifier.load(tmp_path / "m.likewise"))
    assert (again.predict(TEXTS) == made.predict(TEXTS)).all()
