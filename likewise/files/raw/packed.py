"""Unpacks what is compressed, as it is read: never more of it at once than is asked for."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from likewise.errors import UnreadableFile, shown

_MEMORY = 256 * 1024 * 1024
"""Bytes that unpacking xz may take."""
_STEP = 65_536

DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile, ValueError)
"""What unpackers raise for files that are damaged."""


class _Unpacked(io.RawIOBase):
    """The bytes behind a decompressor of the standard library, streams one after another."""

    def __init__(self, packed: BinaryIO, make: Callable[[], Any]) -> None:
        self._packed = packed
        self._make = make
        self._unpacker = make()
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        size = len(buffer)
        while True:
            more = b""
            if self._unpacker.eof:
                rest = self._unpacker.unused_data or self._packed.read(_STEP)
                if not rest.strip(b"\0"):
                    return 0
                self._unpacker, more, self._begun = self._make(), rest, False
            elif self._unpacker.needs_input:
                more = self._packed.read(_STEP)
                if not more:
                    raise EOFError
            data = self._unpacker.decompress(more, size)
            if data:
                buffer[: len(data)] = data
                return len(data)


def _gzip(packed: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=packed))


def _bzip2(packed: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", _Unpacked(packed, bz2.BZ2Decompressor))


def _xz(packed: BinaryIO) -> BinaryIO:
    return cast(
        "BinaryIO", _Unpacked(packed, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY))
    )


def _arrow(codec: str) -> Callable[[BinaryIO], BinaryIO]:
    def opened(packed: BinaryIO) -> BinaryIO:
        import pyarrow as pa

        return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(packed, "r"), codec))

    return opened


PACKED: dict[str, tuple[bytes, str, Callable[[BinaryIO], BinaryIO]]] = {
    ".gz": (b"\x1f\x8b\x08", "gzip", _gzip),
    ".bz2": (b"BZh", "bzip2", _bzip2),
    ".xz": (b"\xfd7zXZ\0", "xz", _xz),
    ".zst": (b"\x28\xb5\x2f\xfd", "zstd", _arrow("zstd")),
    ".lz4": (b"\x04\x22\x4d\x18", "lz4", _arrow("lz4")),
}
"""By the ending of names: how such a file begins, what it is called, what opens it."""

_PROSE = (".txt", ".text", ".md")

ZIP = b"PK\x03\x04"

_LONGEST_SIGN = max(len(sign) for sign, _, _ in PACKED.values())


def packing(head: bytes) -> str | None:
    """Return the ending that fits how a file begins, None where it is not packed."""
    head = head[:_LONGEST_SIGN]
    return next((end for end, (sign, _, _) in PACKED.items() if head.startswith(sign)), None)


def stem(name: str) -> str:
    """Return a file's name without the ending that says how it is packed."""
    for ending in (*PACKED, ".zip"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def office(archive: zipfile.ZipFile) -> str | None:
    """Return what kind of document a zip archive is, None for a plain archive."""
    names = set(archive.namelist())
    if any(name.startswith("xl/") for name in names) and "[Content_Types].xml" in names:
        return "a spreadsheet"
    for folder, kind in (("word/", "a Word document"), ("ppt/", "a presentation")):
        if any(name.startswith(folder) for name in names):
            return kind
    if "mimetype" in names:
        said = archive.open("mimetype").read(200)
        if b"opendocument.spreadsheet" in said:
            return "a spreadsheet"
        return "an e-book" if b"epub" in said else "an OpenDocument document"
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return "a Numbers, Pages or Keynote document"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays"
    if any(name.endswith(("/data.pkl", "data.pkl")) for name in names):
        return "a PyTorch file"
    return None


def only_member(
    archive: zipfile.ZipFile, title: str, tells: Callable[[str], bool]
) -> zipfile.ZipInfo:
    """Return the one table in an archive.

    Args:
        archive: the archive.
        title: its name, as it begins a sentence.
        tells: whether a name is one of a table.

    Raises:
        UnreadableFile: there is none, or more than one, or it is locked by a password.
    """
    members = [
        one
        for one in archive.infolist()
        if not one.is_dir()
        and not one.filename.startswith("__MACOSX/")
        and not PurePosixPath(one.filename).name.startswith(".")
    ]
    tables = [one for one in members if tells(stem(PurePosixPath(one.filename).name))]
    # a notice or a licence beside a table is none
    data = [one for one in tables if not one.filename.lower().endswith(_PROSE)]
    tables = data if len(data) == 1 else tables
    chosen = tables if tables or len(members) != 1 else members
    if len(chosen) != 1:
        named = [shown(one.filename, 60) for one in tables or members]
        inside = f": {', '.join(named[:5])}{' …' if len(named) > 5 else ''}" if named else ""
        raise UnreadableFile(
            f"{title} is a zip archive with {len(chosen) or 'no'} tables in it{inside}.",
            "Unpack it and name the files.",
        )
    if chosen[0].flag_bits & 1:
        raise UnreadableFile(f"{title} is locked by a password.", "Unpack it first.")
    return chosen[0]
