"""One parquet file of a collection with, beside it, its vectors, ready to be mapped."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from likewise.collections.storage.manifest import Manifest, ShardEntry, damaged
from likewise.errors import LikewiseError, UnreadableFile
from likewise.files.vectors.columns import cast, widened
from likewise.files.vectors.embeddings import VECTOR, EmbeddingsFile, vectors_of
from likewise.files.vectors.npy import map_array
from likewise.files.write import replacing
from likewise.types import Vectors, are_unit

if TYPE_CHECKING:
    import pyarrow as pa


ID, TEXT, TRUNCATED, CONTENT = "id", "text", "truncated", "_content"
"""Columns that are not the user's; the last one holds a hash of the text and one of the rest."""

OWN = (ID, TEXT, TRUNCATED, CONTENT, VECTOR)

GROUP_ROWS = 1_024
"""Rows of a row group: what is read to show a single text."""

_GROUPS_BYTES = 32_000_000
"""Row groups of a shard that stay in memory, for whoever looks at texts looks at more of them."""

_SAMPLES, _SAMPLE_ROWS = 16, 64
"""Places at which the vectors in an `.npy` file are looked at when it is opened."""

Positions = npt.NDArray[np.int64]
"""int64, shape (n,): places of rows, counted through all shards of a collection."""
Mask = npt.NDArray[np.bool_]
"""bool, shape (rows,)."""


