"""A collection of a database as a reader sees it, and its search, by SQL.

Each row says from which generation of the collection on it is there, and since when no more. A
snapshot reads the rows of its own generation, so what was opened stays as it was, whatever others
add and delete meanwhile. Positions count the rows of the snapshot.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from likewise.collections.search.terms import POINTS, SIGNS, terms_of
from likewise.collections.storage.manifest import Manifest, ShardEntry
from likewise.collections.storage.postgres.catalogue import read_manifest, table_of
from likewise.collections.storage.postgres.columns import loaded, sql_columns
from likewise.collections.storage.postgres.database import Database, changed, told
from likewise.collections.storage.shard import CONTENT, ID, OWN, TEXT, TRUNCATED, Mask, Positions
from likewise.collections.storage.shards import Snapshot
from likewise.errors import CollectionBusy
from likewise.similarity.cosine import pair_cosines
from likewise.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

VISIBLE = "born <= %(generation)s and (died is null or died > %(generation)s)"
LANGUAGE = "english"
"""Of the full-text search: how words are shortened, and which are left out."""

_BARE = (
    f"normalize(regexp_replace(normalize(left(text, 100000), NFKD), '[{POINTS}]', '', 'g'), NFC)"
)
_SPACED = f"regexp_replace({_BARE}, '([{SIGNS}])', ' \\1 ', 'g')"
_WORDS_OF = f"to_tsvector('{LANGUAGE}', left({_SPACED}, 100000))"
"""The words of a text as `likewise.collections.search.terms` tells them apart. One character may
become eighteen, and of a vector of words that is too long no index can be made; of its places
PostgreSQL keeps the first 16,383, and 256 of a word, so pairs of characters are found within
these."""

_INDEXED_DIMS = {"vector": 2_000, "halfvec": 4_000}
"""Longer vectors have no index in pgvector."""
_MORE = 64
"""Rows beyond the k nearest that are ranked by exact cosines: pgvector rounds."""

_ROWS = 8_192
_CONTENT_BYTES = 16
_MOST_SEARCHED = 1_000


class DatabaseSnapshot(Snapshot):
    """All rows of a collection in a database at one moment; see `Snapshot`."""

    def __init__(
        self,
        database: Database,
        manifest: Manifest,
        aside: Path,
        places: Positions | None = None,
    ) -> None:
        self.database = database
        self.folder = aside
        self.manifest = manifest
        self.shards = []
        self.scale = None
        self.starts = np.array([0, manifest.alive])
        self.table = table_of(manifest)
        self._columns = {}
        self._known = places

    @classmethod
    def of(
        cls, database: Database, aside: Path, before: "Snapshot | None" = None
    ) -> "DatabaseSnapshot":
        """Open what is there now; raises what `read_manifest` raises."""
        # twice: one that was removed just now is still in the list at first
        for _ in range(2):
            with database.cursor() as cursor:
                manifest = read_manifest(database, cursor)
                if isinstance(before, cls) and (
                    (before.manifest.uid, before.manifest.generation)
                    == (manifest.uid, manifest.generation)
                ):
                    return before
                table = table_of(manifest)
                cursor.execute("select to_regclass(%s) is not null", (table,))
                if cursor.fetchone()[0]:
                    cursor.execute(
                        f"select count(*) from {table} where {VISIBLE}",
                        {"generation": manifest.generation},
                    )
                    rows = cursor.fetchone()[0]
                    return cls(database, counted(manifest, rows), aside / manifest.uid)
        raise changed(database.address, "its rows are not there")

    @property
    def finder(self) -> "DatabaseSnapshot":
        """It searches by itself."""
        return self

    @property
    def blocks(self) -> list[Vectors]:
        """The vectors of all rows, in a temporary file that is mapped into memory."""
        return [self.whole] if len(self) else []

    @cached_property
    def alive(self) -> Mask | None:
        """None: a snapshot has no rows that were deleted."""
        return None

    @cached_property
    def positions(self) -> Positions:
        """The positions of all rows."""
        return np.arange(len(self))

    @cached_property
    def places(self) -> Positions:
        """The keys of all rows in the table, rising; int64, shape (n,)."""
        if self._known is not None:
            return self._known
        found = np.fromiter((row[0] for row in self._all("place")), np.int64)
        self._whole(found, len(self))
        return found

    @cached_property
    def ids(self) -> "pa.Array":
        """The ids of all rows."""
        import pyarrow as pa

        with self._sound():
            found = pa.array([row[0] for row in self._all("id")], pa.string())
        self._whole(found, len(self))
        return found

    def contents(self, positions: Positions) -> list[bytes]:
        """Return the hashes of some rows."""
        with self._sound():
            found = [bytes(row[0]) for row in self._at("content", positions)]
        if any(len(one) != _CONTENT_BYTES for one in found):
            raise changed(self.database.address, "a hash is of another length")
        return found

    def rows(self, positions: Positions, columns: Sequence[str]) -> "pa.Table":
        """Return columns of some rows, in the order of `positions`."""
        import pyarrow as pa

        named = self._names()
        wanted = ", ".join(named[name] for name in columns)
        found = self._at(wanted, np.asarray(positions, np.int64))
        cells = list(zip(*found, strict=True)) if found else [()] * len(columns)
        types = self._types()
        with self._sound():
            arrays = [loaded(cell, types[name]) for name, cell in zip(columns, cells, strict=True)]
        for name, array in zip(columns, arrays, strict=True):
            if name in OWN and array.null_count:
                raise changed(self.database.address, "a text or an id is missing")
        return pa.Table.from_arrays(arrays, names=list(columns))

    def vectors_at(self, positions: Positions) -> Vectors:
        """Return the vectors of some rows, float32, shape (n, dims)."""
        if "whole" in self.__dict__:
            return self.whole[positions]
        found = np.empty((len(positions), self.manifest.identity.dims), np.float32)
        for start in range(0, len(positions), _ROWS):
            part = np.asarray(positions[start : start + _ROWS], np.int64)
            with self._sound():
                for row, (vector,) in enumerate(self._at("vector", part), start):
                    found[row] = vector.to_numpy()
        return found

    def _read_column(self, name: str) -> "pa.ChunkedArray":
        import pyarrow as pa

        values = [row[0] for row in self._all(self._names()[name])]
        with self._sound():
            return pa.chunked_array([loaded(values, self._types()[name])])

    def find(self, ids: Sequence[str]) -> Positions:
        """Return the position of each id, -1 where it is not there."""
        with self.database.cursor() as cursor:
            cursor.execute(
                f"select id, place from {self.table} where md5(id) = any(array("
                f"select md5(one) from unnest(%(ids)s::text[]) one)) and {VISIBLE}",
                self._asked(ids=[id_ for id_ in ids if "\0" not in id_]),
            )
            known = dict(cursor.fetchall())
        found = np.array([known.get(id_, -1) for id_ in ids], np.int64)
        return np.where(found >= 0, np.searchsorted(self.places, found), -1)

    def nearest(
        self, vector: Vectors, k: int, allowed: Mask | None, *, fast: bool
    ) -> tuple[Positions, npt.NDArray[np.float32]]:
        """Return positions and exact cosines of the nearest rows, most similar first.

        Args:
            vector: float32, shape (1, dims), unit length.
            k: how many, at least 1.
            allowed: bool, shape (n,): rows that may be found; by default all.
            fast: by pgvector's index (HNSW), which may miss some; else every row is compared.
        """
        kind = "halfvec" if self.manifest.precision == "float16" else "vector"
        fast = fast and self.manifest.identity.dims <= _INDEXED_DIMS[kind]
        if fast:
            self._indexed("near", f"using hnsw (vector {kind}_cosine_ops)")
        may = "" if allowed is None else "and place = any(%(may)s)"
        places = [] if allowed is None else self.places[allowed].tolist()
        # an index is taken where the order is by the distance alone
        order = "distance" if fast else "distance, place"
        with self.database.cursor() as cursor:
            if fast:
                cursor.execute("set local hnsw.iterative_scan = strict_order")
                cursor.execute(
                    f"set local hnsw.ef_search = {min(_MOST_SEARCHED, max(40, 4 * k)):d}"
                )
            else:
                cursor.execute("set local enable_indexscan = off")
            cursor.execute(
                f"select place, vector, vector <=> %(vector)s as distance from {self.table} "
                f"where {VISIBLE} {may} order by {order} limit %(most)s",
                self._asked(vector=self._bound(vector[0]), may=places, most=k + _MORE),
            )
            found = cursor.fetchall()
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        positions = np.searchsorted(self.places, np.array([row[0] for row in found], np.int64))
        with self._sound():
            near = np.array([row[1].to_numpy() for row in found], np.float32)
        cosines = pair_cosines(np.repeat(vector, len(near), axis=0), near).astype(np.float32)
        best = np.lexsort((positions, -cosines))[:k]
        return positions[best], cosines[best]

    def best_by_words(self, text: str, k: int, allowed: Mask | None) -> Positions:
        """Return the positions of the `k` texts that fit the words best, by PostgreSQL's rank."""
        terms = terms_of(text)
        if not terms or not len(self):
            return np.zeros(0, np.int64)
        self._indexed("words", f"using gin ({_WORDS_OF})")
        may = "" if allowed is None else "and place = any(%(may)s)"
        places = [] if allowed is None else self.places[allowed].tolist()
        with self.database.cursor() as cursor:
            # each word is quoted, so none is an operator of the query language
            wanted = " | ".join(
                "(" + " <-> ".join(f"'{word}'" for word in term) + ")" for term in terms
            )
            cursor.execute(
                f"select place from {self.table}, to_tsquery('{LANGUAGE}', %(words)s) wanted "
                f"where {_WORDS_OF} @@ wanted and {VISIBLE} {may} "
                f"order by ts_rank_cd({_WORDS_OF}, wanted, 1) desc, place limit %(most)s",
                self._asked(words=wanted, may=places, most=k),
            )
            found = np.array([row[0] for row in cursor.fetchall()], np.int64)
        return np.searchsorted(self.places, found)

    def _all(self, column: str) -> list[tuple[Any, ...]]:
        with self.database.cursor() as cursor:
            cursor.execute(
                f"select {column} from {self.table} where {VISIBLE} order by place", self._asked()
            )
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def _at(self, columns: str, positions: Positions) -> list[tuple[Any, ...]]:
        """Return SQL columns of some rows, in the order of `positions`."""
        if not len(positions):
            return []
        places = self.places[positions].tolist()
        with self.database.cursor() as cursor:
            cursor.execute(
                f"select place, {columns} from {self.table} where place = any(%s)", (places,)
            )
            found = {row[0]: row[1:] for row in cursor.fetchall()}
        self._whole(found, len(set(places)))
        return [found[place] for place in places]

    def _whole(self, found: Any, count: int) -> None:  # noqa: ANN401
        """Say where rows of an earlier state are gone."""
        if len(found) != count:
            raise CollectionBusy(
                f"The collection {self.database.address.shown} was compacted since it was opened.",
                "Open it again, or refresh it.",
            )

    @contextmanager
    def _sound(self) -> Iterator[None]:
        """Say that cells are not what was written, where they can't be taken as that."""
        try:
            yield
        except (ValueError, TypeError, AttributeError, NotImplementedError, OverflowError):
            raise changed(self.database.address, "cells are of another kind") from None

    def _indexed(self, name: str, how: str) -> None:
        """Make an index where there is none; others read and write meanwhile.

        Who may not make one, or finds another at it, searches without.
        """
        index = f"{self.table}_{name}"
        with self.database.cursor() as cursor:
            if _is_there(cursor, index):
                return
        with told(self.database.address), self.database.connect() as connection:
            import psycopg

            # not waited for: to make an index is to wait for whoever has begun to read
            asked = connection.execute("select pg_try_advisory_lock(hashtext(%s), 0)", (index,))
            if not asked.fetchone()[0] or _is_there(connection, index):
                return
            refused = (
                psycopg.errors.InsufficientPrivilege,
                psycopg.errors.ReadOnlySqlTransaction,
            )
            with suppress(*refused):
                # somebody may have been stopped while making it
                connection.execute(f"drop index concurrently if exists {index}")
                connection.execute(f"create index concurrently {index} on {self.table} {how}")

    def _asked(self, **values: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"generation": self.manifest.generation, **values}

    def _bound(self, vector: Vectors) -> Any:  # noqa: ANN401
        return bound(vector, self.manifest)

    def _names(self) -> dict[str, str]:
        own = {ID: "id", TEXT: "text", TRUNCATED: "truncated", CONTENT: "content"}
        return own | sql_columns(self.manifest.columns)

    def _types(self) -> dict[str, "pa.DataType"]:
        import pyarrow as pa

        own = {ID: pa.string(), TEXT: pa.string(), TRUNCATED: pa.bool_(), CONTENT: pa.binary(16)}
        return own | dict(self.manifest.columns)


def _is_there(cursor: Any, index: str) -> bool:  # noqa: ANN401
    found = cursor.execute(
        "select indisvalid from pg_index where indexrelid = to_regclass(%s)", (index,)
    )
    row = found.fetchone()
    return row is not None and bool(row[0])


def bound(vector: Vectors, manifest: Manifest) -> Any:  # noqa: ANN401
    """Return a vector as pgvector takes it."""
    from pgvector import HalfVector, Vector

    return HalfVector(vector) if manifest.precision == "float16" else Vector(vector)


def counted(manifest: Manifest, rows: int) -> Manifest:
    """Return a manifest that says how many rows there are."""
    from dataclasses import replace

    return replace(manifest, shards=(ShardEntry("0", rows, rows),) if rows else ())
