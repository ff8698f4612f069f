"""Opens the bytes of a file or of standard input, with errors that say what to do."""

import sys
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, cast

from likewise.errors import FileMissing, UnreadableFile, shown


def opened(path: Path | None, title: str) -> BinaryIO:
    """Return a file's bytes, or those of standard input where there is no path.

    Raises:
        FileMissing: there is no such file.
        UnreadableFile: it can't be opened, or standard input is closed.
    """
    if path is None:
        if sys.stdin is None:
            raise UnreadableFile("Standard input is closed.", "Pipe texts into it or name a file.")
        return sys.stdin.buffer
    try:
        return cast("BinaryIO", path.open("rb", buffering=0))
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise unopened(title, error) from None


def is_regular(path: Path) -> bool:
    """Return whether a path is that of a file, whose bytes can be read again; a missing one is."""
    with suppress(OSError, ValueError):
        return path.is_file()
    return True


def unopened(title: str, error: Exception) -> UnreadableFile:
    """Return what to raise for a file that is there but can't be opened."""
    if isinstance(error, IsADirectoryError):
        return UnreadableFile(f"{title} is a folder.", "Name a file in it.")
    if isinstance(error, PermissionError):
        return UnreadableFile(
            f"{title} can't be read: you have no permission.", "Change its permissions or copy it."
        )
    why = error.strerror if isinstance(error, OSError) else str(error)
    return UnreadableFile(f"{title} can't be opened: {why}.", "Check its name and disk.")


def _missing(path: Path) -> FileMissing:
    remedy = "Check the path; relative ones begin where you are now."
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
        if close := get_close_matches(path.name, names, 1, 0.75):
            remedy = f"Did you mean {shown(close[0])}?"
    except (FileNotFoundError, NotADirectoryError):
        remedy = f"There is no folder {shown(str(path.parent), 200)} either; check the path."
    except OSError:
        pass  # a folder that can't be listed has nothing to suggest
    return FileMissing(f"There is no file {shown(str(path), 200)}.", remedy)
