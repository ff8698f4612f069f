import numpy as np
import pytest
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score

from likewise.classify.learn.calibration import half_width
from likewise.classify.learn.heads import KINDS, KernelHead, KernelMap, LinearHead
from likewise.classify.learn.ridge import PENALTIES, _fit, fit_regression
from likewise.classify.learn.softmax import FeatureBlocks, fit_softmax
from tests.classify.conftest import blobs


def test_kernel_features_have_the_kernel_s_products():
    x, _ = blobs(60, 3)
    kernel = KernelMap.of(x, gamma=1.0)
    features = kernel.features(x).astype(np.float64)
    expected = RBF(length_scale=np.sqrt(0.5))(x.astype(np.float64))
    np.testing.assert_allclose(features @ features.T, expected, atol=2e-3)


def kernel_head(x, y, classes):
    kernel = KernelMap.of(x, gamma=1.0)
    return KernelHead(kernel, fit_softmax(FeatureBlocks(kernel.features(x)), y, classes, 1e-3))


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("kind", ["linear", "kernel"])
def test_heads_learn_and_come_back_from_their_arrays(kind, classes):
    x, y = blobs(240, classes)
    new, truth = blobs(200, classes, seed=7)
    head = {
        "linear": lambda: LinearHead(fit_softmax(FeatureBlocks(x), y, classes, 1e-3)),
        "kernel": lambda: kernel_head(x, y, classes),
    }[kind]()
    logits = head.logits(FeatureBlocks(new))
    assert logits.shape == (200, classes)
    assert logits.dtype == np.float32
    assert accuracy_score(truth, logits.argmax(axis=1)) > 0.9
    again = KINDS[kind].read(head.arrays())
    np.testing.assert_array_equal(again.logits(FeatureBlocks(new)), logits)


def test_ridge_agrees_with_scikit_learn():
    x, _ = blobs(200, 4)
    targets = x[:, 0] * 3 + 0.1 * np.random.default_rng(0).normal(size=200)
    found = fit_regression(x, targets, np.arange(200))
    penalty = found.tried[1].penalty
    oracle = Ridge(alpha=penalty * 200).fit(x.astype(np.float64), targets)
    head = _fit("embeddings", x, targets, [penalty])[0]
    np.testing.assert_allclose(head.logits(FeatureBlocks(x))[:, 0], oracle.predict(x), atol=1e-3)


def test_what_is_said_of_a_part_comes_from_the_penalty_that_the_others_chose():
    x, _ = blobs(40, 2)
    targets = x[:, 0] + 0.1 * np.random.default_rng(4).normal(size=40)
    found = fit_regression(x, targets, np.arange(40))
    said = np.empty((len(PENALTIES), 40))
    for part in range(5):
        rest, own = found.held_out[found.fold != part], found.held_out[found.fold == part]
        for place, head in enumerate(_fit("embeddings", x[rest], targets[rest], list(PENALTIES))):
            said[place, found.fold == part] = head.logits(FeatureBlocks(x[own]))[:, 0]
    squares = (said - found.targets) ** 2
    chosen = [squares[:, found.fold != part].mean(axis=1).argmin() for part in range(5)]
    assert len(set(chosen)) > 1
    linear = found.tried[1]
    np.testing.assert_allclose(
        linear.predictions, said[np.array(chosen)[found.fold], np.arange(40)], atol=1e-6
    )
    assert linear.penalty == PENALTIES[squares.mean(axis=1).argmin()]


def test_the_kernel_is_chosen_only_where_it_wins():
    rng = np.random.default_rng(0)
    x, _ = blobs(240, 5, seed=2)
    straight = fit_regression(x, x[:, 0] + 0.05 * rng.normal(size=240), np.arange(240))
    assert straight.chosen.name == "embeddings"
    x, _ = blobs(400, 5, seed=2)
    bent = fit_regression(x, np.sin(8 * x[:, 0]) * np.cos(5 * x[:, 1]), np.arange(400))
    assert bent.chosen.name == "kernel"


def test_intervals_hold_as_promised():
    covered = []
    for seed in range(8):
        x, _ = blobs(1_180, 4, seed=seed)
        rng = np.random.default_rng(seed)
        targets = x[:, 0] + 0.3 * rng.normal(size=len(x))
        found = fit_regression(x[:180], targets[:180], np.arange(180))
        errors = np.abs(found.head.logits(FeatureBlocks(x[180:]))[:, 0] - targets[180:])
        covered.append((errors <= half_width(found.residuals, 0.9)).mean())
    assert np.mean(covered) == pytest.approx(0.9, abs=0.02)
    assert half_width(np.arange(5.0), 0.95) == np.inf
