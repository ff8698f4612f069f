"""Embeddings as parquet: what goes in comes out, and what is wrong is found."""

import datetime as dt
import os
from decimal import Decimal

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import UnreadableFile
from likewise.files.vectors.columns import python_values
from likewise.files.vectors.embeddings import (
    EmbeddingsFile,
    embeddings_schema,
    embeddings_writer,
    vector_column,
    vectors_of,
)
from likewise.files.vectors.writers import Embedded, parquet_vectors

ENCODER = Sha256Encoder()
IDENTITY = ENCODER.identity.to_dict()
VECTORS = ENCODER.encode(["one", "two", "three"]).vectors


def written(path, columns, *, precision="float32", vectors=VECTORS, identity=IDENTITY, times=1):
    """Write columns {name: array} with vectors."""
    types = {name: array.type for name, array in columns.items()}
    schema = embeddings_schema(identity, types, precision=precision)
    with path.open("wb") as file, embeddings_writer(file, schema) as write:
        for _ in range(times):
            arrays = [*columns.values(), vector_column(vectors, schema)]
            write(pa.Table.from_arrays(arrays, schema=schema))
    return path


IDS = {
    "integers": pa.array([3, -1, 2**62]),
    "strings": pa.array(["b", "a", "ü"]),
    "bytes": pa.array([b"\0", b"\xff", b""]),
    "uuids": pa.array([bytes([n] * 16) for n in range(3)], pa.binary(16)),
    "times": pa.array([dt.datetime(2020, 1, n, tzinfo=dt.UTC) for n in (1, 2, 3)]),
    "pairs": pa.array([{"book": "a", "page": n} for n in range(3)]),
    "unsigned": pa.array([0, 1, 2**64 - 1], pa.uint64()),
}
MORE = {
    "decimal": pa.array([Decimal("1.10"), None, Decimal("-3.25")]),
    "list": pa.array([["a", "b"], [], None]),
    "map": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())),
    "category": pa.array(["x", "y", "x"]).dictionary_encode(),
    "nothing": pa.nulls(3),
    "nanoseconds": pa.array([1, None, 3], pa.timestamp("ns")),
    "vector.like": pa.array([1.5, None, float("nan")]),
}


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_ids_and_columns_of_any_kind_come_back_with_their_types(tmp_path, ids, precision):
    columns = {"id": ids, **MORE}
    path = written(tmp_path / "x.parquet", columns, precision=precision, times=2)
    with EmbeddingsFile(path) as file:
        table = file.table()
        assert (file.rows, file.dims) == (6, 256)
        assert file.encoder == IDENTITY
    for name, array in columns.items():
        # NaN is not a number's equal, so it is compared as it is spelt
        assert str(python_values(table[name])) == str(python_values(array) * 2), name
        assert table[name].type == array.type
    found = vectors_of(table["vector"])
    assert found.dtype == np.float32
    exact = np.vstack([VECTORS, VECTORS]).astype(precision).astype(np.float32)
    assert found.tobytes() == exact.tobytes()


def test_batches_give_the_columns_that_are_asked_for(tmp_path):
    path = written(tmp_path / "x.parquet", {"id": pa.array([1, 2, 3])}, times=3)
    with EmbeddingsFile(path) as file:
        sizes = [len(batch) for batch in file.batches(rows=2)]
        ids = [i for batch in file.batches(["id"], rows=4) for i in batch.column("id").to_pylist()]
    assert sum(sizes) == 9
    assert max(sizes) == 2
    assert ids == [1, 2, 3] * 3


def test_what_an_older_embed_wrote_is_read(tmp_path):
    # as version 0.1.0 wrote it, before pages had checksums
    schema = pa.schema(
        [
            pa.field("id", pa.int64(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("truncated", pa.bool_(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), 256), nullable=False),
        ],
        metadata={
            "likewise.encoder": orjson.dumps(IDENTITY),
            "likewise.digest": IDENTITY["digest"],
        },
    )
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(VECTORS.reshape(-1)), 256)
    table = pa.Table.from_arrays(
        [[1, 2, 3], ["one", "two", "three"], [False] * 3, vectors], schema=schema
    )
    pq.write_table(table, tmp_path / "old.parquet", use_dictionary=False)
    with EmbeddingsFile(tmp_path / "old.parquet") as file:
        assert file.encoder["digest"] == IDENTITY["digest"]
        assert file.table()["text"].to_pylist() == ["one", "two", "three"]


def test_what_embed_writes_is_read(tmp_path):
    with (
        (tmp_path / "x.parquet").open("wb") as file,
        parquet_vectors(file, IDENTITY) as write,
    ):
        write(Embedded([1, 2, 3], ["one", "two", "three"], VECTORS, np.zeros(3, bool)))
    with EmbeddingsFile(tmp_path / "x.parquet") as file:
        assert vectors_of(file.table()["vector"]).tobytes() == VECTORS.tobytes()


def spoilt(vectors):
    """Write vectors whatever they are."""
    return lambda path: written(path, {"id": pa.array([1, 2, 3])}, vectors=vectors)


def of(table):
    return lambda path: pq.write_table(table, path)


NAN = np.where(np.arange(3)[:, None] == 1, np.nan, VECTORS).astype(np.float32)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"PAR1 no parquet PAR1"), "is damaged"),
        (lambda path: path.write_bytes(b""), "is damaged"),
        (of(pa.table({"id": [1]})), "has no column 'vector'"),
        (of(pa.table({"vector": [[1.0]]})), "has no column 'vector' with vectors of one length"),
        (of(pa.table({"vector": pa.array([[1.0]], pa.list_(pa.float32(), 1))})), "which encoder"),
        (spoilt(NAN), "vector 2 is not finite"),
        (spoilt(VECTORS * np.float32(1.1)), "vector 1 is not finite or not of unit length"),
        (spoilt(VECTORS * 0), "vector 1 is not"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, make, said):
    make(tmp_path / "x.parquet")
    with (
        pytest.raises(UnreadableFile, match=said),
        EmbeddingsFile(tmp_path / "x.parquet") as file,
    ):
        file.table()


@pytest.mark.parametrize(
    "change",
    [{b"likewise.digest": b"0" * 64}, {b"likewise.encoder": b"{"}, {b"likewise.encoder": b"[]"}],
)
def test_metadata_that_contradict_themselves_are_refused(tmp_path, change):
    path = written(tmp_path / "x.parquet", {"id": pa.array([1, 2, 3])})
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata(table.schema.metadata | change), path)
    with pytest.raises(UnreadableFile, match="does not say which encoder"):
        EmbeddingsFile(path)


def test_another_number_of_dims_than_the_encoder_has_is_refused(tmp_path):
    path = written(tmp_path / "x.parquet", {"id": pa.array([1, 2, 3])})
    other = IDENTITY | {"dims": 128}
    table = pq.read_table(path)
    metadata = table.schema.metadata | {b"likewise.encoder": orjson.dumps(other)}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    with pytest.raises(UnreadableFile, match="does not say which encoder"):
        EmbeddingsFile(path)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_one_flipped_bit_is_found(tmp_path, share):
    path = written(tmp_path / "x.parquet", {"text": pa.array(["one", "two", "three"])}, times=20)
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableFile), EmbeddingsFile(path) as file:
        file.table()


def test_a_cut_file_is_found(tmp_path):
    path = written(tmp_path / "x.parquet", {"id": pa.array([1, 2, 3])})
    os.truncate(path, path.stat().st_size - 9)
    with pytest.raises(UnreadableFile, match="is damaged"):
        EmbeddingsFile(path)
