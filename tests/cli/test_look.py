"""`likewise look`: what is understood of a table before anything is computed."""

import json

import pytest

from tests.cli.conftest import one_sentence_error

CSV = (
    "Export of Monday\n\nid;text;label;when;tags\n"
    '1;"good day; all";up;2026-01-02;\n2;bad day;down;2026-01-03;\n'
    "3;bad  Day;down;2026-01-04;\n4;x\n5;;up;;\n"
)


@pytest.fixture
def table(tmp_path):
    (tmp_path / "t.csv").write_text(CSV)
    return tmp_path / "t.csv"


def test_a_table_is_shown(cli, table):
    ran = cli("look", "t.csv", "-e", "sha256")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == (
        "'t.csv': csv, semicolons between cells, utf-8; 4 rows of 5 columns, 1 set aside."
    )
    shown = {line.split("'")[1]: line.split() for line in lines[2:7]}
    assert shown["id"][1:5] == ["number", "0", "4", "1"]
    assert shown["text"][1:5] == ["text", "1", "3", "13"]
    assert shown["when"][1:4] == ["date", "1", "3"]
    assert shown["tags"][1:4] == ["empty", "4", "0"]
    assert "Texts: column 'text', by its name." in lines
    assert "Labels: column 'label', by its name." in lines
    assert "1 text comes again." in lines
    assert any("is not part of the table: 'Export of Monday'" in line for line in lines)
    assert any("set aside, line 7; the first has 2 cells" in line for line in lines)


def test_different_values_are_counted_up_to_some_and_it_is_said(cli, table, monkeypatch):
    monkeypatch.setattr("likewise.classify.data.look.DIFFERENT", 3)
    lines = cli("look", "t.csv", "-e", "sha256").out.splitlines()
    shown = {line.split("'")[1]: line.split() for line in lines[2:7]}
    assert shown["id"][1:6] == ["number", "0", "3", "or", "more"]
    assert shown["label"][1:5] == ["text", "0", "2", "4"]


def test_it_is_said_how_many_texts_will_be_cut_off(minilm, cli, tmp_path):
    long = "word " * 400
    (tmp_path / "t.csv").write_text(f"text,n\n{long},1\nshort,2\n")
    found = json.loads(cli("look", "t.csv", "--json").out)
    assert found["tokens"] == {
        "encoder": "minilm", "texts": 2, "median": 202, "longest": 402, "limit": 256, "cut_off": 1,
        "with_unknown": 0,
    }  # fmt: skip


def test_json_says_the_same(cli, table):
    found = json.loads(cli("look", "t.csv", "-e", "sha256", "--json").out)
    assert (found["rows"], found["aside"], found["separator"]) == (4, 1, ";")
    assert found["columns"][2] == {
        "name": "label", "kind": "text", "missing": 0, "different": 2, "longest": 4,
        "samples": ["up", "down"],
    }  # fmt: skip
    assert found["why_text"] == "by its name"
    assert found["duplicates"] == 1


def test_the_options_of_reading_decide(cli, table):
    said = json.loads(cli("look", "t.csv", "--separator", "comma", "-e", "sha256", "--json").out)
    assert len(said["columns"]) == 1
    said = json.loads(cli("look", "t.csv", "--no-header", "-e", "sha256", "--json").out)
    assert said["columns"][0]["name"] == "column 1"
    one_sentence_error(cli("look", "t.csv", "--separator", "ab"), 2, "can't stand between cells")
    one_sentence_error(cli("look", "t.csv", "--quotes", "<<"), 2, "can't stand around cells")
    one_sentence_error(cli("look", "t.csv", "--strict", "-e", "sha256"), 4, "Line 7 of 't.csv'")
    one_sentence_error(cli("look", "t.csv", "--text", "no", "-e", "sha256"), 4, "no column 'no'")


def test_numbers_alone_hold_no_texts(cli, tmp_path):
    (tmp_path / "n.csv").write_text("a,b\n1,2\n3,4\n")
    out = cli("look", "n.csv", "-e", "sha256").out
    assert "Texts: none." in out
    assert "Labels: none." in out
