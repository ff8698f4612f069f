"""Files of records in binary, whose first one tells what they are.

Sources: the specifications of MessagePack (msgpack.org), of CBOR (RFC 8949), and TensorFlow's of
TFRecord, in which a length has a masked CRC-32C behind it.
"""

import re
from collections.abc import Callable, Mapping, Sequence

_KEY = re.compile(rb"[A-Za-z_][\w .:/-]*")
_POLYNOMIAL = 0x82F63B78
_SELF_DESCRIBED = b"\xd9\xd9\xf7"


def kind(head: bytes) -> str | None:
    """Return what the first bytes are the beginning of, None where they are none of these."""
    if _is_tfrecord(head):
        return "a TFRecord file"
    if _is_messagepack(head):
        return "a MessagePack file"
    if head.startswith(_SELF_DESCRIBED) or _is_cbor(head):
        return "a CBOR file"
    return None


def _is_tfrecord(head: bytes) -> bool:
    """Return whether a length begins it, and its check sum is right."""
    if len(head) < 16 or head[4:8] != bytes(4):  # a record of 4 GB is none
        return False
    sum_ = 0xFFFFFFFF
    for byte in head[:8]:
        sum_ ^= byte
        for _ in range(8):
            sum_ = sum_ >> 1 ^ (_POLYNOMIAL if sum_ & 1 else 0)
    sum_ ^= 0xFFFFFFFF
    masked = ((sum_ >> 15 | sum_ << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return int.from_bytes(head[8:12], "little") == masked


def _is_messagepack(head: bytes) -> bool:
    """Return whether an object with names begins it, or a list of them."""
    lists = {0xDC: 3, 0xDD: 5, **dict.fromkeys(range(0x91, 0xA0), 1)}
    objects = (*range(0x81, 0x90), 0xDE, 0xDF)
    return _begins(head, lists, objects, {0xDE: 3, 0xDF: 5}, _behind_messagepack)


def _is_cbor(head: bytes) -> bool:
    """Return whether an object with names begins it, or a list of them."""
    lists = {0x98: 2, 0x99: 3, 0x9A: 5, 0x9F: 1, **dict.fromkeys(range(0x81, 0x98), 1)}
    objects = (*range(0xA1, 0xB8), 0xBF)
    return _begins(head, lists, objects, {}, _behind_cbor)


def _begins(
    head: bytes,
    lists: Mapping[int, int],
    objects: Sequence[int],
    sizes: Mapping[int, int],
    behind: Callable[[bytes, int, int], int],
) -> bool:
    """Return whether an object begins some bytes, whose first name is one, and nothing or another.

    Text in an old encoding may begin like an object, but it does not go on like one.

    Args:
        head: the bytes.
        lists: bytes that may begin a list, and how many stand before its first member.
        objects: bytes that may begin an object.
        sizes: how many stand before its first name, one where nothing is said.
        behind: returns where a value ends.
    """
    try:
        start = lists.get(head[0], 0)
        if head[start] not in objects:
            return False
        name = start + sizes.get(head[start], 1)
        if not _KEY.fullmatch(head[name + 1 : behind(head, name, 0)]):
            return False
        end = behind(head, start, 0)
    except (IndexError, ValueError):
        return False
    return end == len(head) or head[end] in objects or head[end] == 0xFF


_DEEP = 20
_FIXED = {
    **dict.fromkeys((0xC0, 0xC2, 0xC3), 1),
    **{0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9},
    **{0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18},
}
"""Bytes that values of MessagePack take, by their first."""
_LENGTHS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""Bytes of the length behind that first byte."""
_COUNTS = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
"""Bytes of the number of members behind it, and values of each."""


def _behind_messagepack(head: bytes, at: int, deep: int) -> int:
    """Return where a value of MessagePack ends."""
    first = head[at]
    if first < 0x80 or first >= 0xE0:
        return at + 1
    if first in _FIXED:
        return _there(head, at + _FIXED[first])
    if 0xA0 <= first < 0xC0:
        return _there(head, at + 1 + (first & 31))
    if first in _LENGTHS:
        begin = at + 1 + _LENGTHS[first]
        return _there(head, begin + int.from_bytes(head[at + 1 : begin], "big"))
    if first < 0xA0:
        begin, many = at + 1, (first & 15) * (1 if first >= 0x90 else 2)
    elif first in _COUNTS:
        begin = at + 1 + _COUNTS[first][0]
        many = int.from_bytes(head[at + 1 : begin], "big") * _COUNTS[first][1]
    else:
        raise ValueError
    return _behind_many(head, begin, many, deep, _behind_messagepack)


def _behind_cbor(head: bytes, at: int, deep: int) -> int:
    """Return where a value of CBOR ends."""
    kind_, size = head[at] >> 5, head[at] & 31
    begin = at + 1 + (1 << size - 24 if 24 <= size < 28 else 0)
    many = size if size < 24 else int.from_bytes(head[at + 1 : begin], "big")
    if 27 < size < 31 or (size == 31 and kind_ not in (4, 5)):
        raise ValueError
    if kind_ in (2, 3):
        return _there(head, begin + many)
    if kind_ in (0, 1, 7):
        return _there(head, begin)
    if size < 31:
        many *= 2 if kind_ == 5 else 1
        return _behind_many(head, begin, 1 if kind_ == 6 else many, deep, _behind_cbor)
    while head[begin] != 0xFF:
        begin = _behind_many(head, begin, 1, deep, _behind_cbor)
    return begin + 1


def _behind_many(
    head: bytes, at: int, many: int, deep: int, behind: Callable[[bytes, int, int], int]
) -> int:
    if deep > _DEEP:
        raise ValueError
    for _ in range(many):
        at = behind(head, at, deep + 1)
    return at


def _there(head: bytes, end: int) -> int:
    if end > len(head):
        raise ValueError
    return end
