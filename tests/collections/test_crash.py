"""`kill -9` at any moment of a change loses nothing that was acknowledged."""

import json
import os
import random
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial

import pytest
from filelock import FileLock

from likewise.collections import Collection
from likewise.collections.storage.manifest import NAME
from likewise.collections.storage.shard import Shard
from likewise.errors import (
    CollectionBusy,
    CollectionMissing,
    DamagedCollection,
    UnwritableFile,
)

KILLS = int(os.environ.get("TEST_KILLS", "5"))
"""50 were tried for benchmarks/explore/RESULTS.md. Not called LIKEWISE_…: tests forget what is."""


def applied(state, change):
    """Return what the collection holds after a change."""
    after = dict(state)
    after |= change.get("add", {})
    for id_ in change.get("delete", []):
        after.pop(id_, None)
    return after


@pytest.mark.slow
def test_nothing_acknowledged_is_lost(tmp_path):
    chance = random.Random(1)
    notes = Collection.create(tmp_path / "notes", "sha256")
    state = {}
    for turn in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.collections.crash", str(notes.path), str(turn)],
            stdout=subprocess.PIPE,
            text=True,
        )
        # after so many lines, and then at a random moment of what comes next
        for _ in range(chance.randint(1, 12)):
            line = process.stdout.readline()
            word, _, change = line.partition(" ")
            under_way = json.loads(change)
            if word == "done":
                state, under_way = applied(state, under_way), {}
        threading.Event().wait(chance.random() * 0.03)
        process.kill()
        rest = process.communicate()[0]
        for line in rest.splitlines(keepends=True):
            if line.endswith("\n"):
                word, _, change = line.partition(" ")
                under_way = json.loads(change)
                if word == "done":
                    state, under_way = applied(state, under_way), {}
        found = Collection.open(notes.path, encoder="sha256")
        rows = {row["id"]: row["text"] for row in found.rows().to_pylist()}
        assert rows in (state, applied(state, under_way)), f"after kill {turn}"
        assert found.verify() == []
        state = rows
        # and the next writer removes whatever was left
        found.add(["text"], ids=["mark"])
        state["mark"] = "text"
        names = {entry.stem for entry in found.path.glob("0*")}
        manifest = json.loads((found.path / NAME).read_bytes())
        named = {one[key] for one in manifest["shards"] for key in ("name", "deleted")}
        assert names <= named


