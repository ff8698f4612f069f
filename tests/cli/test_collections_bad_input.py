"""Files that nobody wishes for, from `likewise add` to the answer; see also `test_doors`."""

import csv
import json
import os
from xml.etree import ElementTree

import pytest

from likewise.collections import Collection
from tests.cli.conftest import one_sentence_error


@pytest.fixture
def likewise(cli, tmp_path):
    """Run a command with collections of its own and the `sha256` encoder."""
    env = {"LIKEWISE_COLLECTIONS": str(tmp_path / "collections"), "LIKEWISE_ENCODER": "sha256"}
    return lambda *arguments: cli(*arguments, env=env)


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_rows_are_a_collection_too(likewise, tmp_path, count):
    rows = "".join(f"{n},text {n}\n" for n in range(count))
    (tmp_path / "a.csv").write_text(f"id,body\n{rows}")
    assert likewise("add", "a.csv").code == 0
    found = json.loads(likewise("search", "text 0", "--json").out)
    assert [hit["id"] for hit in found["hits"]][:1] == ["0"]
    assert len(found["hits"]) == count
    assert likewise("map").code == 0
    assert likewise("duplicates").code == 0
    ran = likewise("collections", "budget", "default")
    if count == 1:
        one_sentence_error(ran, 2, "a text needs another")
    else:
        assert ran.code == 0


def test_a_column_of_mixed_types_loses_nothing(likewise, tmp_path):
    (tmp_path / "a.csv").write_text("id,body,n\n1,a,1\n2,b,007\n3,c,2.50\n4,d,yes\n5,e,\n")
    assert likewise("add", "a.csv", "--text", "body").code == 0
    opened = Collection.open(tmp_path / "collections" / "default")
    assert opened.rows()["n"].to_pylist()[:4] == ["1", "007", "2.50", "yes"]
    found = json.loads(likewise("search", "a", "--filter", "n > 1.5", "--json").out)
    assert {hit["id"] for hit in found["hits"]} == {"2", "3"}


def test_fifty_megabytes_in_one_cell(likewise, tmp_path):
    notes = Collection.create(tmp_path / "collections" / "huge", "sha256")
    notes.add(["x" * 50_000_000, "short"], ids=["huge", "short"])
    found = likewise("search", "short", "-c", "huge", "-k", "2")
    assert found.code == 0
    assert len(found.out) < 50_000
    assert notes.verify() == []


def test_markup_and_formulas_stay_text(likewise, tmp_path):
    texts = ["<script>alert(1)</script>", "=1+1", "[red]markup[/red]", "@SUM(A1)"]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "body"], *enumerate(texts)])
    assert likewise("add", "a.csv").code == 0
    shown = likewise("search", "x").out
    assert all(text in shown for text in texts)
    assert likewise("collections", "export", "default", "out.csv").code == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [texts[0], "'=1+1", texts[2], "'@SUM(A1)"]


WICKED = "</script><script>alert(1)</script>"


def test_markup_in_names_of_columns_stays_text(likewise, tmp_path):
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["body", WICKED, "[red]"], ["a", "x", "1"], ["b", "y", "2"]])
    assert likewise("add", "a.csv", "--text", "body").code == 0
    # a table of a narrow terminal may break a name over lines
    assert "".join(likewise("collections").out.split()).count("[red]") == 1
    columns = f"`{WICKED}` = 'y'"
    found = json.loads(likewise("search", "a", "--filter", columns, "--json").out)
    assert [hit["columns"] for hit in found["hits"]] == [{WICKED: "y", "[red]": 2}]
    assert likewise("map", "--html", "a.html", "--svg", "a.svg").code == 0
    assert WICKED not in (tmp_path / "a.html").read_text()
    assert likewise("collections", "export", "default", "out.csv").code == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        assert next(csv.reader(file))[2:] == [WICKED, "[red]"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "manifest.json").write_text("{"), "can't be understood"),
        (
            lambda folder: (folder / "manifest.json").write_text(
                (folder / "manifest.json").read_text().replace('"rows": 2', '"rows": 3')
                .replace('"rows":2', '"rows":3')
            ),
            "damaged",
        ),
        (lambda folder: next(folder.glob("0*.parquet")).unlink(), "is missing"),
    ],
)  # fmt: skip
def test_a_spoilt_collection_is_one_sentence_and_hides_no_other(likewise, tmp_path, spoil, said):
    (tmp_path / "a.csv").write_text("id,body\n1,a\n2,b\n")
    for name in ("spoilt", "whole"):
        assert likewise("add", "a.csv", "-c", name).code == 0
    spoil(tmp_path / "collections" / "spoilt")
    for asked in (("search", "a"), ("map",), ("duplicates",), ("add", "a.csv")):
        name = ("-c", "spoilt")
        one_sentence_error(likewise(*asked, *name), 4, said)
    assert likewise("collections", "verify", "spoilt").code == 4
    listed = likewise("collections")
    assert listed.code == 0
    assert "whole" in listed.out
    assert likewise("search", "a", "-c", "whole").code == 0
    assert likewise("collections", "delete", "spoilt", "--yes").code == 0


def test_what_is_asked_for_and_turned_away_from_cancels_out(likewise, tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,a\n2,b\n3,c\n")
    assert likewise("add", "a.csv").code == 0
    for asked in (("a", "--minus", "a"), ("--like", "1", "--unlike", "1")):
        one_sentence_error(likewise("search", *asked), 2, "cancel each other out")
    # a weight of its own stands in the place of another
    found = json.loads(likewise("search", "b", "--like", "1", "--weigh", "1", "-9", "--json").out)
    assert [hit["id"] for hit in found["hits"]][-1] != "1"


def test_parts_take_the_place_of_texts_that_were_added_whole(likewise, tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,a\n2,b\n")
    (tmp_path / "b.csv").write_text("id,body\n2,b\n")
    assert likewise("add", "a.csv").code == 0
    for _ in range(2):
        assert likewise("add", "b.csv", "--chunk").code == 0
        opened = Collection.open(tmp_path / "collections" / "default")
        assert sorted(opened.ids) == ["1", "2#1"]
        assert opened.verify() == []


def test_brackets_and_bytes_of_names_are_no_orders(likewise, tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,[/b] bold [red]x\n2,[link=x]y\n3,z\n")
    odd = os.fsdecode(b"./odd\xff")
    assert likewise("add", "a.csv", "-c", odd).code == 0
    drawn = likewise("map", "-c", odd, "--layout", "pca", "--svg", "m.svg", "--title", "\udcff\x01")
    assert drawn.code == 0, drawn.err
    assert "[link=x]y" in drawn.out
    assert ElementTree.parse(tmp_path / "m.svg").getroot()[0].text == "··"
    found = likewise("search", "x", "-c", odd, "--json")
    assert json.loads(found.out)["collection"] == "odd?"
    likewise("add", "a.csv", "-c", "./[b]")
    compared = likewise("collections", "compare", odd, "./[b]")
    assert compared.code == 0, compared.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("duplicates", "--percentile", "nan"),
        ("duplicates", "--cosine", "inf"),
        ("search", "--weigh", "1", "nan"),
        ("embed", "a.csv", "--max-cost", "nan"),
        ("add", "a.csv", "--max-cost", "inf"),
        ("serve", "--max-cost", "nan"),
        ("scale", "embed", "x", "--max-cost", "nan"),
        ("scale", "estimate", "--hours", "inf"),
    ],
)
def test_no_option_takes_what_is_no_number(likewise, arguments):
    ran = likewise(*arguments)
    assert ran.code == 2
    assert "is not a finite number" in ran.err
