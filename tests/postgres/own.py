"""What is a database's own: addresses, transactions, indexes, other writers, and bad input."""

import os
import signal
import subprocess
import sys
import threading

import httpx
import numpy as np
import psycopg
import pytest

from likewise.collections import Collection
from likewise.collections.export import write_rows
from likewise.collections.stores import all_names, existing_store
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import (
    CollectionBusy,
    CollectionExists,
    CollectionMissing,
    DatabaseUnavailable,
    IncompatibleVectors,
    InvalidOption,
    InvalidText,
    MissingPackage,
)
from likewise.server.app import create_app
from tests.collections.test_crash import applied
from tests.http.serving import make_page, make_settings, serving


def test_an_address_names_database_and_collection(database, where):
    address = f"{database}&collection=papers"
    made = Collection.create(address, "sha256", settings=where)
    made.add(["one", "two"])
    assert made.name == "papers"
    again = Collection.open(address, settings=where)
    assert again.texts() == ["one", "two"]
    assert all_names(where) == ["papers"]
    existing_store("papers", where).rename("articles")
    with pytest.raises(CollectionMissing, match=r"'papers'\. There are: articles"):
        Collection.open(address, settings=where)
    with pytest.raises(CollectionExists):
        Collection.create("articles", settings=where)
    for wrong in ("a b", "", "x'; drop table y"):
        with pytest.raises(InvalidOption, match="can't be named"):
            Collection.open(f"{database}&collection={wrong}", settings=where)


def test_no_password_is_shown(where):
    address = "postgresql://me:secret@localhost:1/db?connect_timeout=2&collection=a"
    with pytest.raises(DatabaseUnavailable, match="localhost") as caught:
        Collection.open(address, settings=where)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in repr(where.model_copy(update={"collections_database": None}))


def test_what_stays_and_what_compaction_takes_away(notes, where):
    notes.add(["a", "b"])
    reader = Collection.open("notes", settings=where)
    notes.add(["c"])
    notes.delete([notes.ids[0]])
    assert reader.texts() == ["a", "b"]
    assert [hit.text for hit in reader.search("a", 3)][:1] == ["a"]
    notes.compact()
    with pytest.raises(CollectionBusy, match="was compacted since it was opened"):
        Collection.open("notes", settings=where) and reader.rows(reader.ids[:1])
    reader.refresh()
    assert reader.texts() == ["b", "c"]


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_an_index_is_said_to_be_inexact_with_its_recall(where, precision):
    many = Collection.create("many", precision=precision, settings=where)
    many.add([f"text {n}" for n in range(500)], ids=range(500), columns={"n": list(range(500))})
    exact, fast = many.search("text 7", 20), many.search("text 7", 20, fast=True)
    assert (exact.exact, fast.exact) == (True, False)
    assert fast.recall >= 0.9
    assert {hit.id for hit in fast} & {hit.id for hit in exact}
    few = many.search("text 7", 5, fast=True, filter="n >= 490")
    assert {int(hit.id) for hit in few} <= set(range(490, 500))
    assert len(few) == 5
    # a full scan of all vectors by numpy is the oracle
    query = Sha256Encoder().encode(["text 7"]).vectors
    order = np.argsort(-(many.vectors @ query[0]), kind="stable")[:1]
    assert exact[0].id == str(order[0]) == "7"


