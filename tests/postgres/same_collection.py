"""The tests of tests/collections/test_collection.py, on a database; those of files are left out."""

from tests.collections.test_collection import *  # noqa: F403

del test_compaction_changes_nothing_but_files  # noqa: F821
del test_the_folder_is_for_its_owner  # noqa: F821
del test_a_collection_that_was_removed_meanwhile_is_an_error_of_ours  # noqa: F821
