"""Texts of a file that the page gives to the server's reader."""

import asyncio

import pytest

from likewise.errors import ColumnMissing, LikewiseError, TooFewTexts, UnreadableFile
from likewise.files.options import ReadingOptions
from likewise.server.classify.tables import Tables
from likewise.server.kept import Budget


def texts(raw, name="t.csv", most=100, **reading):
    tables = Tables(Budget(10_000_000))
    try:
        return asyncio.run(tables.texts(name, raw, ReadingOptions(**reading), most))
    finally:
        tables.stop()


@pytest.mark.parametrize(
    ("name", "raw", "column", "expected"),
    [
        ("a.txt", b"One text.\n\nAnother.\r\n", None, ["One text.", "Another."]),
        ("a.csv", b'\xef\xbb\xbfid,text\r\n1,"A ""cat"", asleep"\r\n2,"two\nlines"\r\n', "text",
         ['A "cat", asleep', "two\nlines"]),
        ("a.csv", "id;Satz\n1;Für, ja\n2;Nein doch\n".encode(), "Satz", ["Für, ja", "Nein doch"]),
        # one stray mark does not take the rows after it
        ("a.csv", b'id,text\n1,"open\n2,plain words\n', "text", ['"open', "plain words"]),
        ("a.tsv", b'id\ttext\n1\t5" screen\n2\tother\n', "text", ['5" screen', "other"]),
        ("a.json", b'["one", "two"]', None, ["one", "two"]),
        ("a.jsonl", b'{"text": "one"}\n{"text": "\\ud800"}\n', None, ["one"]),
    ],
)  # fmt: skip
def test_are_those_that_the_command_line_reads(name, raw, column, expected):
    found = texts(raw, name)
    assert (found["texts"], found["of"]) == (expected, len(expected))
    assert (found["name"], found["column"]) == (name, column)


def test_are_as_many_as_are_wanted():
    found = texts(b"one\ntwo\nthree\n", "a.txt", most=2)
    assert (found["texts"], found["of"]) == (["one", "two"], 3)


@pytest.mark.parametrize(
    ("name", "raw", "error", "said"),
    [
        ("../../etc/a.png", b"\x89PNG\r\n\x1a\n\0\1", UnreadableFile, "'a.png' is a PNG picture."),
        ("a.csv", b"", UnreadableFile, "'a.csv' is empty."),
        ("a.csv", b"n,m\n1,2\n", ColumnMissing, "no column that looks like text"),
        ("a.csv", b"text\n \n", TooFewTexts, "a.csv"),
    ],
)
def test_of_a_file_without_any_are_refused_in_a_sentence_for_visitors(name, raw, error, said):
    with pytest.raises(error) as caught:
        texts(raw, name)
    assert isinstance(caught.value, LikewiseError)
    assert said in caught.value.problem
    assert "--" not in str(caught.value)
    assert "/" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "advice"),
    [
        ("id,text\n1,good\n".encode("utf-16-le"), "It looks like utf-16-le; say so: utf-16-le."),
        (b"id,text\n1,caf\xe9\n", "name its encoding, e.g. cp1252 of western Europe, windows-1251"),
        (bytes(range(32)) * 9, "If it is text, name its encoding, e.g. utf-16-le."),
        (b"word " * 60_000, "give it the ending of its format, such as .csv."),
    ],
)
def test_advice_for_visitors_is_about_their_file(raw, advice):
    with pytest.raises(UnreadableFile) as caught:
        texts(raw, "a.csv")
    assert advice in caught.value.remedy
