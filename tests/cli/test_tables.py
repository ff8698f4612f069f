"""Tables that people have, through the commands: read right, or told why not."""

import bz2
import json

import pytest

from likewise import Classifier
from likewise.files.read import open_table
from tests.cli.conftest import one_sentence_error


@pytest.fixture
def texts(cli):
    """Return a function that embeds a file and gives its texts, and what was said."""

    def embedded(*arguments):
        ran = cli("embed", *arguments, "-e", "sha256")
        assert ran.code == 0, ran
        return [json.loads(line)["text"] for line in ran.out.splitlines()], ran.err

    return embedded


@pytest.fixture
def model(tmp_path):
    found = [f"{word} {n}" for n in range(10) for word in ("good", "bad")]
    Classifier("sha256", candidates=["embeddings"]).fit(found, ["up", "down"] * 10).save(
        tmp_path / "m.likewise"
    )
    return "m.likewise"


def test_marks_that_open_in_one_row_and_close_in_another(texts, tmp_path):
    content = 'id\ttext\n1\t"open words\n2\tplain words\n3\tclosing words"\n4\tlast\n'
    (tmp_path / "t.tsv").write_text(content)
    found, said = texts("t.tsv")
    assert found == ['"open words', "plain words", 'closing words"', "last"]
    assert "Quotation marks in 't.tsv' are read as part of the text; --quotes says" in said
    found, _ = texts("t.tsv", "--quotes", '"')
    assert len(found) == 2


def test_a_sep_line_is_obeyed(cli, tmp_path):
    rows = "".join(f"fine {n};up\nawful {n};down\n" for n in range(10))
    (tmp_path / "t.csv").write_text(f"\ufeffsep=;\ntext;label\n{rows}")
    ran = cli("train", "t.csv", "-o", "m.likewise", "-e", "sha256", "--quick")
    assert ran.code == 0, ran
    assert "20 texts with 2 labels." in ran.err


def test_damaged_rows_are_kept_beside_the_output(cli, tmp_path):
    (tmp_path / "t.csv").write_text('id,text\n1,"one, x"\n2,"two\n3,three\n4,a,b\n5,five\n')
    ran = cli("embed", "t.csv", "-e", "sha256", "-o", "o.jsonl")
    assert ran.code == 0, ran
    assert "2 rows of 't.csv' set aside, lines 3, 5; the first has a quotation mark" in ran.err
    assert "They are in o.jsonl.rejected.csv." in ran.err
    kept = open_table(tmp_path / "o.jsonl.rejected.csv")
    assert [row.values[2] for row in kept.rows()] == ['2,"two', "4,a,b"]
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [(row["id"], row["text"]) for row in rows] == [(1, "one, x"), (3, "three"), (5, "five")]
    ran = cli("embed", "t.csv", "-e", "sha256", "-o", "p.npy", "--strict")
    one_sentence_error(ran, 4, "Line 3 of 't.csv' has a quotation mark that is never closed")


