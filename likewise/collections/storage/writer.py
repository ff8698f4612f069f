"""Changes a collection: one writer at a time, and each change is there as a whole or not at all.

New files are written and flushed to the disk first, then the manifest that names them takes the
place of the old one. What no manifest names any more is removed at last, so a crash leaves at
worst a file that the next writer removes.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from likewise.collections.storage.lock import WAIT_SECONDS, locked
from likewise.collections.storage.manifest import Manifest, ShardEntry
from likewise.collections.storage.shard import (
    CONTENT,
    GROUP_ROWS,
    ID,
    TEXT,
    TRUNCATED,
    Mask,
    Positions,
    Shard,
)
from likewise.collections.storage.shards import Snapshot
from likewise.files.vectors.columns import cast, widened
from likewise.files.vectors.embeddings import (
    VECTOR,
    embeddings_schema,
    embeddings_writer,
    vector_column,
    vectors_of,
)
from likewise.files.write import replacing

if TYPE_CHECKING:
    import pyarrow as pa

SMALL_ROWS = 65_536
MOST_SMALL = 16
"""So many shards that are smaller are put together, or a long job would leave thousands."""

FULL_ROWS = 262_144
"""Rows of a shard after compaction."""

_OURS = re.compile(r"\d{6,12}(-\d{1,12})?\.(parquet|npy|codes)")
_TEMPORARY = re.compile(r"\.likewise-\w+\.tmp")
_STALE_SECONDS = 3_600
"""Readers write vectors aside as well: a younger file may be in the making."""


class Writer:
    """The one that may change a collection; a context manager.

    Attributes:
        snapshot: what is there, with all changes of this writer.

    Args:
        folder: of the collection.
        wait: seconds that another writer is waited for.

    Raises:
        CollectionBusy: another process is changing it and does not finish in time.
        DamagedCollection: it is not as it was written.
    """

    def __init__(self, folder: Path, *, wait: float = WAIT_SECONDS) -> None:
        self.folder = folder
        self._wait = wait

    def __enter__(self) -> "Writer":
        with ExitStack() as stack:
            stack.enter_context(locked(self.folder, self._wait))
            self.snapshot = Snapshot.read(self.folder)
            self._sweep()
            self._unlock = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unlock.close()

    @property
    def manifest(self) -> Manifest:
        """What the collection consists of now."""
        return self.snapshot.manifest

    def widen(self, types: Mapping[str, "pa.DataType"]) -> None:
        """Give the collection columns of these types, or types that hold these and the old."""
        columns = dict(self.manifest.columns)
        for name, type_ in types.items():
            columns[name] = widened(columns[name], type_) if name in columns else type_
        if columns != self.manifest.columns:
            self._commit(self.manifest.changed(columns=columns))

    def change(
        self, rows: "pa.Table | None" = None, deleted: Positions | Sequence[int] = ()
    ) -> None:
        """Add rows and take rows away, both or neither; on the disk when the function returns.

        Args:
            rows: columns id, text, truncated, _content, vector (fixed-size list of float32), and
                any of the user's.
            deleted: positions in `snapshot`.

        Raises:
            UnwritableFile: no space or no permission; the collection is as before.
        """
        if not (rows is not None and len(rows)) and not len(deleted):
            return
        entries = self._without(np.asarray(deleted, np.int64))
        number = self.manifest.next_shard
        if rows is not None and len(rows):
            entries.append(self._write(number, [rows], len(rows)))
            number += 1
        self._commit(self.manifest.changed(shards=tuple(entries), next_shard=number))
        self._merge_small()

    def compact(self) -> None:
        """Write all rows anew in few large shards, without those that were deleted."""
        shards = self.snapshot.shards
        is_tidy = all(shard.entry.deleted is None for shard in shards) and (
            sum(shard.entry.rows < FULL_ROWS for shard in shards) <= 1
        )
        if is_tidy:
            return
        entries, number = [], self.manifest.next_shard
        for part in _portions(shards):
            entries.append(self._joined(number, part))
            number += 1
        self._commit(self.manifest.changed(shards=tuple(entries), next_shard=number))

    def _merge_small(self) -> None:
        """Put the small shards at the end together once there are many."""
        shards = self.snapshot.shards
        first = len(shards)
        while first and shards[first - 1].entry.rows < SMALL_ROWS:
            first -= 1
        if len(shards) - first < MOST_SMALL:
            return
        number = self.manifest.next_shard
        entries = [shard.entry for shard in shards[:first]]
        entries.append(self._joined(number, shards[first:]))
        self._commit(self.manifest.changed(shards=tuple(entries), next_shard=number + 1))

    def _joined(self, number: int, shards: Sequence[Shard]) -> ShardEntry:
        count = sum(shard.entry.alive for shard in shards)
        return self._write(number, _rows_of(shards), count)

    def _without(self, deleted: Positions) -> list[ShardEntry]:
        """Return the entries of the shards without these rows, having written which ones go."""
        entries = [shard.entry for shard in self.snapshot.shards]
        for number, places in self.snapshot.split(deleted).items():
            alive = self.snapshot.shards[number].alive.copy()
            alive[places] = False
            entries[number] = self._marked(entries[number], alive)
        return [entry for entry in entries if entry.alive]

    def _marked(self, entry: ShardEntry, alive: Mask) -> ShardEntry:
        left = int(alive.sum())
        name = f"{entry.name}-{self.manifest.generation + 1}"
        if left:
            with replacing(self.folder / f"{name}.npy", links=False) as file:
                np.lib.format.write_array(file, ~alive, allow_pickle=False)
        return ShardEntry(entry.name, entry.rows, left, name)

    def _write(self, number: int, tables: Iterable["pa.Table"], count: int) -> ShardEntry:
        """Write a shard; its vectors stand in the parquet file, and beside it to be mapped."""
        manifest, name = self.manifest, f"{number:06}"
        schema = shard_schema(manifest)
        shape = (count, manifest.identity.dims)
        with (
            replacing(self.folder / f"{name}.npy", links=False) as vectors,
            replacing(self.folder / f"{name}.parquet", links=False) as file,
            embeddings_writer(file, schema, group_rows=GROUP_ROWS) as write,
        ):
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(vectors, header)
            for table in tables:
                fitted = _fitted(table, schema)
                vectors.write(vectors_of(fitted[VECTOR]).data)
                write(fitted)
        return ShardEntry(name, count, count)

    def _commit(self, manifest: Manifest) -> None:
        manifest.write(self.folder)
        self.snapshot = Snapshot(self.folder, manifest, self.snapshot)
        self._sweep()

    def _sweep(self) -> None:
        """Remove the files that the manifest does not name."""
        named = {entry.name for entry in self.manifest.shards}
        named |= {entry.deleted for entry in self.manifest.shards if entry.deleted}
        for entry in os.scandir(self.folder):
            is_old = _OURS.fullmatch(entry.name) and Path(entry.name).stem not in named
            with suppress(OSError):  # a file that is open stays for a while on some systems
                if is_old or (
                    _TEMPORARY.fullmatch(entry.name)
                    and time.time() - entry.stat().st_mtime > _STALE_SECONDS
                ):
                    Path(entry.path).unlink()


def shard_schema(manifest: Manifest) -> "pa.Schema":
    """Return the schema of a shard that is written now."""
    import pyarrow as pa

    types = {ID: pa.string(), TEXT: pa.string(), **manifest.columns,
             TRUNCATED: pa.bool_(), CONTENT: pa.binary(16)}  # fmt: skip
    return embeddings_schema(
        manifest.identity.to_dict(),
        types,
        precision=manifest.precision,
        required=(ID, TEXT, TRUNCATED, CONTENT),
    )


def _fitted(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """Return a table with the columns of the schema, of its types; what is missing is null."""
    import pyarrow as pa

    # by a dict: a table looks through all its names for one
    given = dict(zip(table.column_names, table.columns, strict=True))
    columns = []
    for field in schema:
        if field.name not in given:
            columns.append(pa.nulls(len(table), field.type))
        elif field.name == VECTOR:
            columns.append(vector_column(vectors_of(given[VECTOR]), schema))
        else:
            columns.append(cast(given[field.name], field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _rows_of(shards: Sequence[Shard]) -> Iterator["pa.Table"]:
    import pyarrow as pa

    for shard in shards:
        for batch in shard.batches():
            if len(batch):
                yield pa.Table.from_batches([batch])


def _portions(shards: Sequence[Shard]) -> Iterator[list[Shard]]:
    """Yield neighbouring shards that make a full one together."""
    part: list[Shard] = []
    for shard in shards:
        part.append(shard)
        if sum(one.entry.alive for one in part) >= FULL_ROWS:
            yield part
            part = []
    if part:
        yield part