def test_another_writer_waits_or_is_told(notes, monkeypatch, reopened):
    from likewise.collections.lock import WAIT_SECONDS

    with notes.store.writer(WAIT_SECONDS):
        monkeypatch.setattr("likewise.collections.collection.WAIT_SECONDS", 0.05)
        with pytest.raises(CollectionBusy, match="Another process is changing"):
            reopened().add(["a"])
    monkeypatch.setattr("likewise.collections.collection.WAIT_SECONDS", 30.0)
    threads = [
        threading.Thread(target=lambda name=name: [reopened().add([f"{name} {n}"]) for n in "123"])
        for name in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notes.refresh()
    assert sorted(notes.texts()) == [f"{name} {n}" for name in "ab" for n in "123"]


def test_hostile_text_stays_text(notes, reopened):
    texts = [
        "'; drop table likewise_collections; --",
        "%s %(x)s %%",
        "$1",
        "\\x00",
        "a" * 1_000_000,
    ]
    ids = ["' or 1=1 --", "%s", "\\", '"', "x" * 5_000]
    notes.add(texts, ids=ids, columns={"'; drop table x; --": list("abcde"), "%s": [1, 2, 3, 4, 5]})
    again = reopened()
    assert (again.texts(), again.ids) == (texts, ids)
    assert again.search("x", filter="`%s` > 4 and `'; drop table x; --` = 'e'")[0].id == ids[4]
    assert again.search("' or 1=1 --", hybrid=True).searched == 5
    assert again.update(["%s"], texts=["new"]).updated == 1
    with pytest.raises(InvalidText, match="NUL"):
        notes.add(["a\0b"])
    assert again.verify() == []


def test_what_another_program_changed_is_found(notes, database):
    notes.add(["a", "b"], ids=["x", "y"])
    table = notes.snapshot.table
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"update {table} set text = 'c' where id = 'x'")
        connection.execute(f"insert into {table} (id, text, truncated, content, born, vector) "
                           f"select id, text, truncated, content, born, vector * vector "
                           f"from {table} where id = 'y'")  # fmt: skip
    notes.refresh()
    # the same generation is the same snapshot, so it is opened anew
    wrong = " ".join(notes.store.verify(notes.store.read(None)))
    assert "'x' is not the one that was embedded" in wrong
    assert "'y' is there twice" in wrong


def test_rows_are_exported_and_come_back(notes, tmp_path, where):
    notes.add(["a", "b"], ids=["x", "y"], columns={"n": [1, 2]})
    assert write_rows(notes, tmp_path / "out.parquet") == 2
    from likewise.collections.sources import open_source

    source = open_source(str(tmp_path / "out.parquet"))
    files = Collection.create(tmp_path / "files", notes.identity, settings=where)
    files.add_embedded(source.parts(), notes.identity, source.columns)
    assert files.rows().to_pylist() == notes.rows().to_pylist()
    assert files.vectors.tobytes() == notes.vectors.tobytes()
    assert files.duplicates(notes).duplicates == 2


def test_another_encoder_is_refused(notes, where):
    notes.add(["a"])
    with pytest.raises(IncompatibleVectors):
        Collection.open("notes", encoder="minilm", settings=where).add(["b"])


def test_without_the_packages_it_is_one_sentence(where, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingPackage, match="psycopg and pgvector"):
        Collection.open("postgresql://localhost/x", settings=where)


@pytest.mark.parametrize("turn", range(5))
def test_a_killed_writer_loses_nothing_acknowledged(notes, database, reopened, turn, tmp_path):
    import json

    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.collections.crash",
            f"{database}&collection=notes",
            str(turn),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LIKEWISE_CACHE": str(tmp_path / "cache")},
    )
    state, under_way = {}, {}
    for _ in range(9 + turn):
        word, _, change = process.stdout.readline().partition(" ")
        under_way = json.loads(change)
        if word == "done":
            state, under_way = applied(state, under_way), {}
    process.send_signal(signal.SIGKILL)
    for line in process.communicate()[0].splitlines(keepends=True):
        if line.endswith("\n"):
            word, _, change = line.partition(" ")
            under_way = json.loads(change)
            if word == "done":
                state, under_way = applied(state, under_way), {}
    # the lock went with the process
    with notes.store.writer(10):
        found = reopened()
    rows = {row["id"]: row["text"] for row in found.rows().to_pylist()}
    assert rows in (state, applied(state, under_way))
    assert found.verify() == []


def test_a_server_serves_those_of_its_database(database, tmp_path):
    settings = make_settings(tmp_path, collections_database=database, cache=tmp_path / "cache")
    Collection.create("notes", "sha256", settings=settings).add(
        ["undo a commit", "boil an egg"], ids=["a", "b"]
    )
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    path = "/api/collections"
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert [one["name"] for one in client.get(path).json()["collections"]] == ["notes"]
        asked = {"query": [{"text": "boil an egg"}]}
        found = client.post(f"{path}/notes/search", json=asked).json()
        assert (found["hits"][0]["id"], found["exact"]) == ("b", True)
        refused = client.post(path, json={"name": "postgresql://x/y", "builtin": "emoji"})
        assert refused.status_code == 400
        assert client.delete(f"{path}/notes").json()["collections"] == []
