"""Collections of the `sha256` encoder, in a folder of their own."""

import pytest

from likewise.collections import Collection
from likewise.settings import Settings


@pytest.fixture
def where(tmp_path):
    """The settings of a user whose collections are in a temporary folder."""
    return Settings(collections=tmp_path / "collections", encoder="sha256")


@pytest.fixture
def notes(where):
    """An empty collection."""
    return Collection.create("notes", settings=where)


@pytest.fixture
def reopened(where):
    """Return a function that opens the collection as a new process would."""
    return lambda name="notes": Collection.open(name, settings=where)
