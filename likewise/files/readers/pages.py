"""How large the pages of a column of a parquet file are, unpacked, before a reader makes them.

A page is unpacked as a whole; its header tells before how large it is then. Headers are Thrift's
compact protocol: see https://github.com/apache/parquet-format, PageHeader, and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

DICTIONARY = 2
"""The kind of the page that holds each value once."""

_STEPS = (512, 65_536, 4_000_000)
"""Bytes in which a header is looked for: it may hold the least and the greatest value."""
_STRUCT = 12
_DEEPEST = 8


def pages(file: BinaryIO, column: Any) -> Iterator[tuple[int, int]]:  # noqa: ANN401
    """Yield (kind, unpacked bytes) of each page of a column's part; the last is all of the rest.

    What can't be told is one page as large as the whole part says to be.

    Args:
        file: may be read from any place.
        column: what the file says of this part of a column.
    """
    # a writer may leave the dictionary's place out; then it stands where the pages begin
    starts = [
        place
        for place in (column.dictionary_page_offset, column.data_page_offset)
        if place is not None and place > 0
    ]
    at = min(starts, default=0)
    end = at + int(column.total_compressed_size)
    try:
        while at < end:
            kind, unpacked, packed, size = _header(file, at)
            yield kind, unpacked
            at += size + packed
    except (IndexError, ValueError):
        yield DICTIONARY, int(column.total_uncompressed_size)


def _header(file: BinaryIO, at: int) -> tuple[int, int, int, int]:
    """Return (kind, unpacked bytes, bytes in the file, bytes of the header itself)."""
    for step in _STEPS:
        file.seek(at)
        data = file.read(step)
        try:
            found: dict[int, int] = {}
            size = _skipped_struct(data, 0, 0, found)
        except IndexError:
            if len(data) < step:
                raise
            continue
        if min(found.get(1, -1), found.get(2, -1), found.get(3, -1)) < 0:
            break
        return found[1], found[2], found[3], size
    raise ValueError


def _skipped_struct(data: bytes, at: int, depth: int, found: dict[int, int] | None = None) -> int:
    """Return where a struct ends; its whole numbers are noted in `found`, by their fields."""
    if depth > _DEEPEST:
        raise ValueError
    field = 0
    while data[at]:
        head = data[at]
        at += 1
        if head >> 4:
            field += head >> 4
        else:
            number, at = _varint(data, at)
            field = _signed(number)
        kind = head & 15
        if kind in (4, 5, 6) and found is not None:
            number, at = _varint(data, at)
            found[field] = _signed(number)
        elif kind > 2:  # the value of a truth is its kind
            at = _skipped(data, at, kind, depth)
    return at + 1


def _skipped(data: bytes, at: int, kind: int, depth: int) -> int:
    """Return where a value of a kind ends."""
    if kind == _STRUCT:
        return _skipped_struct(data, at, depth + 1)
    if kind in (1, 2, 3):
        return at + 1
    if kind == 7:
        return at + 8
    number, after = _varint(data, at)
    if kind in (4, 5, 6):
        return after
    if kind == 8:
        if after + number > len(data):
            raise IndexError
        return after + number
    raise ValueError  # no header holds lists or maps


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
