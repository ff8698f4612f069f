"""Collections of a database by their names, and what each consists of."""

import base64
import re
from typing import Any, get_args

import orjson

from likewise.collections.storage.lock import WAIT_SECONDS
from likewise.collections.storage.manifest import Manifest, columns_of, types_of
from likewise.collections.storage.postgres.database import Address, Database, check_name, told
from likewise.errors import (
    CollectionBusy,
    CollectionExists,
    CollectionMissing,
    DamagedCollection,
    InvalidIdentity,
    shown,
)
from likewise.files.vectors.embeddings import Precision
from likewise.types import Identity

_UID = re.compile("[0-9a-f]{16}")


def table_of(manifest: Manifest) -> str:
    """Return the name of a collection's table, made of hexadecimal digits."""
    return f"likewise_{int(manifest.uid, 16):016x}"


def lock(cursor: Any, address: Address, uid: str, wait: float) -> None:  # noqa: ANN401
    """Keep others from changing a collection for as long as the cursor's connection lives.

    Raises:
        CollectionBusy: another process goes on changing it.
    """
    import psycopg

    cursor.execute(f"set lock_timeout = {max(1, round(wait * 1_000)):d}")
    try:
        cursor.execute("select pg_advisory_lock(%s)", (int(uid, 16) - 2**63,))
    except psycopg.errors.LockNotAvailable:
        raise CollectionBusy(
            f"Another process is changing the collection {address.shown}.",
            "Wait for it, or stop it; searching goes on meanwhile.",
        ) from None


def read_manifest(database: Database, cursor: Any) -> Manifest:  # noqa: ANN401
    """Return what the collection consists of.

    Raises:
        CollectionMissing: there is none of that name.
        DamagedCollection: what describes it can't be understood.
    """
    cursor.execute(
        "select uid, generation, encoder, precision, types from likewise_collections "
        "where name = %s",
        (database.address.collection,),
    )
    row = cursor.fetchone()
    if row is None:
        raise _missing(database.address, cursor)
    uid, generation, encoder, precision, types = row
    not_ours = DamagedCollection(
        f"The collection {database.address.shown} can't be understood.",
        "Take the database from a backup, or delete the collection and make it again.",
    )
    if not _UID.fullmatch(str(uid)) or precision not in get_args(Precision) or generation < 0:
        raise not_ours
    try:
        identity = Identity.from_dict(orjson.loads(encoder))
        columns = columns_of(base64.b64encode(types).decode())
    except (ValueError, TypeError, InvalidIdentity) as error:
        raise not_ours from error
    return Manifest(identity, columns, precision, generation, uid=uid)


def make(database: Database, manifest: Manifest) -> None:
    """Make a collection without texts.

    Raises:
        CollectionExists: there is one of that name.
    """
    name, table = database.address.collection, table_of(manifest)
    kind = "halfvec" if manifest.precision == "float16" else "vector"
    with database.cursor(change=True) as cursor:
        cursor.execute(
            "insert into likewise_collections values (%s, %s, 0, %s, %s, %s) "
            "on conflict (name) do nothing",
            (
                name,
                manifest.uid,
                orjson.dumps(manifest.identity.to_dict()).decode(),
                manifest.precision,
                types_of(manifest.columns),
            ),
        )
        if not cursor.rowcount:
            raise CollectionExists(
                f"There is a collection {shown(name)} already.", "Open it, or choose another name."
            )
        # where the list of collections is, for others may have another schema of their own first
        cursor.execute(
            "select relnamespace::regnamespace::text from pg_class "
            "where oid = to_regclass('likewise_collections')"
        )
        schema = cursor.fetchone()[0]
        cursor.execute(
            f"create table {schema}.{table} ("
            "place bigint generated always as identity primary key, "
            "id text not null, text text not null, truncated boolean not null, "
            "content bytea not null, born bigint not null, died bigint, "
            f"vector {kind}({manifest.identity.dims:d}) not null)"
        )
        # of its hash, for an index takes no ids beyond 2,700 bytes
        cursor.execute(f"create index on {schema}.{table} (md5(id))")


def names(database: Database) -> list[str]:
    """Return the names of all collections in the database."""
    with database.cursor() as cursor:
        cursor.execute("select name from likewise_collections order by name")
        return [name for (name,) in cursor.fetchall()]


def rename(database: Database, new: str) -> None:
    """Give a collection another name.

    Raises:
        InvalidOption: none can have it.
        CollectionExists: another one has it.
    """
    import psycopg

    check_name(new)
    with database.cursor(change=True) as cursor:
        try:
            cursor.execute(
                "update likewise_collections set name = %s where name = %s and name <> %s",
                (new, database.address.collection, new),
            )
        except psycopg.errors.UniqueViolation:
            raise _taken(new) from None
        if not cursor.rowcount:
            raise (
                _taken(new)
                if new == database.address.collection
                else _missing(database.address, cursor)
            )


def remove(database: Database) -> None:
    """Remove a collection for ever, also one that can't be understood.

    Raises:
        CollectionBusy: another process goes on changing it.
    """
    address = database.address
    with told(address), database.connect() as connection, connection.transaction():
        cursor = connection.cursor()
        uid = _uid_of(address, cursor)
        if _UID.fullmatch(uid):
            lock(cursor, address, uid, WAIT_SECONDS)
            cursor.execute(f"drop table if exists likewise_{uid}")
        cursor.execute("delete from likewise_collections where uid = %s", (uid,))
        if not cursor.rowcount:  # another was quicker
            raise _missing(address, cursor)


def _uid_of(address: Address, cursor: Any) -> str:  # noqa: ANN401
    cursor.execute("select uid from likewise_collections where name = %s", (address.collection,))
    row = cursor.fetchone()
    if row is None:
        raise _missing(address, cursor)
    return str(row[0])


def size(database: Database) -> int:
    """Return the bytes of a collection's table, its indexes included."""
    with database.cursor() as cursor:
        table = table_of(read_manifest(database, cursor))
        cursor.execute("select coalesce(pg_total_relation_size(to_regclass(%s)), 0)", (table,))
        return int(cursor.fetchone()[0])


def _taken(name: str) -> CollectionExists:
    return CollectionExists(
        f"There is {shown(name)} already.", "Choose another name, or delete it."
    )


def _missing(address: Address, cursor: Any) -> CollectionMissing:  # noqa: ANN401
    cursor.execute("select name from likewise_collections order by name limit 20")
    there = [name for (name,) in cursor.fetchall()]
    known = f"There are: {', '.join(there)}." if there else "There is none yet."
    return CollectionMissing(
        f"There is no collection {shown(address.collection)}.",
        f"{known} `likewise add FILE --collection NAME` makes one.",
        param="collection",
    )
