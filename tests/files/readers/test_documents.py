"""Tables in JSON documents, as pandas and others write them, and JSON with lists in cells."""

import json

import pytest

from likewise.errors import ColumnMissing, InvalidText, UnreadableFile
from likewise.files.oddities import oddities
from likewise.files.read import open_table, open_texts

RECORDS = [{"text": "good day", "label": "up"}, {"text": "bad day", "label": "down"}]
BY_COLUMN = {"text": {"0": "good day", "1": "bad day"}, "label": {"0": "up", "1": "down"}}


@pytest.mark.parametrize("content", [
    RECORDS,
    BY_COLUMN,
    {"text": ["good day", "bad day"], "label": ["up", "down"]},
    {"columns": ["text", "label"], "index": [0, 1],
     "data": [["good day", "up"], ["bad day", "down"]]},
    {"0": RECORDS[0], "1": RECORDS[1]},
    {"data": RECORDS},
    {"schema": {"fields": []}, "data": RECORDS},
    {"status": "ok", "results": RECORDS, "next": None},
], ids=["records", "columns", "lists", "split", "index", "data", "table", "results"])  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_documents(tmp_path, content, indent):
    path = tmp_path / "t.json"
    path.write_text(json.dumps(content, indent=indent), encoding="utf-8")
    table = open_table(path)
    assert table.columns == ("text", "label")
    assert [row.values for row in table.rows()] == [("good day", "up"), ("bad day", "down")]
    assert [text.text for text in open_texts(path)] == ["good day", "bad day"]


def test_one_object_is_one_row(tmp_path):
    (tmp_path / "t.json").write_text('{"text": "one",\n "n": 1}\n')
    assert [row.values for row in open_table(tmp_path / "t.json").rows()] == [("one", 1)]


def test_a_list_of_lists_is_refused(tmp_path):
    (tmp_path / "t.json").write_text('[["text"], ["one"]]')
    with pytest.raises(UnreadableFile, match="is a list of lists"):
        open_table(tmp_path / "t.json")


def test_members_that_come_late_are_columns(tmp_path):
    lines = [{"text": f"t {n}"} | ({"note": "keep me"} if n >= 1_200 else {}) for n in range(1_500)]
    for name, content in (
        ("t.jsonl", "\n".join(map(json.dumps, lines))),
        ("t.json", json.dumps(lines)),
    ):
        (tmp_path / name).write_text(content)
        table = open_table(tmp_path / name)
        assert table.columns == ("text", "note")
        assert table.known_rows == 1_500
        assert sum(row.values[1] == "keep me" for row in table.rows()) == 300


def test_members_that_come_late_in_a_pipe_are_told(tmp_path, monkeypatch):
    import io
    import sys

    lines = [{"text": f"t {n}"} | ({"note": "x"} if n >= 1_200 else {}) for n in range(1_500)]
    content = "\n".join(map(json.dumps, lines)).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    table = open_table("-")
    assert len(list(table.rows())) == 1_500
    assert oddities(table)[0].startswith("300 members of Standard input left out")


def test_nan_is_missing(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"text": "a", "n": NaN}\n{"text": NaN, "n": 1}\n')
    texts = open_texts(tmp_path / "t.jsonl", column="text")
    assert [text.text for text in texts] == ["a"]
    assert texts.missing == 1


def test_infinity_is_a_text_and_what_stands_beside_it_is_as_it_would_be_alone(tmp_path):
    (tmp_path / "t.jsonl").write_text(
        '{"text": "a", "n": Infinity, "of": [-Infinity, NaN], "long": 123456789012345678901}\n'
        '{"text": "\\ud800", "n": NaN}\n{"text": "c", "n": NaN, "of": 1e999}\n'
        '{"text": "d", "n": 1.5}\n'
    )
    table = open_table(tmp_path / "t.jsonl")
    assert [row.values for row in table.rows()] == [
        ("a", "Infinity", '["-Infinity",null]', 123456789012345678901),
        ("d", 1.5, None, None),
    ]
    assert [one.line for one in table.aside.first] == [2, 3]


@pytest.mark.parametrize("cell", [["a", "b"], {"a": "b"}])
def test_lists_and_objects_are_no_texts(tmp_path, cell):
    (tmp_path / "t.jsonl").write_text(
        json.dumps({"text": "one"}) + "\n" + json.dumps({"text": cell}) + "\n"
    )
    with pytest.raises(InvalidText, match=r"Row 2 of .* holds (a list|an object) in column 'text'"):
        list(open_texts(tmp_path / "t.jsonl", column="text"))


@pytest.mark.parametrize("depth", [300, 900, 1_100, 100_000])
@pytest.mark.parametrize("name", ["t.jsonl", "t.json"])
def test_deep_values_are_one_sentence_or_set_aside(tmp_path, depth, name):
    deep = "[" * depth + "]" * depth
    (tmp_path / name).write_text(f'{{"text": "one"}}\n{{"text": {deep}}}\n{{"text": "two"}}\n')
    table = open_table(tmp_path / name)
    assert [row.values for row in table.rows()] == [("one",), ("two",)]
    assert table.aside.count == 1
    (tmp_path / name).write_text(deep)
    with pytest.raises(UnreadableFile):
        list(open_table(tmp_path / name).rows())


def test_more_members_than_a_table_has_columns_are_refused(tmp_path):
    (tmp_path / "t.jsonl").write_text("\n".join(f'{{"k{n}": 1}}' for n in range(20_000)))
    with pytest.raises(UnreadableFile, match="more than 16,384 different members"):
        open_table(tmp_path / "t.jsonl")
    lines = [json.dumps({f"k{n}": 1 for n in range(10_000)}), *["{}"] * 20_000]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    with pytest.raises(UnreadableFile, match="which make 200,010,000 cells"):
        open_table(tmp_path / "t.jsonl")


def test_a_member_that_stands_twice_is_told(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a", "text": "b"}\n{"text": "c"}\n{"text": "say \\"so\\": yes"}\n')
    table = open_table(path)
    assert [row.values for row in table.rows()] == [("c",), ('say "so": yes',)]
    assert [(one.line, one.reason) for one in table.aside.first] == [
        (1, "has the member 'text' twice in one object")
    ]
    path = tmp_path / "t.json"
    path.write_text('[{"text": "a", "note": {"b": 1, "b": 2}}]')
    with pytest.raises(UnreadableFile, match="has the member 'b' twice in one object"):
        open_table(path)


def test_lines_of_a_list_that_was_cut_are_read(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a"},\n{"text": "b"},\n{"text": "c"}\n')
    assert [row.values for row in open_table(path).rows()] == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize(("name", "content"), [("t.jsonl", b"{}\n{}\n"), ("t.json", b"[{}, {}]")])
def test_rows_without_any_member_are_rows(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    table = open_table(path)
    assert table.columns == ()
    assert [row.values for row in table.rows()] == [(), ()]
    with pytest.raises(ColumnMissing, match="Give each row a member"):
        open_texts(path)
