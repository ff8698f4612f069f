"""Characters from bytes: marks, other encodings, and errors that say where."""

import codecs
import gzip

import pytest

from likewise.errors import UnreadableFile
from likewise.files.read import Text, open_texts

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


@pytest.mark.parametrize(("before", "line"), [(0, 2), (3, 5), (20_000, 20_002)])
def test_a_wrong_byte_is_said_with_line_and_position(tmp_path, before, line):
    content = b"text\n" + "größe\n".encode() * before + b"caf\xe9\nend\n"
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UnreadableFile) as raised:
        list(open_texts(tmp_path / "t.csv"))
    position = content.index(b"\xe9\nend") + 1
    assert raised.value.problem == (
        f"'{tmp_path / 't.csv'}' is not UTF-8: line {line:,}, byte {position:,} is 0xE9."
    )
    assert "--encoding cp1252" in raised.value.remedy
    texts = open_texts(tmp_path / "t.csv", encoding="cp1252")
    assert [text.text for text in texts][-2:] == ["café", "end"]


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
