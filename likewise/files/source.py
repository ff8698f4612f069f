"""Bytes and characters of a file, a pipe or standard input, with errors that say where.

Compressed (gzip) input and byte order marks are seen to here, so readers of formats see
characters only.
"""

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from likewise.errors import FileMissing, InvalidOption, UnreadableFile, shown

STDIN = "-"
"""The name that stands for standard input."""

HEAD = 65_536
"""Bytes at the beginning that are looked at to tell encoding and format."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it is asked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GZIP = b"\x1f\x8b"


class Source:
    """A place that texts come from.

    Args:
        where: a path, or `-` for standard input.
        encoding: a Python codec name; by default what the byte order mark says, else UTF-8.

    Raises:
        FileMissing: there is no such file.
        UnreadableFile: it is a folder, is empty, or may not be read.
        InvalidOption: there is no such encoding.
    """

    def __init__(self, where: str | Path, *, encoding: str | None = None) -> None:
        self.path = None if str(where) == STDIN else Path(where)
        self.name = "standard input" if self.path is None else str(where)
        self._encoding = _known(encoding) if encoding else None
        # a pipe or a named pipe gives its bytes once
        self.once = self.path is None or not _is_regular(self.path)
        self._stream: _Stream | None = None
        with ExitStack() as closing:
            stream = closing.enter_context(self._open())
            self.head = stream.peek(HEAD)
            """The first bytes, uncompressed."""
            if self.once:
                self._stream = stream
                closing.pop_all()
        if not self.head:
            raise UnreadableFile(f"{self.title} is empty.", "Give it at least one text.")

    @property
    def title(self) -> str:
        """The name as it begins a sentence."""
        return "Standard input" if self.path is None else shown(self.name, 200)

    @property
    def encoding(self) -> str:
        """Name of the codec that the characters are read with."""
        marked = next((name for mark, name in _BOMS if self.head.startswith(mark)), None)
        if self._encoding is None:
            return marked or "utf-8"
        # a mark that fits the named encoding is dropped, not read as a character
        fits = marked is not None and self._encoding.startswith(marked.removesuffix("-sig"))
        return marked if marked and fits else self._encoding

    @contextmanager
    def bytes(self) -> Iterator[BinaryIO]:
        """Open the uncompressed bytes from the beginning.

        Raises:
            UnreadableFile: reading failed, or a stream that can be read once was read already.
        """
        with self._take() as stream:
            yield cast("BinaryIO", stream)

    @contextmanager
    def text(self, *, newline: str | None = None) -> Iterator[TextIO]:
        """Open the characters from the beginning; `newline` as for the built-in `open`.

        Raises:
            UnreadableFile: as for `bytes`, or the bytes are not in the encoding.
        """
        self._refuse_binary()
        with self._take() as stream:
            characters = io.TextIOWrapper(
                cast("BinaryIO", stream), encoding=self.encoding, newline=newline
            )
            try:
                yield characters
            except UnicodeError as error:
                raise self._undecodable(error, stream) from None

    def head_text(self) -> str:
        """Return the characters of the head, a broken one at its end left out."""
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        return decoder.decode(self.head)

    def _take(self) -> "_Stream":
        if not self.once:
            return self._open()
        stream, self._stream = self._stream, None
        if stream is None:
            raise UnreadableFile(
                f"{self.title} can be read only once.", "Save it to a file and name the file."
            )
        return stream

    def _open(self) -> "_Stream":
        stream = _Stream(self._open_raw(), self.title)
        if stream.peek(2) != _GZIP:
            return stream
        return _Stream(gzip.GzipFile(fileobj=stream), self.title, stream)

    def _open_raw(self) -> BinaryIO:
        if self.path is None:
            if sys.stdin is None:
                raise UnreadableFile(
                    "Standard input is closed.", "Pipe texts into it or name a file."
                )
            return sys.stdin.buffer
        try:
            return cast("BinaryIO", self.path.open("rb", buffering=0))
        except FileNotFoundError:
            raise _missing(self.path) from None
        except (OSError, ValueError) as error:
            raise unopened(self.title, error) from None

    def _refuse_binary(self) -> None:
        """Raise where the head is no text in any encoding without a mark that we could tell."""
        if self._encoding is None and self.encoding == "utf-8":
            nuls = self.head.count(0)
            if nuls > len(self.head) // 4:
                raise UnreadableFile(
                    f"{self.title} is no UTF-8 text: {nuls:,} of its first "
                    f"{len(self.head):,} bytes are NUL.",
                    "If it is UTF-16, say so: --encoding utf-16-le; else save it as UTF-8 text.",
                    param="encoding",
                )

    def _undecodable(self, error: UnicodeError, stream: "_Stream") -> UnreadableFile:
        remedy = "Save it as UTF-8, or name its encoding, e.g. --encoding cp1252."
        if not isinstance(error, UnicodeDecodeError):
            return UnreadableFile(
                f"{self.title} is not {self.encoding}: {error}.", remedy, param="encoding"
            )
        rest = len(error.object) - error.start
        lines = stream.lines - error.object[error.start :].count(b"\n")
        # two bytes can make a newline where a line has two bytes a character
        line = "" if self.encoding.startswith(("utf-16", "utf-32")) else f"line {lines + 1:,}, "
        wanted = "UTF-8" if self.encoding.startswith("utf-8") else self.encoding
        return UnreadableFile(
            f"{self.title} is not {wanted}: {line}byte {stream.taken - rest + 1:,} is "
            f"0x{error.object[error.start]:02X}.",
            remedy,
            param="encoding",
        )


class _Stream(io.BufferedIOBase):
    """Bytes that can be looked ahead at, and that count what was taken of them.

    `TextIOWrapper` hands every byte that it takes to its decoder at once, so `taken` and
    `lines` tell where the decoder stands.
    """

    def __init__(self, raw: BinaryIO | gzip.GzipFile, title: str, below: object = None) -> None:
        self.taken = 0
        self.lines = 0
        self._raw = raw
        self._below = below
        self._title = title
        self._ahead = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end, without taking them."""
        while len(self._ahead) < size and (more := self._pull(size - len(self._ahead))):
            self._ahead += more
        return self._ahead[:size]

    def read1(self, size: int = -1, /) -> bytes:
        if self._ahead:
            cut = len(self._ahead) if size < 0 else size
            data, self._ahead = self._ahead[:cut], self._ahead[cut:]
        else:
            data = self._pull(HEAD if size < 0 else size)
        self.taken += len(data)
        self.lines += data.count(b"\n")
        return data

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = -1 if size is None else size
        parts, length = [], 0
        while (wanted < 0 or length < wanted) and (
            part := self.read1(wanted - length if wanted >= 0 else -1)
        ):
            parts.append(part)
            length += len(part)
        return b"".join(parts)

    def close(self) -> None:
        # standard input is not ours to close
        if not self.closed and sys.stdin is not None and self._raw is not sys.stdin.buffer:
            self._raw.close()
            if isinstance(self._below, _Stream):
                self._below.close()
        super().close()

    def _pull(self, size: int) -> bytes:
        # a terminal's end of input is said once and must not be asked for again
        if self._ended:
            return b""
        try:
            data = self._raw.read1(size) if hasattr(self._raw, "read1") else self._raw.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise UnreadableFile(
                f"{self._title} is a damaged gzip file.", "Copy or download it again."
            ) from None
        except OSError as error:
            why = error.strerror or str(error)
            if isinstance(error, IsADirectoryError):
                raise UnreadableFile(f"{self._title} is a folder.", "Name a file.") from None
            raise UnreadableFile(
                f"{self._title} can't be read: {why}.", "Check the disk, then try again."
            ) from None
        self._ended = not data
        return data


def _is_regular(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.is_file()
    return True


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)  # refuses codecs that make no text, such as hex
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise InvalidOption(
            f"There is no text encoding {shown(encoding)}.",
            "Use one of utf-8, utf-16, cp1252, latin-1, shift_jis, gb18030 or another name "
            "that Python knows.",
            param="encoding",
        ) from None


def unopened(title: str, error: Exception) -> UnreadableFile:
    """Return what to raise for a file that is there but can't be opened."""
    if isinstance(error, IsADirectoryError):
        return UnreadableFile(f"{title} is a folder.", "Name a file in it.")
    if isinstance(error, PermissionError):
        return UnreadableFile(
            f"{title} may not be read by you.", "Change its permissions or copy it."
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
