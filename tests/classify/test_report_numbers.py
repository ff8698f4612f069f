"""The report of a training on numbers, and the figures in it."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from likewise import Regressor
from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.metrics import number_scores, paired_interval
from likewise.classify.report.charts import residual_chart, truth_chart
from likewise.classify.report.figures import number
from likewise.classify.report.number_results import (
    _no_better_than_the_mean,
    coverage_of,
    number_results,
)
from likewise.classify.report.numbers import html
from likewise.classify.report.shown import headline
from likewise.errors import InvalidLabels, InvalidOption
from tests.classify.conftest import blobs

EVIL = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def noisy() -> tuple[np.ndarray, np.ndarray]:
    """Vectors, and a number that is linear in them but for noise."""
    x, _ = blobs(600, 3)
    rng = np.random.default_rng(1)
    return x, x @ rng.normal(size=x.shape[1]) + 0.3 * rng.normal(size=len(x))


def test_the_report_escapes_and_says_what_was_held_out(noisy):
    x, y = noisy
    y = y.copy()
    y[17] = 40.0  # a typing error stands first among the worst
    model = Regressor(encoder=None).fit(x, y)
    data = Labelled([f"{EVIL} {row}" for row in range(600)], y.tolist(), "text", "y")
    page = html(number_results(model, data, []))
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    worst = page.split("Worst predictions")[1]
    assert re.search(r"<td class=n>(\d+)</td>", worst)[1] == "18"
    assert worst.count("<tr>") == 1 + 30
    assert page.count("<svg") == 2
    assert page.count("tr class=chosen") == 1


def test_numbers_that_are_worth_nothing_are_told_to_be_so():
    x, _ = blobs(60, 3)
    y = np.random.default_rng(0).normal(5, 1, 60)
    data = Labelled([f"text {row}" for row in range(60)], y.tolist(), "text", "y")
    results = number_results(Regressor(encoder=None).fit(x, y), data, [])
    saved, mean = (
        next(one["mae"] for one in results["leaderboard"] if one["name"] == name)
        for name in (results["model"], "always the mean")
    )
    assert [one["kind"] for one in results["findings"]] == ["numbers"] * (saved >= mean)
    assert headline(results) == (
        f"Off by {number(saved)} on average; always saying the mean would be off by {number(mean)}."
    )
    told = _no_better_than_the_mean(
        [
            {"name": results["model"], "saved": True, "mae": 12_345.6},
            {"name": "always the mean", "saved": False, "mae": 12_000.0},
        ]
    )
    assert "off by 12,350 on average against 12,000 on held-out texts" in told[0].message


def test_large_numbers_stay_finite():
    x, y = blobs(40, 3)
    model = Regressor(encoder=None).fit(x, np.where(y == 0, 1e30, -1e30))
    assert np.isfinite(model.predict(x)).all()
    assert np.isfinite([model.model_.facts.estimate[name] for name in ("mae", "rmse")]).all()
    with pytest.raises(InvalidLabels, match="row 2 is 1e\\+31, which is too large"):
        model.fit(x, [1, 1e31, *range(38)])
    with pytest.raises(InvalidLabels, match=r"row 1 is -1000.*, which is too large") as refused:
        model.fit(x, [-(10**400), *range(39)])
    assert "up to 1e+30" in str(refused.value)
    with pytest.raises(InvalidLabels, match=r"row 1 is 2e\+30, which is too large"):
        model.fit(x, np.full(40, 2e30))


@pytest.mark.parametrize(("unit", "level"), [(1e-300, 0), (1e-31, 0), (1, -1e8), (1e-9, 1)])
def test_numbers_that_single_precision_can_not_tell_apart_are_refused(unit, level):
    x, y = blobs(40, 3)
    with pytest.raises(InvalidLabels, match="differ too little to be learnt"):
        Regressor(encoder=None).fit(x, y * unit + level)


@pytest.mark.parametrize(("unit", "level"), [(1e-29, 0), (1, 1e5)])
def test_what_single_precision_can_tell_apart_is_learnt(unit, level):
    x, y = blobs(40, 3)
    plain, far = (
        Regressor(encoder=None).fit(x, numbers).model_.facts.estimate["r2"]
        for numbers in (y, y * unit + level)
    )
    assert far == pytest.approx(plain, abs=0.01)


@pytest.mark.parametrize(("people", "design"), [(2, "two rounds"), (4, "four rounds")])
def test_as_many_rounds_are_told_of_as_there_were(people, design):
    x, y = blobs(40, 3)
    groups = np.arange(40) % people
    found = Regressor(encoder=None).fit(x, y + x[:, 0], groups=groups).held_out()
    assert design in found.design
    assert len(np.unique(found.fold)) == people


def test_intervals_are_tried_on_rows_that_did_not_make_them(noisy):
    x, y = noisy
    regression = Regressor(encoder=None).fit(x, y).held_out()
    held, width = coverage_of(regression, 0.9)
    assert 0.86 < held < 0.94
    assert 0.8 < width < 1.6  # noise of 0.3: 2 × 1.645 × 0.3 = 0.99
    assert coverage_of(regression, 0.8)[1] < width
    assert coverage_of(regression, 0.9999)[1] == np.inf


def test_charts_are_whole_and_hold_each_text():
    rng = np.random.default_rng(0)
    for chart in (truth_chart, residual_chart):
        for targets, dots in ((rng.normal(size=50), 50), (np.full(12, 3.0), 12)):
            root = ET.fromstring(chart(targets, targets.copy()))
            assert root.attrib["role"] == "img"
            assert len(list(root.iter("circle"))) == dots
            for circle in root.iter("circle"):
                assert 0 <= float(circle.attrib["cx"]) <= 320
                assert 0 <= float(circle.attrib["cy"]) <= 320


def test_evaluate(noisy):
    x, y = noisy
    model = Regressor(encoder=None).fit(x[:500], y[:500])
    found = model.evaluate(x[500:], y[500:])
    assert found == number_scores(model.predict(x[500:]), y[500:])
    assert found.texts == 100
    assert found.rmse == pytest.approx(0.3, abs=0.06)
    assert found.r2 == pytest.approx(model.score(x[500:], y[500:]))
    with pytest.raises(InvalidLabels, match="There are 100 texts and 99 numbers"):
        model.evaluate(x[500:], y[501:])
    with pytest.raises(InvalidLabels, match="row 1 is nan"):
        model.evaluate(x[:1], [float("nan")])


def test_a_loaded_model_has_nothing_held_out(noisy, tmp_path):
    x, y = noisy
    Regressor(encoder=None).fit(x, y).save(tmp_path / "n.likewise")
    with pytest.raises(InvalidOption, match="A loaded model can't"):
        Regressor.load(tmp_path / "n.likewise").held_out()


def test_the_interval_of_many_numbers_is_that_of_fewer_draws():
    rng = np.random.default_rng(3)
    left, right = rng.normal(0.1, 1, 6_000), rng.normal(0, 1, 6_000)
    low, high = paired_interval(left, right)
    gains = left - right
    means = [rng.choice(gains, 6_000).mean() for _ in range(2_000)]
    assert (low, high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.004)
