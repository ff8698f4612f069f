"""What is held of a parquet file while it is read: a part of it, not all that was read before."""

import secrets

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import likewise
from likewise.collections.storage.shard import ID
from likewise.distributed import input_rows
from likewise.distributed.input_rows import rows_of
from likewise.distributed.planning import JobOptions, make_plan
from likewise.distributed.store import JobStore
from likewise.files.read import open_table
from likewise.files.vectors import embeddings
from likewise.files.vectors.embeddings import EmbeddingsFile, embeddings_schema, embeddings_writer

GROUPS, ROWS, MB = 24, 64, 1 << 20


def of_a_plan(tmp_path, source):
    plan = make_plan(
        str(source), str(tmp_path / "out"), likewise.load("sha256").identity, JobOptions()
    )
    yield from rows_of(plan.plan, plan.plan.shard(0), JobStore(plan.plan.input))


def of_a_table(_, source):
    yield from open_table(source).parts([0])


def of_embeddings(tmp_path, source):
    schema = embeddings_schema(likewise.load("sha256").identity.to_dict(), {ID: pa.string()})
    vectors = np.full((ROWS, 256), 1 / 16, np.float32)
    path = tmp_path / "embeddings.parquet"
    with path.open("wb") as file, embeddings_writer(file, schema) as write:
        for batch in pq.ParquetFile(source).iter_batches(ROWS):
            columns = [batch.column(0), embeddings.vector_column(vectors, schema)]
            write(pa.Table.from_arrays(columns, schema=schema))
    with EmbeddingsFile(path) as opened:
        yield from opened.batches()


@pytest.mark.parametrize("reader", [of_a_plan, of_a_table, of_embeddings])
def test_a_file_is_not_held_as_a_whole_while_it_is_read(tmp_path, monkeypatch, reader):
    monkeypatch.setattr(embeddings, "_PART_BYTES", MB)
    monkeypatch.setattr(input_rows, "BATCH_ROWS", ROWS)
    source = tmp_path / "texts.parquet"
    with pq.ParquetWriter(source, pa.schema({"text": pa.string()}), compression="none") as out:
        for _ in range(GROUPS):
            texts = [secrets.token_hex(MB // 2 // ROWS) for _ in range(ROWS)]
            out.write_table(pa.table({"text": texts}))
    assert source.stat().st_size > GROUPS * MB
    before, most, count = pa.total_allocated_bytes(), 0, 0
    for _ in reader(tmp_path, source):
        most = max(most, pa.total_allocated_bytes() - before)
        count += 1
    assert count >= GROUPS
    assert most < GROUPS * MB / 2
