"""Changes a collection in a database: one writer at a time, and each change is a transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.collections.storage.lock import WAIT_SECONDS
from likewise.collections.storage.manifest import types_of
from likewise.collections.storage.postgres.catalogue import lock
from likewise.collections.storage.postgres.columns import kind_of, sql_columns, stored
from likewise.collections.storage.postgres.database import Database, told
from likewise.collections.storage.postgres.snapshot import DatabaseSnapshot, bound, counted
from likewise.collections.storage.shard import CONTENT, ID, TEXT, TRUNCATED, Positions
from likewise.collections.storage.writer import Writer
from likewise.errors import CollectionBusy, InvalidText, shown
from likewise.files.vectors.columns import cast, widened
from likewise.files.vectors.embeddings import VECTOR, vectors_of

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


class DatabaseWriter(Writer):
    """The one that may change a collection of a database; see `Writer`."""

    snapshot: DatabaseSnapshot

    def __init__(self, database: Database, aside: "Path", *, wait: float = WAIT_SECONDS) -> None:
        self._database = database
        self._aside = aside
        self._wait = wait

    def __enter__(self) -> "DatabaseWriter":
        with ExitStack() as stack:
            connection = stack.enter_context(self._database.connect())
            self.snapshot = DatabaseSnapshot.of(self._database, self._aside)
            with told(self._database.address):
                uid = self.snapshot.manifest.uid
                lock(connection, self._database.address, uid, self._wait)
            self._connection = connection
            # another may have changed it before the lock was ours
            self.snapshot = DatabaseSnapshot.of(self._database, self._aside, self.snapshot)
            if self.manifest.uid != uid:  # it was removed, and one of its name made
                raise _changed(self._database)
            self._unlock = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unlock.close()  # the lock goes with the connection

    def widen(self, types: Mapping[str, "pa.DataType"]) -> None:
        """Give the collection columns of these types, or types that hold these and the old."""
        before = self.manifest
        columns = dict(before.columns)
        for name, type_ in types.items():
            columns[name] = widened(columns[name], type_) if name in columns else type_
        if columns == before.columns:
            return
        after = before.changed(columns=columns)
        old, new = sql_columns(before.columns), sql_columns(columns)
        snapshot = self.snapshot
        # read before the table is changed, for nobody reads it until that has ended
        cells = {
            name: stored(cast(snapshot.column(name), columns[name]))
            for name in old
            if old[name] != new[name]
        }
        places = snapshot.places.tolist()
        with self._changing() as cursor:
            for name in [name for name in new if old.get(name) != new[name]]:
                sql, kind = new[name], kind_of(columns[name])
                cursor.execute(
                    f"alter table {snapshot.table} add column if not exists {sql} {kind}"
                )
                if cells.get(name):
                    cursor.execute(
                        f"update {snapshot.table} there set {sql} = one.cell from "
                        f"unnest(%s::bigint[], %s::{kind}[]) one(place, cell) "
                        "where there.place = one.place",
                        (places, cells[name]),
                    )
            self._advance(cursor, after.generation, types_of(columns))
        self.snapshot = self._next(after, snapshot.places)

    def change(
        self, rows: "pa.Table | None" = None, deleted: Positions | Sequence[int] = ()
    ) -> None:
        """Add rows and take rows away, both or neither; see `Writer.change`."""
        count = 0 if rows is None else len(rows)
        if not count and not len(deleted):
            return
        before = self.snapshot
        after = before.manifest.changed()
        gone = before.places[np.asarray(deleted, np.int64)]
        with self._changing() as cursor:
            if len(gone):
                cursor.execute(
                    f"update {before.table} set died = %s where place = any(%s)",
                    (after.generation, gone.tolist()),
                )
            if rows is not None and count:
                self._insert(cursor, rows, after.generation)
            self._advance(cursor, after.generation)
            cursor.execute(
                f"select place from {before.table} where born = %s order by place",
                (after.generation,),
            )
            new = np.array([row[0] for row in cursor.fetchall()], np.int64)
        kept = before.places[~np.isin(before.places, gone)] if len(gone) else before.places
        self.snapshot = self._next(after, np.concatenate([kept, new]))

    def compact(self) -> None:
        """Take rows that were deleted out of the table; those who still read them are told."""
        snapshot = self.snapshot
        with self._changing() as cursor:
            cursor.execute(f"delete from {snapshot.table} where died is not null")
            gone = cursor.rowcount
        if gone:
            with told(self._database.address):
                self._connection.execute(f"vacuum (analyze) {snapshot.table}")

    def _insert(self, cursor: Any, rows: "pa.Table", generation: int) -> None:  # noqa: ANN401
        manifest = self.manifest
        named = {
            name: sql for name, sql in sql_columns(manifest.columns).items()
            if name in rows.column_names
        }  # fmt: skip
        own = [ID, TEXT, TRUNCATED, CONTENT]
        cells = [rows[name].to_pylist() for name in own]
        cells += [stored(cast(rows[name], manifest.columns[name])) for name in named]
        _check_text(cells)
        columns = ["id", "text", "truncated", "content", *named.values(), "born", "vector"]
        kinds = ["text", "text", "boolean", "bytea"]
        kinds += [kind_of(manifest.columns[name]) for name in named]
        kinds += ["bigint", "halfvec" if manifest.precision == "float16" else "vector"]
        with cursor.copy(
            f"copy {self.snapshot.table} ({', '.join(columns)}) from stdin (format binary)"
        ) as copy:
            copy.set_types(kinds)
            vectors = vectors_of(rows[VECTOR])
            for row, vector in zip(zip(*cells, strict=True), vectors, strict=True):
                copy.write_row((*row, generation, bound(vector, manifest)))

    def _advance(self, cursor: Any, generation: int, types: bytes | None = None) -> None:  # noqa: ANN401
        cursor.execute(
            "update likewise_collections set generation = %s, types = coalesce(%s, types) "
            "where uid = %s and generation = %s",
            (generation, types, self.manifest.uid, generation - 1),
        )
        if not cursor.rowcount:  # some poolers of connections lose locks between transactions
            raise _changed(self._database)

    @contextmanager
    def _changing(self) -> Iterator[Any]:
        """Yield a cursor in a transaction of the writer's own connection."""
        with (
            told(self._database.address),
            self._connection.transaction(),
            self._connection.cursor(binary=True) as cursor,
        ):
            yield cursor

    def _next(self, manifest: Any, places: Positions) -> DatabaseSnapshot:  # noqa: ANN401
        made = counted(manifest, len(places))
        return DatabaseSnapshot(self._database, made, self.snapshot.folder, places)


def _changed(database: Database) -> CollectionBusy:
    return CollectionBusy(
        f"Another process has changed the collection {database.address.shown} meanwhile.",
        "Try again: what is there already is skipped.",
    )


def _check_text(cells: Iterable[Sequence[Any]]) -> None:
    for column in cells:
        for cell in column:
            if isinstance(cell, str) and "\0" in cell:
                raise InvalidText(
                    f"{shown(cell, 60)} holds the character NUL, which PostgreSQL can't store.",
                    "Take it out.",
                    param="texts",
                )
