"""Collections of a database by their names, and what each consists of."""

import base64
from typing import Any

import orjson

from likewise.collections.manifest import Manifest, columns_of, types_of
from likewise.collections.postgres.database import Address, Database
from likewise.errors import (
    CollectionExists,
    CollectionMissing,
    DamagedCollection,
    InvalidIdentity,
    shown,
)
from likewise.types import Identity


def table_of(manifest: Manifest) -> str:
    """Return the name of a collection's table, made of hexadecimal digits."""
    return f"likewise_{int(manifest.uid, 16):016x}"


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
    try:
        identity = Identity.from_dict(orjson.loads(encoder))
        columns = columns_of(base64.b64encode(types).decode())
    except (ValueError, InvalidIdentity) as error:
        raise DamagedCollection(
            f"The collection {database.address.shown} can't be understood.",
            "Take the database from a backup, or make the collection again.",
        ) from error
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
        cursor.execute(
            f"create table {table} ("
            "place bigint generated always as identity primary key, "
            "id text not null, text text not null, truncated boolean not null, "
            "content bytea not null, born bigint not null, died bigint, "
            f"vector {kind}({manifest.identity.dims:d}) not null)"
        )
        # of its hash, for an index takes no ids beyond 2,700 bytes
        cursor.execute(f"create index on {table} (md5(id))")


def names(database: Database) -> list[str]:
    """Return the names of all collections in the database."""
    with database.cursor() as cursor:
        cursor.execute("select name from likewise_collections order by name")
        return [name for (name,) in cursor.fetchall()]


def rename(database: Database, new: str) -> None:
    """Give a collection another name."""
    with database.cursor(change=True) as cursor:
        cursor.execute("select 1 from likewise_collections where name = %s", (new,))
        if cursor.fetchone():
            raise CollectionExists(
                f"There is {shown(new)} already.", "Choose another name, or delete it."
            )
        cursor.execute(
            "update likewise_collections set name = %s where name = %s",
            (new, database.address.collection),
        )
        if not cursor.rowcount:
            raise _missing(database.address, cursor)


def remove(database: Database) -> None:
    """Remove a collection for ever."""
    with database.cursor(change=True) as cursor:
        manifest = read_manifest(database, cursor)
        cursor.execute(f"drop table {table_of(manifest)}")
        cursor.execute("delete from likewise_collections where uid = %s", (manifest.uid,))


def size(database: Database) -> int:
    """Return the bytes of a collection's table, its indexes included."""
    with database.cursor() as cursor:
        manifest = read_manifest(database, cursor)
        cursor.execute("select pg_total_relation_size(%s::regclass)", (table_of(manifest),))
        return int(cursor.fetchone()[0])


def _missing(address: Address, cursor: Any) -> CollectionMissing:  # noqa: ANN401
    cursor.execute("select name from likewise_collections order by name limit 20")
    there = [name for (name,) in cursor.fetchall()]
    known = f"There are: {', '.join(there)}." if there else "There is none yet."
    return CollectionMissing(
        f"There is no collection {shown(address.collection)}.",
        f"{known} `likewise add FILE --collection NAME` makes one.",
        param="collection",
    )
