"""Opening tables: formats, columns, and what is said about guesses."""

import gzip
import io
import json
import os
import sys
import threading

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from likewise.errors import (
    ColumnMissing,
    FileMissing,
    InvalidOption,
    TooFewTexts,
    UnreadableFile,
)
from likewise.files.read import open_table, open_texts
from likewise.files.texts import Text, Texts
from tests.files.values import values

ROWS = [(1, "Küche, groß\nund hell", 4.5), (2, "bad one", 1.0), (3, None, 2.0)]


@pytest.fixture
def write(tmp_path):
    def written(name: str, content: str | bytes):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture
def pipe(monkeypatch):
    """Return a function that puts bytes on standard input."""

    def piped(content: bytes):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return "-"

    return piped


def files(write, tmp_path):
    write("t.csv", 'id,review,stars\r\n1,"Küche, groß\nund hell",4.5\r\n2,bad one,1\r\n3,,2\r\n')
    write("t.tsv", 'id\treview\tstars\n1\t"Küche, groß\nund hell"\t4.5\n2\tbad one\t1\n3\t\t2\n')
    lines = [json.dumps(dict(zip(("id", "review", "stars"), row, strict=True))) for row in ROWS]
    write("t.jsonl", "\n".join(lines))
    write("t.json", f"[{','.join(lines)}]")
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    pq.write_table(pa.table(columns, ["id", "review", "stars"]), tmp_path / "t.parquet")
    write("t.csv.gz", gzip.compress((tmp_path / "t.csv").read_bytes()))
    return tmp_path


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.json", "t.parquet", "t.csv.gz"])
def test_every_format_gives_the_same_table(write, tmp_path, name):
    path = files(write, tmp_path) / name
    table = open_table(path)
    assert table.columns == ("id", "review", "stars")
    assert [row.number for row in table.rows()] == [1, 2, 3]
    assert [table.kind(column) for column in table.columns] == ["number", "text", "number"]
    texts = Texts(table)
    assert texts.column == "review"
    assert list(texts) == [Text(1, "Küche, groß\nund hell"), Text(2, "bad one")]
    assert texts.missing == 1
    assert texts.count() == 2
    assert texts.oddities() == ["1 row without text left out."]
    assert texts.notes == [
        "The texts are read from column 'review'; --text names another: 'id', 'stars'."
    ]


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet", "t.csv.gz"])
def test_a_pipe_gives_the_same_texts(write, tmp_path, pipe, name):
    content = (files(write, tmp_path) / name).read_bytes()
    format_ = "csv" if "csv" in name else None
    texts = open_texts(pipe(content), column="review", format=format_)
    assert list(texts) == [Text(1, "Küche, groß\nund hell"), Text(2, "bad one")]
    assert texts.missing == 1


def test_a_pipe_is_read_once_and_says_so(pipe):
    texts = open_texts(pipe(b"one\ntwo\n"))
    assert texts.count() is None
    assert [text.text for text in texts] == ["one", "two"]
    with pytest.raises(UnreadableFile, match=r"only once\. Save it to a file"):
        list(texts)


def test_a_named_pipe_is_read_once(tmp_path):
    path = tmp_path / "pipe.txt"
    os.mkfifo(path)
    threading.Thread(target=path.write_text, args=("one\ntwo\n",)).start()
    texts = open_texts(path)
    assert texts.count() is None
    assert [text.text for text in texts] == ["one", "two"]


def test_lines_of_a_pipe_are_texts_unless_a_column_is_asked_for(pipe):
    content = b"id,text\n1,one\n"
    plain = open_texts(pipe(content))
    assert [text.text for text in plain] == ["id,text", "1,one"]
    assert plain.notes == [
        "Standard input is read as a text a line; --input-format says otherwise."
    ]
    assert list(open_texts(pipe(content), column="text")) == [Text(1, "one")]


def test_json_lines_are_told_by_their_beginning(pipe, write):
    assert list(open_texts(pipe(b'{"text": "one"}\n"two"\n'))) == [Text(1, "one"), Text(2, "two")]
    assert open_table(write("notes.log", '{"a": 1}\n')).columns == ("a",)


