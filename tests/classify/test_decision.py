"""Answers that are chosen for a metric: where they help, and that they do no harm."""

import numpy as np
import pytest

from likewise import Classifier
from likewise.classify.evaluate.decision import decide, tune
from likewise.classify.evaluate.leaderboard import leaderboard
from likewise.classify.evaluate.metrics import scores
from likewise.classify.learn.candidates import Samples
from likewise.errors import InvalidOption
from tests.classify.conftest import blobs


def rare(n: int, seed: int, share: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Return true probabilities of two overlapping classes, one of them rare, and draws."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype(np.int64)
    x = rng.normal(2.0 * y, 1.0)
    odds = share / (1 - share) * np.exp(2 * x - 2)
    return np.stack([1 / (1 + odds), odds / (1 + odds)], axis=1), y


@pytest.mark.parametrize("metric", ["macro-F1", "balanced accuracy"])
def test_a_rare_class_is_said_more_often_and_new_rows_gain(metric):
    known, new = rare(4_000, 0), rare(20_000, 1)
    offsets = tune(*known, metric)
    assert offsets is not None
    plain, tuned = (scores(*new, decide(new[0], given)) for given in (None, offsets))
    if metric == "macro-F1":
        assert tuned.macro_f1 > plain.macro_f1 + 0.02
    said = decide(new[0], offsets)
    recalls = [(said[new[1] == place] == place).mean() for place in (0, 1)]
    if metric == "balanced accuracy":
        # the best threshold of two normals with distance 2: both recalls are Φ(1) = 84.1 %
        assert np.mean(recalls) == pytest.approx(0.841, abs=0.01)
    assert tuned.accuracy < plain.accuracy  # that is the price
    assert tuned.log_loss == plain.log_loss


def test_accuracy_and_noise_need_no_offsets():
    known = rare(4_000, 0)
    assert tune(*known, "accuracy") is None
    assert tune(known[0][:9], known[1][:9], "macro-F1") is None
    # balanced classes with right probabilities: the largest is best, and shrinkage finds that
    even = [tune(*rare(300, seed, share=0.5), "macro-F1") for seed in range(10)]
    assert sum(offsets is None for offsets in even) >= 5
    for offsets in even:
        new = rare(20_000, 99, share=0.5)
        gain = scores(*new, decide(new[0], offsets)).macro_f1 - scores(*new).macro_f1
        assert gain > -0.02


def drawn(probabilities, rng):
    """Return a class of each row, drawn with its probabilities."""
    reached = probabilities.cumsum(axis=1) > rng.random((len(probabilities), 1))
    return reached.argmax(axis=1)


def test_many_classes():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(80, 0.05), 1_000)
    classes = drawn(probabilities, rng)
    offsets = tune(probabilities, classes, "macro-F1")
    # such probabilities are right already, so that what offsets there are must not cost anything
    new = rng.dirichlet(np.full(80, 0.05), 6_000)
    truth = drawn(new, rng)
    gain = scores(new, truth, decide(new, offsets)).macro_f1 - scores(new, truth).macro_f1
    assert gain > -0.02


@pytest.fixture(scope="module")
def uneven() -> tuple[np.ndarray, np.ndarray]:
    """Vectors of three overlapping classes, of which one is rare."""
    x, y = blobs(1_800, 3, spread=2.0)
    keep = (y > 0) | (np.random.default_rng(0).random(len(y)) < 0.1)
    return x[keep], y[keep]


def test_the_model_answers_for_its_metric_and_comes_back(uneven, tmp_path):
    x, y = uneven
    plain = Classifier(candidates=["embeddings"]).fit(x[::2], y[::2])
    model = Classifier(candidates=["embeddings"], metric="balanced accuracy").fit(x[::2], y[::2])
    assert np.array_equal(model.predict_proba(x), plain.predict_proba(x))
    assert np.array_equal(plain.predict(x), plain.classes_[plain.predict_proba(x).argmax(axis=1)])
    new, truth = x[1::2], y[1::2]
    rare_recall = [(m.predict(new)[truth == 0] == 0).mean() for m in (plain, model)]
    assert rare_recall[1] > rare_recall[0]
    assert model.evaluate(new, truth).macro_f1 == pytest.approx(
        scores(model.predict_proba(new), truth, model.predict(new)).macro_f1
    )
    model.save(tmp_path / "m.likewise")
    plain.save(tmp_path / "p.likewise")
    again = Classifier.load(tmp_path / "m.likewise")
    assert again.metric == "balanced accuracy"
    assert np.array_equal(again.predict(x), model.predict(x))
    said = (tmp_path / "m.likewise").read_bytes(), (tmp_path / "p.likewise").read_bytes()
    assert b'"version": 3' in said[0]


def test_the_leaderboard_answers_for_the_metric_on_rows_that_chose_nothing(uneven):
    x, y = uneven
    samples = Samples(x, y, np.arange(len(x)), 3)
    found = leaderboard(samples, "embeddings", ["embeddings"], "macro-F1").procedure
    plain = leaderboard(samples, "embeddings", ["embeddings"]).procedure
    np.testing.assert_array_equal(found.probabilities, plain.probabilities)
    assert (found.predicted != plain.predicted).any()
    assert found.scores.macro_f1 > plain.scores.macro_f1
    truth = y[leaderboard(samples, "embeddings", ["embeddings"]).held_out]
    assert found.scores == scores(plain.probabilities, truth, found.predicted)


def test_the_set_holds_the_answer_and_the_promise(uneven):
    x, y = uneven
    plain = Classifier(candidates=["embeddings"]).fit(x[::2], y[::2])
    model = Classifier(candidates=["embeddings"], metric="balanced accuracy").fit(x[::2], y[::2])
    new, truth = x[1::2], y[1::2]
    for coverage in (0.5, 0.8, 0.95):
        found, without = model.predict_sets(new, coverage), plain.predict_sets(new, coverage)
        said = model.predict(new)
        assert all(label in one for label, one in zip(said, found, strict=True))
        assert all(found)
        # a share of 640 draws may miss the promise by three standard errors
        slack = 3 * np.sqrt(coverage * (1 - coverage) / len(new))
        assert np.mean([t in one for t, one in zip(truth, found, strict=True)]) >= coverage - slack
        if coverage == 0.5:  # where the narrow set alone would leave answers out
            outside = [a not in one for a, one in zip(said, without, strict=True)]
            assert 0 < np.mean(outside) < 0.5


def test_an_unknown_metric(uneven):
    with pytest.raises(InvalidOption, match="metric is 'f1'"):
        Classifier(metric="f1").fit(*uneven)
