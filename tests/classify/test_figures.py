"""Numbers for people: every surface rounds alike."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from likewise.classify.report.figures import fixed, hundred, number, percent, points

CASES = json.loads(Path(__file__).with_name("figures.json").read_text(encoding="utf-8"))
"""The page's own tests hold it against these, too."""


def test_the_terminal_and_the_report_round_as_the_page_does():
    assert [fixed(value, decimals) for value, decimals, _ in CASES["fixed"]] == [
        said for *_, said in CASES["fixed"]
    ]
    assert [percent(value, decimals) for value, decimals, _ in CASES["share"]] == [
        said for *_, said in CASES["share"]
    ]
    assert [number(value) for value, _ in CASES["number"]] == [said for _, said in CASES["number"]]


def test_signs():
    assert points((-0.0124, 0.004)) == "-1.2 … +0.4"
    assert points((-0.0001, 0.0001)) == "0.0 … 0.0"
    assert number(-12.5, sign=True) == "-12.5"
    assert number(12.5, sign=True) == "+12.5"
    assert number(0, sign=True) == "0"


@given(st.floats(-1e300, 1e300))
def test_any_number_is_spelt_and_near(value):
    said = float(number(value).replace(",", ""))
    assert abs(said - value) <= abs(value) * 5.01e-4
    assert abs(float(fixed(value, 3)) - value) <= max(5.01e-4, abs(value) * 1e-15)


def test_what_is_no_number_is_spelt_too():
    assert [number(float("inf")), fixed(float("nan"), 2)] == ["inf", "nan"]


@given(st.floats(0, 1, exclude_max=True))
def test_less_than_all_is_never_all(share):
    assert float(hundred(share)) <= 99
    assert percent(share) != "100.0 %"