def test_parquet_is_told_by_its_beginning(tmp_path):
    pq.write_table(pa.table({"text": ["one"]}), tmp_path / "data")
    assert list(open_texts(tmp_path / "data")) == [Text(1, "one")]


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("id,text", "7,hello there", "text"),
        ("Title,Text", "a title,a text", "Text"),
        ("title,note", "A walk,We went along the river until the evening.", "note"),
        ("label,phrase", "positive,I like it very much", "phrase"),
        ("question,answer_id", "why?,9", "question"),
        ("sentence1,sentence2", "one,two", "sentence1"),
        ("only", "5", "only"),
        ("text,body", "12,some words", "body"),
    ],
)
def test_the_text_column_is_guessed(write, header, row, column):
    assert open_texts(write("t.csv", f"{header}\n{row}\n")).column == column


def test_a_column_that_is_not_there_names_those_that_are(write):
    path = write("t.csv", "id,review\n1,good\n")
    with pytest.raises(ColumnMissing) as raised:
        open_texts(path, column="reviews")
    assert raised.value.problem == f"'{path}' has no column 'reviews'."
    assert raised.value.remedy == "Its columns are 'id', 'review'. Did you mean 'review'?"


def test_numbers_alone_are_no_texts(write):
    path = write("t.csv", "a,b\n1,2\n3,4\n")
    with pytest.raises(ColumnMissing, match="no column that looks like text"):
        open_texts(path)
    assert [text.text for text in open_texts(path, column="b")] == ["2", "4"]


