"""The apostrophe that keeps spreadsheets from running a text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.files.guard import guard, is_guarded, unguard

RISKY = ["=", "+", "-", "@", "\t", "\r", "\0"]


@pytest.mark.parametrize("first", RISKY)
def test_a_risky_text_is_guarded(first):
    assert guard(f"{first}cmd") == f"'{first}cmd"
    assert unguard(f"'{first}cmd") == f"{first}cmd"


@pytest.mark.parametrize("text", ["", "'", "plain", "'tis", "1-2", " =A1", "''"])
def test_other_texts_stay_as_they_are(text):
    assert guard(text) == text
    assert unguard(text) == text
    assert not is_guarded(text)


def test_a_text_that_looks_guarded_is_not_mistaken_for_one():
    assert guard("'=A1") == "''=A1"
    assert unguard("''=A1") == "'=A1"


@pytest.mark.parametrize(
    "number", ["-1", "+1", "-12.50", "-.5", "-1.", "-1e-05", "+1E+9", "-00", "1", "+491701234567"]
)
def test_a_number_stays_a_number(number):
    assert guard(number) == number
    assert unguard(number) == number
    assert math.isfinite(float(number))


@pytest.mark.parametrize(
    "text",
    ["+49 170", "-1+cmd", "-1-1", "--1", "-", "+", "-.", "-1e", "-1_000", "-1,5", "-٣", "-1\n",
     "\t-1", "-1 ", "-inf", "-0x1", "=1", "-1%"],
)  # fmt: skip
def test_what_is_almost_a_number_is_guarded(text):
    assert guard(text) == f"'{text}"


def test_the_apostrophe_of_a_number_is_taken_off_and_kept_where_it_is_its_own():
    assert unguard("'-12.50") == "-12.50"
    assert guard("'-12.50") == "''-12.50"


@given(st.text(alphabet=st.sampled_from(["'", *RISKY, "a", "1", ".", "e"]), max_size=6) | st.text())
def test_unguard_gives_back_what_guard_was_given(text):
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in RISKY or math.isfinite(float(guard(text)))


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_every_finite_number_is_written_as_it_is(number):
    assert guard(str(number)) == str(number)
