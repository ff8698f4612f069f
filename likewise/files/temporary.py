"""Files that are not whole yet: beside their place, claimed while they are written.

A claim ends with the process that has it, however that ends, so that what a killed process left can
be told from what another one is writing.
"""

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_BEGINNING, _END = ".likewise-", ".tmp"
_tidied: set[Path] = set()
"""Folders in which this process has looked for what killed ones left."""


def open_beside(target: Path) -> tuple[Path, BinaryIO]:
    """Return a new file beside `target`, claimed, and its path."""
    while True:
        temporary = temporary_name(target.parent)
        file = open_new(temporary, target)
        _claim(file, wait=True)
        if temporary.exists():
            return temporary, file
        # another process has taken it for one that a killed process left, before it was claimed
        file.close()


def open_new(path: Path, like: Path) -> BinaryIO:
    """Open a file that no name leads to yet, links included, as open to others as `like` is.

    Raises:
        OSError: as the system says; see `likewise.files.write.writing`.
    """
    mode = stat.S_IMODE(like.stat().st_mode) & 0o666 if like.exists() else 0o666

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0), mode)

    return open(path, "x+b", opener=opener)


def temporary_name(folder: Path) -> Path:
    """Return a name that nothing in a folder has."""
    return folder / f"{_BEGINNING}{secrets.token_hex(6)}{_END}"


@contextmanager
def claimed(file: BinaryIO) -> Iterator[None]:
    """Keep the claim on a file until the block ends, though the file is closed before.

    What is closed and not yet renamed would be one that a killed process left, to another one.
    """
    if sys.platform == "win32":
        yield
        return
    claim = os.dup(file.fileno())
    try:
        yield
    finally:
        os.close(claim)


def tidy(folder: Path) -> None:
    """Remove what killed processes left in a folder, once for each process."""
    if folder in _tidied:
        return
    _tidied.add(folder)
    with suppress(OSError):
        for left in [*folder.glob(f"{_BEGINNING}*{_END}")]:
            with suppress(OSError):
                flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
                with os.fdopen(os.open(left, flags), "rb") as file:
                    if _claim(file):
                        left.unlink()


def _claim(file: BinaryIO, *, wait: bool = False) -> bool:
    """Take an open file as this process's own; tells whether no other one has it.

    The claim ends with the process, however that ends. Windows needs none: there nobody can
    remove a file that another one has open.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
