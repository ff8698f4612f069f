"""The apostrophe that keeps spreadsheets from running a text."""

import csv
import io
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.files.guard import guard, is_guarded, unguard
from likewise.files.rows import csv_line

RISKY = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", " =", "\u3000@", "  -"]


@pytest.mark.parametrize("first", RISKY)
def test_a_risky_text_is_guarded(first):
    assert guard(f"{first}cmd") == f"'{first}cmd"
    assert unguard(f"'{first}cmd") == f"{first}cmd"


@pytest.mark.parametrize("text", ["", "'", "plain", "'tis", "1-2", "a = b", "''", " -1", "\u200b"])
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


FORMULAS = [
    "=1+1", "＝1+1", '="a"', "=cmd|'/C calc'!A0", "+cmd|'/C calc'!A0", "-2+3+cmd|' /C calc'!$A$0",
    "@SUM(1)", '-"1"+HYPERLINK("x")', "＋SUM(1)", "-{1,2}+f(x)", "+[x]y!A1", "-ANNÉE(1)",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_part_of_a_text_is_a_formula_where_it_is_split_elsewhere(formula):
    for text in (
        f"a;{formula}",
        f"a\t{formula};b",
        f"a\n{formula}\nb",
        f'a;"{formula}"',
        f"; {formula}",
    ):
        line = csv_line([1, text, "b"]).removesuffix("\r\n")
        for separator in ";\t":
            for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
                assert not any(re.match(r"\s*[=+\-@＝＋－＠]", cell) for cell in row), row
        assert unguard(guard(text)) == text


@pytest.mark.parametrize(
    "text",
    ["fine ;-)", ";-( (", "list:\n- one (1)\n- two\n+ three!", "Title\n=====\n", "a\tb;c",
     "\u2026\n-- \nA. B.", "thanks\n@anna and @bob!", "a;-1", "it's;'so'", "x;=", "nice;-) wow!"],
)  # fmt: skip
def test_what_people_write_stays_as_it_is(text):
    assert guard(text) == text
    assert not is_guarded(text)


@given(st.text(alphabet="'\";=+-@\t\r\n\0＝－ a1.e(!", max_size=9) | st.text())
def test_unguard_gives_back_what_guard_was_given(text):
    guarded = guard(text)
    assert unguard(guarded) == text
    assert not re.match(r"\s*[=+\-@＝＋－＠]", guarded) or math.isfinite(float(guarded))
    assert is_guarded(guarded) == (unguard(guarded) != guarded)


def test_a_long_text_is_guarded_at_once():
    for text in (
        ";=" * 200_000,
        ";-" * 200_000,
        ";-" + "a" * 400_000,
        "'" * 400_000,
        "\n" * 400_000,
    ):
        assert unguard(guard(text)) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_every_finite_number_is_written_as_it_is(number):
    assert guard(str(number)) == str(number)
