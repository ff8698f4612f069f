"""Numbers that are levels: stars."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise import Regressor
from likewise.classify.learn.levels import (
    fit_levels,
    level_scores,
    levels_in,
    levels_out_of_fold,
)
from likewise.errors import InvalidOption
from tests.classify.conftest import blobs


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(1, 4)), min_size=4, max_size=30))
def test_the_cuts_make_the_error_least(rows):
    predictions = np.array([row[0] for row in rows])
    targets = np.array([float(row[1]) for row in rows])
    values = np.unique(targets)
    if len(values) < 2:
        return
    found = fit_levels(predictions, targets, values)
    assert (np.diff(found.cuts) >= 0).all()
    error = np.abs(found.of(predictions) - targets).mean()
    rng = np.random.default_rng(0)
    for _ in range(30):
        cuts = np.sort(rng.uniform(-5, 5, len(values) - 1))
        other = values[np.searchsorted(cuts, predictions, side="right")]
        assert error <= np.abs(other - targets).mean() + 1e-9


def test_what_is_a_level():
    assert levels_in(np.array([1.0, 2, 3, 3, 2, 1])).tolist() == [1, 2, 3]
    assert levels_in(np.array([1.0, 2, 3, 3, 2, 1.5])) is None
    assert levels_in(np.array([0.0, 1, 0, 1])) is None  # two are classes
    assert levels_in(np.array([1.0, 1, 2, 2, 3])) is None  # one of a kind
    assert levels_in(np.repeat(np.arange(12.0), 2)) is None


@pytest.fixture(scope="module")
def stars():
    """Vectors, and stars that are mostly 5 and sometimes 1: rounding would never say 1."""
    x, _ = blobs(900, 3)
    rng = np.random.default_rng(1)
    wish = x @ rng.normal(size=x.shape[1]) + 0.5 * rng.normal(size=900)
    cuts = np.quantile(wish, [0.12, 0.18, 0.25, 0.4])
    return x, 1.0 + np.searchsorted(cuts, wish)


def test_levels_are_better_than_rounding_and_than_the_median(stars, tmp_path):
    x, y = stars
    model = Regressor(encoder=None).fit(x[:600], y[:600])
    levels = model.predict_level(x[600:])
    assert set(np.unique(levels)) <= {1, 2, 3, 4, 5}
    rounded = np.clip(np.round(model.predict(x[600:])), 1, 5)
    error = np.abs(levels - y[600:]).mean()
    assert error < np.abs(rounded - y[600:]).mean()
    assert error < np.abs(np.median(y[:600]) - y[600:]).mean()
    assert (levels == 1).any()
    regression = model.held_out()
    values = model.model_.levels.values
    predicted = levels_out_of_fold(
        regression.chosen.predictions, regression.targets, regression.fold, values
    )
    said = level_scores(predicted, regression.targets, values)
    assert said.mae == pytest.approx(error, abs=0.15)
    assert said.right <= said.near <= 1
    model.save(tmp_path / "n.likewise")
    again = Regressor.load(tmp_path / "n.likewise")
    np.testing.assert_array_equal(again.predict_level(x[600:]), levels)


def test_quantities_have_no_level():
    x, _ = blobs(60, 3)
    model = Regressor(encoder=None).fit(x, x[:, 0])
    with pytest.raises(InvalidOption, match="not levels"):
        model.predict_level(x)
