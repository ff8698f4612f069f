"""A folder, wherever it is: on a disk, in an object store, or behind any file system of fsspec.

What is published is there whole or not at all. On a disk a file is renamed to its place; object
stores know no rename, but an object appears only when its upload has ended; on other file systems
a file is moved.
"""

import mmap
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

from likewise.errors import (
    FileMissing,
    InvalidOption,
    StoreUnavailable,
    UnreadableFile,
    UnwritableFile,
    shown,
)
from likewise.files.write import replacing, unwritable, writing

if TYPE_CHECKING:
    import pyarrow as pa

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")  # two letters at least: C:\ is a disk
_WRITES = {"be made", "be removed", "be written"}
_PUT = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"}
"""Where an object appears when its upload has ended, and not before."""

_SAID = {"region", "endpoint_override", "scheme"}
"""What an address may say after its question mark; credentials come from the environment."""

_SECONDS = 60
_TRIES = 6


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
        self.local: Path | None = None
        scheme = scheme_of(address)
        if "\0" in address:
            raise InvalidOption(
                f"The address {shown(address, 200)} holds a NUL character.", "Write it without."
            )
        if scheme in ("", "file"):
            path = address if not scheme else urlsplit(address).path
            self.local = Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111
            self._fs, self._root = _local(), str(self.local)
        else:
            _check(address)
            self._fs, self._root = _remote(address, scheme, _endpoint(address))
        self._puts = scheme in _PUT

    def __reduce__(self) -> tuple[type["JobStore"], tuple[str]]:
        return JobStore, (self.address,)

    def __str__(self) -> str:
        return self.address

    def path(self, name: str) -> str:
        """Return where a file is, as the file system has it."""
        return f"{self._root.rstrip('/')}/{name}" if name else self._root

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

    def write(self, name: str, data: bytes) -> None:
        """Publish a small file."""
        with self.publish(name) as file:
            file.write(data)

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
        called = shown(f"{self.address.partition('?')[0].rstrip('/')}/{name}".rstrip("/"), 200)
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            raise FileMissing(f"There is no {called}.", "Check the address.") from None
        except OSError as error:
            if self.local is not None and what in _WRITES:
                raise unwritable(self.path(name), error) from None
            if self.local is not None:
                why = (error.strerror or str(error)).lower()
                raise UnreadableFile(
                    f"{called} can't {what}: {why}.", "Check that it is yours, and no folder."
                ) from None
            said = " ".join(str(error).split())
            raise StoreUnavailable(
                f"{called} can't {what}: {said[:300]}.",
                "Check the address, the credentials in the environment and the network; what is "
                "finished is kept.",
            ) from None


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


def scheme_of(address: str) -> str:
    """Return what stands before `://`, in small letters; `""` for a path."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def is_local(address: str) -> bool:
    """Return whether an address is of this machine's own file system."""
    return scheme_of(address) in ("", "file")


def _check(address: str) -> None:
    parts = urlsplit(address)
    user = parts.username
    said = {key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if parts.password is not None or user not in (None, "anonymous") or said - _SAID:
        raise InvalidOption(
            f"The address {shown(address.split('://')[0])}://… holds a user, a password or an "
            f"option that is none of {', '.join(sorted(_SAID))}: it would stand in the plan.",
            "Give credentials in the environment, as the store's own tools take them.",
            param="address",
        )
    if not parts.netloc and scheme_of(address) != "memory":
        raise InvalidOption(
            f"The address {shown(address, 200)} names no bucket.", "Write s3://BUCKET/FOLDER."
        )


def _local() -> Any:  # noqa: ANN401
    import pyarrow.fs as pf

    return pf.LocalFileSystem()


@lru_cache(maxsize=16)
def _remote(address: str, scheme: str, endpoint: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    import pyarrow as pa
    import pyarrow.fs as pf

    try:
        if scheme in ("s3", "s3a"):
            return _s3(address, endpoint)
        if scheme in ("gs", "gcs", "hdfs", "viewfs", "abfs", "abfss"):
            fs, path = pf.FileSystem.from_uri(_bounded(address.replace("gcs://", "gs://", 1)))
            return fs, path
        return _fsspec(address, scheme)
    except (pa.ArrowException, OSError, ValueError, ImportError) as error:
        said = " ".join(str(error).split())
        raise InvalidOption(
            f"The address {shown(address, 200)} can't be used: {said[:300]}.",
            "Write a path, s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, or the address of a file "
            "system whose package of fsspec is installed.",
            param="address",
        ) from None


def _bounded(address: str) -> str:
    """Say to Google's store how long it may try again; where nothing is said it is 15 minutes."""
    if not address.startswith("gs://"):
        return address
    return f"{address}{'&' if '?' in address else '?'}retry_limit_seconds={_SECONDS}"


def _endpoint(address: str) -> str:
    """Return where an object store is that is not Amazon's, as the address or the system says."""
    said = dict(parse_qsl(urlsplit(address).query)).get("endpoint_override", "")
    env = os.environ
    return said or env.get("AWS_ENDPOINT_URL_S3", "") or env.get("AWS_ENDPOINT_URL", "")


def _s3(address: str, endpoint: str) -> tuple[Any, str]:
    import pyarrow.fs as pf

    parts = urlsplit(address)
    said = dict(parse_qsl(parts.query))
    env = os.environ
    options: dict[str, Any] = {}
    if endpoint:
        where = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        options = {"endpoint_override": where.netloc, "scheme": said.get("scheme", where.scheme)}
    region = said.get("region") or env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")
    if region or endpoint:
        options["region"] = region or "us-east-1"
    fs = pf.S3FileSystem(
        **options,
        anonymous=parts.username == "anonymous",
        allow_delayed_open=True,  # a small file is one request
        connect_timeout=10,
        request_timeout=_SECONDS,
        retry_strategy=pf.AwsStandardS3RetryStrategy(max_attempts=_TRIES),
    )
    # not as a URL has it: a key may hold # and %, which mean themselves
    host, _, key = address.partition("?")[0].partition("://")[2].partition("/")
    return fs, f"{host.rpartition('@')[2]}/{key.strip('/')}".rstrip("/")


def _fsspec(address: str, scheme: str) -> tuple[Any, str]:
    import fsspec
    import pyarrow.fs as pf

    fs, path = fsspec.core.url_to_fs(address)
    if scheme not in fsspec.available_protocols():
        raise ValueError(f"nobody knows {scheme}")
    return pf.PyFileSystem(pf.FSSpecHandler(fs)), path
