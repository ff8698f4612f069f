"""The apostrophe that keeps spreadsheets from running a text."""

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


@given(st.text(alphabet=st.sampled_from(["'", *RISKY, "a"]), max_size=6) | st.text())
def test_unguard_gives_back_what_guard_was_given(text):
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in RISKY
