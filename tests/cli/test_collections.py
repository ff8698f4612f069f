"""`likewise add`, `search`, `duplicates` and `collections`, as a person uses them."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.collections import Collection
from likewise.encoders.sha256 import Sha256Encoder
from tests.cli.conftest import one_sentence_error

NOTES = "sku,body,year,lang\n7,undo a commit,2021,en\n8,,2020,en\n9,Ei kochen,2019,de\n"


@pytest.fixture
def likewise(cli, tmp_path):
    """Run a command with collections of its own and the `sha256` encoder."""
    env = {"LIKEWISE_COLLECTIONS": str(tmp_path / "collections"), "LIKEWISE_ENCODER": "sha256"}
    return lambda *arguments, stdin="": cli(*arguments, env=env, stdin=stdin)


@pytest.fixture
def opened(tmp_path):
    return lambda name="default": Collection.open(tmp_path / "collections" / name)


@pytest.fixture
def notes(tmp_path):
    (tmp_path / "notes.csv").write_text(NOTES)
    return tmp_path / "notes.csv"


def test_from_a_file_to_an_answer(likewise, notes, opened, tmp_path):
    ran = likewise("add", notes.name, "--text", "body", "--id-column", "sku")
    assert ran.code == 0, ran.err
    assert ran.out == ""
    said = ran.err.splitlines()
    assert said[0] == f"Made the collection default in {tmp_path}/collections/default."
    assert said[1] == "1 row without text left out."
    assert said[2].startswith("2 new, 0 updated, 0 there already, in ")
    assert said[2].endswith(" s. default has 2 texts.")
    assert opened().rows().to_pylist() == [
        {"id": "7", "text": "undo a commit", "year": 2021, "lang": "en"},
        {"id": "9", "text": "Ei kochen", "year": 2019, "lang": "de"},
    ]
    ran = likewise("search", "undo a commit")
    assert ran.out.splitlines()[0].split() == ["similarity", "closer", "than", "id", "text"]
    assert ran.out.splitlines()[1].split() == ["1.0000", ">99", "%", "7", "undo", "a", "commit"]
    assert ran.err == "All 2 texts were compared, exactly.\n"
    ran = likewise("search", "undo", "--filter", "year < 2020 and lang = 'de'", "--json")
    found = json.loads(ran.out)
    assert [hit["id"] for hit in found["hits"]] == ["9"]
    assert (found["searched"], found["total"], found["exact"]) == (1, 2, True)
    assert found["hits"][0]["columns"] == {"year": 2019, "lang": "de"}


def test_a_second_time_only_what_changed_is_done(likewise, notes, opened):
    likewise("add", notes.name, "--text", "body", "--id-column", "sku")
    ran = likewise("add", notes.name, "--text", "body", "--id-column", "sku")
    assert "0 new, 0 updated, 2 there already" in ran.err
    notes.write_text(NOTES.replace("Ei kochen", "Tee kochen") + "10,neu,2024,de\n")
    ran = likewise("add", notes.name, "--text", "body", "--id-column", "sku")
    assert "1 new, 1 updated, 1 there already" in ran.err
    assert sorted(opened().texts()) == ["Tee kochen", "neu", "undo a commit"]


def test_columns_are_guessed_and_said(likewise, tmp_path, opened):
    (tmp_path / "x.csv").write_text("ID,title,text\na,T,one two three\nb,U,four five six\n")
    ran = likewise("add", "x.csv")
    assert "The texts are read from column 'text'" in ran.err
    assert "The ids are read from column 'ID'; --id-column names another." in ran.err
    assert opened().ids == ["a", "b"]
    assert list(opened().columns) == ["title"]


def test_ids_that_are_not_unique_are_not_taken_by_guess(likewise, tmp_path, opened):
    lines = [f"{n % 1_500},text number {n}" for n in range(1_501)]
    (tmp_path / "x.csv").write_text("id,text\n" + "\n".join(lines))
    ran = likewise("add", "x.csv")
    assert ran.code == 0, ran.err
    assert "have the same id '0', so each id is made from its text" in ran.err
    assert "are read from column 'id'" not in ran.err
    assert opened().count == 1_501
    assert list(opened().columns) == ["id 2"]
    ran = likewise("add", "x.csv", "--id-column", "id", "-c", "other")
    one_sentence_error(ran, 4, "Rows 1 and 1,501 of 'x.csv' have the same id '0'.")
    assert not (tmp_path / "collections" / "other").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.txt", b"one\ntwo\n"),
        ("x.jsonl", b'{"text": "one", "n": 1}\n{"text": "two", "n": 2.5}\n'),
        ("x.tsv", b"text\tn\none\t1\ntwo\t2.5\n"),
        ("x.json", b'[{"text": "one", "n": 1}, {"text": "two", "n": 2.5}]'),
    ],
)
def test_every_format_is_read(likewise, tmp_path, opened, name, content):
    (tmp_path / name).write_bytes(content)
    ran = likewise("add", name, "--text", "text")
    assert ran.code == 0, ran.err
    assert opened().texts() == ["one", "two"]
    if "txt" not in name:
        assert opened().rows()["n"].to_pylist() == [1.0, 2.5]


def test_parquet_keeps_times(likewise, tmp_path, opened):
    table = pa.table({"text": ["a", "b"], "at": pa.array([0, 86_400_000], pa.timestamp("ms"))})
    pq.write_table(table, tmp_path / "x.parquet")
    likewise("add", "x.parquet")
    assert opened().columns["at"] == pa.timestamp("ms")
    ran = likewise("search", "a", "--filter", "at > '1970-01-01'", "--json")
    assert [hit["text"] for hit in json.loads(ran.out)["hits"]] == ["b"]


def test_several_files_and_patterns(likewise, tmp_path, opened):
    for number in (1, 2):
        (tmp_path / f"part{number}.csv").write_text(f"id,body,n\n{number},text {number},{number}\n")
    assert likewise("add", "part1.csv", "part2.csv", "-c", "named").code == 0
    assert likewise("add", "part*.csv", "-c", "pattern").code == 0
    for name in ("named", "pattern"):
        assert opened(name).rows().to_pylist() == [
            {"id": str(n), "text": f"text {n}", "n": n} for n in (1, 2)
        ]
    refused = likewise("add", "part*.tsv")
    assert refused.code
    assert "No file matches" in refused.err


def test_a_pipe(likewise, opened):
    ran = likewise("add", "-", "-c", "commits", stdin="fix a bug\nadd a test\nfix a bug\n")
    assert "3 new" in ran.err
    assert opened("commits").texts() == ["fix a bug", "add a test", "fix a bug"]
    ran = likewise("add", "-", "-c", "commits", stdin="new\nfix a bug\nadd a test\nfix a bug\n")
    assert "1 new, 0 updated, 3 there already" in ran.err


def test_a_folder_of_notes(likewise, tmp_path, opened):
    (tmp_path / "vault" / "sub").mkdir(parents=True)
    (tmp_path / "vault" / ".hidden").mkdir()
    (tmp_path / "vault" / "a.md").write_text("# One\n\nfirst note")
    (tmp_path / "vault" / "sub" / "b.txt").write_text("second note")
    (tmp_path / "vault" / "empty.md").write_text(" \n")
    (tmp_path / "vault" / "bad.md").write_bytes(b"caf\xe9")
    (tmp_path / "vault" / "c.png").write_bytes(b"\x89PNG")
    (tmp_path / "vault" / ".hidden" / "d.md").write_text("hidden")
    ran = likewise("add", "vault")
    assert "Left out, because they can't be read as utf-8 text: 'bad.md'." in ran.err
    assert "1 file without text left out." in ran.err
    assert "2 new" in ran.err
    rows = opened().rows().to_pylist()
    assert [row["file"] for row in rows] == ["a.md", "sub/b.txt"]
    assert rows[0]["id"] == str((tmp_path / "vault" / "a.md").resolve())
    (tmp_path / "vault" / "a.md").write_text("changed")
    assert "0 new, 1 updated, 1 there already" in likewise("add", "vault").err


def test_examples_and_what_is_turned_away_from(likewise, tmp_path, opened):
    (tmp_path / "x.txt").write_text("".join(f"text {n}\n" for n in range(20)))
    likewise("add", "x.txt")
    first, second, third = opened().ids[:3]
    ran = likewise(
        *("search", "text 9", "--like", first, "--unlike", second, "--weigh", third, "0.5"),
        *("--minus", "text 8", "-k", "3", "--json"),
    )
    vectors = (
        Sha256Encoder()
        .encode(["text 9", "text 0", "text 1", "text 2", "text 8"])
        .vectors.astype(np.float64)
    )
    query = np.array([1, 1, -1, 0.5, -1]) @ vectors
    rest = Sha256Encoder().encode([f"text {n}" for n in range(3, 20)]).vectors
    best = 3 + np.argsort(-(rest @ query))[:3]
    assert [hit["text"] for hit in json.loads(ran.out)["hits"]] == [f"text {n}" for n in best]


def test_duplicates_and_the_rows_that_remain(likewise, tmp_path, opened):
    (tmp_path / "x.csv").write_text("text,n\n=SUM(A1),1\nb,2\n=SUM(A1),3\n")
    likewise("add", "x.csv", "--text", "text")
    ran = likewise("duplicates", "-o", "kept.csv")
    assert ran.err.splitlines() == [
        "2 rows written to kept.csv.",
        "1 of 3 texts need not be kept, in 1 group, at a similarity of 0.95.",
    ]
    assert "equal" in ran.out
    with (tmp_path / "kept.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert [row[1:] for row in rows] == [["text", "n"], ["'=SUM(A1)", "1"], ["b", "2"]]
    assert opened().count == 3
    groups = json.loads(likewise("duplicates", "--cosine", "1", "--json").out)["groups"]
    assert [one["exact"] for one in groups[0]["duplicates"]] == [True]
    likewise("add", "-", "-c", "new", stdin="b\nc\n")
    ran = likewise("duplicates", "-c", "new", "--within", "default", "-o", "fresh.jsonl")
    fresh = (tmp_path / "fresh.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in fresh] == ["c"]


def test_no_output_takes_the_place_of_a_file_that_was_there(likewise, tmp_path):
    table = "text\na\na\n"
    for name in ("x.csv", "x.html", "x.svg", "x.png"):
        (tmp_path / name).write_text(table)
    likewise("add", "x.csv")
    for command in (("duplicates", "-o", "x.csv"), ("collections", "export", "default", "x.csv")):
        ran = likewise(*command)
        assert ran.code == 0, ran.err
    assert "The file that stood there is now x-2.csv." in ran.err
    assert (tmp_path / "x-1.csv").read_text() == table
    assert len((tmp_path / "x-2.csv").read_text().splitlines()) == 2
    pictures = [f"--{kind}=x.{kind}" for kind in ("html", "svg", "png")]
    for _ in range(2):  # a map of ours can be drawn again, so it is not kept
        assert likewise("map", "--layout", "pca", *pictures).code == 0
    kept = sorted(path.name for path in tmp_path.glob("x-*.*"))
    assert kept == ["x-1.csv", "x-1.html", "x-1.png", "x-1.svg", "x-2.csv"]
    assert (tmp_path / "x-1.png").read_text() == table


def test_collections_are_looked_after(likewise, tmp_path, opened):
    assert "There is no collection yet" in likewise("collections").err
    likewise("add", "-", stdin="a\nb\n")
    (row,) = json.loads(likewise("collections", "list", "--json").out)
    assert (row["name"], row["texts"], row["encoder"]) == ("default", 2, "sha256")
    assert "default" in likewise("collections").out
    assert likewise("collections", "rename", "default", "notes").code == 0
    assert likewise("collections", "verify", "notes").out.startswith("✓ 2 texts")
    assert likewise("collections", "compact", "notes").code == 0
    assert likewise("collections", "delete", "notes", stdin="n\n").code == 130
    assert opened("notes").count == 2
    assert likewise("collections", "delete", "notes", stdin="y\n").code == 0
    assert likewise("collections").out == ""
    assert list((tmp_path / "collections").iterdir()) == []


@pytest.mark.parametrize("format_", ["csv", "tsv", "jsonl", "parquet"])
def test_what_is_exported_can_be_added_again(likewise, notes, tmp_path, opened, format_):
    likewise("add", notes.name, "--text", "body", "--id-column", "sku")
    assert likewise("collections", "export", "default", f"o.{format_}").code == 0
    ran = likewise("add", f"o.{format_}", "-c", "copy", "--text", "text")
    assert ran.code == 0, ran.err
    assert opened("copy").rows().to_pylist() == opened().rows().to_pylist()
    assert opened("copy").vectors.tobytes() == opened().vectors.tobytes()


def test_vectors_that_are_there_are_not_made_again(likewise, notes, tmp_path, opened, monkeypatch):
    options = ("--text-column", "body", "--id-column", "sku", "--keep-columns")
    likewise("embed", notes.name, *options, "-o", "v.parquet")
    monkeypatch.setattr(Sha256Encoder, "encode", None)
    ran = likewise("add", "v.parquet")
    assert ran.code == 0, ran.err
    assert "The vectors of sha256 in it are taken as they are." in ran.err
    assert opened().ids == ["7", "9"]
    assert list(opened().columns) == ["year", "lang"]
    monkeypatch.undo()
    assert opened().vectors.tobytes() == Sha256Encoder().encode(opened().texts()).vectors.tobytes()
    assert "2 there already" in likewise("add", "v.parquet").err


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
@pytest.mark.parametrize("ids", [(), ("--id-column", "lang")])
def test_what_embed_wrote_without_room_for_types_is_read(likewise, notes, opened, format_, ids):
    likewise("embed", notes.name, "--text", "body", "--keep-columns", *ids, "-o", f"v.{format_}")
    ran = likewise("add", f"v.{format_}", "--text", "text")
    assert ran.code == 0, ran.err
    assert "The vectors in it are made anew; from parquet they are taken over." in ran.err
    assert opened().texts() == ["undo a commit", "Ei kochen"]
    if ids:
        assert opened().ids == ["en", "de"]
        assert list(opened().columns) == ["sku", "year"]
    else:
        assert all(len(id_) == 16 for id_ in opened().ids)
        assert list(opened().columns) == ["sku", "year", "lang"]


def test_vectors_of_another_encoder_are_made_again(likewise, notes, opened, minilm):
    likewise("embed", notes.name, "--text-column", "body", "-e", "minilm", "-o", "v.parquet")
    likewise("add", "-", stdin="a\n")
    ran = likewise("add", "v.parquet")
    assert ran.code == 0, ran.err
    assert "2 new" in ran.err
    assert opened().count == 3
    wanted = Sha256Encoder().encode(opened().texts()).vectors
    assert opened().vectors.tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "no.csv"), 4, "There is no file 'no.csv'."),
        (("add", "empty.csv"), 4, "'empty.csv' is empty."),
        (("add", "header.csv"), 2, "'header.csv' holds no text."),
        (("add", "nothing"), 2, "There is no text file in 'nothing'."),
        (("add", "notes.csv", "--text", "no"), 4, "has no column 'no'"),
        (("add", "notes.csv", "--id-column", "no"), 4, "has no column 'no'"),
        (("add", "notes.csv", "-c", "a b"), 2, "can't be named 'a b'"),
        (("search", "x", "-c", "none"), 4, "There is no collection 'none'."),
        (("search",), 4, "There is no collection 'default'. There is none yet."),
        (("duplicates", "-c", "none"), 4, "There is no collection 'none'."),
        (("duplicates", "-o", "x.doc"), 2, "does not say which output format"),
        (("collections", "verify", "none"), 4, "There is no collection 'none'."),
        (("collections", "rename", "none", "x"), 4, "There is no collection 'none'."),
        (("collections", "delete", "none", "--yes"), 4, "There is no collection 'none'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_can_not_be_done_is_one_sentence(likewise, tmp_path, notes, arguments, code, said):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "header.csv").write_text("text\n")
    (tmp_path / "nothing").mkdir()
    one_sentence_error(likewise(*arguments), code, said)
    assert not (tmp_path / "collections").exists()


def test_escape_codes_and_markup_stay_text(likewise, tmp_path):
    evil = "evil \x1b]52;c;eA==\x07 \x1b[2J [red]<script>alert(1)</script>"
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "\x1b[2J", "text": evil}) + "\n")
    likewise("add", "x.jsonl")
    for arguments in (("search", "evil"), ("duplicates",), ("collections",)):
        ran = likewise(*arguments)
        assert ran.code == 0
        assert "\x1b" not in ran.out + ran.err
    assert "[red]<script>" in likewise("search", "evil").out


def test_another_prefix_is_another_encoder(likewise, tmp_path, opened, minilm):
    (tmp_path / "x.txt").write_text("one\n")
    likewise("add", "x.txt", "-e", "minilm")
    ran = likewise("add", "x.txt", "-e", "minilm", "--prefix", "query: ")
    one_sentence_error(ran, 2, "prefix")
    ran = likewise("add", "x.txt", "-e", "sha256")
    one_sentence_error(ran, 2, "'sha256' is not the encoder that it was made with")
    assert opened().count == 1


def test_parts_beside_columns_of_their_names(likewise, tmp_path, opened):
    (tmp_path / "x.csv").write_text("text,document,chunk\none,mine,7\n")
    ran = likewise("add", "x.csv", "--text", "text", "--chunk")
    assert ran.code == 0, ran.err
    (row,) = opened().rows().to_pylist()
    assert (row["document"], row["chunk"], row["chunk 2"]) == ("mine", 7, 1)
    assert row["id"] == f"{row['document 2']}#1"


def test_what_the_encoder_does_not_know_is_said(likewise, tmp_path, opened, minilm):
    (tmp_path / "x.csv").write_text("text\nall is known\nthis 🙂 is not\n")
    ran = likewise("add", "x.csv", "-c", "smiles", "-e", "minilm")
    assert "1 of 2 texts has tokens that minilm does not know, 1 of 6: it reads them all" in ran.err
    ran = likewise("search", "😡", "-c", "smiles")
    assert "1 of 1 text has tokens that minilm does not know, 1 of 3" in ran.err
    assert "does not know" not in likewise("search", "known", "-c", "smiles").err
    likewise("add", "x.csv", "-c", "plain", "-e", "sha256")
    for two in (["smiles", "-e", "sha256"], ["plain", "-e", "minilm"], ["plain", "smiles"]):
        ran = likewise("collections", "compare", *two)
        assert ran.err.count("1 of 2 texts has tokens that minilm does not know, 1 of 6") == 1
        assert "sha256 does not know" not in ran.err


def test_long_texts_are_cut_between_sentences_when_asked(likewise, tmp_path, opened, minilm):
    sentences = [f"This is sentence number {n} of a long document." for n in range(80)]
    (tmp_path / "x.jsonl").write_text(
        json.dumps({"id": "long", "text": " ".join(sentences), "n": 1})
        + "\n"
        + json.dumps({"id": "short", "text": "A short one.", "n": 2})
    )
    ran = likewise("add", "x.jsonl", "-c", "whole", "-e", "minilm")
    assert "1 of 2 texts was cut off: minilm reads 256 tokens.\nWith --chunk long texts" in ran.err
    assert "does not know" not in ran.err
    ran = likewise("add", "x.jsonl", "-c", "parts", "-e", "minilm", "--chunk")
    assert "cut off" not in ran.err
    rows = opened("parts").rows().to_pylist()
    long = [row for row in rows if row["document"] == "long"]
    assert " ".join(row["text"] for row in long) == " ".join(sentences)
    assert all(row["text"].endswith("document.") for row in long)
    assert [row["chunk"] for row in long] == list(range(1, len(long) + 1))
    assert [row["id"] for row in rows][-1] == "short#1"
    assert {row["n"] for row in long} == {1}
    again = likewise("add", "x.jsonl", "-c", "parts", "--chunk")
    assert f"0 new, 0 updated, {len(rows)} there already" in again.err
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "long", "text": "Now short.", "n": 1}))
    likewise("add", "x.jsonl", "-c", "parts", "--chunk")
    assert sorted(opened("parts").ids) == ["long#1", "short#1"]


def test_encoders_are_compared_and_vectors_measured(likewise, tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"text {n}\n" for n in range(30)))
    for name in ("one", "two"):
        assert likewise("add", tmp_path / "a.txt", "-c", name, "-e", "sha256").code == 0
    said = json.loads(likewise("collections", "compare", "one", "two", "--json").out)
    assert (said["overlap"], said["texts"], said["disagreements"]) == (1.0, 30, [])
    shown = likewise("collections", "compare", "one", "two")
    assert "agree about 100.0 % of the 10 nearest texts" in shown.err
    said = json.loads(likewise("collections", "budget", "one", "--dims", "64", "--json").out)
    assert [row["bytes"] for row in said["rows"]][::4] == [30 * 1024, 30 * 256]
    shown = likewise("collections", "budget", "one", "--dims", "64")
    assert "binary" in shown.out
    assert "principal components (not trained for it)" in shown.err
    for arguments in (["compare", "one"], ["compare", "one", "-e", "sha256"]):
        refused = likewise("collections", *arguments)
        assert refused.code == 2
        assert "Traceback" not in refused.err


def test_a_collection_that_another_process_makes_meanwhile_is_added_to(
    likewise, notes, opened, monkeypatch
):
    from likewise.cli import add
    from likewise.errors import CollectionMissing

    assert likewise("add", notes.name, "--text", "body", "--id-column", "sku").code == 0
    (notes.parent / "more.csv").write_text("sku,body\n11,a late text\n")
    real, asked = add.open_collection, []

    def late(name, *more):
        asked.append(name)
        if len(asked) == 1:
            raise CollectionMissing("There is none.", "Make it.")
        return real(name, *more)

    monkeypatch.setattr(add, "open_collection", late)
    ran = likewise("add", "more.csv", "--text", "body", "--id-column", "sku")
    assert ran.code == 0, ran.err
    assert len(asked) == 2
    assert len(opened()) == 3
