"""Where a collection is kept: in a folder of files, or in PostgreSQL.

All that differs between the two is here: how what is there is read, who may change it, and what
proves it whole. A snapshot reads, a writer changes, and everything else is built on these.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from likewise.collections.storage import homes
from likewise.collections.storage.manifest import Manifest
from likewise.collections.storage.postgres import catalogue
from likewise.collections.storage.postgres.database import Address, Database, is_address
from likewise.collections.storage.shards import Snapshot
from likewise.collections.storage.verify import verify, verify_rows
from likewise.collections.storage.writer import Writer
from likewise.settings import Settings


class CollectionStore(Protocol):
    """Where a collection is kept.

    name: what the collection goes by. shown: where it is, for people.
    path: its folder; of a collection in a database that of what can be made again.
    """

    name: str
    shown: str
    path: Path

    def make(self, manifest: Manifest) -> None:
        """Make an empty collection; raises `CollectionExists`."""

    def read(self, before: Snapshot | None = None) -> Snapshot:
        """Return what is there now; raises `CollectionMissing` and `DamagedCollection`."""

    def writer(self, wait: float) -> Writer:
        """Return the one that may change it, a context manager; it raises `CollectionBusy`."""

    def verify(self, snapshot: Snapshot) -> list[str]:
        """Read everything and return what is wrong, a sentence each."""

    def rename(self, new: str) -> None:
        """Give the collection another name; raises `CollectionExists` and `CollectionBusy`."""

    def remove(self) -> None:
        """Remove the collection for ever."""

    def bytes(self) -> int:
        """Return how much room it takes."""


class FolderStore:
    """A folder of files."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._settings = settings
        self.path = folder
        self.name = folder.name
        self.shown = str(folder)

    def make(self, manifest: Manifest) -> None:
        """Make an empty collection."""
        homes.make(self.path, manifest)

    def read(self, before: Snapshot | None = None) -> Snapshot:
        """Return what is there now."""
        return Snapshot.read(self.path, before)

    def writer(self, wait: float) -> Writer:
        """Return the one that may change it."""
        return Writer(self.path, wait=wait)

    def verify(self, snapshot: Snapshot) -> list[str]:
        """Read every byte and return what is wrong."""
        return verify(snapshot)

    def rename(self, new: str) -> None:
        """Give it another name, or another path."""
        homes.rename(self.path, homes.folder_of(new, self._settings))

    def remove(self) -> None:
        """Remove it for ever."""
        homes.remove(self.path)

    def bytes(self) -> int:
        """Return how much room its files take, maps and vectors of other encoders included."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):  # a writer may take it away just now
                    total += os.lstat(Path(folder) / name).st_size
        return total


class DatabaseStore:
    """A database; what can be made again is kept on this machine, in the folder for caches."""

    def __init__(self, address: Address, settings: Settings) -> None:
        self._database = Database(address)
        self._aside = settings.cache / "postgresql" / address.key
        self.name = self._database.address.collection
        self.shown = self._database.address.shown
        self.path = self._aside

    def make(self, manifest: Manifest) -> None:
        """Make an empty collection."""
        catalogue.make(self._database, manifest)

    def read(self, before: Snapshot | None = None) -> Snapshot:
        """Return what is there now."""
        from likewise.collections.storage.postgres.snapshot import DatabaseSnapshot

        found = DatabaseSnapshot.of(self._database, self._aside, before)
        self.path = found.folder
        with suppress(OSError):  # what can be made again may be made each time
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return found

    def writer(self, wait: float) -> Writer:
        """Return the one that may change it."""
        from likewise.collections.storage.postgres.writer import DatabaseWriter

        return DatabaseWriter(self._database, self._aside, wait=wait)

    def verify(self, snapshot: Snapshot) -> list[str]:
        """Read every row and return what is wrong."""
        return verify_rows(snapshot)

    def rename(self, new: str) -> None:
        """Give it another name."""
        catalogue.rename(self._database, new)

    def remove(self) -> None:
        """Remove it for ever."""
        catalogue.remove(self._database)

    def bytes(self) -> int:
        """Return how much room its table takes, indexes included."""
        return catalogue.size(self._database)


def store_of(name: str | Path, settings: Settings) -> CollectionStore:
    """Return where a collection of this name, at this path or at this address is or will be.

    Raises:
        InvalidOption: it can be nowhere.
    """
    address = _address(name, settings)
    if address is not None:
        return DatabaseStore(address, settings)
    return FolderStore(homes.folder_of(name, settings), settings)


def existing_store(name: str | Path, settings: Settings) -> CollectionStore:
    """Return where a collection is that is there.

    Raises:
        CollectionMissing: there is none; of one in a database `read` says so.
    """
    address = _address(name, settings)
    if address is not None:
        return DatabaseStore(address, settings)
    return FolderStore(homes.existing(name, settings), settings)


class CollectionNames:
    """Lists the collections that go by a name; those of a database over one connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database: Database | None = None

    def __call__(self) -> list[str]:
        """Return the names as they are now."""
        kept = self._settings.collections_database
        if kept is None:
            return homes.all_names(self._settings)
        self._database = self._database or Database(Address(kept.get_secret_value()))
        return catalogue.names(self._database)


def all_names(settings: Settings) -> list[str]:
    """Return the names of all collections that go by a name."""
    return CollectionNames(settings)()


def _address(name: str | Path, settings: Settings) -> Address | None:
    """Return where a collection is that is in a database, None of one that is in a folder."""
    if is_address(name):
        return Address(str(name))
    if settings.collections_database is None or homes.is_path(name):
        return None
    return Address(settings.collections_database.get_secret_value(), str(name))
