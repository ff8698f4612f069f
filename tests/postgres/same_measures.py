"""The tests of tests/collections/test_measures.py, on a database."""

from tests.collections.test_measures import *  # noqa: F403
