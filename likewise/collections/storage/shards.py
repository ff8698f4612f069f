"""A collection as a reader sees it: immutable parquet files and, beside them, their vectors.

The parquet file of a shard is the truth. Its vectors stand once more in an `.npy` file, ready to
be mapped into memory; whoever finds that one missing or wrong makes it again. A reader opens all
files at once and keeps them open, so what it has opened stays as it was, whatever a writer adds,
deletes or compacts meanwhile.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from likewise.collections.storage.manifest import Manifest, ShardEntry, damaged
from likewise.collections.storage.shard import CONTENT, ID, TEXT, TRUNCATED, Mask, Positions, Shard
from likewise.collections.storage.spooled import spooled
from likewise.errors import CollectionMissing, shown
from likewise.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

    from likewise.similarity.percentiles import Scale

_TRIES = 20

_KEPT_COLUMNS = 8
_MOST_KEPT_BYTES = 32_000_000
"""Columns that filters look at stay in memory: so many, and each no larger than that."""

_MOST_COPIED_BYTES = 32_000_000
_SPOOLED_ROWS = 8_192
"""Vectors of several files are laid side by side in a file, so many rows at a time."""


class Finder(Protocol):
    """A database that searches by itself."""

    def find(self, ids: Sequence[str]) -> Positions:
        """Return the position of each id, -1 where it is not there."""

    def nearest(
        self, vector: Vectors, k: int, allowed: Mask | None, *, fast: bool
    ) -> tuple[Positions, npt.NDArray[np.float32]]:
        """Return positions and exact cosines of the nearest rows, most similar first.

        vector: float32, shape (dims,), unit length. allowed: bool, shape (rows,); None for all.
        Both of shape (k,), or less where fewer are allowed.
        """

    def best_by_words(self, text: str, k: int, allowed: Mask | None) -> Positions:
        """Return the positions of the texts that fit the words best, best first."""


class Snapshot:
    """All shards of a collection at one moment; positions count through them.

    manifest: what the collection consists of.
    """

    def __init__(self, folder: Path, manifest: Manifest, before: "Snapshot | None" = None) -> None:
        self.folder = folder
        self.manifest = manifest
        # files never change, so those that an older snapshot has opened are good for a newer
        same = before is not None and (
            (before.manifest.uid, before.manifest.columns) == (manifest.uid, manifest.columns)
        )
        known: dict[ShardEntry, Shard] = {}
        if before is not None and same:
            known = {shard.entry: shard for shard in before.shards}
        self.shards: list[Shard] = [
            known.get(entry) or Shard(folder, entry, manifest) for entry in manifest.shards
        ]
        self._columns: dict[str, pa.ChunkedArray] = {}
        self.scale: Scale | None = None
        """See `likewise.collections.storage.scale`."""
        self.starts = np.cumsum([0, *(entry.rows for entry in manifest.shards)])

    @classmethod
    def read(cls, folder: Path, before: "Snapshot | None" = None) -> "Snapshot":
        """Open what is there now.

        Raises:
            CollectionMissing: there is no collection in the folder, or no longer.
            DamagedCollection: a file is missing, or not as it was written.
        """
        try:
            return cls._read(folder, before)
        except FileNotFoundError:
            raise CollectionMissing(
                f"There is no collection in {shown(str(folder), 200)} any more.",
                "It was removed or renamed; `likewise collections` lists what there is.",
                param="collection",
            ) from None

    @classmethod
    def _read(cls, folder: Path, before: "Snapshot | None") -> "Snapshot":
        manifest = Manifest.read(folder)
        if before is not None and manifest == before.manifest:
            return before
        for _ in range(_TRIES):
            try:
                return cls(folder, manifest, before)
            except FileNotFoundError:
                # a writer may have taken the file away since the manifest was read
                latest = Manifest.read(folder)
                if latest.generation == manifest.generation:
                    raise damaged(folder, f"{_missing(folder, manifest)!r} is missing") from None
                manifest = latest
        raise damaged(folder, "it changes faster than it can be opened")

    @property
    def finder(self) -> Finder | None:
        """What searches, where that is not done here: a database."""
        return None

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def blocks(self) -> list[Vectors]:
        """The vectors of each shard, float32, shape (rows, dims), deleted rows included."""
        return [shard.vectors for shard in self.shards]

    @cached_property
    def alive(self) -> Mask | None:
        """Which rows are there, shape (len,); None where all are."""
        if all(shard.entry.deleted is None for shard in self.shards):
            return None
        return np.concatenate([shard.alive for shard in self.shards])

    @cached_property
    def positions(self) -> Positions:
        """The positions of all rows that are there, rising."""
        return np.arange(len(self)) if self.alive is None else np.flatnonzero(self.alive)

    @cached_property
    def ids(self) -> "pa.Array":
        """The ids of all rows that are there, in the order of `positions`."""
        import pyarrow as pa

        return pa.concat_arrays([pa.array([], pa.string()), *(s.ids for s in self.shards)])

    def contents(self, positions: Positions) -> list[bytes]:
        """Return the hashes of some rows."""
        found = np.zeros(len(positions), "V16")
        which = np.searchsorted(self.starts, positions, side="right") - 1
        for number in np.unique(which):
            here = which == number
            found[here] = self.shards[number].contents[positions[here] - self.starts[number]]
        return [value.tobytes() for value in found]

    def rows(self, positions: Positions, columns: Sequence[str]) -> "pa.Table":
        """Return columns of some rows, in the order of `positions`."""
        import pyarrow as pa

        positions = np.asarray(positions, np.int64)
        if not len(positions):
            types = {ID: pa.string(), TEXT: pa.string(), TRUNCATED: pa.bool_(),
                     CONTENT: pa.binary(16), **self.manifest.columns}  # fmt: skip
            return pa.schema([(name, types[name]) for name in columns]).empty_table()
        which = np.searchsorted(self.starts, positions, side="right") - 1
        order, tables = [], []
        for number in np.unique(which):
            here = np.flatnonzero(which == number)
            order.append(here)
            places = positions[here] - self.starts[number]
            tables.append(self.shards[number].rows(places, columns))
        back = np.argsort(np.concatenate(order), kind="stable")
        return pa.concat_tables(tables).take(pa.array(back))

    def column(self, name: str) -> "pa.ChunkedArray":
        """Return a column of all rows, deleted ones included; the latest few are kept."""
        column = self._columns.get(name)
        if column is None:
            column = self._read_column(name)
            if column.nbytes <= _MOST_KEPT_BYTES:
                # never changed in place: other threads may be looking
                kept = list(self._columns.items())[-(_KEPT_COLUMNS - 1) :]
                self._columns = {**dict(kept), name: column}
        return column

    def _read_column(self, name: str) -> "pa.ChunkedArray":
        import pyarrow as pa

        chunks = [chunk for shard in self.shards for chunk in shard.column(name)[name].chunks]
        types = {ID: pa.string(), TEXT: pa.string(), CONTENT: pa.binary(16)}
        return pa.chunked_array(chunks, types.get(name) or self.manifest.columns.get(name))

    def vectors_at(self, positions: Positions) -> Vectors:
        """Return the vectors of some rows, float32, shape (n, dims)."""
        found = np.empty((len(positions), self.manifest.identity.dims), np.float32)
        which = np.searchsorted(self.starts, positions, side="right") - 1
        for number in np.unique(which):
            here = which == number
            found[here] = self.shards[number].take(positions[here] - self.starts[number])
        return found

    @cached_property
    def whole(self) -> Vectors:
        """The vectors of all rows, float32, shape (n, dims), in the order of `positions`."""
        if len(self.shards) == 1 and self.alive is None:
            return self.shards[0].finite_vectors()
        shape = (len(self.positions), self.manifest.identity.dims)
        if 4 * shape[0] * shape[1] <= _MOST_COPIED_BYTES:
            return self.vectors_at(self.positions)
        return spooled(self._parts(), shape, self.folder)

    def _parts(self) -> Iterator[Vectors]:
        for start in range(0, len(self.positions), _SPOOLED_ROWS):
            yield self.vectors_at(self.positions[start : start + _SPOOLED_ROWS])

    def split(self, positions: Positions) -> dict[int, Positions]:
        """Return which rows of which shard these positions are."""
        ranges = enumerate(pairwise(self.starts))
        parts = {
            number: positions[(positions >= start) & (positions < end)] - start
            for number, (start, end) in ranges
        }
        return {number: part for number, part in parts.items() if len(part)}


def _missing(folder: Path, manifest: Manifest) -> str:
    """Return the first file that the manifest names and that is not there."""
    names = [f"{entry.name}.parquet" for entry in manifest.shards]
    names += [f"{entry.deleted}.npy" for entry in manifest.shards if entry.deleted]
    return next((name for name in names if not (folder / name).exists()), "a file")
