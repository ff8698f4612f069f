"""Lines as they stand in a file: each ends where an editor ends it, and none is endless."""

import io
import sys
from collections.abc import Iterator
from typing import AnyStr

from likewise.errors import UnreadableFile
from likewise.files.raw.source import Source

MOST_WRONG = 10
"""Lines with wrong bytes, and none with right ones, until the encoding is taken to be another."""

WRONG_BYTES = "holds bytes that are not in the encoding"


def physical_lines(text: str) -> list[str]:
    r"""Return lines with their ends, which are \n, \r\n and \r alone: all else is text."""
    return list(io.StringIO(text, newline=""))


def is_wrong(line: str) -> bool:
    """Return whether a line holds bytes that are not in its encoding."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return True
    return False


def last_told(pieces: Iterator[AnyStr]) -> Iterator[tuple[AnyStr, bool]]:
    """Yield pieces, and whether each is the last; nothing where there is none."""
    before = next(pieces, None)
    if before is None:
        return
    for piece in pieces:
        yield before, False
        before = piece
    yield before, True


def line_blocks(source: Source) -> Iterator[list[str]]:
    r"""Yield all lines of a file with their ends, some at a time.

    Raises:
        UnreadableFile: a line is too long, or the file can't be read on.
    """
    rest, number = "", 1
    for piece, final in last_told(source.pieces()):
        rest += piece
        cut = len(rest) if final else rest.rfind("\n") + 1
        if not cut:  # a last \r may be half of an end
            cut = rest.rfind("\r", 0, len(rest) - 1) + 1
        if len(rest) - cut > source.bounds.characters:
            raise endless(source, number + rest.count("\n"))
        if cut:
            lines = physical_lines(rest[:cut])
            rest = rest[cut:]
            longest = max(map(len, lines))
            if longest > source.bounds.characters:
                raise endless(source, number + [len(line) for line in lines].index(longest))
            number += len(lines)
            yield lines


def endless(source: Source, line: int) -> UnreadableFile:
    """Return what to raise for a line that is longer than any text."""
    return UnreadableFile(
        f"Line {line:,} of {source.title} is longer than {source.bounds.characters:,} characters.",
        "Cut it, or name the file's real format with --input-format.",
    )


class Bytes:
    """Counts lines whose bytes are not in the encoding, and those whose bytes are."""

    def __init__(self, source: Source, *, strict: bool, judged: bool = False) -> None:
        """Begin with none.

        Args:
            source: the file.
            strict: whether the first wrong line is an error.
            judged: whether the encoding is known to be right, for all of the file was read before.
        """
        self.right = sys.maxsize if judged else 0
        self.wrong: list[int] = []
        self._source = source
        self._strict = strict

    def meet(self, line: str, number: int) -> bool:
        """Return whether a line is right.

        Raises:
            UnreadableFile: so many are wrong that the encoding must be another.
        """
        if line.isascii():
            return True
        if not is_wrong(line):
            self.right += 1
            return True
        self.wrong.append(number)
        if self._strict or len(self.wrong) > max(MOST_WRONG, self.right):
            raise self._source.wrong_bytes(self.wrong[0])
        return False

    def end(self) -> None:
        """Raise `UnreadableFile` where more lines were wrong than right."""
        if len(self.wrong) > self.right:
            raise self._source.wrong_bytes(self.wrong[0])
