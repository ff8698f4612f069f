"""Vectors that lie in several places, as one array that needs no memory of its own."""

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np

from likewise.errors import UnwritableFile
from likewise.types import Vectors


def spooled(parts: Iterable[Vectors], shape: tuple[int, int], folder: Path) -> Vectors:
    """Return parts one after another, in a file without a name that is mapped into memory.

    The system reads pages of it as they are looked at and drops them when memory is short; the
    file is gone when nobody looks at it any more, however the process ends.

    Args:
        parts: float32, shape (some, dims).
        shape: (n, dims) of all parts together.
        folder: where the file is, if it may be written to; else among the temporary files.

    Raises:
        UnwritableFile: there is no space.
    """
    if 0 in shape:
        return np.zeros(shape, np.float32)
    with _file(folder) as file:
        try:
            # written, not assigned through the map, which would end the process on a full disk
            for part in parts:
                file.write(np.ascontiguousarray(part, np.float32).data)
            file.flush()
        except OSError as error:
            raise UnwritableFile(
                f"The vectors can't be gathered in a temporary file: {error.strerror}.",
                "Free some space, or name another folder in TMPDIR.",
            ) from None
        mapped: Vectors = np.memmap(file, np.float32, "r", shape=shape)
        return mapped


def _file(folder: Path) -> IO[bytes]:
    with suppress(OSError):
        return tempfile.TemporaryFile(dir=folder, prefix=".likewise-")
    return tempfile.TemporaryFile(prefix=".likewise-")
