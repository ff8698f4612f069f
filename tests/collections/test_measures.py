"""Two encoders compared on one collection, and what smaller vectors would lose."""

import numpy as np
import pytest

from likewise.collections import Collection
from likewise.collections.measures.budget import budget
from likewise.collections.storage.items import Item
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.errors import IncompatibleVectors, InvalidOption, TooFewTexts
from likewise.types import Identity

DIMS, COUNT = 32, 300


def unit(vectors):
    vectors = np.asarray(vectors, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def of_vectors(where):
    """Return a function that makes a collection of given vectors, as of an encoder of that name."""

    def make(name, vectors, ids=None):
        identity = Identity(name, "", "0" * 64, "", name, vectors.shape[1], 0, "none")
        made = Collection.create(name, identity, settings=where)
        ids = range(len(vectors)) if ids is None else ids
        items = [Item(str(i), f"text {i}", (), number) for number, i in enumerate(ids, 1)]
        made.add_embedded([(items, vectors, np.zeros(len(items), bool))], identity, [])
        return made

    return make


@pytest.fixture
def vectors():
    random = np.random.default_rng(0)
    made = random.standard_normal((COUNT, DIMS))
    made[40:60] = made[40]  # equal texts, whose order is nobody's
    return unit(made)


def nearest(vectors, k):
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -2)
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def test_turning_a_space_changes_nothing(of_vectors, vectors):
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((DIMS, DIMS)))
    found = of_vectors("one", vectors).compare(of_vectors("turned", unit(vectors @ turn)))
    assert (found.overlap, found.interval) == (1.0, (1.0, 1.0))
    assert found.disagreements() == ()


def test_overlaps_are_those_of_brute_force(of_vectors, vectors):
    vectors = vectors[60:]
    other = unit(vectors + 0.1 * np.random.default_rng(2).standard_normal(vectors.shape))
    order = np.random.default_rng(3).permutation(len(vectors))
    one = of_vectors("one", vectors)
    # the other collection has its rows in another order, and one more
    two = of_vectors("two", np.concatenate([other[order], vectors[:1]]), [*order, "more"])
    found = one.compare(two, 5)
    mine, theirs = nearest(vectors, 5), nearest(other, 5)
    expected = [len(set(a) & set(b)) / 5 for a, b in zip(mine, theirs, strict=True)]
    assert found.overlaps.tolist() == expected
    assert (found.texts, found.ids) == (len(vectors), tuple(map(str, range(len(vectors)))))
    low, high = found.interval
    assert 0.1 < low < found.overlap < high < 0.9
    # a normal interval of as many texts is about as wide
    assert high - low == pytest.approx(3.92 * np.std(expected) / np.sqrt(len(expected)), rel=0.15)
    worst = found.disagreements(3)
    assert [text.overlap for text in worst] == sorted(expected)[:3]
    first = int(worst[0].id)
    for near, rows in zip(worst[0].neighbours, (mine, theirs), strict=True):
        assert [text.id for text in near] == [str(row) for row in rows[first]]
        assert [text.shared for text in near] == [
            row in mine[first] and row in theirs[first] for row in rows[first]
        ]
    said = found.to_dict(3)
    assert sum(said["counts"]) == said["asked"] == len(vectors)
    assert len(said["disagreements"]) == 3


def test_a_sample_is_always_the_same(of_vectors, vectors):
    one = of_vectors("one", vectors)
    other = of_vectors("two", unit(vectors[:, ::-1] * np.arange(1, DIMS + 1)))
    found = one.compare(other, sample=50)
    assert len(found.ids) == 50
    assert found.ids == one.compare(other, sample=50).ids
    every = dict(zip(*(lambda all_: (all_.ids, all_.overlaps))(one.compare(other)), strict=True))
    assert [every[id_] for id_ in found.ids] == found.overlaps.tolist()


