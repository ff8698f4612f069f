"""Files that visitors sent to make collections of: on the disk, and read in a stream."""

import secrets
import time
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from likewise.errors import BodyTooLarge, Overloaded
from likewise.files.options import Bounds, ReadingOptions
from likewise.files.read import open_table
from likewise.files.table import Table
from likewise.files.write import writing
from likewise.server.classify.tables import BOUNDS, MOST_BYTES
from likewise.server.engine.runner import Runner
from likewise.server.kept import Budget, Kept
from likewise.server.sent_files import called, ending_of, for_visitors, told_to_visitors
from likewise.settings import Settings

EACH = 4
"""Files of one visitor."""

SECONDS = 3_600
"""How long a file that nobody asks for is kept."""

ABANDONED = 86_400
"""Seconds after which a file that a killed server left is removed by the next."""

MOST_COMING = 2
"""Files that are received at a time: with those that are kept they bound what the disk holds."""

KEPT = 4
"""Largest files that the disk holds for all visitors together."""

PIECE = 1_000_000
"""Bytes that are collected before they are written: all that one file takes of the memory."""

INSTEAD = "In a terminal, `likewise add FILE` makes a collection of a file of any size."


class Uploads:
    """Tables in files by ids that can't be guessed, each its visitor's own.

    A file is removed with the last that refers to its table, so a job that reads it may outlast
    the place that it is kept in.
    """

    def __init__(self, settings: Settings) -> None:
        self.most_bytes = settings.max_upload_bytes
        self.most_rows = settings.max_upload_rows
        self._folder = settings.cache / "uploads"
        self._kept: Kept[Table] = Kept(
            "file",
            Budget(KEPT * settings.max_upload_bytes),
            each=EACH,
            seconds=SECONDS,
            again="Send the file again.",
            param="table",
        )
        self._work = Runner("files", threads=MOST_COMING, waiting=MOST_COMING)
        self._there: set[Path] = set()
        self._coming = 0

    async def receive(self, name: str, body: AsyncIterator[bytes]) -> tuple[Path, int]:
        """Write a body to the disk and return its path and its bytes.

        Whoever takes it removes it; what does not come whole is removed here.

        Raises:
            UnwritableFile: no permission or no space.
            Overloaded: other files are being received.
        """
        if self._coming >= MOST_COMING:
            raise Overloaded(
                f"{self._coming} files are being received already.",
                "Try again once they have arrived.",
                retry_after=30,
            )
        self._coming += 1
        path = self._folder / f"{secrets.token_urlsafe(16)}{ending_of(called(name))}"
        self._there.add(path)
        try:
            size = 0
            with await self._work.run(lambda: self._new(path)) as file:
                async for part in _large(body):
                    size += len(part)
                    await self._work.run(partial(_write, file, part))
        except BaseException:
            _remove(path, self._there)
            raise
        finally:
            self._coming -= 1
        return path, size

    async def add(
        self, owner: str, name: str, path: Path, size: int, reading: ReadingOptions
    ) -> tuple[str, Table]:
        """Take a file that was received, and return its id and its table.

        Args:
            owner: who sent it.
            name: the file's name, for messages; its ending tells the format.
            path: where it lies; it is removed when nobody needs the table any more.
            size: its bytes.
            reading: what is not to be guessed about it.

        Raises:
            UnreadableFile: it is empty, damaged or no table.
            BodyTooLarge: it has too many rows.
            InvalidOption: there is no such encoding, separator or sheet.
            Overloaded: there is no room for it.
        """
        wanted = [True]
        try:
            table = await self._work.run(
                lambda: self._opened(called(name), path, reading, lambda: wanted[0])
            )
        except BaseException:
            _remove(path, self._there)
            raise
        finally:
            wanted[0] = False
        return self._kept.put(owner, table, size), table

    def get(self, owner: str, key: str) -> Table:
        """Return a table.

        Raises:
            NotFound: it is not here, no longer, or another's.
        """
        return self._kept.get(owner, key)

    def stop(self) -> None:
        """Receive no more, and remove every file: no process after this one knows its id."""
        self._work.stop()
        for path in tuple(self._there):
            _remove(path, self._there)

    def _opened(
        self, name: str, path: Path, reading: ReadingOptions, wanted: Callable[[], bool]
    ) -> Table:
        """Return the table in a file, whose rows have been counted, and which owns the file."""
        bounds = Bounds(
            columns=BOUNDS.columns,
            characters=BOUNDS.characters,
            cells=20 * self.most_rows,
            unfolded=2 * self.most_bytes,
            whole=2 * MOST_BYTES,
        )
        with told_to_visitors():
            told = ReadingOptions(**{**reading, "bounds": bounds})
            table = open_table(path, name=name, columns=True, **told)
            rows = 0
            for part in table.parts((0,) if table.columns else ()):
                rows += len(part.numbers)
                if rows > self.most_rows:
                    raise BodyTooLarge(
                        f"{name} has more than {self.most_rows:,} rows, the most that the page "
                        "takes.",
                        INSTEAD,
                    )
                if not wanted():
                    break  # its visitor has gone
        table.name, table.known_rows = name, rows
        table.notes = [for_visitors(note) for note in table.notes]
        weakref.finalize(table, _remove, path, self._there)
        return table

    def _new(self, path: Path) -> BinaryIO:
        """Open a file that nobody else may read, and remove what killed servers left beside it."""
        with writing(path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = path.open("xb", buffering=0)
        for left in self._folder.iterdir():
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > ABANDONED:
                    left.unlink()
        return file


async def _large(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the same bytes in large pieces."""
    held = bytearray()
    async for piece in body:
        held += piece
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _write(file: BinaryIO, part: bytes) -> None:
    with writing(Path(file.name)):
        while part:
            part = part[file.write(part) :]


def _remove(path: Path, there: set[Path]) -> None:
    there.discard(path)
    with suppress(OSError):
        path.unlink(missing_ok=True)
