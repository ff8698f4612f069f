"""Packed files and files of other kinds: seen through, or named for what they are."""

import bz2
import gzip
import io
import lzma
import pickle
import sys
import zipfile

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.orc as orc
import pytest

from likewise.errors import UnreadableFile
from likewise.files.options import Bounds
from likewise.files.read import open_table, open_texts

CONTENT = "text,label\nKüche groß,a\nbad one,b\n".encode()
TEXTS = ["Küche groß", "bad one"]


def arrow_packed(codec, content=CONTENT):
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, codec) as stream:
        stream.write(content)
    return out.getvalue().to_pybytes()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


PACKED = {
    "t.csv.gz": gzip.compress(CONTENT),
    "t.csv.bz2": bz2.compress(CONTENT),
    "t.csv.xz": lzma.compress(CONTENT),
    "t.csv.zst": arrow_packed("zstd"),
    "t.csv.lz4": arrow_packed("lz4"),
    "t.zip": zipped(
        {"folder/t.csv": CONTENT, "__MACOSX/folder/._t.csv": b"x", "folder/.hid": b"x"}
    ),
    "t.csv.zip": zipped({"t.csv": CONTENT, "readme.pdf": b"%PDF"}),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_tables_are_seen_through(tmp_path, monkeypatch, name):
    (tmp_path / name).write_bytes(PACKED[name])
    texts = open_texts(tmp_path / name)
    assert texts.column == "text"
    assert [text.text for text in texts] == TEXTS
    assert [text.text for text in texts] == TEXTS
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PACKED[name])))
    assert [text.text for text in open_texts("-", column="text")] == TEXTS


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_that_is_cut_off_is_damaged(tmp_path, name):
    packed = PACKED[name]
    (tmp_path / name).write_bytes(packed[: len(packed) - 20])
    with pytest.raises(UnreadableFile, match=r"damaged|can't be read"):
        list(open_texts(tmp_path / name))


def test_several_streams_in_one_file(tmp_path):
    (tmp_path / "t.csv.bz2").write_bytes(bz2.compress(CONTENT) + bz2.compress(b"more,c\n"))
    (tmp_path / "t.csv.xz").write_bytes(lzma.compress(CONTENT) + lzma.compress(b"more,c\n"))
    for name in ("t.csv.bz2", "t.csv.xz"):
        assert [text.text for text in open_texts(tmp_path / name)] == [*TEXTS, "more"]


def test_an_archive_of_several_tables_names_them(tmp_path):
    (tmp_path / "t.zip").write_bytes(zipped({"a.csv": CONTENT, "b.csv": CONTENT}))
    with pytest.raises(UnreadableFile, match=r"2 tables in it: 'a.csv', 'b.csv'"):
        open_table(tmp_path / "t.zip")


def arrow_file(write):
    out = io.BytesIO()
    write(pa.table({"text": TEXTS, "label": ["a", "b"]}), out)
    return out.getvalue()


def stream(table, out):
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)


def ipc(table, out):
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize("write", [stream, ipc, feather.write_feather], ids=["stream", "ipc", "v2"])
@pytest.mark.parametrize("name", ["t.arrow", "t.feather", "no-ending"])
def test_arrow_files(tmp_path, write, name):
    (tmp_path / name).write_bytes(arrow_file(write))
    table = open_table(tmp_path / name)
    assert table.format == "arrow"
    assert [row.values for row in table.rows()] == list(zip(TEXTS, "ab", strict=True))
    assert [text.text for text in open_texts(tmp_path / name, column="text")] == TEXTS


def orc_file():
    out = io.BytesIO()
    orc.write_table(pa.table({"text": TEXTS}), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (orc_file(), "an ORC file"),
        (pickle.dumps({"text": TEXTS}), "a Python pickle"),
        (pickle.dumps([1], 2), "a Python pickle"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x93NUMPY\x01", "a NumPy array"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\0" * 257 + b"ustar", "a tar archive"),
        (zipped({"word/document.xml": b"<w/>", "[Content_Types].xml": b""}), "a Word document"),
        (zipped({"arr_0.npy": b"\x93NUMPY"}), "NumPy arrays"),
        (zipped({"archive/data.pkl": b"\x80\x02"}), "a PyTorch file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("options", [{}, {"encoding": "cp1252"}, {"format": "csv"}], ids=str)
def test_what_is_not_read_is_named(tmp_path, content, kind, options):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UnreadableFile, match=f"is {kind}") as raised:
        open_table(tmp_path / "t.csv", **options)
    assert "--encoding" not in str(raised.value)


@pytest.mark.parametrize("name", [name for name in PACKED if name != "t.csv.lz4"])
def test_what_unfolds_into_too_much_is_refused(tmp_path, name):
    line = b"text,label\n" + b"x" * 98 + b",a\n"
    many = line + (b"x" * 98 + b",a\n") * 40_000
    packed = {
        "t.csv.gz": lambda: gzip.compress(many),
        "t.csv.bz2": lambda: bz2.compress(many),
        "t.csv.xz": lambda: lzma.compress(many),
        "t.csv.zst": lambda: arrow_packed("zstd", many),
        "t.zip": lambda: zipped({"t.csv": many}),
        "t.csv.zip": lambda: zipped({"t.csv": many}),
    }[name]()
    (tmp_path / name).write_bytes(packed)
    assert len(packed) < 20_000
    with pytest.raises(UnreadableFile, match="unfolds to more than 1,000,000 bytes"):
        list(open_table(tmp_path / name, bounds=Bounds(unfolded=1_000_000)).rows())


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_what_is_packed_twice_is_named(tmp_path, pack):
    inner = pack(b"text\none\n")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv.packed", inner)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(inner))
    for name in ("t.zip", "t.csv.gz"):
        with pytest.raises(UnreadableFile, match="holds a file that is packed again"):
            open_table(tmp_path / name)


def test_an_archive_in_an_archive_is_named(tmp_path):
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        archive.writestr("t.csv", "text\none\n")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t2.zip", inside.getvalue())
    with pytest.raises(UnreadableFile, match="a zip archive that is packed again"):
        open_table(tmp_path / "t.zip")
