"""What is a database's own: addresses, transactions, indexes, other writers, and bad input."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import httpx
import numpy as np
import psycopg
import pyarrow as pa
import pytest

from likewise.collections import Collection
from likewise.collections.export import write_rows
from likewise.collections.storage.postgres.database import Address, Database
from likewise.collections.storage.stores import CollectionNames, all_names, existing_store
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import (
    CollectionBusy,
    CollectionExists,
    CollectionMissing,
    DamagedCollection,
    DatabaseUnavailable,
    IncompatibleVectors,
    InvalidOption,
    InvalidText,
    MissingPackage,
)
from likewise.server.app import create_app
from tests.collections.test_crash import applied
from tests.encoders.test_copies import in_a_fork, needs_fork
from tests.http.serving import make_page, make_settings, serving


def test_a_server_lists_names_over_one_connection(notes, where, monkeypatch):
    made, connect = [], Database.connect
    monkeypatch.setattr(Database, "connect", lambda self: made.append(self) or connect(self))
    names = CollectionNames(where)
    assert [names() for _ in range(3)] == [["notes"]] * 3
    existing_store("notes", where).rename("papers")
    made.clear()
    assert names() == ["papers"]
    assert made == []


def test_a_connection_ends_with_what_held_it(where):
    database = Database(Address(where.collections_database.get_secret_value()))
    with database.cursor() as cursor:
        cursor.execute("select 1")
    connection = database._connection
    database.ring = [database]  # which only the collector of garbage takes apart
    del database, cursor
    assert not connection.closed
    gc.collect()
    assert connection.closed


def backend(database):
    with database.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return cursor.fetchone()[0]


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_has_a_connection_of_its_own(where):
    database = Database(Address(where.collections_database.get_secret_value()))
    mine = backend(database)
    assert in_a_fork(lambda: backend(database) != mine) == 0
    assert in_a_fork(lambda: database.close() is None) == 0
    assert backend(database) == mine


def test_a_connection_is_closed_at_exit(where):
    address = where.collections_database.get_secret_value()
    code = (
        "from likewise.collections.storage.postgres.database import Address, Database\n"
        f"with Database(Address({address!r})).cursor() as cursor: cursor.execute('select 1')\n"
        f"database = Database(Address({address!r}))\n"
        "with database.cursor() as cursor: cursor.execute('select 1')\n"
    )
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", code]
    assert subprocess.run(command, check=True, capture_output=True).stderr == b""


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
    from likewise.collections.storage.lock import WAIT_SECONDS

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
    assert write_rows(notes, tmp_path / "out.parquet") == (2, None)
    from likewise.collections.adding.sources import open_source

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


SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cr3t%zz@localhost:1/db",
        "postgresql://me:s3cr3t%00@localhost:1/db",
        "postgresql://me:a@s3cr3t@localhost:1/db",
        "postgresql://me:s3cr3t/b@localhost:1/db",
        "postgresql://me:12/s3cr3t@localhost/db",
        "postgresql://me:s3cr3t?b@localhost:1/db",
        "postgresql://me:12?s3cr3t@localhost:1/db",
        "postgresql://me:s3cr3t#b@localhost:1/db",
        "postgresql://me:[s3cr3t@localhost:1/db",
        "postgresql://me:s3cr3t@localhost:port/db",
        "postgresql://me:s3cr3t@localhost:1/db?nothing=s3cr3t",
        "postgresql://me:s3cr3t@localhost:1/db?password=%FFs3cr3t",
        "postgresql://me:s3cr3t\udcff@localhost:1/db",
        "postgresql://me:s3cr3t@localhost:1/db?sslmode=verify-full&sslrootcert=/nowhere",
    ],
)
def test_no_part_of_a_password_is_shown(where, address, capfd):
    for name in (address, f"{address}&collection=x"):
        with pytest.raises((InvalidOption, DatabaseUnavailable)) as caught:
            Collection.open(name, settings=where)
        assert SECRET not in f"{caught.value} {caught.value!r}"
    assert SECRET not in "".join(capfd.readouterr())


def test_an_address_is_read_as_libpq_reads_it():
    made = Address("postgresql://h/db?user=a+b&password=c%2Bd%20e&connect_timeout=2&collection=c+d")
    assert made.parameters == {
        "host": "h", "dbname": "db", "user": "a+b", "password": "c+d e", "connect_timeout": "2"
    }  # fmt: skip
    assert (made.collection, made.shown) == ("c+d", "postgresql://h/db?collection=c+d")


def test_no_name_leads_to_a_folder_named_by_an_address(notes, where, tmp_path):
    address = "postgres+psycopg://me:s3cr3t@localhost/db"
    for wrong in (address, "mysql://me:s3cr3t@localhost/db"):
        for ask in (Collection.open, Collection.create, notes.store.rename):
            with pytest.raises(InvalidOption) as caught:
                ask(wrong) if ask == notes.store.rename else ask(wrong, settings=where)
            assert SECRET not in str(caught.value)
    for wrong in ("a b", "", "../x", "x'; --", "ab\n", "x" * 101, "n\0"):
        with pytest.raises(InvalidOption, match="can't be named"):
            notes.store.rename(wrong)
    assert all_names(where) == ["notes"]


def test_names_that_look_alike_are_different(where):
    names = [
        "e\u0301x",
        "\u00e9x",
        "Notes",
        "notes",
        "\u0430bc",
        "abc",
        "x" * 99 + "a",
        "x" * 99 + "b",
    ]
    names.remove("e\u0301x")  # a mark alone is no letter
    for name in names:
        Collection.create(name, settings=where).add([name])
    assert sorted(all_names(where)) == sorted(names)
    assert [Collection.open(name, settings=where).texts() for name in names] == [[n] for n in names]


CHANGES = {
    "a column is gone": "alter table {table} drop column c0_bigint",
    "a column is of another type": "alter table {table} alter c0_bigint type text using 'x'",
    "a time is no time": "alter table {table} alter c0_bigint type timestamp using now()",
    "vectors are of another width": "alter table {table} alter vector type vector using '[1,2]'",
    "vectors are missing": "alter table {table} alter vector drop not null; "
    "update {table} set vector = null",
    "vectors are texts": "alter table {table} alter vector type text using 'x'",
    "texts are missing": "alter table {table} alter text drop not null; "
    "update {table} set text = null",
    "hashes are missing": "alter table {table} alter content drop not null; "
    "update {table} set content = null",
    "the table is gone": "drop table {table}",
    "the table is a view": "drop table {table}; create view {table} as select 1 as place",
    "another uid": "update likewise_collections set uid = '../../x'",
    "another encoder": "update likewise_collections set encoder = '{{}}'",
    "no encoder": "alter table likewise_collections alter encoder drop not null; "
    "update likewise_collections set encoder = null",
    "another precision": "update likewise_collections set precision = 'x'",
    "other types": "update likewise_collections set types = 'x'",
    "a stranger's catalogue": "alter table likewise_collections rename uid to other",
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_another_program_did_is_one_sentence(notes, database, where, what):
    notes.add(["a", "b"], ids=["x", "y"], columns={"n": [1, 2]})
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(CHANGES[what].format(table=notes.snapshot.table).encode())

    def look():
        one = Collection.open("notes", settings=where)
        one.rows()
        one.search("a", filter="n > 0")
        one.to_arrow()
        one.verify()
        one.add(["a"], ids=["x"], columns={"n": [3]})
        raise AssertionError("nobody has said anything")

    with pytest.raises(DamagedCollection) as caught:
        look()
    assert "\n" not in str(caught.value)
    if what not in ("a stranger's catalogue", "the table is a view"):  # it can be made again
        existing_store("notes", where).remove()
        assert all_names(where) == []


def test_one_that_is_damaged_hides_no_other(notes, database, where, monkeypatch):
    from click.testing import CliRunner

    from likewise.cli.collections import command

    Collection.create("other", settings=where).add(["a"])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update likewise_collections set precision = 'x' where name = 'notes'")
    monkeypatch.setattr("likewise.settings.settings", lambda: where)
    monkeypatch.setattr("likewise.collections.collection.process_settings", lambda: where)
    told = CliRunner().invoke(command, ["list", "--json"], catch_exceptions=False)
    rows = json.loads(told.stdout)
    assert [(row["name"], "error" in row) for row in rows] == [("notes", True), ("other", False)]


def ended(database):
    """End every other connection of this test's, as a server does that is restarted."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'likewise' and pid <> pg_backend_pid()"
        )


