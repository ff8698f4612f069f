"""A folder, wherever it is: on a disk, in an object store, or behind any file system of fsspec.

What is published is there whole or not at all. On a disk a file is renamed to its place; object
stores know no rename, but an object appears only when its upload has ended; on other file systems
a file is moved.
"""

import logging
import mmap
import os
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ParamSpec, TypeVar

from likewise.distributed.addresses import located, scheme_of
from likewise.errors import (
    FileMissing,
    InvalidOption,
    LikewiseError,
    StoreUnavailable,
    UnreadableFile,
    UnwritableFile,
    shown,
)
from likewise.files.write import replacing, unwritable, writing

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

_WRITES = {"be made", "be removed", "be written"}
_ASKED = {"be listed", "be looked at"}
_PUT = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"}
"""Where an object appears when its upload has ended, and not before."""

_SLOW_SECONDS = 10.0
"""After so long it is said that a store is still asked."""


_TOO_MANY = "HTTP status 429"
"""What pyarrow tells of a request that was one too many; under a name that AWS does not use, as of
other stores, it does not ask again itself."""
_PAUSES = (1.0, 4.0, 16.0)

P = ParamSpec("P")
T = TypeVar("T")


def _patient(ask: Callable[P, T]) -> Callable[P, T]:
    """Let a small request be made again, after a while, where the store had too many."""

    @wraps(ask)
    def again(*arguments: P.args, **named: P.kwargs) -> T:
        for pause in _PAUSES:
            try:
                return ask(*arguments, **named)
            except StoreUnavailable as error:
                if _TOO_MANY not in error.problem:
                    raise
                time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - no secret
        return ask(*arguments, **named)

    return again


@dataclass(frozen=True)
class StoreEntry:
    """A file: its size in bytes, and the store's own time of its last change, in nanoseconds."""

    size: int
    changed: int


