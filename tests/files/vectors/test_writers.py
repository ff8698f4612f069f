"""Embeddings in every format come back exactly, and say who made them."""

import csv
import io
import json
import zipfile

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import InvalidOption
from likewise.files.formats import EMBEDDED as FORMATS
from likewise.files.formats import vector_writer as writer
from likewise.files.formats import written_format
from likewise.files.read import open_texts
from likewise.files.texts import Text
from likewise.files.vectors.writers import Embedded, write_identity

ENCODER = Sha256Encoder().identity.to_dict() | {"dims": 5}
TEXTS = ["=1+1", 'Grüße,\r\n"quoted" \t', "'@x", "\0nul", "🐈 שלום", "a" * 300]
VECTORS = np.array(
    [
        [0.1, -0.2, 1 / 3, 1e-38, -1.0],
        [1.0, 0.0, -0.0, 2**-24, 1e-7],
        *np.random.default_rng(0).normal(size=(4, 5)),
    ],
    np.float32,
)
TRUNCATED = np.array([False, False, False, False, False, True])
IDS = [1, 2, 4, 5, 8, 13]


def parts():
    for rows in (slice(0, 4), slice(4, 6)):
        yield Embedded(IDS[rows], TEXTS[rows], VECTORS[rows], TRUNCATED[rows])


def written(path, some=None):
    format_ = written_format(path, FORMATS)
    with path.open("w+b") as file, writer(format_, file, ENCODER) as write:
        for part in parts() if some is None else some:
            write(part)
    return path


def test_npy(tmp_path):
    path = written(tmp_path / "out.npy")
    array = np.load(path, allow_pickle=False)
    assert array.dtype == np.float32
    assert array.tobytes() == VECTORS.tobytes()
    write_identity(path, ENCODER, 6)
    said = json.loads((tmp_path / "out.npy.json").read_text())
    assert said == {"vectors": 6, "dims": 5, "encoder": ENCODER}


def test_npz(tmp_path):
    with np.load(written(tmp_path / "out.npz"), allow_pickle=False) as arrays:
        assert sorted(arrays) == ["encoder", "id", "truncated", "vectors"]
        assert arrays["vectors"].tobytes() == VECTORS.tobytes()
        assert arrays["id"].tolist() == IDS
        assert arrays["truncated"].tolist() == TRUNCATED.tolist()
        assert json.loads(str(arrays["encoder"])) == ENCODER
    assert zipfile.ZipFile(tmp_path / "out.npz").testzip() is None
    assert [path.name for path in tmp_path.iterdir()] == ["out.npz"]


def test_csv(tmp_path):
    path = written(tmp_path / "out.csv")
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert rows[0] == ["id", "text", "truncated", "encoder", "v0", "v1", "v2", "v3", "v4"]
    assert [row[1] for row in rows[1:4]] == ["'=1+1", TEXTS[1], "''@x"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in IDS]
    assert {row[3] for row in rows[1:]} == {ENCODER["digest"]}
    assert [row[2] for row in rows[1:]] == ["false"] * 5 + ["true"]
    numbers = np.array([row[4:] for row in rows[1:]], np.float32)
    assert numbers.tobytes() == VECTORS.tobytes()
    assert [text.text for text in open_texts(path, column="text")] == TEXTS


def test_jsonl(tmp_path):
    path = written(tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["text"] for row in rows] == TEXTS
    assert [row["id"] for row in rows] == IDS
    assert [row["truncated"] for row in rows] == TRUNCATED.tolist()
    assert {row["encoder"] for row in rows} == {ENCODER["digest"]}
    numbers = np.array([row["vector"] for row in rows], np.float32)
    assert numbers.tobytes() == VECTORS.tobytes()


def test_parquet(tmp_path):
    table = pq.read_table(written(tmp_path / "out.parquet"))
    assert table.column_names == ["id", "text", "truncated", "vector"]
    assert str(table.schema.field("vector").type) == "fixed_size_list<element: float>[5]"
    assert table["id"].to_pylist() == IDS
    assert table["text"].to_pylist() == TEXTS
    assert table["truncated"].to_pylist() == TRUNCATED.tolist()
    flat = table["vector"].combine_chunks().flatten().to_numpy()
    assert flat.tobytes() == VECTORS.tobytes()
    metadata = table.schema.metadata
    assert metadata[b"likewise.digest"].decode() == ENCODER["digest"]
    assert json.loads(metadata[b"likewise.encoder"]) == ENCODER
    chunk = pq.ParquetFile(tmp_path / "out.parquet").metadata.row_group(0).column(3)
    assert chunk.compression == "UNCOMPRESSED"
    assert not chunk.has_dictionary_page


@pytest.mark.parametrize("format_", FORMATS)
def test_equal_vectors_give_equal_bytes(tmp_path, format_):
    first = written(tmp_path / f"a.{format_}").read_bytes()
    assert written(tmp_path / f"b.{format_}").read_bytes() == first


@pytest.mark.parametrize("format_", FORMATS)
def test_no_text_gives_an_empty_table(tmp_path, format_):
    path = written(tmp_path / f"out.{format_}", some=[])
    if format_ == "npy":
        assert np.load(path).shape == (0, 5)
    elif format_ == "npz":
        assert np.load(path)["vectors"].shape == (0, 5)
    elif format_ == "parquet":
        assert pq.read_table(path).num_rows == 0
    else:
        assert path.read_bytes().count(b"\n") == (1 if format_ == "csv" else 0)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_write_that_fails_is_not_hidden(tmp_path, format_):
    class Full(io.RawIOBase):
        name = str(tmp_path / "out")

        def writable(self):
            return True

        def write(self, _data):
            raise OSError(28, "No space left on device")

    def write_all():
        with writer(format_, Full(), ENCODER) as write:
            for part in parts():
                write(part)

    with pytest.raises(OSError, match="No space left"):
        write_all()


def test_a_name_without_a_known_ending_is_refused(tmp_path):
    with pytest.raises(
        InvalidOption, match=r"\.csv, \.jsonl, \.ndjson, \.parquet, \.pq, \.npy, \.npz"
    ):
        written_format(tmp_path / "out.xlsx", FORMATS)
    assert written_format(tmp_path / "OUT.NPY", FORMATS) == "npy"


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=5)


@settings(deadline=None)
@given(texts)
@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_any_text_comes_back(tmp_path_factory, format_, texts):
    path = tmp_path_factory.mktemp("any") / f"out.{format_}"
    count = len(texts)
    part = Embedded(
        list(range(1, count + 1)), texts, np.ones((count, 5), np.float32), np.zeros(count, bool)
    )
    written(path, some=[part])
    table_rows = [Text(i, text) for i, text in enumerate(texts, 1) if text.strip()]
    if table_rows:
        assert list(open_texts(path, column="text")) == table_rows
