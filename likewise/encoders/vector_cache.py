"""A vector cache on disk: a text that was encoded once costs nothing again.

One SQLite file for all encoders. A row is keyed by the encoder's identity digest and the
SHA-256 of the text, and holds the raw float32 vector with a checksum. Whatever goes wrong
with the file, the answer is a miss, never an error: a row that does not check is computed
again, a file that SQLite can't read is made anew, a folder that can't be written is only read.
Rows that were paid for and can't be written are held in memory until they can.

Source for the modes: sqlite.org/wal.html and sqlite.org/pragma.html.
"""

import logging
import operator
import sqlite3
import threading
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from likewise.encoders.embedding import KnownRow
from likewise.encoders.forking import renewed_after_fork

log = logging.getLogger(__name__)

_SCHEMA = """
create table if not exists vectors (
    key blob primary key,
    vector blob not null,
    tokens integer not null,
    truncated integer not null,
    checksum integer not null,
    used integer not null,
    unknown integer
);
create index if not exists vectors_used on vectors (used);
"""
_INCREMENTAL = 2
"""What SQLite calls `auto_vacuum = incremental`."""
_KEYS_PER_QUERY = 500
_DAY = 86_400
_EVICT_TO = 0.9
"""Share of the size bound that eviction leaves."""
_READ_WAIT_MS = 250
_WRITE_WAIT_MS = 5_000
"""How long a lock of another process is waited for: reading is worth little time, because what is
missed is only computed again; writing what was paid for is worth more."""
_REST_SECONDS = 60
"""How long a file that stayed locked is left alone, and not complained about."""
_HELD_BYTES = 64_000_000
"""Vectors that were paid for and could not be written yet, of which the latest are held."""

UNCOUNTED = -1
"""What stands for the unknown tokens of a row that an older Likewise kept without them."""

_of_the_parent: list[sqlite3.Connection] = []
"""Connections that this process got by being forked; closing one here would harm the other's."""

_Doing = Literal["reading", "writing"]
"""Who writes is not an obstacle to who reads, so each rests by itself."""


