"""One process changes a collection at a time; the others wait."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from likewise.errors import CollectionBusy, CollectionMissing, shown
from likewise.files.write import writing

NAME = "lock"

WAIT_SECONDS = 10.0
"""How long another writer is waited for."""


@contextmanager
def locked(folder: Path, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Keep other processes, and other threads, from changing the collection in a folder.

    Raises:
        CollectionBusy: another one changes it and does not end in time.
        CollectionMissing: the folder is not there, or no more when the lock is had.
        UnwritableFile: there may be no lock in the folder.
    """
    from filelock import FileLock, Timeout

    before = _stat(folder)
    if before is None:
        raise _removed(folder)
    with writing(folder):
        lock = FileLock(folder / NAME, mode=0o600, thread_local=False)
        try:
            lock.acquire(timeout=wait)
        except FileNotFoundError:
            raise _removed(folder) from None
        except Timeout:
            raise CollectionBusy(
                f"Another process is changing the collection {shown(folder.name)}.",
                "Wait for it, or stop it; searching goes on meanwhile.",
            ) from None
    try:
        now = _stat(folder)
        if now is None or not os.path.samestat(before, now):
            # who waits makes the folder anew where the one before has removed or renamed it
            with suppress(OSError):
                if [entry.name for entry in folder.iterdir()] == [NAME]:
                    shutil.rmtree(folder)
            raise _removed(folder)
        yield
    finally:
        lock.release()


def _stat(folder: Path) -> os.stat_result | None:
    try:
        return folder.stat()
    except OSError:
        return None


def _removed(folder: Path) -> CollectionMissing:
    return CollectionMissing(
        f"The collection {shown(folder.name)} is not there any more.",
        "It was removed or renamed; `likewise collections` lists what there is.",
    )