class Shard:
    """One file of rows that never changes; which of them are deleted is said beside it."""

    def __init__(self, folder: Path, entry: ShardEntry, manifest: Manifest) -> None:
        import pyarrow as pa

        self.entry = entry
        self.folder = folder
        self.codes: Any = None
        """See `likewise.collections.search.codes`."""
        path, name = folder / f"{entry.name}.parquet", f"'{entry.name}.parquet'"
        if path.exists() and not path.is_file():
            raise damaged(folder, f"{name} is not a file")
        try:
            self._handle = pa.OSFile(os.fsencode(path))
            # a text without a vector is one that is deleted
            self.file = EmbeddingsFile(self._handle, name=name, gaps=True)
        except UnreadableFile as error:
            raise damaged(folder, _within(error)) from None
        if self.file.rows != entry.rows:
            raise damaged(folder, f"'{entry.name}.parquet' has another number of rows")
        if self.file.encoder["digest"] != manifest.identity.digest:
            raise damaged(folder, f"'{entry.name}.parquet' is of another encoder")
        self._types = {ID: None, TEXT: None, **manifest.columns}
        self._check_columns(manifest)
        self._groups_kept: Any = None
        self._lock = Lock()
        # all that a writer may take away later is opened, or read, now
        self.alive = self._read_alive()
        self.vectors = self._mapped()

    def _check_columns(self, manifest: Manifest) -> None:
        """Raise where a column is not there, or of a type that the collection's does not hold."""
        import pyarrow as pa

        schema = self.file.schema
        has = dict(zip(schema.names, schema.types, strict=True))
        own = {ID: pa.string(), TEXT: pa.string(), TRUNCATED: pa.bool_(), CONTENT: pa.binary(16)}
        sound = len(has) == len(schema) and all(has.get(name) == own[name] for name in own)
        try:
            for name, type_ in manifest.columns.items():
                if has.get(name, type_) != type_:
                    # of bytes nobody knows whether they are text
                    sound = sound and not pa.types.is_binary(has[name])
                    sound = sound and widened(has[name], type_) == type_
                    pa.nulls(0, has[name]).cast(type_)
        except pa.ArrowException:
            sound = False
        if not sound:
            raise damaged(self.folder, f"'{self.entry.name}.parquet' has other columns")

    def _read_alive(self) -> Mask:
        """Return which rows are there, shape (rows,)."""
        if self.entry.deleted is None:
            return np.ones(self.entry.rows, np.bool_)
        name = f"{self.entry.deleted}.npy"
        try:
            deleted = np.array(map_array(self.folder / name))
        except FileNotFoundError:
            raise
        except (OSError, ValueError):
            raise damaged(self.folder, f"{name!r} can't be read") from None
        if deleted.shape != (self.entry.rows,) or deleted.dtype != np.bool_:
            raise damaged(self.folder, f"{name!r} is of another shard")
        alive: Mask = ~deleted
        if int(alive.sum()) != self.entry.alive:
            raise damaged(self.folder, f"{name!r} has another number of deleted rows")
        return alive

    @cached_property
    def ids(self) -> "pa.Array":
        """The ids of the rows that are there."""
        import pyarrow as pa

        return self.column(ID)[ID].combine_chunks().filter(pa.array(self.alive))

    @cached_property
    def contents(self) -> npt.NDArray[np.void]:
        """The hashes of all rows, 16 bytes each."""
        column = self.column(CONTENT)[CONTENT].combine_chunks()
        return np.frombuffer(column.buffers()[1], "V16")[column.offset :][: len(column)]

    def rows(self, places: Positions, columns: Sequence[str]) -> "pa.Table":
        """Return some rows, in the order of `places`, reading no more row groups than needed."""
        import pyarrow as pa

        parts = []
        for group, here, inside in self._groups(places):
            table = self._group(tuple(columns), group)
            parts.append((here, table.take(pa.array(inside))))
        order = np.argsort(np.concatenate([here for here, _ in parts]), kind="stable")
        return pa.concat_tables([table for _, table in parts]).take(pa.array(order))

    def column(self, name: str) -> "pa.Table":
        """Return all values of a column, those of deleted rows included."""
        return self._read([name], None)

    def batches(self) -> Iterator["pa.RecordBatch"]:
        """Yield all columns of all rows, deleted ones left out, vectors checked."""
        import pyarrow as pa

        start = 0
        try:
            for batch in self.file.batches():
                kept = batch.filter(pa.array(self.alive[start : start + len(batch)]))
                if any(kept.column(name).null_count for name in (ID, TEXT, TRUNCATED, CONTENT)):
                    raise damaged(self.folder, f"'{self.entry.name}.parquet' has gaps")
                yield kept
                start += len(batch)
        except UnreadableFile as error:
            raise damaged(self.folder, _within(error)) from None

    def _groups(self, places: Positions) -> Iterator[tuple[int, Positions, Positions]]:
        """Yield (row group, indices into `places`, places within the group)."""
        starts = self._group_starts
        groups = np.searchsorted(starts, places, side="right") - 1
        for group in np.unique(groups):
            here = np.flatnonzero(groups == group)
            yield int(group), here, places[here] - starts[group]

    @cached_property
    def _group_starts(self) -> Positions:
        return np.cumsum([0, *self.file.group_sizes[:-1]], dtype=np.int64)

    def _group(self, columns: tuple[str, ...], group: int) -> "pa.Table":
        """Return columns of a row group; those that were asked for last are kept."""
        from cachetools import LRUCache

        with self._lock:
            if self._groups_kept is None:
                self._groups_kept = LRUCache(_GROUPS_BYTES, lambda table: table.nbytes)
            table = self._groups_kept.get((columns, group))
        if table is None:
            table = self._read(columns, group)
            if table.nbytes <= _GROUPS_BYTES:
                with self._lock:
                    self._groups_kept[columns, group] = table
        return table

    def _read(self, columns: Sequence[str], group: int | None) -> "pa.Table":
        import pyarrow as pa

        known = set(self.file.schema.names)
        there = [name for name in columns if name in known]
        try:
            table = self.file.read(there, group)
        except UnreadableFile as error:
            raise damaged(self.folder, _within(error)) from None
        start = 0 if group is None else int(self._group_starts[group])
        alive = self.alive[start : start + len(table)]
        # by a dict: a table looks through all its names for one
        found = dict(zip(table.column_names, table.columns, strict=True))
        arrays = []
        for name in columns:
            type_ = self._types.get(name)
            if name not in found:  # a column that came later
                arrays.append(pa.nulls(len(table), type_))
                continue
            if name in OWN and found[name].is_null().to_numpy()[alive].any():
                raise damaged(self.folder, f"'{self.entry.name}.parquet' has gaps")
            arrays.append(found[name] if type_ is None else cast(found[name], type_))
        return pa.Table.from_arrays(arrays, names=list(columns))

    def _mapped(self) -> Vectors:
        path = self.folder / f"{self.entry.name}.npy"
        shape = (self.entry.rows, self.file.dims)
        with suppress(OSError, ValueError):
            vectors: Vectors = map_array(path)
            if (
                vectors.shape == shape
                and vectors.dtype == np.float32
                and self._looks_sound(path, shape)
                and self._is_as_written(path, shape)
            ):
                return vectors
        return self.make_vectors()

    def _looks_sound(self, path: Path, shape: tuple[int, int]) -> bool:
        """Whether samples of them are of unit length; `verify` reads them all.

        They are read from the file: through a map, each brings pages along that stay resident.
        """
        rows, dims = shape
        head = path.stat().st_size - 4 * rows * dims
        last = max(0, rows - _SAMPLE_ROWS)
        for start in np.unique(np.linspace(0, last, _SAMPLES, dtype=np.int64)):
            alive = self.alive[start : start + _SAMPLE_ROWS]
            sample = np.fromfile(
                path, np.float32, len(alive) * dims, offset=head + 4 * dims * start
            )
            if not are_unit(sample.reshape(-1, dims))[alive].all():
                return False
        return True

    def _is_as_written(self, path: Path, shape: tuple[int, int]) -> bool:
        """Whether the rows of the last group are those of the parquet file.

        A backup that leaves out what can be made again may be restored over newer vectors.
        """
        rows, dims = shape
        start = int(self._group_starts[-1]) if rows else 0
        alive = self.alive[start:]
        try:
            group = self.file.read([VECTOR], len(self.file.group_sizes) - 1)[VECTOR]
        except UnreadableFile:
            return True  # whoever needs it is told
        head = path.stat().st_size - 4 * rows * dims
        kept = np.fromfile(path, np.float32, offset=head + 4 * dims * start).reshape(-1, dims)
        return np.array_equal(vectors_of(group)[alive], kept[alive])

    def take(self, places: Positions) -> Vectors:
        """Return the vectors of some rows; where one is not finite, all are made anew first."""
        taken = self.vectors[places]
        if not _finite(taken):
            self.vectors = self.make_vectors()
            taken = self.vectors[places]
        return taken

    def finite_vectors(self) -> Vectors:
        """Return all vectors, which are read to see that they are finite, or else made anew."""
        if not _finite(self.vectors):
            self.vectors = self.make_vectors()
        return self.vectors

    def make_vectors(self) -> Vectors:
        """Make the `.npy` file from the parquet file, and return what is in it."""
        vectors = np.concatenate(
            [np.zeros((0, self.file.dims), np.float32)]
            + [vectors_of(batch.column(VECTOR)) for batch in self._vector_batches()]
        )
        with suppress(LikewiseError):  # a reader may have no right to write
            write_vectors(self.folder, self.entry.name, vectors)
            mapped: Vectors = map_array(self.folder / f"{self.entry.name}.npy")
            return mapped
        return vectors

    def _vector_batches(self) -> Iterator["pa.RecordBatch"]:
        try:
            yield from self.file.batches([VECTOR])
        except UnreadableFile as error:
            raise damaged(self.folder, _within(error)) from None


def _finite(vectors: Vectors) -> bool:
    """Whether no number is NaN or infinite, which the product of each row with ones tells."""
    with np.errstate(all="ignore"):
        sums = vectors @ np.ones(vectors.shape[1], np.float32)
    return bool(np.isfinite(sums).all())


def write_vectors(folder: Path, name: str, vectors: Vectors) -> None:
    """Write the `.npy` file of a shard."""
    with replacing(folder / f"{name}.npy", links=False) as file:
        np.lib.format.write_array(file, np.ascontiguousarray(vectors), allow_pickle=False)


def _within(error: LikewiseError) -> str:
    """Return what is wrong with a file as a part of a sentence about the collection."""
    return error.problem.removesuffix(".")
