"""A collection that somebody else made, or that has rotted, is one sentence in the error tree."""

import io
import json
import os
import shutil
import sqlite3

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.collections import Collection
from likewise.collections.adding.sources import open_source
from likewise.collections.storage import shard
from likewise.collections.storage.stores import existing_store
from likewise.encoders import load
from likewise.encoders.shortened import ShortenedEncoder
from likewise.errors import (
    CollectionMissing,
    DamagedCollection,
    InvalidFilter,
    InvalidOption,
    InvalidVectors,
    UnknownId,
    UnwritableFile,
)
from likewise.files.vectors.npy import map_array, read_array
from likewise.settings import Settings


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The bytes of every file of a collection with a deleted row and a map."""
    folder = tmp_path_factory.mktemp("sound") / "made"
    made = Collection.create(folder, "sha256")
    made.add([f"text {n}" for n in range(6)], ids=list("abcdef"), columns={"year": list(range(6))})
    made.delete(["c"])
    made.map("pca")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def folder(sound, tmp_path):
    """The collection, to be spoilt."""
    for name, data in sound.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _use(folder):
    made = Collection.open(folder)
    made.search(like={"a": 1.0}, k=2, filter="year >= 0")
    made.duplicates(cosine=0.5)
    list(made.texts())
    made.rows()
    made.map("pca")
    made.add(["another"], ids=["g"])
    made.delete(["a"])
    made.compact()


def _npy(header):
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _archive():
    out = io.BytesIO()
    np.savez(out, one=np.zeros(3))
    return out.getvalue()


_ARRAYS = {
    "terabyte": _npy(b"{'descr': '|b1', 'fortran_order': False, 'shape': (1000000000000,), }\n"),
    "overflow": _npy(
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }\n"
    ),
    "objects": _npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }\n"),
    "signs": _npy(b"-" * 9_000 + b"1"),
    "brackets": _npy(b"(" * 9_000),
    "archive": _archive(),
    "half an archive": b"PK\x03\x04",
    "nothing": b"",
}


@pytest.mark.parametrize("data", _ARRAYS.values(), ids=_ARRAYS)
def test_no_array_is_believed(data, folder):
    with pytest.raises(ValueError, match=r"\w"):
        read_array(data)
    vectors = min(folder.glob("0*.npy"), key=lambda path: len(path.name))
    vectors.write_bytes(data)
    with pytest.raises(ValueError, match=r"\w"):
        map_array(vectors)
    _use(folder)  # they can be made again


@pytest.mark.parametrize("data", _ARRAYS.values(), ids=_ARRAYS)
def test_what_says_which_rows_are_deleted_is_not_believed(data, folder):
    max(folder.glob("0*.npy"), key=lambda path: len(path.name)).write_bytes(data)
    with pytest.raises(DamagedCollection, match="can't be read"):
        _use(folder)


def test_arrays_come_back(tmp_path):
    for array in (np.arange(3), np.zeros((2, 3), np.float32), np.zeros((0, 4), bool)):
        np.save(tmp_path / "a.npy", array)
        for got in (map_array(tmp_path / "a.npy"), read_array((tmp_path / "a.npy").read_bytes())):
            assert got.dtype == array.dtype
            assert np.array_equal(got, array)


_CELLS = {
    "numbers": pa.array(range(6)),
    "bytes": pa.array([b"\xff"] * 6),
    "no UTF-8": pa.Array.from_buffers(
        pa.string(),
        6,
        [None, pa.py_buffer(np.arange(7, dtype=np.int32)), pa.py_buffer(b"\xff" * 6)],
    ),
    "lists": pa.array([[1]] * 6),
    "gaps": None,
}


@pytest.mark.parametrize("cells", _CELLS.values(), ids=_CELLS)
@pytest.mark.parametrize("column", ["id", "text", "truncated", "_content", "year"])
def test_no_column_is_believed(column, cells, folder):
    (path,) = folder.glob("*.parquet")
    table = pq.read_table(path)
    place = table.schema.names.index(column)
    given = pa.nulls(6, table.schema.field(column).type) if cells is None else cells
    if column == "year" and (cells is None or given.type == pa.int64()):
        return  # as a column may be
    changed = table.set_column(place, column, given)
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path)
    with pytest.raises(DamagedCollection):
        _use(folder)


@pytest.mark.parametrize("column", ["id", "text", "truncated", "_content"])
def test_no_column_is_missed_late(column, folder):
    (path,) = folder.glob("*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.drop_columns([column]), path)
    with pytest.raises(DamagedCollection, match="other columns"):
        _use(folder)


@pytest.mark.parametrize("names", [("year", "year"), ("id",), ("vector",)])
def test_no_column_takes_anothers_name(names, folder):
    import base64

    said = json.loads((folder / "manifest.json").read_text())
    schema = pa.schema([(name, pa.int64()) for name in names])
    said["types"] = base64.b64encode(schema.serialize().to_pybytes()).decode()
    (folder / "manifest.json").write_text(json.dumps(said))
    with pytest.raises(DamagedCollection, match="understood"):
        _use(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_what_is_no_file_is_not_waited_for(folder):
    (path,) = folder.glob("*.parquet")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DamagedCollection, match="not a file"):
        _use(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_notes_are_files_of_any_name(tmp_path):
    (tmp_path / "a.txt").write_text("one")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "endless.md").symlink_to("/dev/zero")
    (tmp_path / "circle.md").symlink_to("circle.md")
    (tmp_path / os.fsdecode(b"b\xff.txt")).write_text("two")
    source = open_source(str(tmp_path))
    assert [(item.text, item.values) for item in source] == [
        ("one", ("a.txt",)),
        ("two", ("b\\xff.txt",)),
    ]
    assert "'pipe.txt'" in source.oddities()[0]


def test_half_a_character_is_in_no_id_and_no_filter(folder):
    made = Collection.open(folder)
    with pytest.raises(UnknownId):
        made.search(like={"\ud800": 1.0})
    with pytest.raises(InvalidFilter):
        made.search(like={"a": 1.0}, filter="id = '\ud800'")
    assert made.search(like={"a": 1.0}, k=1)


def test_only_the_ratios_of_weights_count(folder):
    made = Collection.open(folder)
    plain = made.search(like={"a": 1.0, "b": 0.5}, k=3)
    assert made.search(like={"a": 1e308, "b": 5e307}, k=3) == plain
    assert made.search(like={"a": 4e-320, "b": 2e-320}, k=3)[0].id == plain[0].id


def test_no_link_in_it_leads_to_another_file(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "precious.txt").write_text("precious")
    (outside / "pca.map").write_text("precious")
    (vectors,) = (path for path in folder.glob("0*.npy") if "-" not in path.name)
    for name in (vectors.name, "scale.json", "words.sqlite3", "000001.parquet", "000001.npy"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(outside / "precious.txt")
    for path in (folder / "maps").iterdir():
        path.unlink()
    (folder / "maps").rmdir()
    (folder / "maps").symlink_to(outside)
    _use(folder)
    Collection.open(folder).search(like={"b": 1.0}, hybrid=False)
    assert {path.name: path.read_text() for path in outside.iterdir()} == {
        "precious.txt": "precious",
        "pca.map": "precious",
    }
    folder.joinpath("manifest.json").rename(outside / "manifest.json")
    (folder / "manifest.json").symlink_to(outside / "manifest.json")
    before = (outside / "manifest.json").read_bytes()
    Collection.open(folder).add(["once more"])
    assert (outside / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("deep", [False, True])
def test_no_link_leads_to_the_texts_of_another_collection(folder, tmp_path_factory, deep):
    """Vectors of a second encoder stand beside, in a folder of which texts are taken away."""
    encoder = ShortenedEncoder(load("sha256"), 128)
    outside = tmp_path_factory.mktemp("outside") / "precious"
    precious = Collection.create(outside, encoder)
    precious.add(["my own", "text"], ids=["1", "2"])
    beside = folder / "beside" / encoder.identity.digest[:16]
    if deep:
        beside.parent.mkdir()
        beside.symlink_to(outside)
    else:
        outside.rename(outside.parent / beside.name)
        outside = outside.parent / beside.name
        beside.parent.symlink_to(outside.parent)
    with pytest.raises(UnwritableFile, match="is a link"):
        Collection.open(folder).compare(encoder, k=2)
    assert list(Collection.open(outside, encoder=encoder).texts()) == ["my own", "text"]


@pytest.mark.parametrize("name", ["thesis.txt", ".git", "000000.parquet.bak"])
def test_nothing_of_others_is_removed_with_it(name, folder):
    (folder / name).write_text("mine")
    with pytest.raises(UnwritableFile, match="which is not a collection's"):
        Collection.open(folder).store.remove()
    assert (folder / name).read_text() == "mine"


def test_what_has_a_manifest_of_another_kind_is_not_removed(tmp_path):
    (tmp_path / "manifest.json").write_text('{"manifest_version": 3}')
    with pytest.raises(UnwritableFile, match=r"manifest\.json"):
        existing_store(tmp_path, Settings()).remove()
    assert (tmp_path / "manifest.json").exists()


def test_a_folder_that_is_named_as_what_goes_is_not_removed(folder):
    aside = folder.with_name(f".{folder.name}-removed")
    aside.mkdir()
    (aside / "thesis.txt").write_text("mine")
    Collection.open(folder).store.remove()
    assert not folder.exists()
    assert (aside / "thesis.txt").read_text() == "mine"


_NUMBERS = {"NaN": np.nan, "inf": np.inf, "zeros": 0.0, "nearly": 1e-30, "large": 3e38}


@pytest.fixture
def spoilt(folder):
    """Put a number into rows of the vectors that stand beside a shard."""

    def spoil(rows, number):
        path = min(folder.glob("0*.npy"), key=lambda path: len(path.name))
        vectors = np.load(path)
        vectors[rows] = number
        path.unlink()
        np.save(path, vectors)
        return path

    return spoil


@pytest.mark.parametrize("number", _NUMBERS.values(), ids=_NUMBERS)
def test_vectors_beside_a_shard_that_are_none_are_made_again(folder, spoilt, number):
    right = np.array(Collection.open(folder).vectors)
    path = spoilt(slice(None), number)
    opened = Collection.open(folder)
    assert np.array_equal(opened.vectors, right)
    assert opened.search(like="a", k=4)[0].similarity < 1
    assert np.isfinite(np.load(path)).all()


def test_vectors_of_a_later_state_beside_restored_rows_are_made_again(folder, tmp_path):
    backup = tmp_path / "backup"
    shutil.copytree(folder, backup)
    same = [f"text {n}" for n in range(70)]
    for where, last in ((folder, "two"), (backup, "deux")):
        Collection.open(where).add([*same, last], ids=range(71))
    for path in [*backup.glob("*.parquet"), backup / "manifest.json"]:
        shutil.copy(path, folder)
    restored = Collection.open(folder)
    assert restored.search("deux", 1)[0].text == "deux"
    assert np.array_equal(restored.vectors, Collection.open(backup).vectors)


_USES = {
    "vectors": lambda made, other: made.vectors,
    "embedded": lambda made, other: made.embedded(["d"]),
    "search": lambda made, other: made.search(like="a", k=2),
    "like it": lambda made, other: made.search(like="d", k=2),
    "fast": lambda made, other: made.search(like="a", k=4, fast=True),
    "words": lambda made, other: made.search("text", k=2, hybrid=True),
    "duplicates": lambda made, other: made.duplicates(cosine=0.5),
    "of another": lambda made, other: other.duplicates(made, cosine=0.5),
    "map": lambda made, other: made.map("pca", anew=True),
    "compare": lambda made, other: other.compare(made, k=2),
    "budget": lambda made, other: made.budget(),
    "scale": lambda made, other: made.scale,
    "arrow": lambda made, other: made.to_arrow(),
}


@pytest.mark.parametrize("number", [np.nan, np.inf])
@pytest.mark.parametrize("use", _USES.values(), ids=_USES)
def test_a_vector_that_is_not_finite_is_never_passed_over(
    folder, spoilt, tmp_path_factory, monkeypatch, use, number
):
    other = Collection.create(tmp_path_factory.mktemp("other") / "made", "sha256")
    other.add([f"text {n}" for n in range(6)], ids=list("abcdef"))
    (folder / "scale.json").unlink(missing_ok=True)
    path = spoilt(3, number)
    monkeypatch.setattr(shard, "_SAMPLE_ROWS", 0)  # as in a large file, where it is not seen
    monkeypatch.setattr(shard.Shard, "_is_as_written", lambda *_: True)
    made = Collection.open(folder)
    said = []
    try:
        use(made, other)
    except InvalidVectors as error:
        said.append(error.remedy)
    assert "verify" in "".join(said) or np.isfinite(np.load(path)).all()


def test_what_belongs_to_one_of_the_same_name_is_not_believed(tmp_path):
    where = Settings(collections=tmp_path / "all", cache=tmp_path / "cache", encoder="sha256")
    old = Collection.create("notes", settings=where)
    old.add(["apple pie", "boiled egg"], ids=["a", "b"])
    rows, scale = list(old.texts()), old.scale
    existing_store("notes", where).remove()
    new = Collection.create("notes", settings=where)
    new.add(["boiled egg", "apple pie", "apple"], ids=["x", "y", "z"])
    assert [hit.text for hit in new.search("egg", 1, hybrid=True)] == ["boiled egg"]
    assert new.scale.pairs != scale.pairs
    # who holds the first one open makes its own anew, and spoils none of the second's
    assert old.search("egg", 1, hybrid=True)[0].id == "b"
    assert old.texts() == rows
    assert Collection.open("notes", settings=where).search("egg", 1, hybrid=True)[0].id == "x"
    assert Collection.open("notes", settings=where).scale.pairs == new.scale.pairs


def test_an_index_of_words_with_rotten_pages_is_made_again(folder):
    made = Collection.open(folder)
    made.search(like={"a": 1.0}, k=1)
    best = [hit.id for hit in made.search("text 3", 2, hybrid=True)]
    path = folder / "words.sqlite3"
    with sqlite3.connect(path) as index:
        index.execute("pragma writable_schema = on")
        index.execute("delete from sqlite_schema where name like 'words%'")
    index.close()
    assert [hit.id for hit in made.search("text 3", 2, hybrid=True)] == best
    with sqlite3.connect(path) as index:
        index.execute("update words_data set block = x'00ff00ff'")
    index.close()
    assert [hit.id for hit in made.search("text 3", 2, hybrid=True)] == best


def test_no_address_is_the_name_of_a_folder(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for wrong in ("mysql://me:s3cr3t@host/db", "s3://bucket/notes", "postgres+x://me:s3cr3t@h/d"):
        for ask in (Collection.create, Collection.open, existing_store):
            with pytest.raises(InvalidOption, match="at an address that begins with") as caught:
                ask(wrong, settings=Settings()) if ask != existing_store else ask(wrong, Settings())
            assert "s3cr3t" not in str(caught.value)
        with pytest.raises(InvalidOption, match="at an address that begins with"):
            existing_store(folder, Settings()).rename(wrong)
    with pytest.raises(InvalidOption, match="at an address that begins with"):
        existing_store(folder, Settings()).rename("postgresql://me:s3cr3t@host/db")
    assert not any(path.name.startswith(("mysql", "s3", "postgres")) for path in tmp_path.iterdir())


def test_the_size_of_a_collection_that_changes_meanwhile(folder, monkeypatch):
    store = existing_store(folder, Settings())
    whole = store.bytes()
    link = folder / "000009.npy"
    link.symlink_to(folder / "nowhere")
    assert store.bytes() == whole + link.lstat().st_size  # what it leads to is not counted

    def swept(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr("os.lstat", swept)
    assert store.bytes() == 0
    monkeypatch.undo()
    store.remove()
    assert store.bytes() == 0


def test_what_vanishes_before_it_is_locked_is_missing(folder, monkeypatch):
    def gone(*_, **__):
        raise FileNotFoundError(folder)

    monkeypatch.setattr("filelock.FileLock.acquire", gone)
    for change in (Collection.open(folder).compact, existing_store(folder, Settings()).remove):
        with pytest.raises(CollectionMissing, match="not there any more"):
            change()
