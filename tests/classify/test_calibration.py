import numpy as np
import pytest
from scipy.special import softmax as scipy_softmax

from likewise.classify.learn.calibration import (
    fit_temperature,
    log_losses,
    nonconformity,
    set_threshold,
    sets,
)


def draws(n: int, k: int, seed: int):
    """Return logits whose softmax is the true chance of each class, and drawn classes."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, k)) * 2
    chances = scipy_softmax(logits, axis=1)
    return logits, (chances.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.2, 1.0, 5.0])
def test_the_temperature_that_was_taken_off_is_found(temperature):
    logits, y = draws(20_000, 5, 0)
    found = fit_temperature((logits * temperature).astype(np.float32), y)
    assert found == pytest.approx(temperature, rel=0.05)


def test_a_handful_of_right_answers_is_no_certainty():
    logits = np.array([[5.0, 0.0], [0.0, 5.0]] * 5)
    y = np.array([0, 1] * 5)
    losses = log_losses(logits, y, fit_temperature(logits, y))
    assert 0.8 < np.exp(-losses).max() < 0.99


def test_losses_are_those_of_scipy():
    logits, y = draws(100, 4, 1)
    expected = -np.log(scipy_softmax(logits / 3, axis=1)[np.arange(100), y])
    np.testing.assert_allclose(log_losses(logits, y, 3.0), expected)


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95, 0.99])
def test_sets_hold_the_truth_as_often_as_promised(coverage):
    found = []
    for seed in range(30):
        logits, y = draws(900, 6, seed)
        chances = scipy_softmax(logits * 3, axis=1)  # badly calibrated, and still it holds
        scores = nonconformity(chances[:400], y[:400])
        member = sets(chances[400:], set_threshold(scores, coverage))
        found.append(member[np.arange(500), y[400:]].mean())
    assert np.mean(found) == pytest.approx(coverage, abs=0.01) or np.mean(found) > coverage
    assert np.mean(found) >= coverage - 0.01


def test_the_set_is_never_empty_and_grows_with_the_promise():
    logits, y = draws(500, 6, 3)
    chances = scipy_softmax(logits, axis=1)
    scores = nonconformity(chances, y)
    sizes = [
        sets(chances, set_threshold(scores, coverage)).sum(axis=1) for coverage in (0.1, 0.5, 0.9)
    ]
    assert all((size >= 1).all() for size in sizes)
    assert (sizes[0] <= sizes[1]).all()
    assert (sizes[1] <= sizes[2]).all()


def test_too_few_scores_for_the_promise_give_every_class():
    assert set_threshold(np.linspace(0, 1, 10), 0.95) == 0
    assert sets(np.array([[0.999, 0.001, 0.0]]), 0).all()
    assert set_threshold(np.empty(0), 0.5) == 0


def test_the_quantile_is_that_of_split_conformal():
    scores = np.arange(1, 20) / 100  # 19 scores: 0.95 · 20 = the 19th
    assert set_threshold(scores, 0.95) == pytest.approx(1 - 0.19)
    assert set_threshold(scores, 0.90) == pytest.approx(1 - 0.18)