CHANGES = {
    "add": lambda notes: notes.add(["d"], ids=[4]),
    "update": lambda notes: notes.update([1], texts=["new"]),
    "delete": lambda notes: notes.delete([2]),
    "compact": lambda notes: notes.compact(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_write_that_fails_at_any_step_changes_nothing(tmp_path, monkeypatch, change):
    """A full disk is met at every call of `fsync` that a change makes, one after the other."""
    import errno

    at = 0
    while True:
        at += 1
        folder = tmp_path / f"{change}{at}"
        notes = Collection.create(folder, "sha256")
        notes.add(["a", "b"], ids=[1, 2])
        notes.add(["c"], ids=[3])
        before = notes.rows().to_pylist()
        calls = iter(range(1, 1_000))
        real = os.fsync

        def full(descriptor, calls=calls, real=real, at=at):
            if next(calls) == at:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(descriptor)

        monkeypatch.setattr("os.fsync", full)
        failed = True
        with suppress(UnwritableFile):
            CHANGES[change](notes)
            failed = False
        monkeypatch.setattr("os.fsync", real)
        again = Collection.open(folder, encoder="sha256")
        if failed:
            assert again.rows().to_pylist() == before
        assert again.verify() == []
        if next(calls) <= at:
            break  # the change makes no more calls than that
    assert at > 2


def test_a_second_writer_waits_or_is_told(notes, monkeypatch, reopened):
    from likewise.collections.storage import writer
    from likewise.collections.storage.writer import Writer

    with Writer(notes.path):
        monkeypatch.setattr("likewise.collections.collection.WAIT_SECONDS", 0.0)
        with pytest.raises(CollectionBusy, match="Another process is changing the collection"):
            notes.add(["a"])
    monkeypatch.setattr("likewise.collections.collection.WAIT_SECONDS", 60.0)
    entered = threading.Event()
    leave = threading.Event()

    def hold():
        with writer.Writer(notes.path):
            entered.set()
            leave.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    entered.wait(60)
    threading.Timer(0.05, leave.set).start()
    notes.add(["a"])
    other.join()
    assert reopened().texts() == ["a"]


def test_what_is_being_changed_is_neither_renamed_nor_deleted(notes, monkeypatch):
    from likewise.collections.storage import homes
    from likewise.collections.storage.writer import Writer

    monkeypatch.setattr(homes, "locked", partial(homes.locked, wait=0.0))
    with Writer(notes.path):
        for change in (
            lambda: homes.remove(notes.path),
            lambda: homes.rename(notes.path, notes.path.with_name("other")),
        ):
            with pytest.raises(CollectionBusy):
                change()
    assert notes.verify() == []
    homes.remove(notes.path)
    assert list(notes.path.parent.iterdir()) == []


def test_who_waited_for_a_collection_that_is_removed_leaves_no_folder(notes, monkeypatch):
    from likewise.collections.storage import homes

    acquire = FileLock.acquire

    def removed_meanwhile(lock, *args, **kwargs):
        notes.path.rename(notes.path.with_name("other"))
        return acquire(lock, *args, **kwargs)

    monkeypatch.setattr(FileLock, "acquire", removed_meanwhile)
    with pytest.raises(CollectionMissing, match="not there any more"):
        notes.add(["a"])
    assert [entry.name for entry in notes.path.parent.iterdir()] == ["other"]
    for change in (
        lambda: notes.add(["a"]),
        lambda: homes.remove(notes.path),
        lambda: homes.rename(notes.path, notes.path.with_name("third")),
    ):
        with pytest.raises(CollectionMissing):
            change()
    assert [entry.name for entry in notes.path.parent.iterdir()] == ["other"]


def test_a_damaged_collection_can_be_deleted(notes):
    from likewise.collections.storage import homes

    notes.add(["a"])
    (notes.path / NAME).write_text("{")
    homes.remove(notes.path)
    assert not notes.path.exists()


def test_many_threads_look_at_one_collection(filled):
    wrong = []

    def look(number):
        for _ in range(10):
            found = filled.search(like=number, k=3, filter="n >= 0", hybrid=False)
            again = filled.texts([number])
            if again != [f"text {number}"] or len(found) != 3:
                wrong.append(number)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4, 12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def test_two_that_add_at_once_lose_nothing(notes, where):
    def add(name):
        mine = Collection.open("notes", settings=where)
        for number in range(5):
            mine.add([f"{name} {number}"])

    threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    notes.refresh()
    assert sorted(notes.texts()) == sorted(f"{name} {n}" for name in "abc" for n in range(5))


@pytest.fixture
def filled(notes):
    notes.add([f"text {n}" for n in range(20)], ids=list(range(20)), columns={"n": list(range(20))})
    notes.delete([3])
    return notes


def change_manifest(**fields):
    def change(folder):
        said = json.loads((folder / NAME).read_bytes())
        (folder / NAME).write_text(json.dumps(said | fields))

    return change


def shard(folder, suffix=".parquet"):
    return next(entry for entry in sorted(folder.glob(f"0*{suffix}")) if "-" not in entry.stem)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: shard(folder).unlink(), r"'000000\.parquet' is missing"),
        (lambda folder: shard(folder).write_bytes(b""), "'000000.parquet' is damaged"),
        (lambda folder: next(folder.glob("*-*.npy")).unlink(), r"npy' is missing"),
        (lambda folder: next(folder.glob("*-*.npy")).write_bytes(b"x"), "can't be read"),
        (lambda folder: (folder / NAME).write_text("{"), "manifest.json can't be understood"),
        (lambda folder: (folder / NAME).write_text("[]"), "manifest.json can't be understood"),
        (change_manifest(rows=5), "contradicts itself"),
        (change_manifest(rows="5"), "can't be understood"),
        (change_manifest(likewise="map"), "is none of a collection"),
        (change_manifest(version=2), "is of version 2"),
        (change_manifest(types="AAAA"), "can't be understood"),
        (change_manifest(encoder={"name": "x"}), "can't be understood"),
        (
            change_manifest(
                shards=[{"name": "../../etc/passwd", "rows": 20, "alive": 19, "deleted": None}]
            ),
            "contradicts itself",
        ),
        (
            change_manifest(shards=[{"name": "000000", "rows": 21, "alive": 19, "deleted": None}]),
            "another number of rows",
        ),
    ],
)
def test_what_is_damaged_is_one_sentence(filled, reopened, damage, said):
    damage(filled.path)
    with pytest.raises(DamagedCollection, match=said) as caught:
        reopened().texts()
    assert "\n" not in str(caught.value)


def test_a_flipped_bit_in_a_shard_is_found_by_verify(filled, reopened):
    flip(shard(filled.path))
    (found,) = reopened().verify()
    assert "damaged" in found


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x93NUMPY garbage"),
        lambda path: path.write_bytes(path.read_bytes()[:-8]),
    ],
)
def test_vectors_beside_a_shard_are_made_again(filled, reopened, spoil):
    before = filled.vectors.copy()
    spoil(shard(filled.path, ".npy"))
    assert reopened().vectors.tobytes() == before.tobytes()
    assert reopened().verify() == []


def test_wrong_vectors_beside_a_shard_are_found_and_made_again(filled, reopened, monkeypatch):
    # as in another group than the last
    monkeypatch.setattr(Shard, "_is_as_written", lambda *_: True)
    before = filled.vectors.copy()
    flip(shard(filled.path, ".npy"))
    assert reopened().vectors.tobytes() != before.tobytes()
    assert reopened().verify() == []
    assert reopened().vectors.tobytes() == before.tobytes()


def test_a_scale_that_was_spoilt_is_made_again(filled, reopened):
    scale = filled.scale
    for spoilt in (b"", b"{", b'{"generation": 1}', b'{"quantiles": "x"}'):
        (filled.path / "scale.json").write_bytes(spoilt)
        assert reopened().scale.quantiles.tolist() == scale.quantiles.tolist()


def test_a_reader_needs_no_right_to_write(filled, reopened, monkeypatch):
    (filled.path / "scale.json").unlink(missing_ok=True)
    shard(filled.path, ".npy").unlink()

    def refused(path, *, links):
        assert not links
        raise UnwritableFile("It can't be written: you have no permission.", "Ask.")

    monkeypatch.setattr("likewise.collections.storage.shard.replacing", refused)
    monkeypatch.setattr("likewise.collections.storage.scale.replacing", refused)
    found = reopened().search("text 7", 1)
    assert (found[0].text, found[0].percentile) == ("text 7", 100.0)
