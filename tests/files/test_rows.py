"""Rows come out as they went in, whatever the format and however late a value is odd."""

import datetime as dt
import gc
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.errors import UnwritableFile
from likewise.files.formats import row_writer
from likewise.files.read import open_table
from likewise.files.write import replacing


def written(path, slices, columns=("x",), types=()):
    """Write slices of rows; return the path."""
    with (
        replacing(path) as file,
        row_writer(path.suffix[1:], file, columns, types) as write,
    ):
        for rows in slices:
            write(rows)
    return path


def copied(source, path, added=()):
    """Write the rows of one file to another, with more columns that hold 0."""
    table = open_table(source)
    rows = [[(*row.values, *(0 for _ in added))] for row in table.rows()]
    return written(path, rows, (*table.columns, *added), table.types)


@pytest.mark.parametrize(
    ("first", "last", "type_", "found"),
    [
        (100, 9.99, pa.float64(), [100.0, 9.99]),
        (100, "A4500", pa.string(), ["100", "A4500"]),
        (1.0, "x", pa.string(), ["1.0", "x"]),
        (1, 2**64 - 1, pa.string(), ["1", "18446744073709551615"]),
        (-(2**63), 2**63 - 1, pa.int64(), [-(2**63), 2**63 - 1]),
        (2**53 + 1, 0.5, pa.string(), ["9007199254740993", "0.5"]),
        (2**53, 0.5, pa.float64(), [2.0**53, 0.5]),
        (True, 1, pa.string(), ["true", "1"]),
        (True, False, pa.bool_(), [True, False]),
        (None, "é", pa.string(), [None, "é"]),
        (None, 7, pa.int64(), [None, 7]),
        (None, None, pa.string(), [None, None]),
        ("", "null", pa.string(), ["", "null"]),
        (0.1, float("inf"), pa.float64(), [0.1, float("inf")]),
    ],
)
def test_a_parquet_column_holds_a_value_that_comes_late(tmp_path, first, last, type_, found):
    table = pq.read_table(written(tmp_path / "t.parquet", [[[first]], [[last]]]))
    assert table.schema.field("x").type == type_
    assert table["x"].to_pylist() == found


def test_parquet_without_rows_has_its_columns(tmp_path):
    assert pq.read_table(written(tmp_path / "t.parquet", [], ("a", "b"))).column_names == ["a", "b"]


def test_a_failure_while_parquet_is_written_is_one_error(tmp_path, capsys):
    def stopped():
        yield [[1]]
        raise OSError(28, "No space left on device")

    with pytest.raises(UnwritableFile, match="disk is full"):
        written(tmp_path / "t.parquet", stopped())
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""


TYPED = pa.table(
    {
        "text": pa.array(["a", None], pa.large_string()),
        "kind": pa.array(["x", "y"]).dictionary_encode(),
        "small": pa.array([1, None], pa.int8()),
        "huge": pa.array([2**64 - 1, 0], pa.uint64()),
        "half": pa.array([0.1, None], pa.float32()),
        "when": pa.array([0, None], pa.timestamp("us", "Europe/Berlin")),
        "fine": pa.array([1, None], pa.timestamp("ns")),
        "far": pa.array([2**60, 0], pa.timestamp("ms")),
        "day": pa.array([dt.date(2026, 2, 3), None]),
        "money": pa.array([Decimal("12.50"), None]),
        "list": pa.array([[1, 2], None], pa.list_(pa.int16())),
        "struct": pa.array([{"a": 1, "b": [{"c": dt.date(1, 1, 1)}]}, None]),
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
        "raw": pa.array([b"bytes", None]),
        "nothing": pa.nulls(2),
    }
)


