"""Bytes that can be looked ahead at, whatever they come from."""

import io
import sys
import zipfile
from typing import BinaryIO

from likewise.errors import UnreadableFile
from likewise.files.raw.packed import DAMAGE

_STEP = 65_536


class Stream(io.BufferedIOBase):
    """Bytes that can be looked ahead at, and that count what was taken of them.

    Args:
        raw: the bytes.
        title: the name of the file, as it begins a sentence.
        below: what else is to be closed.
        packed: what the bytes are packed with.
        most: bytes that may be taken.
        ours: whether `raw` is ours to close.
    """

    def __init__(
        self,
        raw: BinaryIO,
        title: str,
        below: "Stream | zipfile.ZipFile | None" = None,
        packed: str = "",
        most: int | None = None,
        *,
        ours: bool = True,
    ) -> None:
        self.taken = 0
        self._raw = raw
        self._ours = ours
        self._below = below
        self._packed = packed
        self._most = most
        self._pulled = 0
        self._title = title
        self._ahead = b""
        self._ended = False

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end, without taking them."""
        while len(self._ahead) < size and (more := self._pull(size - len(self._ahead))):
            self._ahead += more
        return self._ahead[:size]

    def read1(self, size: int = -1, /) -> bytes:
        """Return some of the next bytes, at most `size`; none at the end."""
        if self._ahead:
            cut = len(self._ahead) if size < 0 else size
            data, self._ahead = self._ahead[:cut], self._ahead[cut:]
        else:
            data = self._pull(_STEP if size < 0 else size)
        self.taken += len(data)
        return data

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next `size` bytes, all where it is negative; fewer only at the end."""
        wanted = -1 if size is None else size
        parts, length = [], 0
        while (wanted < 0 or length < wanted) and (
            part := self.read1(wanted - length if wanted >= 0 else -1)
        ):
            parts.append(part)
            length += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close it and what is below it."""
        # standard input is not ours to close
        stdin = sys.stdin is not None and self._raw is sys.stdin.buffer
        if not self.closed and self._ours and not stdin:
            self._raw.close()
            if self._below is not None:
                self._below.close()
        super().close()

    def _pull(self, size: int) -> bytes:
        # a terminal's end of input is said once and must not be asked for again
        if self._ended:
            return b""
        try:
            data = self._raw.read1(size) if hasattr(self._raw, "read1") else self._raw.read(size)
        except DAMAGE:
            raise self._damaged() from None
        except OSError as error:
            if isinstance(error, IsADirectoryError):
                raise UnreadableFile(f"{self._title} is a folder.", "Name a file.") from None
            if self._packed and error.errno is None:  # what unpackers say of damage
                raise self._damaged() from None
            why = error.strerror or str(error)
            raise UnreadableFile(
                f"{self._title} can't be read: {why}.", "Check the disk, then try again."
            ) from None
        self._pulled += len(data)
        if self._most is not None and self._pulled > self._most:
            raise UnreadableFile(
                f"{self._title} unfolds to more than {self._most:,} bytes.",
                "Give a part of it, or use it on the command line.",
            )
        self._ended = not data
        return data

    def _damaged(self) -> UnreadableFile:
        return UnreadableFile(
            f"{self._title} is a damaged {self._packed or 'packed'} file.",
            "Copy or download it again.",
        )