def test_another_encoder_reads_the_texts_once_and_again_what_changed(notes):
    notes.add([f"text {n}" for n in range(30)], ids=range(30))
    read = []

    class Other(ShortenedEncoder):
        def encode(self, texts, *, progress=None):
            texts = list(texts)
            read.extend(texts)
            return super().encode(texts, progress=progress)

    other = Other(Sha256Encoder(), 64)
    told = []
    found = notes.compare(other, 3, progress=lambda *said: told.append(said))
    assert found.encoders == (notes.identity, other.identity)
    assert 0 < found.overlap < 1
    assert told[-1] == ("Comparing neighbours", 60, 60)
    assert told[0][1:] == (0, 30)
    assert len(read) == 30
    notes.update([3], texts=["changed"])
    notes.delete([4])
    again = notes.compare(other, 3)
    assert (again.texts, read[30:]) == (29, ["changed"])
    assert notes.verify() == []
    notes.add(["more"])  # a writer sweeps the folder, but leaves what stands beside
    assert notes.compare(other, 3).texts == 30
    assert read[31:] == ["more"]


def test_what_can_not_be_compared(notes, of_vectors, vectors):
    notes.add(["a", "b"])
    with pytest.raises(InvalidOption, match="are those of sha256 already"):
        notes.compare("sha256")
    for k in (0, True, 1.5, "3"):
        with pytest.raises(InvalidOption, match="nothing to compare"):
            notes.compare(ShortenedEncoder(Sha256Encoder(), 64), k)
    with pytest.raises(TooFewTexts, match="have 0 texts in common"):
        notes.compare(of_vectors("one", vectors))


def test_whole_vectors_find_all_and_smaller_ones_less(of_vectors, vectors):
    found = of_vectors("one", vectors).budget([8])
    assert [(row.dims, row.form) for row in found] == [
        (dims, form) for dims in (32, 8) for form in ("float32", "float16", "int8", "binary")
    ]
    assert (found.texts, found.asked, found.k) == (COUNT, COUNT, 10)
    assert found.shortened == "principal components"
    whole = found[0]
    assert (whole.recall, whole.interval, whole.rescored) == (1.0, (1.0, 1.0), 1.0)
    assert [row.bytes for row in found] == [COUNT * size for size in (128, 64, 32, 4, 32, 16, 8, 1)]
    recalls = [row.recall for row in found]
    assert recalls[1] > recalls[2] > 0.95 > 0.7 > recalls[3] > 0.2
    assert all(row.recall <= row.rescored for row in found)


def test_recall_is_that_of_an_own_script(of_vectors, vectors):
    vectors = vectors[60:]
    found = budget(of_vectors("one", vectors), widths=[16])
    assert found.shortened == "matryoshka"
    true = nearest(vectors, 10)
    cut = unit(vectors[:, :16])
    low, high = cut.min(axis=0), cut.max(axis=0)
    step = (high - low) / 255
    stored = {
        "float32": cut,
        "float16": cut.astype(np.float16).astype(np.float32),
        "int8": np.round((cut - low) / step) * step + low,
        "binary": np.where(cut > 0, 1, -1).astype(np.float32),
    }
    for row in found:
        if row.dims == 16:
            scores = cut @ stored[row.form].T
            np.fill_diagonal(scores, -100)
            order = np.argsort(-scores, axis=1)
            for count, value in ((10, row.recall), (40, row.rescored)):
                hits = [len(set(a) & set(b)) for a, b in zip(true, order[:, :count], strict=True)]
                assert value == pytest.approx(np.mean(hits) / 10, abs=1e-3)


def test_principal_components_lose_nothing_that_is_not_there(of_vectors):
    flat = np.zeros((100, DIMS))
    flat[:, 3], flat[:, 9] = np.cos(np.arange(100)), np.sin(np.arange(100))
    found = of_vectors("flat", unit(flat)).budget([2, 1])
    assert {row.dims: row.recall for row in found if row.form == "float32"}[2] == 1.0


def test_what_has_no_budget(notes, of_vectors):
    with pytest.raises(TooFewTexts):
        notes.budget()
    notes.add(["a", "b"])
    assert next(row.recall for row in notes.budget() if row.form == "float32") == 1.0
    for dims in (0, -1, 257):
        with pytest.raises(InvalidOption, match="have 256 dimensions"):
            notes.budget([dims])
    with pytest.raises(InvalidOption):
        notes.budget(queries=0)


def test_vectors_of_another_encoder_are_compared_here_alone(of_vectors, vectors):
    one, two = of_vectors("one", vectors), of_vectors("two", vectors)
    with pytest.raises(IncompatibleVectors):
        one.duplicates(two)
    assert one.compare(two).overlap == 1.0
