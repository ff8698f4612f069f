"""The bytes of a plain file from some place on, wherever the file is, which are not unpacked."""

import hashlib
import io
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import BinaryIO, cast

from likewise.files.options import Bounds
from likewise.files.raw import encodings
from likewise.files.raw.source import HEAD, PIECE, Source
from likewise.files.raw.stream import Stream

Opener = Callable[[], BinaryIO]
"""Opens a file at its beginning; it can be read from any place."""


class PartSource(Source):
    """The rest of a file, read in pieces that are always as long, so that it is cut anywhere alike.

    Args:
        opener: opens the file.
        name: what messages call it.
        start: the byte at which the rest begins.
        piece: bytes that are read at a time.
        encoding: as for `Source`.
        hashed: whether `passed` is called, which a hash is made of.

    Raises:
        UnreadableFile: it can't be read.
        InvalidOption: there is no such encoding.
    """

    def __init__(
        self,
        opener: Opener,
        name: str,
        *,
        start: int = 0,
        piece: int = PIECE,
        encoding: str | None = None,
        hashed: bool = False,
    ) -> None:
        # the file need not be one of this machine: nothing that `Source` does with a path holds
        self.path = None
        self.name = self.inner = name
        self.bounds = Bounds()
        self.notes = []
        self.once = False
        self.piece = piece
        self._named = encodings.known(encoding) if encoding else None
        self._opener = opener
        self._start = start
        self._hash = hashlib.blake2b(digest_size=16)
        self._read: bytearray | None = None
        with self._open() as stream:
            self.head = stream.peek(HEAD)
        if hashed:
            self._read = bytearray()

    def passed(self, count: int) -> None:
        """Take in that so many more bytes belong to the part that is read."""
        if self._read is not None:
            self._hash.update(bytes(self._read[:count]))
            del self._read[:count]

    @property
    def digest(self) -> str:
        """Hash of the bytes that were passed, 32 hexadecimal characters."""
        return self._hash.hexdigest()

    @property
    def encoding(self) -> str:
        """See `Source`; what looks like a byte order mark in the middle of a file is none."""
        return "utf-8" if self._start else super().encoding

    @property
    def skipped(self) -> int:
        """Bytes of the mark at the beginning, which no reader sees."""
        return len(BOM_UTF8) if not self._start and self.mark else 0

    def refuse_binary(self) -> None:
        """See `Source`; it is asked for at the beginning alone."""
        if not self._start:
            super().refuse_binary()

    def _take(self) -> Stream:
        return self._open()

    def _open(self) -> Stream:
        file = self._opener()
        file.seek(self._start)
        return Stream(cast("BinaryIO", _Full(file, self._read)), self.title)


class _Full(io.RawIOBase):
    """A file that gives as many bytes as it is asked for, until its end; it may keep them too."""

    def __init__(self, file: BinaryIO, kept: bytearray | None) -> None:
        self._file = file
        self._kept = kept

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        found = self._file.read(size)
        while 0 < len(found) < size and (more := self._file.read(size - len(found))):
            found += more
        if self._kept is not None:
            self._kept += found
        return found

    def close(self) -> None:
        self._file.close()
        super().close()
