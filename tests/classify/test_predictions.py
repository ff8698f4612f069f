"""What a model says about texts, as servers and pages show it."""

import numpy as np
import pytest

from likewise.classify.cells import NumberCells
from likewise.classify.classifier import Classifier
from likewise.classify.predictions import NumberPrediction, TextPredictor
from likewise.classify.regressor import Regressor
from likewise.encoders import load
from likewise.errors import InvalidOption
from tests.classify.conftest import HAPPY, SAD, blobs

TEXTS = ["A lovely day.", "I miss them so much."]


@pytest.fixture(scope="module")
def fitted():
    labels = ["happy"] * len(HAPPY) + ["sad"] * len(SAD)
    return Classifier("minilm", candidates=["embeddings"]).fit([*HAPPY, *SAD], labels)


def test_answers_are_those_of_the_estimator(fitted):
    said = TextPredictor(fitted.model_, load("minilm"), coverage=0.9)(TEXTS)
    probabilities = fitted.predict_proba(TEXTS)
    assert [one.label for one in said] == fitted.predict(TEXTS).tolist()
    assert [list(one.set) for one in said] == fitted.predict_sets(TEXTS, 0.9)
    assert [one.fits for one in said] == fitted.fits(TEXTS).tolist()
    for one, chances in zip(said, probabilities, strict=True):
        assert one.probability == pytest.approx(chances.max(), abs=1e-3)
        listed = [p.probability for p in one.probabilities]
        assert listed == sorted(listed, reverse=True)


def test_the_demo_is_the_nearest_label_word(fitted):
    said = TextPredictor(fitted.model_, load("minilm"), compared=True)(TEXTS)
    words = load("minilm").encode(["happy", "sad"]).vectors
    cosines = load("minilm").encode(TEXTS).vectors @ words.T
    for one, row in zip(said, cosines, strict=True):
        assert one.demo.label == ["happy", "sad"][int(np.argmax(row))]
        assert one.demo.similarities[0].similarity == pytest.approx(row.max(), abs=1e-3)


def test_a_coverage_that_is_no_share_is_refused(fitted):
    with pytest.raises(InvalidOption, match="coverage is 1"):
        TextPredictor(fitted.model_, load("minilm"), coverage=1)


def test_small_numbers_are_written_as_they_are():
    x, y = blobs(40, 3)
    model = Regressor(encoder=None).fit(x, y * 1e-9).model_
    low, high = 2.5e-10, 1.23456789e-8
    [*cells] = NumberCells(model, 0.9).of(iter([NumberPrediction(1.5e-9, None, low, high)]))
    assert cells == [1.5e-9, 2.5e-10, 1.234568e-8]
    [*cells] = NumberCells(model, 0.9).of(iter([NumberPrediction(12345678.9, None, None, 0.0)]))
    assert cells == [12345680.0, None, 0.0]
