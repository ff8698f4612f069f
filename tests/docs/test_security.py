"""Every promise of docs/security.md names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMISED = ("A person at a desk", "An operator", "A visitor")


def promises():
    """Yield the items of the sections that promise something."""
    sections = re.split(r"^## ", (ROOT / "docs" / "security.md").read_text("utf-8"), flags=re.M)
    for section in sections:
        if section.startswith(PROMISED):
            yield from re.split(r"^- ", section, flags=re.M)[1:]


PROMISES = list(promises())


def test_there_are_promises_to_each():
    assert len(PROMISES) >= 18


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[:40])
def test_a_promise_names_tests_that_there_are(promise):
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", promise)
    assert named
    for file, test in named:
        assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text("utf-8"), re.M), test
