"""Puts the results of a job into a database of vectors, shard by shard.

Each shard is put as a whole or not at all where the database can do that, and putting it twice
changes nothing, so that loading may be stopped and begun again.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from likewise.collections.storage.shard import ID, TEXT
from likewise.distributed.plan import JobPlan, shard_name
from likewise.distributed.store import JobStore
from likewise.distributed.verify import check_stamp
from likewise.errors import InvalidOption, MissingPackage, shown
from likewise.files.vectors.columns import python_values
from likewise.files.vectors.embeddings import VECTOR, EmbeddingsFile, vectors_of
from likewise.types import StageProgress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg import Connection
    from qdrant_client import QdrantClient

_AT_ONCE = 1_000


def load_pgvector(
    store: JobStore,
    plan: JobPlan,
    connection: "Connection[Any]",
    table: str,
    *,
    index: bool = True,
    progress: StageProgress = no_progress,
) -> int:
    """Copy vectors into a table of PostgreSQL with pgvector; return how many were new.

    The table has the columns id, text, columns (JSON) and embedding (halfvec). A shard that was
    copied is noted in the table `TABLE_shards`, in the same transaction.

    Args:
        store: the folder of a finished job.
        plan: its plan.
        connection: an open connection of psycopg.
        table: made where there is none.
        index: make an HNSW index for cosine distance at the end.
        progress: told how many shards are copied.

    Raises:
        InvalidOption: the job has no vectors, or more dimensions than halfvec indexes.
        MissingPackage: psycopg is not installed.
    """
    try:
        from psycopg import sql
    except ImportError:
        raise MissingPackage(
            "psycopg is not installed.", "Install it: pip install 'psycopg[binary]'."
        ) from None
    _check(plan)
    name, noted = sql.Identifier(table), sql.Identifier(f"{table}_shards")
    dims = sql.Literal(plan.identity.dims)
    with connection.transaction():
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (id text PRIMARY KEY, text text NOT NULL, "
                "columns jsonb NOT NULL, embedding halfvec({}) NOT NULL)"
            ).format(name, dims)
        )
        connection.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (plan text, shard bigint, PRIMARY KEY (plan, shard))"
            ).format(noted)
        )
    new = 0
    for number in range(len(plan)):
        with connection.transaction():
            note = sql.SQL("INSERT INTO {} VALUES (%s, %s) ON CONFLICT DO NOTHING").format(noted)
            if connection.execute(note, (plan.digest, number)).rowcount:
                new += _copy(connection, sql.SQL("COPY {} FROM STDIN").format(name),
                             _rows(store, plan, number))  # fmt: skip
        progress("Copying shards", number + 1, len(plan))
    if index:
        with connection.transaction():
            connection.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} USING hnsw "
                        "(embedding halfvec_cosine_ops)").format(
                    sql.Identifier(f"{table}_embedding"), name)
            )  # fmt: skip
    return new


def _copy(connection: "Connection[Any]", command: Any, rows: Iterator[Any]) -> int:  # noqa: ANN401
    count = 0
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for id_, text, values, vector in rows:
            spelt = "[" + ",".join(map(repr, vector.tolist())) + "]"
            copy.write_row((id_, text, orjson.dumps(values, default=str).decode(), spelt))
            count += 1
    return count


def load_qdrant(
    store: JobStore,
    plan: JobPlan,
    client: "QdrantClient",
    collection: str,
    *,
    progress: StageProgress = no_progress,
) -> int:
    """Put vectors into a collection of Qdrant; return how many.

    A point's id is the number of its row among all rows of the job, so that putting it twice
    changes nothing; its payload has id, text and the columns.

    Args:
        store: the folder of a finished job.
        plan: its plan.
        client: of the server, or of Qdrant's local mode.
        collection: made where there is none.
        progress: told how many shards are put.

    Raises:
        InvalidOption: the job has no vectors.
        MissingPackage: qdrant-client is not installed.
    """
    try:
        from qdrant_client import models
    except ImportError:
        raise MissingPackage(
            "qdrant-client is not installed.", "Install it: pip install qdrant-client."
        ) from None
    _check(plan)
    if not client.collection_exists(collection):
        size = models.VectorParams(size=plan.identity.dims, distance=models.Distance.COSINE)
        client.create_collection(collection, vectors_config=size)
    done = 0
    for number in range(len(plan)):
        rows = enumerate(_rows(store, plan, number), done)
        while part := list(islice(rows, _AT_ONCE)):
            points = [
                models.PointStruct(
                    id=place, vector=vector.tolist(), payload={"id": id_, "text": text, **values}
                )
                for place, (id_, text, values, vector) in part
            ]
            client.upsert(collection, points)
            done += len(points)
        progress("Putting shards", number + 1, len(plan))
    return done


def _check(plan: JobPlan) -> None:
    if plan.job != "embed":
        raise InvalidOption(
            f"{shown(plan.input, 200)} was planned to predict: there are no vectors.",
            "Name the output of `likewise scale embed`.",
        )


def _rows(
    store: JobStore, plan: JobPlan, number: int
) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Yield id, text, columns and vector of the rows of a shard that have one."""
    name = shard_name(number)
    with (
        store.open(name) as opened,
        store.asking("be read", name),
        EmbeddingsFile(opened, name=f"'{name}'", gaps=True) as file,
    ):
        check_stamp(file.schema.metadata, plan, number, name=shown(name))
        for batch in file.batches():
            yield from _of(batch, list(plan.columns))


def _of(batch: "pa.RecordBatch", names: list[str]) -> Iterator[Any]:
    there = batch.filter(batch.column(VECTOR).is_valid())
    vectors = vectors_of(there.column(VECTOR)).astype(np.float32)
    ids, texts = (there.column(column).to_pylist() for column in (ID, TEXT))
    cells = [python_values(there.column(column)) for column in names]
    for at, vector in enumerate(vectors):
        values = {column: values[at] for column, values in zip(names, cells, strict=True)}
        yield ids[at], texts[at], values, vector
