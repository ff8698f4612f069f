"""Every pair above the threshold is found, and equal texts whatever their number."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.collections import Collection
from likewise.collections.measures import duplicates as module
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import IncompatibleVectors, InvalidOption
from likewise.types import Encoding


class Planned(Sha256Encoder):
    """Gives the text `group.turn` a vector that is turned by so many hundredths of a radian."""

    def encode(self, texts, *, progress=None):
        encoding = super().encode(texts)
        vectors = np.zeros_like(encoding.vectors)
        for row, text in enumerate(texts):
            group, _, turn = text.partition(".")
            angle = int(turn or 0) / 100
            vectors[row, 2 * int(group)] = np.cos(angle)
            vectors[row, 2 * int(group) + 1] = np.sin(angle)
        return Encoding(vectors, encoding.tokens, encoding.truncated, encoding.unknown)


@pytest.fixture
def planned(where):
    return lambda name="planned": Collection.create(name, Planned(), settings=where)


def groups(found):
    return sorted(sorted([group.id, *(one.id for one in group.duplicates)]) for group in found)


def test_equal_texts_are_found_and_the_first_is_kept(notes):
    notes.add(["a", "b", "a", "c", "a"], ids=[1, 2, 3, 4, 5])
    found = notes.duplicates(cosine=1)
    (group,) = found
    assert (group.id, group.text) == ("1", "a")
    assert [(one.id, one.similarity, one.exact) for one in group.duplicates] == [
        ("3", 1.0, True),
        ("5", 1.0, True),
    ]
    assert (found.duplicates, found.searched) == (2, 5)
    assert notes.snapshot.rows(found.kept, ["id"])["id"].to_pylist() == ["1", "2", "4"]


def test_near_texts_make_chains(planned):
    one = planned()
    # 0.00, 0.10, 0.20 radians: neighbours have 0.995, the ends 0.980
    texts = ["1.0", "2.0", "1.10", "1.20", "3.50"]
    one.add(texts, ids=texts)
    assert groups(one.duplicates(cosine=0.99)) == [["1.0", "1.10", "1.20"]]
    (group,) = one.duplicates(cosine=0.99)
    assert [one.id for one in group.duplicates] == ["1.10", "1.20"]
    assert np.allclose([one.similarity for one in group.duplicates], np.cos([0.1, 0.2]), atol=1e-6)
    assert groups(one.duplicates(cosine=0.996)) == []


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=40),
    deleted=st.integers(0, 5),
    edges=st.sampled_from([1, 10, 1_000]),
)
def test_groups_are_those_of_all_pairs(tmp_path_factory, texts, deleted, edges):
    from likewise.settings import Settings

    where = Settings(collections=tmp_path_factory.mktemp("c"), encoder="sha256")
    one = Collection.create("c", Planned(), settings=where)
    one.add([f"{group}.{turn}" for group, turn in texts])
    one.delete(one.ids[:deleted])
    patched = module.ROWS, module.COLUMNS, module._MOST_EDGES
    module.ROWS, module.COLUMNS, module._MOST_EDGES = 3, 7, edges
    try:
        found = one.duplicates(cosine=0.995)
    finally:
        module.ROWS, module.COLUMNS, module._MOST_EDGES = patched
    ids = one.ids
    vectors = one.vectors.astype(np.float64)
    near = vectors @ vectors.T >= 0.995
    # by powers of the matrix rather than by joining labels
    reach = np.linalg.matrix_power((near | np.eye(len(ids), dtype=bool)).astype(float), 64) > 0
    wanted = {frozenset(np.array(ids)[row].tolist()) for row in reach} if ids else set()
    assert {frozenset(group) for group in groups(found)} == {g for g in wanted if len(g) > 1}
    kept = one.snapshot.rows(found.kept, ["id"])["id"].to_pylist()
    assert kept == [id_ for at, id_ in enumerate(ids) if not reach[at, :at].any()]


def test_ten_clusters_of_one_text_repeated(notes):
    notes.add([f"text {n % 10}" for n in range(5_000)])
    found = notes.duplicates()
    assert len(found) == 10
    assert found.duplicates == 4_990
    assert all(len(group.duplicates) == 499 for group in found)


def test_across_two_collections(planned):
    old, new = planned("old"), planned("new")
    old.add(["1.0", "2.0"], ids=["a", "b"])
    new.add(["2.0", "1.5", "3.0", "1.90"], ids=["w", "x", "y", "z"])
    found = new.duplicates(old, cosine=0.99)
    pairs = {(group.id, one.id, one.exact) for group in found for one in group.duplicates}
    assert pairs == {("b", "w", True), ("a", "x", False)}
    assert new.snapshot.rows(found.kept, ["id"])["id"].to_pylist() == ["y", "z"]
    assert groups(new.duplicates(old, cosine=1)) == [["b", "w"]]


def test_few_pairs_do_not_make_the_nearest_a_duplicate(planned):
    notes = planned("few")
    notes.add(["1.0", "2.0", "2.80"], ids=list("abc"))
    found = notes.duplicates(percentile=99.99)
    assert (found.cosine, groups(found)) == (0.95, [])
    assert planned("none").duplicates(percentile=100).cosine == 0.95


def test_what_has_no_answer(notes, where, planned):
    for cosine in (0, -1, 1.1, True, float("nan"), "x"):
        with pytest.raises(InvalidOption, match="is no measure of duplicates"):
            notes.duplicates(cosine=cosine)
    for percentile in (-1, 101, True, float("nan"), "x"):
        with pytest.raises(InvalidOption, match="The percentile is"):
            notes.duplicates(percentile=percentile)
    with pytest.raises(InvalidOption, match="say the same"):
        notes.duplicates(cosine=0.9, percentile=99)
    assert list(notes.duplicates()) == []
    notes.add(["a"])
    assert list(notes.duplicates()) == []

    class Other(Sha256Encoder):
        from dataclasses import replace

        identity = replace(Sha256Encoder().identity, prefix="x")

    with pytest.raises(InvalidOption, match=r"The other collection is 0\.99\. .*cosine="):
        notes.duplicates(0.99)
    with pytest.raises(InvalidOption, match="each of its own texts"):
        notes.duplicates(Collection.open("notes", settings=where))
    other = Collection.create("other", Other(), settings=where)
    with pytest.raises(IncompatibleVectors):
        notes.duplicates(other)
