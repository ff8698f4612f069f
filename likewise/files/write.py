"""Puts files in place whole or not at all.

A file is written under another name beside its place, flushed to the disk, and renamed. A
crash at any moment leaves the old file or the new one, never a part of either.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from likewise.errors import UnwritableFile, shown

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends without an error.

    Raises:
        UnwritableFile: no permission, no space, or no such folder; `path` is as it was.
    """
    target = check_target(path)
    temporary = target.with_name(f".likewise-{secrets.token_hex(6)}.tmp")
    with writing(path):
        try:
            with temporary.open("xb") as file:
                yield file
            publish(temporary, target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says about a write in the block into `UnwritableFile`."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody reads any more: no fault of the file
    except OSError as error:
        raise unwritable(path, error) from None


def publish(temporary: Path, target: Path) -> None:
    """Rename a finished file to its place, after its bytes have reached the disk.

    Raises:
        OSError: as the system says; see `writing`.
    """
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o7777)
    sync(temporary)
    temporary.replace(target)
    sync_folder(target.parent)


def sync(path: Path) -> None:
    """Wait until the bytes of a file are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system has a way to."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_target(path: Path, *inputs: str) -> Path:
    """Return the regular file that `path` is or will be, links followed.

    Args:
        path: what will be written.
        inputs: files that are read, `-` for a pipe: none of them may be written over.

    Raises:
        UnwritableFile: it can't become a file: its folder is missing, it is something else, or
            one of the inputs.
    """
    with writing(path):
        # strictly the folder alone: the file itself may be new
        target = path.resolve() if path.is_symlink() else path.parent.resolve() / path.name
        if target.is_dir():
            raise UnwritableFile(f"{shown(str(path), 200)} is a folder.", "Name a file in it.")
        if not target.parent.is_dir():
            raise UnwritableFile(
                f"There is no folder {shown(str(path.parent), 200)}.", "Make it, or name another."
            )
        if target.exists() and not target.is_file():
            raise UnwritableFile(
                f"{shown(str(path), 200)} is a device or a pipe.", "Name a file on a disk."
            )
        if target.exists() and any(
            source != "-" and Path(source).exists() and target.samefile(source) for source in inputs
        ):
            raise UnwritableFile(
                f"{shown(str(path), 200)} is also the input.", "Name another output."
            )
    return target


def keep(path: Path) -> Path | None:
    """Give the file at `path` a second name beside it, which stays when the first is given away.

    Returns:
        The second name, None where there is no file.
    """
    if not path.is_file():
        return None
    number = 1
    while (name := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    try:
        name.hardlink_to(path)
    except OSError:  # a file system without hard links
        shutil.copy2(path, name)
    return name


def unwritable(path: Path | str, error: OSError) -> UnwritableFile:
    """Return what the system said about writing `path` as one of our errors."""
    name = shown(str(path), 200)
    if error.errno in _FULL:
        why = "the file is too large" if error.errno == errno.EFBIG else "the disk is full"
        return UnwritableFile(
            f"{name} can't be written: {why}.", "Make room or choose another disk, then try again."
        )
    if error.errno in _FORBIDDEN:
        return UnwritableFile(
            f"{name} may not be written by you.", "Choose a folder that is yours."
        )
    why = (error.strerror or str(error)).lower()
    return UnwritableFile(f"{name} can't be written: {why}.", "Check its name, or choose another.")
