"""The tests of tests/collections/test_duplicates.py, on a database."""

from tests.collections.test_duplicates import *  # noqa: F403
