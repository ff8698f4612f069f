"""What is kept beside vectors: ids of any kind, and columns with the types that they have."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.errors import ColumnMissing, UnreadableFile
from likewise.files.read import open_table

CSV = "sku,body,price,zip,new\nA1,one,1.50,007,true\nA2,,2,008,false\nA3,three,,009,true\n"


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(CSV)
    return path


def embed(cli, *arguments):
    ran = cli("embed", *arguments, "-e", "sha256")
    assert ran.code == 0, ran.err
    return ran


def test_parquet_has_types_that_hold_every_cell(cli, tmp_path, shop):
    embed(cli, shop.name, "--text-column", "body", "--keep-columns", "-o", "o.parquet")
    table = pq.read_table(tmp_path / "o.parquet")
    assert table.column_names == ["id", "text", "sku", "price", "zip", "new", "truncated", "vector"]
    assert table["id"].to_pylist() == [1, 3]
    assert table["price"].to_pylist() == [1.5, None]
    assert table["zip"].to_pylist() == ["007", "009"]
    assert table["new"].to_pylist() == [True, True]


def test_parquet_keeps_the_types_of_parquet(cli, tmp_path):
    table = pa.table(
        {
            "key": pa.array([b"\0", b"\xff"], pa.binary()),
            "text": ["one", "two"],
            "tags": [["a"], None],
            "at": pa.array([1, None], pa.timestamp("ns", "Europe/Berlin")),
            "vector": [1, 2],
        }
    )
    table = table.set_column(0, "key", pa.array([2**60, 7], pa.uint64()))
    pq.write_table(table, tmp_path / "in.parquet")
    ran = embed(
        cli, "in.parquet", "--text-column", "text", "--keep-columns", "--id-column", "key",
        "-o", "o.parquet",
    )  # fmt: skip
    assert "Column 'vector' is kept as 'vector 2'." in ran.err
    found = pq.read_table(tmp_path / "o.parquet")
    assert found["id"].to_pylist() == [2**60, 7]
    assert found.schema.field("id").type == pa.uint64()
    assert found.schema.field("at").type == pa.timestamp("ns", "Europe/Berlin")
    assert found["tags"].to_pylist() == [["a"], None]
    assert found["vector 2"].to_pylist() == [1, 2]


def test_jsonl_and_csv_have_them_too(cli, tmp_path, shop):
    options = ("--text-column", "body", "--keep-columns", "--id-column", "sku")
    embed(cli, shop.name, *options, "-o", "o.jsonl")
    first = json.loads((tmp_path / "o.jsonl").read_text().splitlines()[0])
    assert list(first)[:5] == ["id", "text", "price", "zip", "new"]
    assert (first["id"], first["zip"], first["price"]) == ("A1", "007", "1.50")
    embed(cli, shop.name, *options, "-o", "o.csv")
    with (tmp_path / "o.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:7] == ["id", "text", "price", "zip", "new", "truncated", "encoder"]
    assert rows[2][:5] == ["A3", "three", "", "009", "true"]


def test_a_formula_in_a_kept_cell_or_a_name_is_guarded(cli, tmp_path):
    (tmp_path / "x.csv").write_text("text,=name\none,=1+1\n")
    embed(cli, "x.csv", "--text-column", "text", "--keep-columns", "-o", "o.csv")
    with (tmp_path / "o.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][2] == "'=name"
    assert rows[1][2] == "'=1+1"


def test_a_pipes_columns_are_text(cli, tmp_path):
    embed(cli_with(cli, CSV), "-", "--text-column", "body", "--keep-columns", "-o", "o.parquet")
    table = pq.read_table(tmp_path / "o.parquet")
    assert table["price"].to_pylist() == ["1.50", ""]


def cli_with(cli, stdin):
    return lambda *arguments: cli(*arguments, stdin=stdin)


def test_ids_stand_in_npz(cli, tmp_path, shop):
    ran = cli("embed", shop.name, "--id-column", "sku", "-o", "o.npz", "-e", "sha256")
    assert ran.code == 2
    assert "npz has no room for columns or ids. Write csv or jsonl or parquet." in ran.err
    embed(cli, shop.name, "--text-column", "body", "-o", "o.npz")
    assert np.load(tmp_path / "o.npz")["id"].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("column", "error", "said"),
    [("no", ColumnMissing, "has no column 'no'"), ("price", UnreadableFile, "Row 3 of")],
)
def test_ids_that_are_not_there_are_an_error(cli, shop, tmp_path, column, error, said):
    ran = cli(
        "embed", shop.name, "--text-column", "body", "--id-column", column, "-o", "o.parquet",
        "-e", "sha256",
    )  # fmt: skip
    assert ran.code == error.exit_code
    assert said in ran.err
    assert not (tmp_path / "o.parquet").exists()


def test_half_the_space(cli, tmp_path, shop):
    embed(cli, shop.name, "--text", "body", "--float16", "-o", "o.parquet")
    table = pq.read_table(tmp_path / "o.parquet")
    assert table["vector"].type == pa.list_(pa.float16(), 256)
    ran = cli("embed", shop.name, "--text", "body", "--float16", "-o", "o.npy", "-e", "sha256")
    assert ran.code == 2
    assert "npy has no vectors of half the space." in ran.err


def test_csv_goes_out_as_it_came_in_unless_told_otherwise(cli, tmp_path):
    raw = 'id;text;note\r\n1;"grüße; da";a,b\r\n2;zwei;"x|y"\r\n'
    (tmp_path / "in.csv").write_bytes(raw.encode("utf-8-sig"))
    ways = ("--keep-columns", "-e", "sha256")
    assert cli("embed", "in.csv", "-o", "out.csv", *ways).code == 0
    written = (tmp_path / "out.csv").read_bytes().decode("utf-8")
    head, first, second = written.splitlines()
    assert head.count(";") == second.count(";")
    assert head.startswith("\ufeffid;text;")
    assert '"grüße; da";' in first
    table = open_table(tmp_path / "out.csv")
    at = [table.index(name) for name in ("text", "note")]
    kept = [tuple(row.values[place] for place in at) for row in table.rows()]
    assert kept == [("grüße; da", "a,b"), ("zwei", "x|y")]

    done = cli("embed", "in.csv", "-o", "plain.csv", "--output-format", "csv", *ways)
    assert done.code == 0, done.err
    assert (tmp_path / "plain.csv").read_bytes().startswith(b"id,text,")
