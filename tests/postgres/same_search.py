"""The tests of tests/collections/test_search.py, on a database; those of files are left out."""

from tests.collections.test_search import *  # noqa: F403

del test_a_damaged_index_of_words_is_made_again  # noqa: F821
del test_an_index_that_told_words_apart_otherwise_is_made_anew  # noqa: F821
del test_many_look_while_one_adds  # noqa: F821 - see own.py: compaction is told to readers
del test_an_index_of_words_is_made_in_one_file_that_is_claimed_and_no_more_open  # noqa: F821