def test_a_connection_that_the_server_ended_is_opened_again(notes, database):
    notes.add(["a", "b"])
    ended(database)
    assert notes.search("a", 1)[0].text == "a"
    ended(database)
    notes.add(["c"])
    assert sorted(notes.texts()) == ["a", "b", "c"]


def test_a_connection_lost_between_two_changes_is_one_sentence(notes, database, reopened):
    notes.add(["b"])
    with notes.store.writer(10) as writer:
        ended(database)
        for change in (
            lambda: writer.widen({"n": pa.int64()}),
            lambda: writer.change(deleted=[0]),
            writer.compact,
        ):
            with pytest.raises(DatabaseUnavailable):
                change()
    reopened().add(["a"], columns={"n": [1]})
    assert reopened().texts() == ["b", "a"]


def test_no_lock_is_believed_that_a_pooler_loses(notes, where):
    notes.add(["a"])
    with notes.store.writer(10) as writer:
        writer._connection.execute("select pg_advisory_unlock_all()")
        Collection.open("notes", settings=where).add(["b"])
        with pytest.raises(CollectionBusy, match="meanwhile"):
            writer.change(deleted=[0])
    notes.refresh()
    assert sorted(notes.texts()) == ["a", "b"]


def test_what_is_removed_under_way_is_told(notes, where, monkeypatch):
    notes.add(["a", "b"])
    other = Collection.open("notes", settings=where)
    with notes.store.writer(10):
        monkeypatch.setattr("likewise.collections.storage.postgres.catalogue.WAIT_SECONDS", 0.05)
        with pytest.raises(CollectionBusy, match="Another process is changing"):
            other.store.remove()
    other.store.remove()
    for ask in (notes.texts, lambda: notes.search("a"), lambda: notes.add(["c"]), notes.refresh):
        with pytest.raises(CollectionMissing):
            ask()
    with pytest.raises(CollectionMissing):
        other.store.remove()
    again = Collection.create("notes", settings=where)
    again.add(["new"])
    notes.refresh()
    assert notes.texts() == ["new"]


