"""What a job has made so far, read back: finished shards, and arrays put down beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.collections.storage.shard import CONTENT, ID
from likewise.distributed.plan import shard_name
from likewise.distributed.store import JobStore
from likewise.errors import ScaleError, shown
from likewise.files.vectors.embeddings import VECTOR, EmbeddingsFile, vectors_of
from likewise.files.vectors.npy import read_array
from likewise.types import Vectors

Rows = npt.NDArray[np.int64]


def stored_array(store: JobStore, name: str) -> npt.NDArray[Any]:
    """Return an array that a search has put down.

    Raises:
        FileMissing: it is not there.
        ScaleError: it is not as it was written.
    """
    try:
        return read_array(store.read(name))
    except ValueError:
        raise ScaleError(
            f"{shown(name, 200)} in {shown(store.address, 200)} is damaged.",
            "Delete the folder that it is in, then call again.",
        ) from None


def save_array(store: JobStore, name: str, array: npt.NDArray[Any]) -> None:
    """Put an array down."""
    with store.publish(name) as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


@contextmanager
def opened_shard(out: JobStore, number: int) -> Iterator[EmbeddingsFile]:
    """Open a finished shard."""
    name = shard_name(number)
    with (
        out.open(name) as opened,
        out.asking("be read", name),
        EmbeddingsFile(opened, name=f"'{name}'", gaps=True) as file,
    ):
        yield file


def vectors_in(out: JobStore, number: int) -> tuple[Rows, Vectors]:
    """Return the rows of a shard that have a vector, and their vectors.

    int64, shape (n,), and float32, shape (n, dims), unit length.
    """
    with opened_shard(out, number) as file:
        column = file.table([VECTOR])[VECTOR]
        dims = file.dims
    there = np.flatnonzero(column.is_valid().to_numpy())
    vectors = vectors_of(column) if len(column) else np.zeros((0, dims), np.float32)
    return there.astype(np.int64), vectors[there]


def names_in(out: JobStore, number: int) -> tuple[list[str], list[bytes]]:
    """Return the ids of a shard's rows, and a hash of each text."""
    with opened_shard(out, number) as file:
        table = file.read([ID, CONTENT])
    return table[ID].to_pylist(), [value[:8] for value in table[CONTENT].to_pylist()]
