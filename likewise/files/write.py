"""Puts files in place whole or not at all.

A file is written under another name beside its place, flushed to the disk, and renamed. A
crash at any moment leaves the old file or the new one, never a part of either. What a killed
process left is taken away by the next one that writes into the same folder.
"""

import errno
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO

from likewise.errors import UnwritableFile, shown
from likewise.files.temporary import claimed, open_beside, open_new, temporary_name, tidy

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_TURN_SECONDS = 5.0
_MANIFESTS = ("manifest.json", "plan.json")
"""What says of a folder that its files are parts of a collection or of a job."""
_held = threading.local()
"""The folders that a thread has to itself."""


@contextmanager
def replacing(
    path: Path, *, links: bool = True, before: Callable[[], object] | None = None
) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends without an error.

    Args:
        path: the file's place.
        links: whether a link at that place is followed, as one that the user names is; in a folder
            that somebody else may have made it would lead to any other file.
        before: called when the file is finished, right before it takes its place; nobody else puts
            one there meanwhile.

    Raises:
        UnwritableFile: no permission, no space, no such folder, or a file that the user names is a
            part of a collection; `path` is as it was.
    """
    target = _target(path, links=links)
    tidy(target.parent)
    with writing(path):
        temporary, opened = open_beside(target)
        try:
            with claimed(opened):
                with opened as file:
                    yield file
                with alone(target.parent):
                    if before is not None:
                        before()
                    publish(temporary, target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def replace_keeping(
    path: Path,
    fill: Callable[[BinaryIO], object],
    *,
    links: bool = True,
    wanted: Callable[[Path], bool] = Path.is_file,
) -> Path | None:
    """Write a file into the place of an older one, which gets another name.

    Of several who do so at once each takes its turn, and every file stays.

    Args:
        path: the file's place.
        fill: writes the file.
        links: as for `replacing`.
        wanted: whether what stands there is worth keeping.

    Returns:
        Where the older file is now, None where none was kept.

    Raises:
        UnwritableFile: as `replacing`.
    """
    older: list[Path | None] = []
    with replacing(path, links=links, before=lambda: older.append(_keep(path, wanted))) as file:
        fill(file)
    return older[0]


def _keep(path: Path, wanted: Callable[[Path], bool]) -> Path | None:
    return keep(path) if path.is_file() and wanted(path) else None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other writers from putting files into a folder, where the system has a way to.

    Several files that belong together take their places in one such block. Whoever may read the
    folder could hold it for ever, so it is not waited for any longer than honest writers take.
    """
    claim, held = None, _held.__dict__.setdefault("folders", set())
    if (folder := folder.resolve()) in held:
        yield
        return
    if sys.platform != "win32":
        with suppress(OSError):  # a folder that may not be read
            claim = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + _TURN_SECONDS
        while claim is not None and _is_taken(claim) and time.monotonic() < until:
            time.sleep(0.005)
        held.add(folder)
        yield
    finally:
        held.discard(folder)
        if claim is not None:
            os.close(claim)


def _is_taken(folder: int) -> bool:
    """Take an open folder where it can be taken; NFS and others lock files alone."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


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

    That its folder takes new files is tried, so that it is known before the work.

    Args:
        path: what will be written.
        inputs: files that are read, `-` for a pipe: none of them may be written over.

    Raises:
        UnwritableFile: it can't become a file: its folder is missing or takes none, it is
            something else, or one of the inputs.
    """
    target = _target(path, *inputs)
    with writing(path):
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        trial = temporary_name(target.parent)
        try:
            open_new(trial, target).close()
        finally:
            trial.unlink(missing_ok=True)
    return target


def check_beside(path: Path, *inputs: str) -> Path:
    """Return a file of a name that the user did not give but that is made of an output's.

    Whoever may write into the folder could have put a link there, which would lead to any file.

    Raises:
        UnwritableFile: it can't become a file, is a link, or is one of the inputs.
    """
    if path.is_symlink():
        raise UnwritableFile(
            f"{shown(str(path), 200)} is a link.", "Remove it, or name another output."
        )
    return check_target(path, *inputs)


def _target(path: Path, *inputs: str, links: bool = True) -> Path:
    with writing(path):
        # strictly the folder alone: the file itself may be new
        leads = links and path.is_symlink()
        target = _end_of_link(path) if leads else path.parent.resolve() / path.name
        if target.is_dir():
            raise UnwritableFile(f"{shown(str(path), 200)} is a folder.", "Name a file in it.")
        if not target.parent.is_dir():
            raise UnwritableFile(
                f"There is no folder {shown(str(_folder(path, target)), 200)}.",
                "Make it, or name another.",
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
        if links and target.exists() and (owner := _whole_of(target)):
            raise UnwritableFile(
                f"{shown(str(path), 200)} is a part of {shown(str(owner), 200)}, which would be "
                "damaged.",
                "Name another output.",
            )
    return target


def _whole_of(target: Path) -> Path | None:
    """Return the collection's or job's folder that a file is a part of, None where of none."""
    for folder in (target.parent, target.parent.parent):
        for name in _MANIFESTS:
            with suppress(OSError), (folder / name).open("rb") as file:
                if b'"likewise"' in file.read(4_000):
                    return folder
    return None


def keep(path: Path) -> Path | None:
    """Give the file at `path` a second name beside it, which stays when the first is given away.

    Returns:
        The second name, None where there is no file.
    """
    if not path.is_file():
        return None
    for number in count(1):
        name = path.with_name(f"{path.stem}-{number}{path.suffix}")
        if not os.path.lexists(name):
            with suppress(FileExistsError):  # another has taken the name meanwhile
                _name_too(path, name)
                return name
    raise AssertionError  # pragma: no cover  # numbers have no end


def _name_too(path: Path, name: Path) -> None:
    """Give a file a second name that nothing has yet."""
    try:
        name.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with path.open("rb") as old, open_new(name, path) as new:
            shutil.copyfileobj(old, new)
        shutil.copystat(path, name)


def _end_of_link(link: Path) -> Path:
    try:
        return link.resolve()
    except (RuntimeError, OSError):  # the former before Python 3.13
        raise UnwritableFile(
            f"{shown(str(link), 200)} is a link that leads nowhere.", "Remove it, or name another."
        ) from None


def _folder(path: Path, target: Path) -> Path:
    """Return the folder as the user would name it, where no link leads elsewhere."""
    return target.parent if path.is_symlink() else path.parent


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
            f"{name} can't be written: you have no permission.", "Choose a folder that is yours."
        )
    why = (error.strerror or str(error)).lower()
    return UnwritableFile(f"{name} can't be written: {why}.", "Check its name, or choose another.")