def test_two_make_an_index_at_once(notes, where):
    notes.add([f"text {n}" for n in range(300)])
    seen = [Collection.open("notes", settings=where) for _ in range(4)]
    found = []

    def ask(one):
        found.append([hit.text for hit in one.search("text 7", 3, hybrid=True, fast=True)][:1])

    threads = [threading.Thread(target=ask, args=(one,)) for one in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["text 7"]] * 4


def test_who_may_only_read_can_search(notes, database, where, server):
    notes.add(["apple pie", "boiled egg"])
    schema = database.rpartition("%3D")[2].split(",")[0]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create role reader_{schema} login")
        connection.execute(f"grant usage on schema {schema} to reader_{schema}")
        connection.execute(f"grant select on all tables in schema {schema} to reader_{schema}")
    address = database.replace("postgres:@", f"reader_{schema}:@")
    assert address != database
    reader = Collection.open(f"{address}&collection=notes", settings=where)
    assert reader.search("apple", 1, hybrid=True, fast=True)[0].text == "apple pie"
    with pytest.raises(DatabaseUnavailable, match="permission denied"):
        reader.add(["c"])


def test_a_schema_that_comes_first_for_others_hides_nothing(notes, database, where):
    """`"$user"` is first on everybody's path, and is another schema for each."""
    schema = database.rpartition("%3D")[2].split(",")[0]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"create schema own_{schema}")
    first = database.replace(f"%3D{schema}", f"%3Down_{schema},{schema}")
    Collection.create(f"{first}&collection=mine", settings=where).add(["a"])
    assert Collection.open("mine", settings=where).texts() == ["a"]


def test_a_database_without_all_characters_is_refused(server, where):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database ascii encoding 'SQL_ASCII' template template0")
    with pytest.raises(DatabaseUnavailable, match="keeps texts as SQL_ASCII"):
        Collection.create(f"{server.replace('/postgres?', '/ascii?')}&collection=x", settings=where)


def test_one_text_that_unfolds_stops_no_search(notes):
    # words of three characters of which each becomes six
    signs = [chr(0x3300 + n) for n in range(87)]
    words = [a + b + c for a in signs[:30] for b in signs[:30] for c in signs[:28]]
    notes.add([" ".join(words), "apple pie"])
    assert notes.search("apple", 1, hybrid=True)[0].text == "apple pie"


def test_vectors_too_long_for_an_index_are_found_without(where):
    class Wide(Sha256Encoder):
        identity = replace(Sha256Encoder.identity, dims=2_001, name="wide")

        def encode(self, texts, *, progress=None):
            made = super().encode(texts)
            wide = np.zeros((len(made.vectors), 2_001), np.float32)
            wide[:, : made.vectors.shape[1]] = made.vectors
            return replace(made, vectors=wide)

    many = Collection.create("wide", Wide(), settings=where)
    many.add(["a", "b"])
    assert many.search("b", 1, fast=True)[0].text == "b"


def test_a_statement_that_takes_too_long_is_told(notes):
    def wait():
        with notes.snapshot.database.cursor() as cursor:
            cursor.execute("set local statement_timeout = 1")
            cursor.execute("select pg_sleep(1)")

    with pytest.raises(DatabaseUnavailable, match="statement timeout"):
        wait()


def test_ids_and_cells_of_every_kind_come_back(notes, reopened):
    ids = [0, -1, 2**70, "1.0", " a ", "e\u0301", "\u00e9", "\u202e", "\U0001f600", "x" * 100_000]
    cells = [None, True, 2**60, -1.5e308, "", "\\N", "NULL", "{1,2}", "\t\n", "'"]
    notes.add([f"text {n}" for n in range(10)], ids=ids, columns={"cell": cells, "n": range(10)})
    again = reopened()
    assert again.ids == [str(one) for one in ids]
    assert again.rows()["n"].to_pylist() == list(range(10))
    assert [again.rows([one])["n"].to_pylist() for one in ids] == [[n] for n in range(10)]
    assert again.delete(ids) == 10
