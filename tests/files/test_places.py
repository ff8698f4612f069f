"""A row is named by where it stands in its file."""

import bz2
import json

import pytest

from likewise.classify.data.columns import read_labelled
from likewise.classify.training_data import TrainingOptions, read
from likewise.errors import InvalidLabels, InvalidText
from likewise.files.read import open_table
from likewise.files.several import open_tables
from tests.files.readers.test_sheets import book


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("text,label\na,x\nb,y\nc,z\n", 4),
        ('text,label\n"a\n\nlong",x\nb,y\nc,z\n', 6),
        ("sep=;\ntext;label\na;x\n\nb;y\r\nc;z\n", 6),
        # rows that are set aside are counted, too
        ("text,label\na,x\nb,y,3\nc,z\n", 4),
        ("text,label\r\n" + "\r\n" * 20 + "a,x\r\nb,y\r\nc,z", 24),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_line_of_a_row_in_csv(tmp_path, raw, line, packed):
    path = tmp_path / ("t.csv.bz2" if packed else "t.csv")
    path.write_bytes(bz2.compress(raw.encode()) if packed else raw.encode())
    table = open_table(path.name, columns=True)
    third = next(row for row in table.rows() if row.values[0] == "c")
    assert table.place(third.number) == f"row {third.number} of '{path.name}' (line {line:,})"
    assert table.place(99) == f"row 99 of '{path.name}'"


def test_a_line_after_many_blocks(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,label\n" + "".join(f'"row\n{n}",x\n' for n in range(1, 60_001)))
    table = open_table(path.name, columns=True)
    assert table.place(1) == "row 1 of 't.csv' (line 2)"
    assert table.place(59_999) == "row 59,999 of 't.csv' (line 119,998)"


def test_lines_and_elements_of_json(tmp_path):
    rows = [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    (tmp_path / "t.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    assert open_table("t.jsonl").place(3) == "row 3 of 't.jsonl' (line 5)"
    (tmp_path / "t.json").write_text(json.dumps(rows, indent=2))
    assert open_table("t.json").place(3) == "row 3 of 't.json' (element 3)"
    (tmp_path / "t.txt").write_text("a\nb\nc\n")
    assert open_table("t.txt").place(3) == "row 3 of 't.txt' (line 3)"


def test_a_row_of_a_sheet_and_of_several_files(tmp_path):
    rows = [("Report",), (), ("text", "label"), ("a", "x"), (), ("b", "y")]
    book(tmp_path / "t.xlsx", {"Sheet1": rows})
    assert open_table("t.xlsx", columns=True).place(2) == (
        "row 2 of 't.xlsx' (row 6 of sheet 'Sheet1')"
    )
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("text,label\n\none,x\ntwo,y\n")
    table = open_tables(["a.csv", "b.csv"], columns=True)
    assert table.place(2) == "row 2 of 2 files (line 4 of 'a.csv')"
    assert table.place(3) == "row 3 of 2 files (line 3 of 'b.csv')"


def test_a_file_that_is_gone_leaves_the_row(tmp_path):
    (tmp_path / "t.csv").write_text("text,label\na,x\nb,y\n")
    table = open_table("t.csv", columns=True)
    (tmp_path / "t.csv").unlink()
    assert table.place(2) == "row 2 of 't.csv'"


PLACE = r"ow 3 of 't\.jsonl' \(line 5\)"


@pytest.mark.parametrize(
    ("third", "options", "said"),
    [
        ({"text": "c", "label": {"a": 1}}, {"several": False}, f"R{PLACE} has an object"),
        ({"text": ["c"], "label": "x"}, {}, f"R{PLACE} holds a list"),
        ({"text": "c", "label": "odd"}, {"target": "label"}, f"R{PLACE} has 'odd' .*not a number"),
        ({"text": "c", "label": "x", "at": "?"}, {"time": "at"}, f"R{PLACE} has .*not a time"),
        ({"text": "c", "at": "maybe"}, {"columns": ["at"]}, f"R{PLACE} has 'maybe' .*yes nor no"),
        ({"text": "c", "label": '["x'}, {"several": True}, f"R{PLACE} has .*no list of labels"),
    ],
)
def test_a_cell_that_does_not_fit_is_found_in_the_file(tmp_path, third, options, said):
    several = options.get("several")
    first = {"label": ["x", "y"] if several else 1, "at": 1}
    rows = [{"text": "a", **first}, {"text": "b", **first}, third]
    (tmp_path / "t.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    table = open_table("t.jsonl", columns=True)
    with pytest.raises((InvalidLabels, InvalidText), match=said):
        read_labelled(table, text="text", **options)


def test_labels_of_several_kinds_are_found_in_the_file(tmp_path):
    rows = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}, {"text": "c", "label": True}]
    (tmp_path / "t.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    with pytest.raises(InvalidLabels, match=rf"str in row 1 of .* \(line 1\), bool in r{PLACE}"):
        read(open_table("t.jsonl", columns=True), TrainingOptions())


def test_one_of_several_labels_that_was_not_learnt_is_found_in_the_file(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n" + "a,x|y\nb,x\nc,y\nd,x|z\ne,z\nf,y|z\n" * 2)
    (tmp_path / "t.jsonl").write_text(
        "\n\n".join(
            json.dumps({"text": text, "label": label})
            for text, label in (("", "x"), ("g", "x|y"), ("h", "y|new"))
        )
    )
    tables = (open_table(name, columns=True) for name in ("a.csv", "t.jsonl"))
    train, test = tables
    with pytest.raises(InvalidLabels, match=f"R{PLACE} has the label 'new'"):
        read(train, TrainingOptions(), test)
