"""Long work in parts that can be stopped and resumed: a folder with a file for each finished part.

The folder's manifest says what the parts are parts of: the encoder, where one part ends and the
next begins, and whatever else must be the same when the work goes on. It is written once, at the
beginning. Parts may be finished in any order and by several processes; each takes its name when
it is whole and on the disk. So what is done is asked of the disk, never of a counter, and a part
that is damaged is a part that has to be made again.

The folder is open to its owner alone, for it holds the user's texts whatever the output's own
permissions are. A folder of that name that Likewise has not made is somebody else's, and is
left alone.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from likewise.errors import ResumeMismatch, UnwritableFile, shown
from likewise.files.write import replacing, writing

MANIFEST = "manifest.json"
_LOCK = "lock"
_VERSION = 2
_OURS = re.compile(rf"{re.escape(MANIFEST)}|{_LOCK}|output|\d{{6,}}\.\w+|\.likewise-\w+\.tmp")
"""Names that Likewise gives to files in such a folder, in this version and the ones before it."""


class Shards:
    """The parts of one job; a context manager that keeps other processes from the same job.

    Who enters it is in charge of the job. Those who work for it, on this machine or on others that
    see the folder, do not enter it: they only `publish` parts, each under the number that it has.

    Args:
        folder: where they are; made where there is none, and its parent must be there.
        encoder: the identity of the encoder, with `name` and `digest`.
        job: what else must be the same when the work goes on, ready for JSON.
        restart: forget the parts that are there.
        name: what messages call the folder, by default its path.

    Raises:
        ResumeMismatch: the parts that are there belong to another job.
        UnwritableFile: the folder can't be made, is not ours, or another process is at work in it.
    """

    def __init__(
        self,
        folder: Path,
        encoder: dict[str, Any],
        job: dict[str, Any] | None = None,
        *,
        restart: bool = False,
        name: str | None = None,
    ) -> None:
        self.folder = folder
        self._name = shown(name or str(folder), 200)
        self._manifest: dict[str, Any] = {"version": _VERSION, "encoder": encoder, "job": job or {}}
        self._restart = restart

    def __enter__(self) -> "Shards":
        with writing(self.folder):
            try:
                self._begin()
            except FileNotFoundError:  # it went just now, with the end of another's work
                self._begin()
        try:
            self._resume()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def _begin(self) -> None:
        from filelock import FileLock, Timeout

        self._claim()
        self._lock = FileLock(self.folder / _LOCK, mode=0o600)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UnwritableFile(
                f"Another process is at work in {self._name}.",
                "Wait for it, stop it, or name another output.",
            ) from None

    def path(self, number: int) -> Path:
        """Return where part `number` is, or will be when it is finished."""
        return self.folder / f"{number:06}.parquet"

    def done(self) -> set[int]:
        """Return the numbers of the parts that are finished."""
        name = re.compile(r"(\d{6,})\.parquet")
        found = (name.fullmatch(entry.name) for entry in os.scandir(self.folder))
        return {int(match[1]) for match in found if match}

    def mismatch(self, why: str) -> ResumeMismatch:
        """Return what to raise where the parts belong to another job."""
        return ResumeMismatch(
            f"The unfinished work in {self._name} does not fit: {why}.",
            "Add --restart to begin again, or name another output.",
        )

    @contextmanager
    def publish(self, number: int) -> Iterator[BinaryIO]:
        """Open a file that becomes part `number` when the block ends without an error.

        Raises:
            UnwritableFile: no space or no permission; there is no such part then.
        """
        with replacing(self.path(number)) as file:
            yield file

    def remove(self) -> None:
        """Remove the folder with all that Likewise has put into it, while it is this process's.

        Who has waited for it, or comes now, makes one anew.
        """
        for entry in self._ours():
            if os.name == "nt" and entry.name == _LOCK:
                self._lock.release()  # there nothing that is open can be removed
            entry.unlink(missing_ok=True)
        with suppress(OSError):  # somebody has put something of their own into it
            self.folder.rmdir()

    def _claim(self) -> None:
        """Make the folder, or find that it is one that Likewise has made for this user."""
        with suppress(FileExistsError):
            self.folder.mkdir(mode=0o700)
            return
        said = self.folder.lstat()
        mine = not hasattr(os, "geteuid") or said.st_uid == os.geteuid()
        if stat.S_ISDIR(said.st_mode) and mine and self._is_ours():
            return
        raise UnwritableFile(
            f"{self._name} is in the way, and Likewise has not made it.",
            "Rename it, or name another output.",
        )

    def _is_ours(self) -> bool:
        entries = list(os.scandir(self.folder))
        by_name = all(
            _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            for entry in entries
        )
        return by_name or (
            _read_manifest(self.folder / MANIFEST) is not None
            and not any(entry.is_symlink() for entry in entries if _OURS.fullmatch(entry.name))
        )

    def _ours(self) -> list[Path]:
        found = [
            Path(entry.path) for entry in os.scandir(self.folder) if _OURS.fullmatch(entry.name)
        ]
        return sorted(found, key=lambda path: path.name == _LOCK)

    def _resume(self) -> None:
        path = self.folder / MANIFEST
        known = _read_manifest(path)
        if known is not None and not self._restart:
            self._check(known)
            return
        for entry in self._ours():
            if entry.name != _LOCK:
                entry.unlink()
        with replacing(path) as file:
            file.write(orjson.dumps(self._manifest, option=orjson.OPT_INDENT_2))

    def _check(self, known: dict[str, Any]) -> None:
        before, now = known["encoder"], self._manifest["encoder"]
        if before.get("digest") != now["digest"]:
            raise self.mismatch(f"its encoder is {before.get('name')}, not {now['name']}")
        if known.get("version") != _VERSION:
            raise self.mismatch("another version of Likewise made it")
        job = known.get("job", {})
        for name, value in self._manifest["job"].items():
            if job.get(name) != value:
                raise self.mismatch(f"its {name} is {shown(job.get(name))}, not {shown(value)}")


def _read_manifest(path: Path) -> dict[str, Any] | None:
    """Return the manifest, None where there is none that can be read."""
    with suppress(OSError, ValueError):
        value = orjson.loads(path.read_bytes())
        if isinstance(value, dict) and isinstance(value.get("encoder"), dict):
            return value
    return None
