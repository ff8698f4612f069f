"""The vector cache: what is kept comes back; whatever is wrong with the file is a miss."""

import multiprocessing
import os
import signal
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders.cached import CachedEncoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.vector_cache import VectorCache
from likewise.types import Encoding
from tests.waiting import wait_for


class CountingEncoder(Sha256Encoder):
    """Notes each text that it had to encode."""

    def __init__(self, prefix: str = "") -> None:
        self.identity = replace(Sha256Encoder.identity, prefix=prefix)
        self.encoded: list[str] = []

    def encode(self, texts, *, progress=None) -> Encoding:
        self.encoded += texts
        return super().encode(texts, progress=progress)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "vectors.sqlite3"


def cached(path: Path, **options: object) -> tuple[CachedEncoder, CountingEncoder]:
    inner = CountingEncoder(**options)
    return CachedEncoder(inner, VectorCache(path)), inner


def test_a_text_is_encoded_once(path):
    encoder, inner = cached(path)
    first = encoder.encode(["a", "b", "a"])
    second = encoder.encode(["b", "c", "a"])
    assert inner.encoded == ["a", "b", "c"]
    np.testing.assert_array_equal(first.vectors[0], second.vectors[2])
    np.testing.assert_array_equal(second.tokens, [1, 1, 1])


def test_it_outlives_the_process(path):
    cached(path)[0].encode(["a", "b"])
    encoder, inner = cached(path)
    kept = encoder.encode(["a", "b"])
    assert inner.encoded == []
    np.testing.assert_array_equal(kept.vectors, Sha256Encoder().encode(["a", "b"]).vectors)


def test_another_identity_never_gets_these_vectors(path):
    cached(path)[0].encode(["a"])
    _, inner = other = cached(path, prefix="query: ")
    other[0].encode(["a"])
    assert inner.encoded == ["a"]


def test_unicode_is_not_normalised(path):
    encoder, inner = cached(path)
    encoder.encode(["\u00e9", "e\u0301"])
    assert inner.encoded == ["\u00e9", "e\u0301"]


def test_more_texts_than_a_query_may_name(path):
    encoder, inner = cached(path)
    texts = [f"text {n}" for n in range(1_700)]
    encoder.encode(texts)
    inner.encoded.clear()
    np.testing.assert_array_equal(
        encoder.encode(texts[::-1]).vectors, Sha256Encoder().encode(texts[::-1]).vectors
    )
    assert inner.encoded == []


@pytest.mark.parametrize("column", ["vector", "checksum"])
def test_a_flipped_byte_is_a_miss(path, column):
    encoder, inner = cached(path)
    encoder.encode(["a"])
    encoder.cache.close()
    with sqlite3.connect(path) as connection:
        if column == "vector":
            raw = bytearray(connection.execute("select vector from vectors").fetchone()[0])
            raw[7] ^= 1
            connection.execute("update vectors set vector = ?", (bytes(raw),))
        else:
            connection.execute("update vectors set checksum = checksum + 1")
    connection.close()
    inner.encoded.clear()
    np.testing.assert_array_equal(
        encoder.encode(["a"]).vectors, Sha256Encoder().encode(["a"]).vectors
    )
    assert inner.encoded == ["a"]
    inner.encoded.clear()
    encoder.encode(["a"])  # and the row was made anew
    assert inner.encoded == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"this is not a database" * 100,
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:100] + bytes(len(raw) - 100),
        lambda raw: b"",
    ],
    ids=["other-file", "cut-in-half", "zeros", "empty"],
)
def test_a_broken_file_is_a_miss_and_is_made_anew(path, damage):
    encoder, inner = cached(path)
    encoder.encode([f"text {n}" for n in range(50)])
    encoder.cache.close()
    path.write_bytes(damage(path.read_bytes()))
    for _ in range(2):  # the first may find out, the second must keep
        inner.encoded.clear()
        got = encoder.encode(["text 1", "fresh"]).vectors
        np.testing.assert_array_equal(got, Sha256Encoder().encode(["text 1", "fresh"]).vectors)
    inner.encoded.clear()
    encoder.encode(["text 1", "fresh"])
    assert inner.encoded == []


