"""Reads arrays of numbers from `.npy` files that somebody else may have changed.

`numpy.load` opens archives too, asks Python's parser about the header, and takes the memory that
the header names before it looks at the bytes. Here the header must be the one that NumPy writes
(format 1.0, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), and the bytes
must be there.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_HEAD = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)\{'descr': '(?P<type>[<|][bfiu][1248])', "
    rb"'fortran_order': False, 'shape': \((?P<rows>\d{1,18}),(?: (?P<columns>\d{1,18}))?\), \} *\n",
    re.DOTALL,
)
_MOST_HEAD = 256


def read_array(data: bytes) -> npt.NDArray[Any]:
    """Return the array, of one or two dimensions, that the bytes of a file hold.

    Raises:
        ValueError: they are not such a file, or a part of it is lost.
    """
    type_, shape, start = _header(data[:_MOST_HEAD])
    return np.frombuffer(data[start:], type_).reshape(shape)


def map_array(path: Path) -> npt.NDArray[Any]:
    """Return the array in a file, mapped into memory.

    Raises:
        ValueError: it is not such a file, or a part of it is lost.
        OSError: it can't be opened.
    """
    if path.exists() and not path.is_file():
        raise ValueError("not a file")
    with path.open("rb") as file:
        type_, shape, start = _header(file.read(_MOST_HEAD))
        if path.stat().st_size - start != int(np.prod(shape, dtype=object)) * type_.itemsize:
            raise ValueError("a part is lost")
        if 0 in shape:
            return np.empty(shape, type_)
        return np.memmap(file, type_, "r", start, shape)


def _header(data: bytes) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Return (type, shape, where the numbers begin)."""
    found = _HEAD.match(data)
    if found is None or found.end() != 10 + int.from_bytes(found["length"], "little"):
        raise ValueError("not an .npy file of numbers")
    shape = tuple(int(found[name]) for name in ("rows", "columns") if found[name] is not None)
    return np.dtype(found["type"].decode()), shape, found.end()