def test_parquet_keeps_the_types_of_parquet(tmp_path):
    pq.write_table(TYPED, tmp_path / "in.parquet")
    found = pq.read_table(copied(tmp_path / "in.parquet", tmp_path / "out.parquet", ["label"]))
    assert found.column_names == [*TYPED.column_names, "label"]
    kept = found.drop(["label"])
    assert kept.schema.types == pq.read_table(tmp_path / "in.parquet").schema.types
    for name in TYPED.column_names:
        source, column = TYPED[name].combine_chunks(), kept[name].combine_chunks()
        if pa.types.is_dictionary(source.type):  # the same values may have other numbers
            source, column = source.dictionary_decode(), column.dictionary_decode()
        assert column.cast(source.type).equals(source), name
    assert found["label"].to_pylist() == [0, 0]


def test_times_that_python_has_not_are_text(tmp_path):
    pq.write_table(TYPED.select(["text", "fine"]), tmp_path / "in.parquet")
    out = copied(tmp_path / "in.parquet", tmp_path / "out.csv")
    assert out.read_text().splitlines()[1] == "a,1970-01-01 00:00:00.000000001"


@pytest.mark.parametrize("source", ["in.jsonl", "in.parquet"])
def test_objects_and_lists_stay_what_they_are_in_json(tmp_path, source):
    record = {"text": "a", "tags": ["x", 1], "by": {"name": "é", "of": None}}
    if source == "in.jsonl":
        (tmp_path / source).write_text(json.dumps(record) + "\n", encoding="utf-8")
    else:
        record["tags"] = [2, 1]
        schema = pa.schema(
            [
                ("text", pa.string()),
                ("tags", pa.list_(pa.int64())),
                ("by", pa.struct([("name", pa.string()), ("of", pa.int64())])),
            ]
        )
        pq.write_table(pa.Table.from_pylist([record], schema), tmp_path / source)
    out = copied(tmp_path / source, tmp_path / "out.jsonl")
    assert json.loads(out.read_bytes()) == record


def test_a_list_with_a_number_that_json_lacks_is_text_there(tmp_path):
    pq.write_table(pa.table({"list": [[1.5, float("nan")]]}), tmp_path / "in.parquet")
    out = copied(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    assert json.loads(out.read_bytes()) == {"list": "[1.5, NaN]"}


def test_infinity_which_json_lacks_is_text_there(tmp_path):
    numbers = [float("inf"), float("-inf"), float("nan")]
    pq.write_table(pa.table({"n": numbers}), tmp_path / "in.parquet")
    out = copied(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    found = [json.loads(line)["n"] for line in out.read_bytes().splitlines()]
    assert found == ["Infinity", "-Infinity", None]


@pytest.mark.parametrize("value", [2**63, 2**64 - 1, 2**64 + 1, -(2**64), 10**300])
def test_whole_numbers_of_any_size_survive(tmp_path, value):
    record = {"text": "a", "id": value, "of": {"ids": [value, 0.5, "é"]}}
    (tmp_path / "in.jsonl").write_text(json.dumps(record) + "\n" + '{"text": "b", "id": 7}\n')
    out = copied(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert json.loads(out.read_bytes().splitlines()[0]) == record
    found = pq.read_table(copied(tmp_path / "in.jsonl", tmp_path / "out.parquet"))
    assert found["id"].to_pylist() == [str(value), "7"]
    assert json.loads(found["of"][0].as_py()) == record["of"]


def test_objects_of_json_are_text_in_parquet(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"by": {"a": 1}}\n{"by": 2}\n')
    found = pq.read_table(copied(tmp_path / "in.jsonl", tmp_path / "out.parquet"))
    assert found["by"].to_pylist() == ['{"a":1}', "2"]


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_negative_numbers_are_plain_and_formulas_guarded(tmp_path, ending):
    cells = ["-1", "+1.5e3", "-12.50", "+49 170", "-1+cmd", "=A1", "'-2", ""]
    path = written(tmp_path / f"t.{ending}", [[[cell, "x"]] for cell in cells], ("-a", "b"))
    lines = path.read_text().splitlines()
    assert [line[:-2] for line in lines[1:]] == [
        *("-1", "+1.5e3", "-12.50", "'+49 170", "'-1+cmd", "'=A1", "''-2", ""),
    ]  # fmt: skip
    table = open_table(path)
    assert table.columns == ("-a", "b")
    assert [row.values[0] for row in table.rows()] == cells