class JobStore:
    """A folder of files; it pickles as its address.

    Attributes:
        address: what it goes by.
        local: its path, where it is on this machine.

    Raises:
        InvalidOption: the address can't be understood, or holds a password.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.local, self._fs, self._root = located(address)
        self._puts = scheme_of(address) in _PUT

    def __reduce__(self) -> tuple[type["JobStore"], tuple[str]]:
        return JobStore, (self.address,)

    def __str__(self) -> str:
        return self.address

    def path(self, name: str) -> str:
        """Return where a file is, as the file system has it."""
        return f"{self._root.rstrip('/')}/{name}" if name else self._root

    @_patient
    def make(self, folder: str = "") -> None:
        """Make the folder, or one in it, where there is none; object stores need none.

        Raises:
            UnwritableFile, StoreUnavailable: it can't be made.
        """
        if self.local is not None:
            with writing(self.local):
                (self.local / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not self._puts:
            with self.asking("be made"):
                self._fs.create_dir(self.path(folder), recursive=True)

    @_patient
    def entries(self, folder: str = "", *, recursive: bool = False) -> dict[str, StoreEntry]:
        """Return the files in the folder by name, or by path below it; none where there is none.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        import pyarrow.fs as pf

        base = self.path(folder)
        if self.local is not None:
            with self.asking("be listed"):
                return _walked(base, recursive=recursive)
        selector = pf.FileSelector(base, allow_not_found=True, recursive=recursive)
        with self.asking("be listed"):
            found = self._fs.get_file_info(selector)
        skip = len(base.rstrip("/")) + 1
        return {
            info.path[skip:]: StoreEntry(int(info.size or 0), int(info.mtime_ns or 0))
            for info in found
            if info.type == pf.FileType.File
        }

    @_patient
    def entry(self, name: str) -> StoreEntry | None:
        """Return what is known about a file, None where there is none."""
        import pyarrow.fs as pf

        with self.asking("be looked at"):
            info = self._fs.get_file_info(self.path(name))
        if info.type != pf.FileType.File:
            return None
        return StoreEntry(int(info.size or 0), int(info.mtime_ns or 0))

    def open(self, name: str) -> "pa.NativeFile":
        """Open a file for reading at any place.

        Raises:
            FileMissing: there is none.
            StoreUnavailable: the store does not answer.
        """
        with self.asking("be read", name):
            return self._fs.open_input_file(self.path(name))

    @_patient
    def read(self, name: str) -> bytes:
        """Return the bytes of a file; raises as `open`."""
        with self.asking("be read", name), self._fs.open_input_file(self.path(name)) as file:
            return bytes(file.read())

    def copied(self, name: str, target: BinaryIO) -> None:
        """Copy a file to an open one; raises as `open`."""
        with self.asking("be read", name), self._fs.open_input_stream(self.path(name)) as file:
            while part := file.read(1 << 22):
                target.write(part)

    @contextmanager
    def publish(self, name: str) -> Iterator[BinaryIO]:
        """Open a file that is there under this name when the block ends without an error.

        Raises:
            UnwritableFile, StoreUnavailable: it can't be written; what was there is as it was.
        """
        if self.local is not None:
            with replacing(self._unlinked(name), links=False) as file:
                yield file
            return
        try:
            aside = tempfile.TemporaryFile(prefix="likewise-")  # noqa: SIM115 - closed below
        except OSError as error:
            raise unwritable(tempfile.gettempdir(), error) from None
        with aside as file:
            with writing(Path(tempfile.gettempdir())):
                yield file
                file.flush()
            self._put(name, file)

    @_patient
    def write(self, name: str, data: bytes) -> None:
        """Publish a small file."""
        with self.publish(name) as file:
            file.write(data)

    @_patient
    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        self._unlinked(name)
        with suppress(FileMissing), self.asking("be removed", name):
            self._fs.delete_file(self.path(name))

    def _unlinked(self, name: str) -> Path:
        """Return where a file is on this machine, having looked that no link leads elsewhere.

        Raises:
            UnwritableFile: one does, which Likewise has not made.
        """
        target = Path(self.path(name))
        if self.local is not None:
            inside = target.relative_to(self.local)
            for part in (inside, *inside.parents[:-1]):
                if (self.local / part).is_symlink():
                    raise UnwritableFile(
                        f"{shown(str(self.local / part), 200)} is a link, and Likewise has made "
                        "none there.",
                        "Remove it.",
                    )
        return target

    def _put(self, name: str, file: BinaryIO) -> None:
        import pyarrow as pa

        target = self.path(name)
        at = target if self._puts else f"{target}.{secrets.token_hex(6)}.tmp"
        size = file.seek(0, os.SEEK_END)
        with self.asking("be written", name):
            try:
                # unmapped when nobody holds it any more, which may be after an error
                data = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""
                out = self._fs.open_output_stream(at)
                # in one call: a stream that is closed half written would be a whole object
                out.write(pa.py_buffer(data))
                out.close()
                if at != target:
                    self._fs.move(at, target)
            except BaseException:
                with suppress(OSError):
                    entry = self._fs.get_file_info(at)
                    if entry.size != size:
                        self._fs.delete_file(at)
                raise

    @contextmanager
    def asking(self, what: str, name: str = "") -> Iterator[None]:
        """Turn what a file system says into our errors."""
        import pyarrow as pa
        import pyarrow.fs as pf

        called = shown(f"{self.address.partition('?')[0].rstrip('/')}/{name}".rstrip("/"), 200)
        # file systems of fsspec raise whatever they like
        raised = Exception if isinstance(self._fs, pf.PyFileSystem) else OSError
        try:
            with self._slowness_told(what, called):
                yield
        except (FileNotFoundError, NotADirectoryError):
            raise FileMissing(f"There is no {called}.", "Check the address.") from None
        except (LikewiseError, pa.ArrowException):
            raise
        except raised as error:
            if isinstance(error, OSError) and self.local is not None:
                if what in _WRITES:
                    raise unwritable(self.path(name), error) from None
                why = (error.strerror or str(error)).lower()
                raise UnreadableFile(
                    f"{called} can't {what}: {why}.", "Check that it is yours, and no folder."
                ) from None
            if isinstance(error, NotImplementedError):
                raise InvalidOption(
                    f"{called} can't {what}: its kind of store has no way to.",
                    "Use a folder, or an object store.",
                    param="address",
                ) from None
            said = " ".join(str(error).split()) or type(error).__name__
            raise StoreUnavailable(
                f"{called} can't {what}: {said[:300].rstrip('.')}.",
                "Check the address, the credentials in the environment and the network; what is "
                "finished is kept.",
            ) from None

    @contextmanager
    def _slowness_told(self, what: str, called: str) -> Iterator[None]:
        """Say that a store is still asked, if it is after a while."""
        if self.local is not None or what not in _ASKED:
            yield
            return
        said = "%s is still being asked after %.0f s: it is slow, holds many files, or is gone."
        timer = threading.Timer(_SLOW_SECONDS, log.warning, (said, called, _SLOW_SECONDS))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _walked(base: str, before: str = "", *, recursive: bool) -> dict[str, StoreEntry]:
    """Return the files of a folder; links to folders are not followed, for they may go round."""
    found: dict[str, StoreEntry] = {}
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(base) as entries:
        for entry in entries:
            with suppress(OSError):  # it was there a moment ago, or is a link to nothing
                if entry.is_dir():
                    if recursive and not entry.is_symlink():
                        inner = f"{before}{entry.name}/"
                        found |= _walked(entry.path, inner, recursive=True)
                elif entry.is_file():
                    said = entry.stat()
                    known = StoreEntry(said.st_size, said.st_mtime_ns)
                    found[f"{before}{entry.name}"] = known
    return found
