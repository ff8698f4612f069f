import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from likewise.classify.learn.softmax import FeatureBlocks, Linear, fit_softmax, softmax
from tests.classify.conftest import blobs


def objective(linear: Linear, blocks: FeatureBlocks, y: np.ndarray, penalty: float) -> float:
    losses = -log_softmax(linear.logits(blocks), axis=1)[np.arange(len(y)), y]
    squares = np.square(linear.dense).sum() + (
        0 if linear.sparse is None else np.square(linear.sparse).sum()
    )
    return float(losses.mean() + penalty / 2 * squares)


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("cost", [0.1, 1, 30])
@pytest.mark.parametrize("n", [20, 300])
def test_agrees_with_scikit_learn(classes, cost, n):
    x, y = blobs(n, classes, seed=classes)
    oracle = LogisticRegression(C=cost, tol=1e-8, max_iter=5000)
    if classes == 2:  # one weight there, half of it on each side here: half the squares
        oracle.set_params(C=cost * 2)
    oracle.fit(x.astype(np.float64), y)
    fitted = fit_softmax(FeatureBlocks(x), y, classes, 1 / (cost * n), tolerance=1e-12)
    new, _ = blobs(50, classes, seed=5)
    np.testing.assert_allclose(
        softmax(fitted.logits(FeatureBlocks(new))), oracle.predict_proba(new), atol=2e-3
    )


def test_two_blocks_are_as_one():
    x, y = blobs(200, 4)
    words = csr_matrix(np.random.default_rng(0).poisson(0.1, (200, 60)).astype(np.float32))
    together = np.asarray(hstack([csr_matrix(x), words]).todense(), np.float32)
    apart = fit_softmax(FeatureBlocks(x, words), y, 4, 1e-3, tolerance=1e-12)
    one = fit_softmax(FeatureBlocks(together), y, 4, 1e-3, tolerance=1e-12)
    np.testing.assert_allclose(
        softmax(apart.logits(FeatureBlocks(x, words))),
        softmax(one.logits(FeatureBlocks(together))),
        atol=2e-3,
    )


def test_words_alone():
    _, y = blobs(120, 3)
    words = csr_matrix(np.eye(3, dtype=np.float32)[y])
    fitted = fit_softmax(FeatureBlocks(np.zeros((120, 0), np.float32), words), y, 3, 1e-3)
    assert (
        fitted.logits(FeatureBlocks(np.zeros((120, 0), np.float32), words)).argmax(1) == y
    ).all()


def test_a_warm_start_ends_where_a_cold_one_does():
    x, y = blobs(150, 5)
    words = csr_matrix(np.random.default_rng(1).poisson(0.2, (150, 30)).astype(np.float32))
    blocks = FeatureBlocks(x, words)
    start = fit_softmax(blocks, y, 5, 1e-2)
    dense_start = fit_softmax(FeatureBlocks(x), y, 5, 1e-2)
    ends = [
        objective(fit_softmax(blocks, y, 5, 1e-3, start=s, tolerance=1e-12), blocks, y, 1e-3)
        for s in (None, start, dense_start)
    ]
    assert max(ends) - min(ends) < 1e-5


def test_a_start_at_the_end_stays():
    x, y = blobs(150, 3)
    done = fit_softmax(FeatureBlocks(x), y, 3, 1e-3, tolerance=1e-12)
    again = fit_softmax(FeatureBlocks(x), y, 3, 1e-3, start=done, tolerance=1e-12)
    np.testing.assert_allclose(again.dense, done.dense, atol=2e-2)
    assert (
        objective(again, FeatureBlocks(x), y, 1e-3)
        <= objective(done, FeatureBlocks(x), y, 1e-3) + 1e-7
    )


def test_a_class_without_texts_and_equal_texts():
    x, y = blobs(40, 2)
    fitted = fit_softmax(FeatureBlocks(x), y, 3, 1e-3)
    assert softmax(fitted.logits(FeatureBlocks(x)))[:, 2].max() < 0.05
    same = fit_softmax(FeatureBlocks(np.repeat(x[:1], 10, axis=0)), y[:10], 2, 1e-3)
    np.testing.assert_allclose(softmax(same.logits(FeatureBlocks(x[:1]))), [[0.5, 0.5]], atol=1e-3)


def test_softmax_of_huge_logits():
    found = softmax(np.array([[1e6, 0, -1e6], [-3e38, 0, 0]], np.float32))
    np.testing.assert_allclose(found, [[1, 0, 0], [0, 0.5, 0.5]])
