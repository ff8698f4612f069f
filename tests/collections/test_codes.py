"""The fast scan: what it finds, what it says of itself, and its files."""

import numpy as np
import pytest

from likewise.collections import Collection
from likewise.collections.search import codes
from likewise.collections.storage import writer
from likewise.errors import InvalidOption
from likewise.types import Identity

IDENTITY = Identity("random", "", "0" * 64, "", "random", 32, 0, "none")


@pytest.fixture
def many(where, monkeypatch):
    """Three thousand vectors around fifty centres, in shards of different sizes."""
    monkeypatch.setattr(codes, "LEAST_ROWS", 500)
    monkeypatch.setattr(writer, "MOST_SMALL", 100)
    from likewise.collections.storage.items import Item

    random = np.random.default_rng(0)
    centres = random.standard_normal((50, 32), np.float32)
    made = Collection.create("many", IDENTITY, settings=where)
    start = 0
    for count in (1_500, 100, 1_400):
        vectors = centres[random.integers(0, 50, count)]
        vectors = vectors + random.standard_normal((count, 32), np.float32) * np.float32(0.7)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        rows = range(start, start + count)
        items = [Item(str(row), f"text {row}", (row % 4,), row) for row in rows]
        made.add_embedded([(items, vectors, np.zeros(count, bool))], IDENTITY, ["n"])
        start += count
    made.delete(range(0, 3_000, 7))
    return made


@pytest.mark.parametrize("filter_", [None, "n = 1", "n != 1", "n > 5"])
def test_it_finds_what_is_nearest_and_says_how_surely(many, filter_):
    found = same = 0
    for id_ in range(1, 3_000, 233):
        if id_ % 7 == 0:
            continue
        exact = many.search(like=id_, filter=filter_)
        fast = many.search(like=id_, filter=filter_, fast=True)
        assert (fast.exact, exact.exact) == (False, True)
        assert fast.recall > 0.95
        assert fast.searched == exact.searched
        same += len({hit.id for hit in fast} & {hit.id for hit in exact})
        found += len(exact)
        truth = {hit.id: hit.similarity for hit in exact}
        # ranked by exact cosines, whatever found them
        assert all(
            hit.similarity == pytest.approx(truth[hit.id], abs=1e-6)
            for hit in fast
            if hit.id in truth
        )
    assert same >= 0.97 * found


def test_codes_are_kept_checked_and_made_again(many, where):
    first = [hit.id for hit in many.search(like=1, fast=True)]
    files = sorted(many.path.glob("*.codes"))
    assert len(files) == 2
    before = files[0].read_bytes()
    for spoilt in (b"", b"garbage", before[:-7]):
        files[0].write_bytes(spoilt)
        again = Collection.open("many", settings=where)
        assert [hit.id for hit in again.search(like=1, fast=True)] == first
        assert files[0].read_bytes() == before
    many.compact()
    assert not set(files) & set(many.path.glob("*.codes"))
    assert many.verify() == []


def test_without_faiss_it_is_one_sentence(many, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(InvalidOption, match=r"needs faiss, .* pip install 'likewise\[fast\]'"):
        many.search(like=1, fast=True)


def test_a_small_collection_needs_no_codes(notes):
    notes.add(["a", "b"])
    assert [hit.text for hit in notes.search("a", fast=True)][:1] == ["a"]
    assert list(notes.path.glob("*.codes")) == []
    assert list(Collection.create(notes.path.parent / "e", "sha256").search("a", fast=True)) == []
