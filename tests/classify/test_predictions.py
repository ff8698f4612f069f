"""What a model says about texts, as servers and pages show it."""

import numpy as np
import pytest

from likewise.classify.classifier import Classifier
from likewise.classify.predictions import TextPredictor
from likewise.encoders import load
from likewise.errors import InvalidOption
from tests.classify.conftest import HAPPY, SAD

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
