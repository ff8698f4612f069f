import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, log_loss

from likewise.classify.evaluate.metrics import (
    calibration_error,
    confusion,
    paired_interval,
    reliability,
    scores,
)


def some(seed: int, n: int = 60, k: int = 4):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(k) * 0.5, n)
    return probabilities, rng.integers(0, k, n)


@settings(deadline=None)
@given(st.integers(0, 500))
def test_agrees_with_scikit_learn(seed):
    probabilities, y = some(seed)
    found, chosen = scores(probabilities, y), probabilities.argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found.macro_f1 == pytest.approx(f1_score(y, chosen, average="macro"))
    assert found.accuracy == pytest.approx((y == chosen).mean())
    clipped = np.maximum(probabilities, 1e-15)
    assert found.log_loss == pytest.approx(
        log_loss(y, clipped / clipped.sum(1, keepdims=True), labels=range(4)), rel=1e-6
    )
    np.testing.assert_array_equal(
        confusion(chosen, y, 4), confusion_matrix(y, chosen, labels=range(4))
    )


def test_calibration_error_of_known_answers():
    sure = np.array([[1.0, 0.0]] * 10)
    assert calibration_error(sure, np.array([0] * 10)) == 0
    assert calibration_error(sure, np.array([0] * 7 + [1] * 3)) == pytest.approx(0.3)
    half = np.array([[0.55, 0.45]] * 20)
    assert calibration_error(half, np.array([0] * 11 + [1] * 9)) == pytest.approx(0, abs=1e-9)


def test_the_bins_hold_every_text():
    probabilities, y = some(1, n=500)
    table = reliability(probabilities, y)
    assert table[:, 0].sum() == 500
    assert table[-1, 0] > 0
    filled = table[table[:, 0] > 0]
    assert (filled[:, 1] >= probabilities.max(axis=1).min()).all()


def test_the_interval_is_that_of_a_plain_bootstrap():
    rng = np.random.default_rng(0)
    left, right = rng.random(400) < 0.9, rng.random(400) < 0.8
    low, high = paired_interval(left, right)
    gains = left.astype(float) - right
    means = [gains[rng.integers(0, 400, 400)].mean() for _ in range(4000)]
    assert low == pytest.approx(np.quantile(means, 0.025), abs=0.008)
    assert high == pytest.approx(np.quantile(means, 0.975), abs=0.008)
    assert low < gains.mean() < high


def test_equal_models_differ_by_nothing():
    right = np.arange(50) % 3 == 0
    assert paired_interval(right, right) == (0, 0)