@pytest.mark.parametrize(
    ("name", "content", "remedy"),
    [
        ("t.csv", b"", "Give it at least one text."),
        ("t.csv", b"PK\x03\x04rest", "Unpack it first"),
        ("t.txt", b"%PDF-1.7", "Save the texts as CSV"),
        ("t.parquet", b"PAR1 but no more", "Write it again"),
        ("t.parquet", b"text\n", "--input-format csv"),
        ("t.csv.gz", gzip.compress(b"text\n" * 99)[:20], "Copy or download it again"),
        ("t.jsonl", b"not json\nnor this\n", "one JSON object on each line"),
        ("t.jsonl", b"[1,\n", "Write a list of objects"),
        ("t.jsonl", b"7\n8\n", "one JSON object on each line"),
        ("t.jsonl", b'{"text": "\\ud83d"}\n', "one JSON object on each line"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_as_named_is_said(write, name, content, remedy):
    with pytest.raises(UnreadableFile) as raised:
        list(open_texts(write(name, content)))
    assert remedy in raised.value.remedy


def test_a_line_that_is_not_json_is_set_aside(write):
    path = write("t.jsonl", '{"text": "one"}\n\n{"text": \n7\n"two"\n')
    table = open_table(path)
    assert [(row.number, row.values) for row in table.rows()] == [(1, ("one",)), (4, ("two",))]
    assert [(one.line, one.raw) for one in table.aside.first] == [(3, '{"text": '), (4, "7")]
    with pytest.raises(UnreadableFile, match=r"Line 3 of .* is not JSON"):
        list(open_table(path, strict=True).rows())


def test_members_may_differ_from_line_to_line(write):
    lines = '{"a": 1, "text": "x"}\n{"text": "y", "b": [1, {"c": null}], "a": true}\n'
    table = open_table(write("t.jsonl", lines))
    assert table.columns == ("a", "text", "b")
    assert values(table) == [(1, "x", None), (True, "y", '[1,{"c":null}]')]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_long_texts_are_streamed_too(write, pipe, name):
    texts = [f"{number} " + "x" * 300_000 for number in range(20)]
    lines = [json.dumps({"text": text}) for text in texts]
    content = "\n".join(lines if name == "t.jsonl" else ["text", *texts])
    table = open_table(write(name, content))
    assert len(table.sample) == 4
    assert [value for (value,) in values(table)] == texts
    streamed = open_table(pipe(content.encode()), format=table.format)
    assert len(streamed.sample) == 4
    assert [value for (value,) in values(streamed)] == texts


def test_missing_files_and_folders(tmp_path, write):
    write("reviews.csv", "text\na\n")
    with pytest.raises(FileMissing, match=r"Did you mean 'reviews.csv'\?"):
        open_table(tmp_path / "review.csv")
    with pytest.raises(FileMissing, match="There is no folder"):
        open_table(tmp_path / "no" / "t.csv")
    with pytest.raises(UnreadableFile, match=r"is a folder. Name a file in it."):
        open_table(tmp_path)
    with pytest.raises(UnreadableFile, match="can't be opened"):
        open_table("a\0b.csv")


def test_a_closed_standard_input_is_said(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnreadableFile, match="Standard input is closed"):
        open_table("-")


@pytest.mark.parametrize("content", ["text\n", "text\n  \n", "text,label\n,a\n,b\n"])
def test_a_table_without_text_is_said(write, content):
    texts = open_texts(write("t.csv", content), column="text")
    with pytest.raises(TooFewTexts, match="holds no text"):
        list(texts)


def test_unknown_format_and_encoding(write):
    path = write("t.csv", "text\na\n")
    with pytest.raises(InvalidOption, match="no format 'xml'"):
        open_table(path, format="xml")
    for encoding in ("utf-9", "hex", "a\0"):
        with pytest.raises(InvalidOption, match="no text encoding"):
            open_table(path, encoding=encoding)


def test_parquet_types(tmp_path):
    table = pa.table(
        {
            "text": pa.array(["a", None], pa.large_string()).dictionary_encode(),
            "raw": pa.array([b"bytes", None]),
            "when": pa.array([0, None], pa.timestamp("s")),
            "list": [[1, 2], None],
            "yes": [True, None],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    rows = values(open_table(tmp_path / "t.parquet"))
    assert open_table(tmp_path / "t.parquet").known_rows == 2
    assert rows == [("a", "bytes", "1970-01-01 00:00:00", "[1, 2]", True), (None,) * 5]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(4)], ids=str
)
def test_bytes_that_are_no_text_are_said(tmp_path, kind, packed):
    texts = pa.array([b"good", b"caf\xe9", b"good", "é\0\0".encode()], kind)
    if packed and not pa.types.is_binary_view(kind):
        texts = texts.dictionary_encode()
    table = pa.table({"text": texts, "other": pa.array([b"\xff"] * 4)})
    path = tmp_path / "t.arrow"
    feather.write_feather(table, path)
    read = open_texts(path)
    assert [one.text for one in read] == ["good", r"caf\xe9", "good", "é\0\0"]
    assert read.oddities() == [
        rf"1 cell of {str(path)!r} with bytes that are not UTF-8; each such byte is spelt, as in "
        r"\xff."
    ]
    pq.write_table(table.select(["text"]).slice(1, 1).cast(pa.schema({"text": pa.binary()})), path)
    read = open_texts(path, input_format="parquet")
    assert [one.text for one in read] == [r"caf\xe9"]
    assert len(read.oddities()) == 1


def test_bytes_that_are_no_text_are_said_of_each_row_of_a_run(tmp_path):
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3]), pa.array([b"caf\xe9", b"good"]))
    feather.write_feather(pa.table({"text": runs}), tmp_path / "t.arrow")
    read = open_texts(tmp_path / "t.arrow")
    assert [one.text for one in read] == [r"caf\xe9", r"caf\xe9", "good"]
    assert read.oddities()[0].startswith("2 cells of ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.txt", "one\n\ntwo\n"),
        ("t.csv", "text\none\n \ntwo\n"),
        ("t.jsonl", '{"text": "one"}\n{"text": null}\n{"text": "two"}\n'),
    ],
)
def test_texts_come_with_the_cells_of_their_rows(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    texts = open_texts(path, column="text")
    assert list(texts.rows()) == [((1, "one"), ("one",)), ((3, "two"), ("two",))]
    assert texts.missing == 1


def test_what_databases_write_for_nothing_is_nothing(tmp_path):
    rows = ["id\ttext\tprice", "1\tone\t\\N", "2\t\\N\t3.5", "3\tC:\\New\t4"]
    (tmp_path / "t.tsv").write_text("\n".join([rows[0], *rows[1:] * 900]))
    texts = open_texts(tmp_path / "t.tsv")
    assert [one.text for one in texts][:2] == ["one", "C:\\New"]
    assert texts.missing == 900
    assert texts.table.kind("price") == "number"
    assert any("as databases write it" in note for note in texts.notes)


def test_lines_that_are_rows_are_told(tmp_path):
    (tmp_path / "t.txt").write_text("1\tone\n2\ttwo\n3\tthree\n")
    assert any("--input-format tsv" in note for note in open_table(tmp_path / "t.txt").notes)
    (tmp_path / "t.txt").write_text("one\ttext\ntwo\nthree\n")
    assert open_table(tmp_path / "t.txt").notes == []
