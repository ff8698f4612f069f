"""Characters from bytes: marks, other encodings, and errors that say where."""

import codecs
import gzip

import pytest

from likewise.errors import InvalidOption, UnreadableFile
from likewise.files.read import open_texts
from likewise.files.texts import Text

CONTENT = "text,label\nGrüße aus Köln 🐈,a\nשלום עולם,b\n"
TEXTS = [Text(1, "Grüße aus Köln 🐈"), Text(2, "שלום עולם")]


@pytest.mark.parametrize(
    "content",
    [
        CONTENT.encode(),
        CONTENT.encode("utf-8-sig"),
        CONTENT.encode("utf-16"),
        codecs.BOM_UTF16_BE + CONTENT.encode("utf-16-be"),
        CONTENT.encode("utf-32"),
        codecs.BOM_UTF32_BE + CONTENT.encode("utf-32-be"),
        gzip.compress(CONTENT.encode("utf-16")),
    ],
    ids=["utf-8", "utf-8-mark", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gzip"],
)
def test_unicode_is_told_by_its_mark(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    assert list(open_texts(tmp_path / "t.csv", column="text")) == TEXTS


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("utf-16-le", "utf-16-le"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-8", "UTF8"),
        ("gb18030", "gb18030"),
    ],
)
def test_an_encoding_can_be_said(tmp_path, codec, said):
    (tmp_path / "t.csv").write_bytes(CONTENT.encode(codec))
    assert list(open_texts(tmp_path / "t.csv", column="text", encoding=said)) == TEXTS


def test_a_file_in_another_encoding_is_said_with_line_and_position(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"text\nna\xefve\ncaf\xe9\nend\n")
    with pytest.raises(UnreadableFile) as raised:
        list(open_texts(tmp_path / "t.csv"))
    assert raised.value.problem == (f"'{tmp_path / 't.csv'}' is not UTF-8: line 2, byte 8 is 0xEF.")
    assert "--encoding cp1252" in raised.value.remedy
    texts = open_texts(tmp_path / "t.csv", encoding="cp1252")
    assert [text.text for text in texts] == ["naïve", "café", "end"]


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.jsonl"])
def test_another_encoding_is_noticed_behind_the_head(tmp_path, name):
    line = b'{"text": "caf\xe9"}\n' if name == "t.jsonl" else b"caf\xe9\n"
    plain = b'{"text": "x"}\n' if name == "t.jsonl" else b"text\n"
    content = plain * 60_000 + line * 3
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile) as raised:
        list(open_texts(tmp_path / name))
    position = content.index(b"\xe9") + 1
    assert f"line 60,001, byte {position:,} is 0xE9" in raised.value.problem


@pytest.mark.parametrize("before", [3, 60_000])
def test_a_wrong_byte_among_right_ones_costs_its_line_alone(tmp_path, before):
    content = b"text\n" + "größe\n".encode() * before + b"caf\xe9\nend\n"
    (tmp_path / "t.csv").write_bytes(content)
    texts = open_texts(tmp_path / "t.csv")
    assert [text.text for text in texts] == ["größe"] * before + ["end"]
    assert [one.line for one in texts.table.aside.first] == [before + 2]
    assert "bytes that are not in the encoding" in texts.oddities()[0]
    with pytest.raises(UnreadableFile, match=f"line {before + 2:,}, byte .* is 0xE9"):
        list(open_texts(tmp_path / "t.csv", strict=True))


@pytest.mark.parametrize(
    "name",
    [
        "utf-7",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "rot13",
        "zlib",
        "uu",
        "undefined",
        "mbcs",
        "charmap",
    ],
)
def test_codecs_that_spell_no_texts_are_no_encodings(tmp_path, name):
    (tmp_path / "t.txt").write_bytes(b"+2AA-\n")
    with pytest.raises(InvalidOption, match="no text encoding"):
        open_texts(tmp_path / "t.txt", encoding=name)


@pytest.mark.parametrize(
    "name",
    [
        "UTF8",
        "latin-1",
        "iso-8859-15",
        "windows-1251",
        "koi8-r",
        "gbk",
        "euc-kr",
        "big5",
        "shift-jis",
        "macroman",
        "cp437",
        "utf-8-sig",
    ],
)
def test_encodings_of_texts_are_known(tmp_path, name):
    (tmp_path / "t.txt").write_bytes(b"plain\n")
    assert [text.text for text in open_texts(tmp_path / "t.txt", encoding=name)] == ["plain"]


def test_a_byte_that_a_named_encoding_lacks_is_said(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"one\n\x81\n")
    with pytest.raises(UnreadableFile, match=r"is not cp1252: line 2, byte 5 is 0x81"):
        list(open_texts(tmp_path / "t.txt", encoding="cp1252"))


def test_half_a_character_at_the_end_is_said(tmp_path):
    (tmp_path / "t.txt").write_bytes("one\nKöl".encode()[:-2])
    with pytest.raises(UnreadableFile, match=r"line 2, byte 6 is 0xC3"):
        list(open_texts(tmp_path / "t.txt"))
    (tmp_path / "t.txt").write_bytes("one".encode("utf-16")[:-1])
    with pytest.raises(UnreadableFile, match="is not utf-16"):
        list(open_texts(tmp_path / "t.txt"))


def test_utf_16_without_a_mark_is_not_taken_for_text(tmp_path):
    (tmp_path / "t.txt").write_bytes("some words".encode("utf-16-le"))
    with pytest.raises(UnreadableFile, match="--encoding utf-16-le"):
        list(open_texts(tmp_path / "t.txt"))


def test_lines_of_a_text_file(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"one\r\n\r\n  two \0\x0b\rthree\xe2\x80\xa8still three")
    texts = open_texts(tmp_path / "t.txt")
    assert list(texts) == [
        Text(1, "one"),
        Text(3, "  two \0\x0b"),
        Text(4, "three\u2028still three"),
    ]
    assert texts.missing == 1
