"""How many bytes the batches of an Arrow file unpack into, before a reader makes them.

A batch is unpacked as a whole, and each of its buffers tells before how large it is then; a file of
a few kilobytes may say gigabytes. Source: https://arrow.apache.org/docs/format/Columnar.html, "IPC
file format" and "compression"; https://flatbuffers.dev/internals, for the tables that say it.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_FILE = b"ARROW1"
_DICTIONARY, _BATCH = 2, 3
"""Kinds of messages."""
_MOST_HEAD = 64_000_000
"""Bytes of what is said of a batch."""


def unpacked(file: BinaryIO) -> Iterator[int]:
    """Yield the bytes that each batch unpacks into; of what is damaged the reader tells.

    Args:
        file: an Arrow file or stream; it may be read from any place.
    """
    try:
        for head, body in _messages(file):
            yield _bytes(file, head, body)
    except (struct.error, IndexError, OverflowError, OSError, ValueError):
        return


def _messages(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield what is said of each part of a file, and where the part itself begins."""
    file.seek(0)
    if file.read(6) == _FILE:
        yield from _of_file(file)
        return
    at = 0
    while True:
        head, body = _head(file, at)
        if not head:
            return
        yield head, body
        # of a stream nothing else says where the next one is
        at = body + _number(head, _root(head), 3, "<q")


def _of_file(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    end = file.seek(-10, 2)
    (length,) = struct.unpack("<i", file.read(4))
    file.seek(end - min(length, _MOST_HEAD))
    foot = file.read(length)
    root = _root(foot)
    for field in (2, 3):  # dictionaries, and batches of rows
        start, count = _vector(foot, root, field)
        for at in range(start, start + 24 * count, 24):
            place, size = struct.unpack_from("<qi", foot, at)
            head, _ = _head(file, place)
            yield head, place + size


def _head(file: BinaryIO, at: int) -> tuple[bytes, int]:
    """Return the table that stands before a part, nothing at the end, and where the part begins."""
    file.seek(at)
    (length,) = struct.unpack("<i", file.read(4))
    if length == -1:  # since format 0.15
        (length,) = struct.unpack("<i", file.read(4))
    if not 0 < length <= _MOST_HEAD:
        return b"", 0
    return file.read(length), file.tell()


def _bytes(file: BinaryIO, head: bytes, body: int) -> int:
    root = _root(head)
    kind = _number(head, root, 1, "<B")
    batch = _table(head, root, 2)
    if kind == _DICTIONARY:
        batch = _table(head, batch, 1)
    elif kind != _BATCH:
        return 0
    if not _offset(head, batch, 3):
        return 0  # not packed: it takes no more than the file
    start, count = _vector(head, batch, 2)
    total = 0
    for at in range(start, start + 16 * count, 16):
        place, size = struct.unpack_from("<qq", head, at)
        if size >= 8:  # the length comes first
            file.seek(body + place)
            total += max(0, struct.unpack("<q", file.read(8))[0])
    return total


def _root(data: bytes) -> int:
    return int(struct.unpack_from("<I", data)[0])


def _offset(data: bytes, table: int, field: int) -> int:
    """Return where a field of a table stands, 0 where it is left out."""
    index = table - struct.unpack_from("<i", data, table)[0]
    (size,) = struct.unpack_from("<H", data, index)
    place = 4 + 2 * field
    found = struct.unpack_from("<H", data, index + place)[0] if place < size else 0
    return table + found if found else 0


def _number(data: bytes, table: int, field: int, form: str) -> int:
    at = _offset(data, table, field)
    return int(struct.unpack_from(form, data, at)[0]) if at else 0


def _table(data: bytes, table: int, field: int) -> int:
    at = _offset(data, table, field)
    return at + int(struct.unpack_from("<I", data, at)[0])


def _vector(data: bytes, table: int, field: int) -> tuple[int, int]:
    """Return (where its elements begin, how many they are)."""
    if not _offset(data, table, field):
        return 0, 0
    at = _table(data, table, field)
    return at + 4, int(struct.unpack_from("<I", data, at)[0])