def test_what_comes_late_comes_out_again(cli, model, tmp_path):
    lines = [{"text": f"t {n}"} | ({"note": "keep"} if n > 1_200 else {}) for n in range(1_500)]
    (tmp_path / "late.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert cli("predict", model, "late.jsonl", "-o", "out.jsonl").code == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sum(row["note"] == "keep" for row in rows) == 299


def test_labels_that_come_late_are_not_lost_while_labelling(cli, tmp_path):
    lines = [{"text": f"t {n}"} | ({"label": "mine"} if n > 1_100 else {}) for n in range(1_200)]
    (tmp_path / "late.jsonl").write_text("\n".join(map(json.dumps, lines)))
    ran = cli("label", "late.jsonl", "-o", "out.jsonl", "-e", "sha256", stdin="new\n.\n")
    assert ran.code == 0, ran
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sum(row["label"] == "mine" for row in rows) == 99
    assert sum(row["label 2"] == "new" for row in rows) == 1


@pytest.mark.parametrize(
    ("content", "separator", "mark"),
    [
        ("text;n\r\nGrüße;1\r\n", ";", True),
        ("text,n\nGrüße,1\n", ",", False),
        ("text\tn\nGrüße\t1\n", "\t", False),
    ],
)
def test_csv_comes_out_as_it_went_in(cli, model, tmp_path, content, separator, mark):
    (tmp_path / "in.csv").write_bytes(content.encode("utf-8-sig" if mark else "utf-8"))
    assert cli("predict", model, "in.csv", "-o", "out.csv").code == 0
    out = (tmp_path / "out.csv").read_bytes()
    assert out.startswith(b"\xef\xbb\xbf") == mark
    head = out.decode("utf-8-sig").splitlines()[0]
    assert head.split(separator)[:3] == ["text", "n", "label"]
    again = open_table(tmp_path / "out.csv")
    assert next(again.rows()).values[:2] == ("Grüße", "1")
    told = cli("predict", model, "in.csv", "-o", "o.csv", "--output-format", "csv")
    assert told.code == 0
    assert (tmp_path / "o.csv").read_text(encoding="utf-8").startswith("text,n,label,")


def test_a_cell_is_no_formula_for_readers_of_any_separator(cli, model, tmp_path):
    (tmp_path / "in.jsonl").write_text(
        json.dumps({"text": "hello;=1+1;world"}) + "\n" + json.dumps({"text": "a\t=2"}) + "\n"
    )
    assert cli("predict", model, "in.jsonl", "-o", "out.csv").code == 0
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[1].startswith('"hello;\'=1+1;world",')
    assert lines[2].startswith('"a\t\'=2",')


def test_a_packed_file_a_folder_and_a_pattern(texts, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv.bz2").write_bytes(bz2.compress(b"text\none\n"))
    (tmp_path / "in" / "b.txt").write_text("two\n")
    found, said = texts("in")
    assert found == ["one", "two"]
    assert "2 files are read as one table" in said
    assert texts("in/*.bz2")[0] == ["one"]
    assert texts("in/b.txt", "in/a.csv.bz2")[0] == ["two", "one"]


def test_a_table_without_names_keeps_its_first_row(texts, tmp_path):
    rows = ("I love this film a lot,up", "I hate it from my heart,up", "so so it was,down")
    (tmp_path / "t.csv").write_text("\n".join(rows))
    found, said = texts("t.csv")
    assert found == ["I love this film a lot", "I hate it from my heart", "so so it was"]
    assert "has no names of columns in its first row; --header says that it has." in said
    found, _ = texts("t.csv", "--header")
    assert len(found) == 2


def test_rows_that_are_set_aside_are_not_lost_while_labelling(cli, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,one\n2,two,too\n3,three\n")
    ran = cli("label", "t.csv", "-o", "out.csv", "-e", "sha256", stdin="new\n.\n")
    assert ran.code == 0, ran
    assert "1 row of 't.csv' set aside, line 3" in ran.err
    assert len(list(open_table(tmp_path / "out.csv").rows())) == 2
    kept = open_table(tmp_path / "out.csv.rejected.csv")
    assert [row.values[2] for row in kept.rows()] == ["2,two,too"]


def test_a_labelled_csv_keeps_its_separator_and_mark(cli, tmp_path):
    (tmp_path / "t.csv").write_bytes("text;n\nGrüße;1\nzwei;2\n".encode("utf-8-sig"))
    for answer in ("a", "b"):
        ran = cli("label", "t.csv", "-o", "out.csv", "-e", "sha256", stdin=f"{answer}\n.\n")
        assert ran.code == 0, ran
    out = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert out.splitlines()[0] == "text;n;label"
    assert sorted(line.split(";")[2] for line in out.splitlines()[1:]) == ["a", "b"]


def test_several_files_are_taken_everywhere(cli, tmp_path):
    (tmp_path / "a.csv").write_text("id,text\n1,one thing\n2,another thing\n")
    (tmp_path / "b.csv").write_text("id,text\n3,a third\n")
    ran = cli("compare", "-f", "*.csv", "-e", "sha256", "--json")
    assert [one["text"] for one in json.loads(ran.out)["texts"]] == [
        *("one thing", "another thing", "a third")
    ]
    ran = cli("compare", "-f", "b.csv", "-f", "a.csv", "-e", "sha256", "--json")
    assert json.loads(ran.out)["texts"][0]["text"] == "a third"
    env = {"LIKEWISE_COLLECTIONS": str(tmp_path / "here")}
    ran = cli("add", "a.csv", "b.csv", "-e", "sha256", env=env)
    assert "3 new" in ran.err, ran.err
    ran = cli("label", "a.csv", "b.csv", "-o", "out.csv", "-e", "sha256", stdin="x\ny\nx\n")
    assert ran.code == 0, ran.err
    table = open_table(tmp_path / "out.csv")
    assert table.columns == ("id", "text", "label")
    assert {row.values[0] for row in table.rows() if row.values[2]} == {"1", "2", "3"}


def test_a_label_that_the_model_has_not_learnt_is_named_by_its_row_and_file(cli, tmp_path):
    rows = "".join(f"{word} {n},{word}\n" for n in range(10) for word in ("good", "bad"))
    (tmp_path / "a.csv").write_text(f"text,label\n{rows}")
    (tmp_path / "test.csv").write_text("text,label\n,good\ngood one,good\nodd one,strange\n")
    ran = cli("train", "a.csv", "--test", "test.csv", "-o", "m.likewise", "-e", "sha256")
    one_sentence_error(ran, 2, "Row 3 of 'test.csv' (line 4) has the label 'strange'")


def test_the_row_of_names_is_said_where_it_is_a_guess(texts, tmp_path):
    (tmp_path / "t.csv").write_text("good,fine\nbad,poor\nodd,strange\n")
    found, said = texts("t.csv", "--text", "good")
    assert found == ["bad", "odd"]
    assert "The first row of 't.csv' is taken for the names of its columns: 'good', 'fine'" in said
    found, said = texts("t.csv", "--no-header", "--text", "column 1")
    assert found == ["good", "bad", "odd"]
    assert "first row" not in said
