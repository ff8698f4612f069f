"""One process changes a collection at a time; the others wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likewise.errors import CollectionBusy, shown
from likewise.files.write import writing

NAME = "lock"

WAIT_SECONDS = 10.0
"""How long another writer is waited for."""


@contextmanager
def locked(folder: Path, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Keep other processes, and other threads, from changing the collection in a folder.

    Raises:
        CollectionBusy: another one changes it and does not end in time.
        UnwritableFile: there may be no lock in the folder.
    """
    from filelock import FileLock, Timeout

    with writing(folder):
        lock = FileLock(folder / NAME, mode=0o600, thread_local=False)
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise CollectionBusy(
                f"Another process is changing the collection {shown(folder.name)}.",
                "Wait for it, or stop it; searching goes on meanwhile.",
            ) from None
    try:
        yield
    finally:
        lock.release()
