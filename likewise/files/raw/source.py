"""Bytes and characters of a file, a pipe or standard input, with errors that say where.

What is packed is unpacked and byte order marks are seen to here, so that readers of formats see
characters only.
"""

import builtins
import codecs
import io
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import AnyStr, BinaryIO, cast

from likewise.errors import UnreadableFile, shown
from likewise.files.options import Bounds
from likewise.files.raw import encodings
from likewise.files.raw.opening import is_regular, opened
from likewise.files.raw.packed import DAMAGE, PACKED, ZIP, office, only_member, packing, stem
from likewise.files.raw.signs import SAVE, is_binary, not_read
from likewise.files.raw.stream import Stream

STDIN = "-"
"""The name that stands for standard input."""

HEAD = 262_144
"""Bytes at the beginning that are looked at to tell encoding and format."""

PIECE = 393_216
"""Bytes that are read at a time."""
_BLANK = 20_000_000
"""Blank characters with hardly anything between them that a file may hold: a million of them pack
into a thousand bytes, and each may be a line."""

_MEMORY = 16_000_000
"""Bytes of a pipe that are kept in memory where they must be read from any place."""


class Source:
    """A place that texts come from.

    Args:
        where: a path, or `-` for standard input.
        encoding: a Python codec name; by default what the byte order mark says, else UTF-8.
        name: what messages call it, by default `where`.
        bounds: how much it may unfold into.
        tells: whether a file's name is that of a table; it chooses in a zip archive.

    Attributes:
        path: None for standard input.
        name: what messages call it.
        inner: the name whose ending tells the format: without that of the packing, or of the one
            member of a zip archive.
        head: the first bytes, unpacked.
        once: whether the bytes can be read only once, as those of a pipe.
        notes: what was decided to read it, a sentence each.
        piece: bytes that are read at a time.

    Raises:
        FileMissing: there is no such file.
        UnreadableFile: it is a folder, is empty, or may not be read.
        InvalidOption: there is no such encoding.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        encoding: str | None = None,
        name: str | None = None,
        bounds: Bounds | None = None,
        tells: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.path = None if str(where) == STDIN else Path(where)
        self.name = name or ("standard input" if self.path is None else str(where))
        self.piece = PIECE
        self.bounds = bounds or Bounds()
        self.notes: list[str] = []
        self._named = encodings.known(encoding) if encoding else None
        # a pipe or a named pipe gives its bytes once
        self.once = self.path is None or not is_regular(self.path)
        self.inner = "" if self.path is None and name is None else stem(Path(self.name).name)
        self._packed = False
        self._tells = tells
        self._kept: BinaryIO | None = None
        self._stream: Stream | None = None
        with ExitStack() as closing:
            stream = closing.enter_context(self._open())
            self.head = stream.peek(HEAD)
            if self.once and self._kept is None:
                self._stream = stream
                closing.pop_all()
        self.once = self.once and self._kept is None
        if not self.head:
            raise UnreadableFile(f"{self.title} is empty.", "Give it at least one text.")
        if self._packed and (again := packing(self.head)):
            raise UnreadableFile(
                f"{self.title} holds a file that is packed again, with {PACKED[again][1]}.",
                "Unpack it once.",
            )

    @property
    def title(self) -> str:
        """The name as it begins a sentence."""
        return "Standard input" if self.name == "standard input" else shown(self.name, 200)

    @property
    def encoding(self) -> str:
        """Name of the codec that the characters are read with."""
        return encodings.chosen(self.head, self._named)

    @property
    def mark(self) -> bool:
        """Whether it begins with the byte order mark of UTF-8."""
        return self.head.startswith(codecs.BOM_UTF8)

    @property
    def whole(self) -> bool:
        """Whether the head is all there is."""
        return len(self.head) < HEAD

    @contextmanager
    def bytes(self) -> Iterator[BinaryIO]:
        """Open the unpacked bytes from the beginning.

        Raises:
            UnreadableFile: reading failed, or a stream that can be read once was read already.
        """
        with self._take() as stream:
            yield cast("BinaryIO", stream)

    def seekable(self) -> BinaryIO:
        """Return the unpacked bytes as a file that can be read from any place, to be closed.

        Raises:
            UnreadableFile: reading failed.
        """
        if not self.once and not self._packed and self._kept is None:
            return cast("BinaryIO", cast("Path", self.path).open("rb"))
        file = _temporary()
        with self.bytes() as stream:
            copyfileobj(stream, file)
        file.seek(0)
        return file

    def pieces(self) -> Iterator[str]:
        """Yield the characters from the beginning, some at a time.

        Bytes that are not in the encoding stand in them as lone surrogates U+DC80 to U+DCFF, where
        the encoding has a way back to the next character.

        Raises:
            UnreadableFile: as for `bytes`, or the bytes are not in the encoding.
        """
        self.refuse_binary()
        encoding = self.encoding
        handler = "surrogateescape" if encodings.escapes(encoding) else "strict"
        decoder = codecs.getincrementaldecoder(encoding)(handler)
        blank = 0
        with self._take() as stream:
            ended = False
            while not ended:
                data = stream.read1(self.piece)
                ended = not data
                try:
                    text = decoder.decode(data, final=ended)
                except UnicodeError as error:
                    raise self._undecodable(error, stream) from None
                if text:
                    blank = self._blank(blank, text)
                    yield text

    def utf8_pieces(self) -> Iterator[builtins.bytes]:
        """Yield the same as `pieces` as bytes of UTF-8, cut anywhere; the file's own where it can.

        What stands there instead of wrong bytes, `decoded` gives back.
        """
        if not self._is_utf8:
            yield from map(self.encoded, self.pieces())
            return
        self.refuse_binary()
        with self._take() as stream:
            data, blank = stream.read1(self.piece).removeprefix(codecs.BOM_UTF8), 0
            while data:
                blank = self._blank(blank, data)
                yield data
                data = stream.read1(self.piece)

    def _blank(self, before: int, piece: AnyStr) -> int:
        """Return how many blank characters there were with a piece that is hardly anything else.

        Raises:
            UnreadableFile: too many.
        """
        held = len(piece.strip())
        if 2 * held > len(piece):
            return before
        blank = before + len(piece) - held
        if blank > _BLANK:
            raise UnreadableFile(
                f"{self.title} holds {_BLANK:,} blank characters with hardly anything between.",
                "Take its blank lines out.",
            )
        return blank

    def decoded(self, data: builtins.bytes) -> str:
        """Return the characters of whole lines of `utf8_pieces`."""
        return data.decode("utf-8", "surrogateescape" if self._is_utf8 else "surrogatepass")

    def encoded(self, text: str) -> builtins.bytes:
        """Return the bytes that `decoded` gave back."""
        return text.encode("utf-8", "surrogateescape" if self._is_utf8 else "surrogatepass")

    @property
    def _is_utf8(self) -> bool:
        return self.encoding in ("utf-8", "utf-8-sig")

    def head_text(self) -> str:
        """Return the characters of the head, a broken one at its end left out."""
        decoder = codecs.getincrementaldecoder(self.encoding)(
            "surrogateescape" if encodings.escapes(self.encoding) else "replace"
        )
        try:
            return decoder.decode(self.head)
        except UnicodeError as error:  # some codecs raise it whatever they are told
            with self._take() as stream:
                raise self._undecodable(error, stream) from None

    def wrong_bytes(self, line: int) -> UnreadableFile:
        """Return what to raise where bytes in a line are not in the encoding."""
        before = self._line_start(line)
        return UnreadableFile(
            f"{self.title} is not {self._wanted}: line {line:,}{before}.",
            self.remedy,
            param="encoding",
        )

    @property
    def remedy(self) -> str:
        """What to do where the bytes are not in the encoding."""
        return (
            "Save it as UTF-8, or name its encoding, e.g. --encoding cp1252 of western Europe, "
            "windows-1251, shift_jis or gb18030."
        )

    @property
    def _wanted(self) -> str:
        return "UTF-8" if self.encoding.startswith("utf-8") else self.encoding

    def _line_start(self, line: int) -> str:
        """Return which byte of a line is the first wrong one, as the rest of a sentence."""
        if self.once:
            return ""
        decoder = codecs.getdecoder(self.encoding)
        with self.bytes() as stream:
            position = 0
            for number, data in enumerate(io.BufferedReader(cast("io.RawIOBase", stream)), 1):
                if number == line:
                    try:
                        decoder(data)
                    except UnicodeDecodeError as error:
                        place = position + error.start
                        return f", byte {place + 1:,} is 0x{data[error.start]:02X}"
                    return ""
                position += len(data)
        return ""

    def _take(self) -> Stream:
        if not self.once:
            return self._open()
        stream, self._stream = self._stream, None
        if stream is None:
            raise UnreadableFile(
                f"{self.title} can be read only once.", "Save it to a file and name the file."
            )
        return stream

    def _raw(self) -> Stream:
        if self._kept is not None:
            self._kept.seek(0)
            return Stream(self._kept, self.title, ours=False)
        return Stream(opened(self.path, self.title), self.title)

    def _open(self) -> Stream:
        stream = self._raw()
        try:
            ending = packing(stream.peek(6))
            if ending is None:
                return self._unzipped(stream) if stream.peek(4) == ZIP else stream
            self._packed = True
            _, what, unpack = PACKED[ending]
            return Stream(
                unpack(cast("BinaryIO", stream)), self.title, stream, what, self.bounds.unfolded
            )
        except BaseException:
            stream.close()
            raise

    def _unzipped(self, stream: Stream) -> Stream:
        """Return the one table in a zip archive; a document that is an archive inside as it is."""
        file = cast("BinaryIO", stream)
        if self.once and self._kept is None:  # the table of contents stands at the end
            self._kept = file = _temporary()
            weakref.finalize(self, self._kept.close)
            copyfileobj(cast("BinaryIO", stream), file)
            stream = self._raw()
        place: BinaryIO | Path = self._kept or cast("Path", self.path)
        try:
            archive = zipfile.ZipFile(place)
        except DAMAGE as error:
            raise self._no_zip(error) from None
        try:
            if (kind := office(archive)) is not None:
                if kind == "a spreadsheet":
                    archive.close()
                    if self._kept is not None:  # the archive has read on in it
                        self._kept.seek(0)
                    return stream
                raise not_read(self.title, kind)
            only = only_member(archive, self.title, self._tells)
            self.inner = stem(PurePosixPath(only.filename).name)
            self._packed = True
            member = archive.open(only)
        except (*DAMAGE, NotImplementedError, RuntimeError) as error:
            archive.close()
            raise self._no_zip(error) from None
        except UnreadableFile:
            archive.close()
            raise
        stream.close()
        said = f"The table in {self.title} is {shown(only.filename, 100)}."
        if said not in self.notes:
            self.notes.append(said)
        return Stream(cast("BinaryIO", member), self.title, archive, "zip", self.bounds.unfolded)

    def _no_zip(self, error: Exception) -> UnreadableFile:
        return UnreadableFile(
            f"{self.title} is a zip archive that can't be read: {error}.", "Unpack it first."
        )

    def refuse_binary(self) -> None:
        """Raise where the head is not text in any encoding without a mark that we could tell."""
        if self._named is not None or self.encoding != "utf-8":
            return
        seems = encodings.without_mark(self.head)
        if seems:
            raise UnreadableFile(
                f"{self.title} is not UTF-8 text: {self.head.count(0):,} of its first "
                f"{len(self.head):,} bytes are NUL.",
                f"It looks like {seems}; say so: --encoding {seems}.",
                param="encoding",
            )
        if seems is not None or is_binary(self.head):
            raise UnreadableFile(
                f"{self.title} is not text: many of its first bytes never occur in one.",
                f"{SAVE} If it is text, name its encoding, e.g. --encoding utf-16-le.",
                param="encoding",
            )

    def _undecodable(self, error: UnicodeError, stream: Stream) -> UnreadableFile:
        if not isinstance(error, UnicodeDecodeError):
            return UnreadableFile(
                f"{self.title} is not {self.encoding}: {error}.", self.remedy, param="encoding"
            )
        rest = len(error.object) - error.start
        return UnreadableFile(
            f"{self.title} is not {self._wanted}: byte {stream.taken - rest + 1:,} is "
            f"0x{error.object[error.start]:02X}.",
            self.remedy,
            param="encoding",
        )


def _temporary() -> BinaryIO:
    """Return a file without a name, which is gone when it is closed."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(_MEMORY))
