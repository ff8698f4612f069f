"""What holds no table of ours is named for what it is, and no table is taken for it."""

import gzip
import io
import pickle
import sqlite3
import tarfile
import zipfile

import pytest

from likewise.errors import UnreadableFile
from likewise.files.read import open_table
from tests.files.odd.cases import CASES


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("t.csv")
        member.size = 5
        archive.addfile(member, io.BytesIO(b"text\n"))
    return out.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as base:
        base.execute("create table t (a)")
        return base.serialize()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
KINDS = {
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3",
    "a PostScript document": b"%!PS-Adobe-3.0\n",
    "a Rich Text document": b"{\\rtf1\\ansi hello}",
    "a Word document": zipped(word__document=b"x"),
    "an old Word document": OLE + "WordDocument".encode("utf-16-le"),
    "locked by a password": OLE + "EncryptedPackage".encode("utf-16-le"),
    "a presentation": zipped(ppt__presentation=b"x"),
    "an SQLite database": database(),
    "an Access database": b"\0\1\0\0Standard ACE DB\0" + bytes(100),
    "a DuckDB database": bytes(8) + b"DUCK" + bytes(500),
    "a dBase file": b"\x03\x7c\x01\x01\x02\0\0\0\x41\0\x20\0" + bytes(20) + b"NAME",
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(50),
    "a MATLAB file": b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(90),
    "a SAS file": bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011"),
    "a Stata file": bytes((114, 2, 1, 0)) + bytes(90),
    "an SPSS file": b"$FL2@(#) SPSS DATA FILE",
    "an R data file": gzip.compress(b"X\n\0\0\0\3\0\4\0\0"),
    "a Python pickle": pickle.dumps(["a"], 0),
    "an ORC file": b"ORC\n\x0b\n\x03\0\0",
    "an Avro file": b"Obj\x01\x04\x14avro.codec",
    "an encrypted Parquet file": b"PARE" + bytes(50),
    "an LMDB database": bytes(16) + b"\xde\xc0\xef\xbe" + bytes(500),
    "a MessagePack file": b"\xdc\0\2" + b"\x82\xa4text\xa3day\xa1n\xcd\1\2" * 2,
    "a CBOR file": b"\x82" + b"\xa2\x64text\x63day\x61n\x19\1\2" * 2,
    "a TFRecord file": bytes.fromhex("1e00000000000000d9dc1232") + bytes(60),
    "a file packed with LZO": b"\x89LZO\0\r\n\x1a\n",
    "a file packed with Snappy": b"\xff\6\0\0sNaPpY" + bytes(9),
    "a tar archive": tarred(),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "a RAR archive": b"Rar!\x1a\x07\x01\0",
    "an empty zip archive": zipped(),
    "a PNG picture": b"\x89PNG\r\n\x1a\n",
    "a BMP picture": b"BM\x36\0\0\0\0\0\0\0\x36\0",
    "an MP3 recording": b"ID3\x04\0\0\0",
    "a film": bytes(3) + b"\x24ftypisom",
    "a program": b"\x7fELF\2\1\1",
    "a script": b"#!/bin/bash\necho a, b\n",
    "a web page": b"\n  <table><tr><td>text</td></tr></table>",
    "a drawing in SVG": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
    "an XML document": b"<rows>\n  <row>x</row>\n</rows>",
    "an e-mail": b"From: a@b.c\nTo: d@e.f\nSubject: hello, you\n\nBody\n",
    "a mailbox": b"From a@b.c Mon Jan  1 10:00:00 2024\nFrom: a@b.c\n",
    "a calendar": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
    "a file of addresses (vCard)": b"BEGIN:VCARD\nFN:A B\n",
    "a notebook": b'{\n "cells": [],\n "metadata": {},\n "nbformat": 4\n}',
    "a YAML file": b"- text: good day\n  label: up\n- text: bad day\n  label: down\n",
    "a TOML or INI file": b"# ours\n[tool]\nname = 'x'\n",
    "a file of subtitles": b"1\n00:00:01,000 --> 00:00:02,000\nHello, you\n",
    "an SQL script": b"-- made by hand\nCREATE TABLE t (a int);\n",
    "a LaTeX document": b"\\documentclass{article}\n\\begin{document}\n",
    "a BibTeX file": b"@article{key,\n title = {x},\n}\n",
    "an ARFF file": b"% ours\n@relation x\n@attribute text string\n",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
    "not text: many of its first bytes never occur in one": b"\x0b\x05hello\x12\x05" * 20,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["t", "t.csv"])
def test_what_is_no_table_is_named(tmp_path, kind, name):
    path = tmp_path / name
    path.write_bytes(KINDS[kind])
    with pytest.raises(UnreadableFile) as raised:
        open_table(path)
    assert f"is {kind}" in raised.value.problem


@pytest.mark.parametrize(
    "text",
    [
        "ORCID,text\n1,a\n",
        "PARENT,text\n1,a\n",
        "ID3,text\n1,a\n",
        "From: the beginning of it\nTo: the end of it\n",
        "Received: one parcel\nSent: two\n",
        "- one: two\n- three: four\n",
        "<b>great</b>, really\n<i>no</i>, never\n",
        "#1 in the list\n#2 in the list\n",
        "[a] first\n[b] second\n",
        "@someone hello\n@other good day\n",
        "BM,text\n1,a\n",
        "1\n2\n3\n",
    ],
)
def test_texts_that_begin_alike_are_read(tmp_path, text):
    path = tmp_path / "t.txt"
    path.write_text(text)
    assert [row.values[0] for row in open_table(path).rows()] == text.splitlines()


@pytest.mark.parametrize(
    "text", ["¡claro que si, hombre bien, y mas\n", "£text that goes on for long\n", "‚¤text¢ab\n"]
)
def test_text_in_an_old_encoding_is_no_binary_record(tmp_path, text):
    path = tmp_path / "t.txt"
    path.write_bytes(text.encode("cp1252"))
    assert [row.values[0] for row in open_table(path, encoding="cp1252").rows()] == [text.rstrip()]


def test_records_in_binary_that_hold_values_of_all_kinds_are_named():
    from likewise.files.raw.signs import foreign

    values = b"\xc0\xc3\xca0000\xcb00000000\xd30000000\x31\xd9\4abcd\x92\1\2\x81\xa1k\xff\xc4\1b"
    assert foreign(b"\x81\xa4text" + b"\x99" + values) == "a MessagePack file"
    rest = b"\xf6\xf5\xfa0000\xfb00000000\x1b00000000\x78\4abcd\x82\1\2\xbf\x61k\x20\xff\xc1\x00"
    assert foreign(b"\xa1\x64text" + b"\x89" + rest) == "a CBOR file"
    # what ends early, or is nested without end, is neither
    assert foreign(b"\xa1\x64text" + b"\x81" * 500) is None
    assert foreign(b"\x81\xa4text\xdb\xff\xff\xff\xff") is None


def test_no_odd_table_is_taken_for_something_else(tmp_path):
    from likewise.files.raw.signs import foreign

    assert [case.name for case in CASES if not case.refused and foreign(case.content)] == []


def test_a_text_that_is_called_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "export.xls"
    path.write_bytes(b"text\tlabel\ngood day\tup\nbad day\tdown\n")
    table = open_table(path)
    assert [row.values for row in table.rows()] == [("good day", "up"), ("bad day", "down")]
    assert "is read as csv" in table.notes[0]
