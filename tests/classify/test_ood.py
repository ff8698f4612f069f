"""None of these: what is far from everything known, and what is between the known."""

import numpy as np
import pytest

from likewise import Classifier
from likewise.classify.data.moods import moods
from likewise.classify.learn.candidates import Samples
from likewise.classify.learn.novelty import DETECTORS, Novelty, nearness
from likewise.classify.learn.ood import fit_novelty
from likewise.classify.learn.search import Search
from tests.classify.conftest import blobs
from tests.similarity.vectors import unit


def fitted(n: int, classes: int, **options):
    x, y = blobs(n, classes, spread=0.3)
    samples = Samples(x, y, np.arange(n), classes)
    return fit_novelty(samples, Search(samples).splits, **options)


def test_nearness_is_the_mean_cosine_to_the_nearest():
    x, _ = blobs(40, 3)
    new, _ = blobs(7, 3, seed=9)
    expected = np.sort(new.astype(np.float64) @ x.T.astype(np.float64), axis=1)[:, -5:].mean(axis=1)
    np.testing.assert_allclose(nearness(new, x), expected, atol=1e-6)
    # what is of the same group is passed over: here each row itself
    rows = np.arange(40)
    cosines = x.astype(np.float64) @ x.T
    np.fill_diagonal(cosines, -1)
    expected = np.sort(cosines, axis=1)[:, -5:].mean(axis=1)
    np.testing.assert_allclose(nearness(x, x, rows, rows), expected, atol=1e-6)
    assert nearness(new, x[:2]).shape == (7,)


@pytest.mark.parametrize("classes", [2, 3, 8])
def test_the_far_is_turned_away_and_own_texts_at_the_asked_rate(classes):
    found = fitted(1_200, classes, far={"elsewhere": unit(100, 24, 5)}).novelty
    own, _ = blobs(4_000, classes, spread=0.3, seed=77)
    for rate in (0.01, 0.05, 0.2):
        assert (~found.fits(own, rate)).mean() == pytest.approx(rate, abs=0.15 * rate + 0.008)
    assert (~found.fits(unit(300, 24, 8), 0.05)).mean() > 0.95


@pytest.mark.parametrize(("n", "low", "high"), [(40, 0.0061, 0.1316), (100, 0.0164, 0.0993)])
def test_how_well_the_rate_of_own_texts_is_known(n, low, high):
    """Figures of a table of the beta distribution; beside them, what so few texts bring about."""
    rates = []
    for seed in range(20):
        x, y = blobs(n, 2, spread=0.3, seed=seed)
        samples = Samples(x, y, np.arange(n), 2)
        found = fit_novelty(samples, Search(samples).splits).novelty
        new, _ = blobs(500, 2, spread=0.3, seed=77)
        rates.append((~found.fits(new, 0.05)).mean())
    assert found.between(0.05) == pytest.approx((low, high), abs=1e-4)
    assert found.between(0.001) is None
    assert sum(low <= rate <= high for rate in rates) >= 16


def test_two_classes_are_not_blind():
    """Confidence sees nothing here: half-way round the world a two-class model is as sure."""
    x, y = blobs(600, 2, spread=0.3)
    samples = Samples(x, y, np.arange(600), 2)
    found = fit_novelty(samples, Search(samples).splits).novelty
    assert "confidence" not in found.weights
    assert (~found.fits(unit(300, 24, 5), 0.05)).mean() > 0.9


def test_rates_say_what_was_tried():
    found = fitted(600, 6, far={"elsewhere": unit(50, 24, 5)})
    assert [(rate.name, rate.kind) for rate in found.rates] == [
        ("elsewhere", "far"),
        ("texts of labels that were left out", "near"),
    ]
    assert all(0 <= rate.rejected <= 1 for rate in found.rates)
    assert found.rates[0].texts == 50


def test_without_vectors_there_are_no_neighbours():
    found = fitted(400, 3, keep_vectors=False).novelty
    assert found.neighbours is None
    assert set(found.weights) <= {"density", "confidence"}
    assert sum(found.weights.values()) == pytest.approx(1)
    assert (~found.fits(unit(200, 24, 5), 0.05)).mean() > 0.9


def test_nothing_is_turned_away_where_nothing_could_be_held_out():
    x, y = blobs(3, 3)
    found = fit_novelty(Samples(x, y, np.arange(3), 3), []).novelty
    assert found.fits(unit(9, 24, 5), 0.5).all()


def test_equal_texts_do_not_make_each_other_typical():
    x, y = blobs(300, 3)
    twice = Samples(np.repeat(x, 2, axis=0), np.repeat(y, 2), np.repeat(np.arange(300), 2), 3)
    once = Samples(x, y, np.arange(300), 3)
    own, _ = blobs(2_000, 3, seed=77)
    for samples in (twice, once):
        found = fit_novelty(samples, Search(samples).splits).novelty
        assert (~found.fits(own, 0.05)).mean() < 0.08


def test_an_own_text_is_found_among_its_equals():
    """A share is counted in the precision of the reference, or no own text would reach itself."""
    reference = np.array([0.1, 0.2, 0.3], np.float32)
    one = Novelty({"neighbours": 1.0}, {"neighbours": reference}, np.log([0.5, 0.75, 1.0]),
                  neighbours=np.eye(3, dtype=np.float32))  # fmt: skip
    assert one.typicality(np.eye(3, dtype=np.float32)[:1]).shape == (1,)
    assert set(DETECTORS) == {"neighbours", "density", "confidence"}


GIBBERISH = ["asdf qwer zxcv", "xkcd fghj", "lkjsdf oiwer", "qqqq wwww", "12345", "hjkl"]
FOREIGN = ["SELECT * FROM users;", "pH 7.4, 0.9 % NaCl", "List the processes that use a port.",
           "Compress a folder into an archive.", "x² + y² = r²"]  # fmt: skip


def test_gibberish_is_no_mood():
    model = Classifier(candidates=["embeddings"]).fit(*moods())
    assert model.fits(GIBBERISH).sum() <= 1
    assert model.fits(FOREIGN).sum() <= 1
    own = ["I could cry for joy.", "Nobody came to my party.", "How dare he!", "I tremble."]
    assert model.fits(own).sum() >= 3
