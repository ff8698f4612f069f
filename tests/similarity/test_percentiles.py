import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from likewise.errors import IncompatibleVectors, TooFewTexts
from likewise.similarity import percentiles
from likewise.similarity.percentiles import LEVELS, Scale, measure
from likewise.types import Identity

IDENTITY = Identity("test", "", "w", "t", "g", 8, 0, "mean")


def scale_of(cosines: np.ndarray) -> Scale:
    return Scale("test", len(cosines), IDENTITY.digest, np.quantile(cosines, LEVELS / 100))


def test_levels_rise_from_0_to_100():
    assert LEVELS[0] == 0
    assert LEVELS[-1] == 100
    assert (np.diff(LEVELS) > 0).all()
    assert {50, 90, 99, 99.9} <= set(np.round(LEVELS, 6).tolist())


def test_percentile_is_the_share_of_pairs_that_are_less_similar():
    cosines = np.random.default_rng(0).normal(0.05, 0.1, 50_000).clip(-1, 1)
    scale = scale_of(cosines)
    for value in (-0.2, 0.0, 0.05, 0.2, 0.4):
        share = 100 * (cosines < value).mean()
        assert scale.percentiles(np.array(value), IDENTITY) == pytest.approx(share, abs=0.05)
    assert scale.percentiles(np.array([-1, 1]), IDENTITY).tolist() == [0, 100]


@given(
    arrays(np.float64, st.integers(1, 50), elements=st.floats(-1, 1)),
    arrays(np.float64, st.integers(1, 50), elements=st.floats(-1, 1)),
)
def test_monotone_and_within_0_and_100(background, asked):
    scale = scale_of(background)
    found = scale.percentiles(np.sort(asked), IDENTITY)
    assert (np.diff(found) >= 0).all()
    assert (found >= 0).all()
    assert (found <= 100).all()


def test_pairs_that_differ_by_next_to_nothing_are_equal():
    scale = scale_of(np.array([-1.1e-308, 2.2e-313]))
    assert scale.percentiles(np.array([-1.0, 0.0, 1.0]), IDENTITY).tolist() == [0, 50, 100]


def test_of_equal_pairs_half_count_as_less():
    scale = scale_of(np.array([0.0] * 50 + [0.5] * 50))
    assert scale.percentiles(np.array(0.0), IDENTITY) == pytest.approx(25, abs=1)
    assert scale.percentiles(np.array(0.5), IDENTITY) == pytest.approx(75, abs=1)


def test_unrelated_pairs_are_those_of_two_topics():
    axes = np.eye(8, dtype=np.float32)[[0, 0, 1, 1]]
    scale = measure("test", axes, ["a", "a", "b", "b"], IDENTITY)
    assert scale.pairs == 4
    assert (scale.quantiles == 0).all()
    mixed = measure("test", axes, ["a", "b", "c", "d"], IDENTITY)
    assert mixed.pairs == 6
    assert mixed.quantiles[-1] == 1


def test_a_scale_needs_two_topics():
    with pytest.raises(TooFewTexts, match="two texts on different topics"):
        measure("test", np.eye(8, dtype=np.float32), ["a"] * 8, IDENTITY)


def test_another_encoder_is_refused_even_at_equal_dims():
    scale = scale_of(np.zeros(3))
    other = Identity("other", "", "another w", "t", "g", 8, 0, "mean")
    with pytest.raises(IncompatibleVectors) as error:
        scale.percentiles(np.zeros(2), other)
    assert other.digest[:12] in error.value.problem
    renamed = Identity("renamed", "2", "w", "t", "g", 8, 0, "mean")
    assert scale.percentiles(np.zeros(2), renamed).shape == (2,)


def test_a_sample_of_pairs_is_that_of_all_pairs(monkeypatch):
    """Sampled pairs never share a topic, and give the scale that all pairs give."""
    topics = np.random.default_rng(2).choice(["a", "b", "c", "d"], 500, p=[0.7, 0.2, 0.09, 0.01])
    rows = np.random.default_rng(1).normal(size=(500, 8)) + np.eye(8)[:4][topics.view("u4") - 97]
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    whole = measure("test", rows, topics, IDENTITY)
    monkeypatch.setattr(percentiles, "MOST_PAIRS", 30_000)
    sampled = measure("test", rows, topics, IDENTITY)
    assert sampled.pairs == 30_000
    assert whole.pairs > 30_000
    left, right = percentiles._pairs(np.unique(topics, return_inverse=True)[1])
    assert (topics[left] != topics[right]).all()
    inner = (LEVELS > 1) & (LEVELS < 99)
    np.testing.assert_allclose(sampled.quantiles[inner], whole.quantiles[inner], atol=0.03)
    np.testing.assert_array_equal(
        sampled.quantiles, measure("test", rows, topics, IDENTITY).quantiles
    )


def test_a_million_texts_need_no_matrix():
    """All pairs would be four terabytes of cosines."""
    rows = np.eye(2, dtype=np.float16)[np.arange(1_000_000) % 2]
    scale = measure("test", rows, np.arange(1_000_000), IDENTITY)
    assert scale.pairs == percentiles.MOST_PAIRS
    assert scale.percentiles(np.array(0.5), IDENTITY) == pytest.approx(50, abs=1)