class VectorCache:
    """The file itself; safe under several threads and several processes."""

    def __init__(
        self, path: Path, *, max_bytes: int = 2_000_000_000, durable: bool = False
    ) -> None:
        """Use the file at `path`.

        It is kept at `max_bytes` at most; 0 keeps nothing.
        `durable` is for vectors that were paid for: a power cut then loses none of them, at the
        cost of slower writes. A crash of the process loses none either way. They are always
        looked for, and those that can't be written are written with the next ones.
        """
        self._durable = durable
        self.path = path
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._unwritten: dict[bytes, KnownRow] = {}
        self._rests_until: dict[_Doing, float] = {"reading": 0.0, "writing": 0.0}
        renewed_after_fork(self)

    def renew(self) -> None:
        """Open the file anew after a fork: SQLite's connections are of one process."""
        if self._connection is not None:
            _of_the_parent.append(self._connection)
        self._connection = None
        self._lock = threading.Lock()
        self._unwritten = {}  # the other process writes them

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the place of the file."""
        again = partial(VectorCache, self.path, max_bytes=self.max_bytes, durable=self._durable)
        return operator.call, (again,)

    def __deepcopy__(self, _: object) -> Self:
        """Return itself: it is one file."""
        return self

    def get(self, keys: Sequence[bytes], dims: int) -> dict[bytes, KnownRow]:
        """Return the rows that are there and whole, by key."""
        if self.max_bytes == 0:
            return {}
        with self._lock:
            found = {key: self._unwritten[key] for key in keys if key in self._unwritten}
            if self._rests("reading") and not self._durable:
                return found
            try:
                self._wait_at_most(_READ_WAIT_MS)
                for start in range(0, len(keys), _KEYS_PER_QUERY):
                    found |= self._get(self._open(), keys[start : start + _KEYS_PER_QUERY], dims)
            except (sqlite3.Error, OSError) as error:
                self._recover(error, "reading")
        return found

    def put(self, rows: dict[bytes, KnownRow]) -> None:
        """Keep rows; those that can't be written are not kept, or held where they are durable."""
        rests = self._rests("writing")
        if self.max_bytes == 0 or (rests and not self._durable):
            return
        today = _today()
        wait = _WRITE_WAIT_MS if self._durable and not rests else _READ_WAIT_MS
        with self._lock:
            rows = self._unwritten | rows
            try:
                connection = self._wait_at_most(wait)
                with connection:
                    connection.executemany(
                        "insert or replace into vectors "
                        "(key, vector, tokens, truncated, checksum, used, unknown) "
                        "values (?, ?, ?, ?, ?, ?, ?)",
                        [_stored(key, row, today) for key, row in rows.items()],
                    )
                self._unwritten = rows = {}  # evicting may fail, but these are kept
                self._rests_until["writing"] = 0.0
                self._evict(connection)
            except (sqlite3.Error, OSError) as error:
                self._recover(error, "writing")
                self._unwritten = _latest(rows, _HELD_BYTES) if self._durable else {}

    def size(self) -> tuple[int, int]:
        """Return (rows, bytes) of the file; (0, 0) where it can't be read."""
        with self._lock:
            try:
                connection = self._open()
                rows = connection.execute("select count(*) from vectors").fetchone()[0]
                return int(rows), _bytes(connection)
            except (sqlite3.Error, OSError):
                return 0, 0

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            self._close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.path, timeout=_READ_WAIT_MS / 1_000, check_same_thread=False
            )
            try:
                # set anew it would be written anew, for which another's writing must end
                if connection.execute("pragma auto_vacuum").fetchone()[0] != _INCREMENTAL:
                    connection.execute("pragma auto_vacuum = incremental")
                connection.execute("pragma journal_mode = wal")
                connection.execute(f"pragma synchronous = {'full' if self._durable else 'normal'}")
                connection.executescript(_SCHEMA)
                _add_what_is_new(connection)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _wait_at_most(self, milliseconds: int) -> sqlite3.Connection:
        """Return the connection, which waits for locks of others for so long."""
        connection = self._open()
        connection.execute(f"pragma busy_timeout = {milliseconds}")
        return connection

    def _rests(self, doing: _Doing) -> bool:
        """Whether the file stayed locked lately: a job of many texts must not wait each time."""
        return time.monotonic() < self._rests_until[doing]

    def _get(
        self, connection: sqlite3.Connection, keys: Sequence[bytes], dims: int
    ) -> dict[bytes, KnownRow]:
        marks = ",".join("?" * len(keys))
        rows = connection.execute(
            f"select key, vector, tokens, truncated, checksum, used, unknown from vectors "  # noqa: S608
            f"where key in ({marks})",
            keys,
        ).fetchall()
        whole = [row for row in rows if len(row[1]) == dims * 4 and zlib.crc32(row[1]) == row[4]]
        self._touch(connection, [row[0] for row in whole if row[5] < _today()])
        return {
            key: KnownRow(
                np.frombuffer(vector, "<f4").astype(np.float32),
                tokens,
                bool(truncated),
                UNCOUNTED if unknown is None else unknown,
            )
            for key, vector, tokens, truncated, _, _, unknown in whole
        }

    def _touch(self, connection: sqlite3.Connection, keys: list[bytes]) -> None:
        """Note the day of use, once a day, for eviction; reading must not wait for writing."""
        if not keys:
            return
        try:
            with connection:
                connection.executemany(
                    "update vectors set used = ? where key = ?", [(_today(), key) for key in keys]
                )
        except sqlite3.OperationalError as error:
            log.debug("vector cache: day of use not noted: %s", error)

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Drop the rows that were unused longest once the file is over its bound."""
        size = _bytes(connection)
        if size <= self.max_bytes:
            return
        rows = connection.execute("select count(*) from vectors").fetchone()[0]
        surplus = max(1, int(rows * (1 - _EVICT_TO * self.max_bytes / size)))
        with connection:
            connection.execute(
                "delete from vectors where key in "
                "(select key from vectors order by used, rowid limit ?)",
                (surplus,),
            )
        connection.execute("pragma incremental_vacuum").fetchall()

    def _recover(self, error: Exception, doing: _Doing) -> None:
        """Make a broken file anew; leave alone one that is only busy, full or not ours to write."""
        locked = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        if not (locked and (self._rests("reading") or self._rests("writing"))):
            log.warning("vector cache %s: %s; going on without it", self.path, error)
        if locked:
            self._rests_until[doing] = time.monotonic() + _REST_SECONDS
        self._close()
        # OperationalError is a sub-class: locked, read-only, full, no such folder
        broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.OperationalError
        )
        if broken:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _stored(key: bytes, row: KnownRow, today: int) -> tuple[bytes, bytes, int, bool, int, int, int]:
    """Return a row as it stands in the file: the vector as raw little-endian float32."""
    raw = row.vector.astype("<f4").tobytes()
    return key, raw, row.tokens, row.truncated, zlib.crc32(raw), today, row.unknown


def _latest(rows: dict[bytes, KnownRow], most_bytes: int) -> dict[bytes, KnownRow]:
    """Return the last rows whose vectors take no more bytes than that."""
    kept: list[bytes] = []
    for key in reversed(rows):
        most_bytes -= rows[key].vector.nbytes
        if most_bytes < 0:
            break
        kept.append(key)
    return {key: rows[key] for key in reversed(kept)}


def _add_what_is_new(connection: sqlite3.Connection) -> None:
    """Add the column that a file of an older Likewise lacks; its rows say nothing there."""
    columns = {row[1] for row in connection.execute("pragma table_info(vectors)")}
    if "unknown" not in columns:
        with suppress(sqlite3.OperationalError):  # another process may have been quicker
            connection.execute("alter table vectors add column unknown integer")


def _bytes(connection: sqlite3.Connection) -> int:
    pages = connection.execute("pragma page_count").fetchone()[0]
    return int(pages) * int(connection.execute("pragma page_size").fetchone()[0])


def _today() -> int:
    return int(time.time() // _DAY)