def test_a_torn_write_ahead_log_is_a_miss(path):
    encoder, _ = cached(path)
    encoder.encode([f"text {n}" for n in range(50)])
    log = Path(f"{path}-wal")
    raw = log.read_bytes()
    encoder.cache.close()
    log.write_bytes(raw[: len(raw) // 3])
    got = encoder.encode(["text 1"]).vectors
    np.testing.assert_array_equal(got, Sha256Encoder().encode(["text 1"]).vectors)


def test_a_folder_that_can_not_be_made_is_a_miss(tmp_path):
    (tmp_path / "file").write_text("in the way")
    encoder, inner = cached(tmp_path / "file" / "vectors.sqlite3")
    encoder.encode(["a"])
    encoder.encode(["a"])
    assert inner.encoded == ["a", "a"]
    assert encoder.cache.size() == (0, 0)


def test_a_file_that_may_only_be_read_still_answers(path):
    encoder, inner = cached(path)
    encoder.encode(["a"])
    encoder.cache.close()

    class ReadOnly(VectorCache):
        def _open(self) -> sqlite3.Connection:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    f"file:{self.path}?mode=ro", uri=True, check_same_thread=False
                )
            return self._connection

    reader = CachedEncoder(inner, ReadOnly(path))
    inner.encoded.clear()
    reader.encode(["a", "b"])
    reader.encode(["a", "b"])
    assert inner.encoded == ["b", "b"]
    assert path.exists()


def test_a_full_disk_is_a_miss(path):
    encoder, inner = cached(path)
    encoder.encode(["a"])
    # SQLite's own bound answers as a full disk does: "database or disk is full"
    encoder.cache._connection.execute("pragma max_page_count = 1")
    texts = [f"text {n}" for n in range(100)]
    got = encoder.encode(texts).vectors
    np.testing.assert_array_equal(got, Sha256Encoder().encode(texts).vectors)
    inner.encoded.clear()
    encoder.encode(["a"])
    assert inner.encoded == []  # what was kept before is still there


def test_a_locked_file_is_a_miss(path, monkeypatch):
    monkeypatch.setattr("likewise.encoders.vector_cache._READ_WAIT_MS", 50)
    monkeypatch.setattr("likewise.encoders.vector_cache._REST_SECONDS", 0)
    encoder, inner = cached(path)
    encoder.encode(["a"])
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("begin exclusive")
        encoder.encode(["b"])
        other.execute("rollback")
    other.close()
    inner.encoded.clear()
    encoder.encode(["a", "b"])
    assert inner.encoded == ["b"]


def test_a_file_that_stays_locked_is_left_alone_and_said_once(path, monkeypatch, caplog):
    monkeypatch.setattr("likewise.encoders.vector_cache._READ_WAIT_MS", 50)
    now = [100.0]
    monkeypatch.setattr("likewise.encoders.vector_cache.time.monotonic", lambda: now[0])
    encoder, inner = cached(path)
    encoder.encode(["a"])
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("begin exclusive")
        encoder.encode(["b"])
        encoder.encode(["b"])
        assert inner.encoded[-2:] == ["b", "b"]
        other.execute("rollback")
    other.close()
    assert [record.message for record in caplog.records] == [
        f"vector cache {path}: database is locked; going on without it"
    ]
    inner.encoded.clear()
    for _ in range(2):
        encoder.encode(["a", "c"])
    assert inner.encoded == ["c", "c"]  # not written to, though it is free again; but read
    now[0] += 61
    encoder.encode(["c"])
    inner.encoded.clear()
    encoder.encode(["a", "c"])
    assert inner.encoded == []


@contextmanager
def writing_elsewhere(path):
    """Another process writes for as long as this lasts."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    yield
    other.execute("rollback")
    other.close()


@pytest.mark.parametrize("durable", [False, True])
def test_another_who_writes_is_no_obstacle_to_reading(path, durable):
    cached(path)[0].encode(["a"])
    inner = CountingEncoder()
    with writing_elsewhere(path):
        CachedEncoder(inner, VectorCache(path, durable=durable)).encode(["a"])
    assert inner.encoded == []


def test_what_can_be_read_by_nobody_else_is_left_alone_unless_it_was_paid_for(path, monkeypatch):
    monkeypatch.setattr("likewise.encoders.vector_cache._READ_WAIT_MS", 50)
    monkeypatch.setattr("likewise.encoders.vector_cache._WRITE_WAIT_MS", 50)
    encoder, inner = cached(path)
    paid = CachedEncoder(inner, VectorCache(path, durable=True))
    encoder.encode(["a"])
    encoder.cache.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("pragma locking_mode = exclusive")
    other.execute("begin exclusive")
    encoder.encode(["a"])
    paid.encode(["a"])
    assert inner.encoded == ["a", "a", "a"]
    other.close()
    paid.cache._unwritten.clear()
    inner.encoded.clear()
    paid.encode(["a"])
    assert inner.encoded == []
    encoder.encode(["a"])
    assert inner.encoded == ["a"]


def test_what_was_paid_for_is_held_until_it_can_be_written(path, monkeypatch):
    monkeypatch.setattr("likewise.encoders.vector_cache._READ_WAIT_MS", 50)
    monkeypatch.setattr("likewise.encoders.vector_cache._WRITE_WAIT_MS", 50)
    inner = CountingEncoder()
    encoder = CachedEncoder(inner, VectorCache(path, durable=True))
    encoder.encode(["a"])
    with writing_elsewhere(path):
        for text in ("b", "c"):
            encoder.encode([text])
        inner.encoded.clear()
        encoder.encode(["a", "b", "c"])
    assert inner.encoded == []
    assert encoder.cache.size()[0] == 1
    encoder.encode(["d"])
    encoder.cache.close()
    assert encoder.cache.size()[0] == 4
    again, inner = cached(path)
    again.encode(["a", "b", "c", "d"])
    assert inner.encoded == []


def test_of_what_can_not_be_written_the_latest_is_held(path, monkeypatch):
    monkeypatch.setattr("likewise.encoders.vector_cache._WRITE_WAIT_MS", 50)
    monkeypatch.setattr("likewise.encoders.vector_cache._HELD_BYTES", 2 * 256 * 4)
    inner = CountingEncoder()
    encoder = CachedEncoder(inner, VectorCache(path, durable=True))
    encoder.encode(["a"])
    with writing_elsewhere(path):
        encoder.encode(["b"])
        encoder.encode(["c", "d"])
        inner.encoded.clear()
        encoder.encode(["a", "b", "c", "d"])
    assert inner.encoded == ["b"]


def test_what_was_paid_for_is_kept_as_soon_as_the_lock_is_gone(path, monkeypatch):
    monkeypatch.setattr("likewise.encoders.vector_cache._READ_WAIT_MS", 50)
    inner = CountingEncoder()
    encoder = CachedEncoder(inner, VectorCache(path, durable=True))
    encoder.encode(["a"])
    with sqlite3.connect(path, isolation_level=None, check_same_thread=False) as other:
        other.execute("begin exclusive")
        release = threading.Timer(0.3, other.execute, ("rollback",))
        release.start()
        encoder.encode(["b"])  # the reading gives up, the writing waits
        release.join()
    other.close()
    inner.encoded.clear()
    CachedEncoder(inner, VectorCache(path)).encode(["b"])
    assert inner.encoded == []


def test_it_stays_under_its_bound_and_drops_what_was_unused_longest(path, monkeypatch):
    inner = CountingEncoder()
    encoder = CachedEncoder(inner, VectorCache(path, max_bytes=400_000))
    day = [20_000]
    monkeypatch.setattr("likewise.encoders.vector_cache._today", lambda: day[0])
    for _ in range(20):
        encoder.encode([f"day {day[0]} text {n}" for n in range(50)])
        encoder.encode(["used every day"])
        day[0] += 1
    rows, size = encoder.cache.size()
    assert 100 < rows < 400
    assert size <= 450_000
    inner.encoded.clear()
    encoder.encode(["used every day", f"day {day[0] - 1} text 0", "day 20000 text 0"])
    assert inner.encoded == ["day 20000 text 0"]


def test_no_room_at_all_keeps_nothing_and_still_answers(path):
    inner = CountingEncoder()
    encoder = CachedEncoder(inner, VectorCache(path, max_bytes=0))
    encoder.encode(["a"])
    encoder.encode(["a"])
    assert inner.encoded == ["a", "a"]
    assert not path.exists()


def _write_many(path: str, number: int) -> None:
    encoder, _ = cached(Path(path))
    for n in range(40):
        encoder.encode([f"process {number} text {n}", f"shared {n}"])


def test_several_processes_at_once(path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_write_many, args=(str(path), n)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    encoder, inner = cached(path)
    texts = [f"process {p} text {n}" for p in range(4) for n in range(40)]
    encoder.encode(texts + [f"shared {n}" for n in range(40)])
    assert inner.encoded == []


def _write_and_tell(path: str, told: str) -> None:
    encoder, _ = cached(Path(path))
    with Path(told).open("ab", buffering=0) as file:
        for n in range(100_000):
            encoder.encode([f"text {n}"])
            file.write(f"text {n}\n".encode())


def test_kill_loses_nothing_that_was_acknowledged(path, tmp_path):
    told = tmp_path / "told"
    for _ in range(3):
        told.unlink(missing_ok=True)
        worker = multiprocessing.get_context("fork").Process(
            target=_write_and_tell, args=(str(path), str(told))
        )
        worker.start()
        wait_for(lambda: told.exists() and told.stat().st_size > 200)
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        encoder, inner = cached(path)
        encoder.encode(told.read_text().split("\n")[:-1])
        assert inner.encoded == []
        encoder.cache.close()


def test_progress_counts_what_was_kept(path):
    encoder, _ = cached(path)
    encoder.encode(["a", "b"])
    seen = []
    encoder.encode(["a", "b", "c", "d"], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 4)]
    seen.clear()
    encoder.encode(["a", "b"], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 2)]
