"""Fuzzing that stays: few examples, the same ones, in `make test`; new ones in `make fuzz`.

Whatever the input, the answer is right or is one of our errors. What `make fuzz` finds is mended
and becomes an `@example` or a test of its own.
"""

import os
import unicodedata

import hypothesis
import pytest

from likewise.errors import LikewiseError

SEARCHING = os.environ.get("FUZZING") == "1"


@pytest.fixture(autouse=True)
def fresh():
    """Read settings anew: a property may change the environment."""
    from likewise.settings import settings

    settings.cache_clear()
    yield
    settings.cache_clear()


def check_refusal(error: LikewiseError, *secrets: str) -> None:
    """Assert that an error is one sentence for a person, and tells no secret."""
    said = str(error)
    assert said.strip()
    # of one line; `isprintable` would not know characters that are newer than this Python
    assert not any(unicodedata.category(char) == "Cc" for char in said), said
    assert len(said) < 4_000, said
    assert not any(secret in said for secret in secrets), said


def examples(few: int) -> hypothesis.settings:
    """Return how many examples to try: `few`, or so many that a while is spent."""
    return hypothesis.settings(
        max_examples=few * 20 if SEARCHING else few,
        derandomize=not SEARCHING,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
