"""Texts that are files in a folder, such as notes."""

import os
from collections.abc import Iterator
from pathlib import Path

from likewise.collections.storage.items import Item
from likewise.errors import TooFewTexts, shown
from likewise.files.names import listed

_ENDINGS = (".txt", ".text", ".md", ".markdown")

_MOST_BYTES = 50_000_000
"""Of a file in a folder: a larger one is not a note."""


class FolderSource:
    """The text and markdown files in a folder and those below it; hidden ones are left out.

    Raises:
        TooFewTexts: there is none.
    """

    columns = ["file"]  # noqa: RUF012 - the protocol's own type

    def __init__(self, folder: Path, encoding: str) -> None:
        self.notes: list[str] = []
        self._folder = folder
        self._encoding = encoding
        self._paths = list(_files(folder))
        self._skipped: list[str] = []
        self._large: list[str] = []
        self._blank = 0
        if not self._paths:
            raise TooFewTexts(
                f"There is no text file in {shown(str(folder), 200)}.",
                f"Name a folder with files that end in {', '.join(_ENDINGS)}.",
            )

    def count(self) -> int | None:
        """Return how many files there are."""
        return len(self._paths)

    def __iter__(self) -> Iterator[Item]:
        """Yield the texts in the order of their paths."""
        self._skipped, self._large, self._blank = [], [], 0
        for number, path in enumerate(self._paths, 1):
            name = _spelt(path.relative_to(self._folder))
            try:
                # a pipe or a device has no end, and to open one may be to wait
                text = _read(path, self._encoding) if path.is_file() else None
            except _TooLarge:
                self._large.append(name)
                continue
            except (OSError, UnicodeError, LookupError):
                text = None
            if text is None:
                self._skipped.append(name)
            elif text.strip():
                yield Item(_spelt(path.resolve()), text, (name,), number)
            else:
                self._blank += 1

    def place(self, row: int) -> str:
        """Return the name of a file."""
        return shown(_spelt(self._paths[row - 1].relative_to(self._folder)), 200)

    def oddities(self) -> list[str]:
        """Return which files were left out."""
        said = []
        if self._blank:
            many = "file" if self._blank == 1 else "files"
            said.append(f"{self._blank:,} {many} without text left out.")
        if self._skipped:
            some = listed(self._skipped, 5)
            said.append(f"Left out, because they can't be read as {self._encoding} text: {some}.")
        if self._large:
            some, most = listed(self._large, 5), _MOST_BYTES // 1_000_000
            said.append(f"Left out, because they have more than {most} MB: {some}.")
        return said


class _TooLarge(Exception):
    """A file is no note."""


def _read(path: Path, encoding: str) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise _TooLarge
    return path.read_text(encoding).removeprefix("\ufeff")


def _spelt(path: Path) -> str:
    """Return a path as text; bytes of it that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS) and not name.startswith("."):
                yield Path(where) / name
