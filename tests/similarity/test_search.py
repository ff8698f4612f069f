"""Exact search: what it returns is the head of a full sort in float64, whatever the data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import InvalidOption, InvalidVectors
from likewise.similarity import search, selection
from likewise.similarity.search import FlatIndex, top_k
from tests.similarity.vectors import unit


def full_sort(queries: np.ndarray, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the kernel promises, the slow way: of equals the lower index first."""
    cosines = (rows[None].astype(np.float64) * queries[:, None]).sum(axis=2).astype(np.float32)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(cosines, order, axis=1)


def agrees(found: search.Neighbours, queries: np.ndarray, rows: np.ndarray, k: int) -> None:
    order, cosines = full_sort(queries, rows, k)
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_allclose(found.similarities, cosines, atol=1e-7)


@given(
    st.integers(1, 5),
    st.integers(1, 200),
    st.integers(1, 250),
    st.lists(st.integers(0, 200), max_size=4),
    st.integers(0, 1000),
)
def test_it_is_the_head_of_a_full_sort(queries, n, k, cuts, seed):
    rows = unit(n, seed=seed)
    rows = rows[np.random.default_rng(seed).integers(0, n, n)]  # many equal rows
    asked = unit(queries, seed=seed + 1)
    blocks = np.split(rows, sorted(min(cut, n) for cut in cuts))
    agrees(FlatIndex(blocks).search(asked, k), asked, rows, k)
    np.testing.assert_array_equal(top_k(asked, rows, k)[0], full_sort(asked, rows, k)[0])


@given(st.integers(1, 20), st.integers(1, 60), st.integers(0, 1000), st.integers(1, 9))
def test_blocks_of_scores_may_be_of_any_size(n_queries, n, seed, scores):
    """The bounds on memory change nothing in the answer."""
    rows, asked = unit(n, seed=seed), unit(n_queries, seed=seed + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_SCORES", scores * 8)
        patch.setattr(search, "_QUERIES", 8)
        for module in (search, selection):
            patch.setattr(module, "MOST_PAIRS", 64)
            patch.setattr(module, "RESCORED", 7)
        agrees(FlatIndex(rows).search(asked, 5), asked, rows, 5)


@given(st.integers(1, 100), st.integers(1, 20), st.integers(0, 1000))
def test_only_what_is_allowed_is_found(n, k, seed):
    rows, asked = unit(n, seed=seed), unit(3, seed=seed + 1)
    allowed = np.random.default_rng(seed).random(n) < 0.3
    found = FlatIndex(rows).search(asked, k, allowed=allowed)
    order, _ = full_sort(asked, rows[allowed], k)
    np.testing.assert_array_equal(found.indices, np.flatnonzero(allowed)[order])


@given(st.integers(2, 80), st.integers(1, 12), st.booleans(), st.integers(0, 1000))
def test_neighbours_are_other_vectors(n, k, repeat, seed):
    rows = unit(n, seed=seed)
    if repeat:
        rows = rows[np.random.default_rng(seed).integers(0, max(1, n // 8), n)]
    found = FlatIndex(rows).neighbours(k)
    assert found.indices.shape == (n, min(k, n - 1))
    assert not (found.indices == np.arange(n)[:, None]).any()
    cosines = (rows.astype(np.float64) @ rows.T.astype(np.float64)).astype(np.float32)
    np.fill_diagonal(cosines, -2)
    best = -np.sort(-cosines, axis=1)[:, : min(k, n - 1)]
    np.testing.assert_allclose(found.similarities, best, atol=1e-6)


def test_neighbours_of_chosen_rows():
    rows = unit(50)
    chosen = np.array([7, 3, 49])
    index = FlatIndex([rows[:20], rows[20:]])
    np.testing.assert_array_equal(
        index.neighbours(5, chosen).indices, index.neighbours(5).indices[chosen]
    )
    np.testing.assert_array_equal(index.take(chosen), rows[chosen])


def test_a_hundred_thousand_equal_vectors_are_no_trap():
    """Each is a tie with each: without care that is ten thousand million pairs to look at."""
    rows = np.repeat(unit(10, 8), 10_000, axis=0)
    asked = np.arange(0, 100_000, 2_000)
    found = FlatIndex(rows).neighbours(15, asked)
    assert (found.similarities == 1).all()
    own_group = asked // 10_000
    assert (found.indices // 10_000 == own_group[:, None]).all()
    # the lowest of the group, but for the vector itself
    assert (found.indices[1] == own_group[1] * 10_000 + np.arange(15)).all()


def test_near_ties_are_ranked_exactly():
    """Their order is below what a float32 matrix product can tell."""
    query = unit(1, 384)
    noise = np.random.default_rng(1).normal(size=(3_000, 384)) * 1e-7
    rows = query + noise
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    agrees(FlatIndex(rows).search(query, 20), query, rows, 20)


def test_memory_maps_and_half_precision(tmp_path):
    rows = unit(500, 32).astype(np.float16)
    np.save(tmp_path / "v.npy", rows)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    asked = unit(4, 32, seed=5)
    wide = rows.astype(np.float32)
    agrees(FlatIndex(mapped).search(asked, 7), asked, wide, 7)
    agrees(FlatIndex([mapped[:100], wide[100:]]).search(asked, 7), asked, wide, 7)


def test_of_equals_the_lower_index_comes_first_for_one_query():
    rows = np.repeat(unit(1, 384), 1001, axis=0)
    indices, similarities = top_k(unit(1, 384, seed=9), rows, 10)
    assert indices[0].tolist() == list(range(10))
    assert len(set(similarities[0].tolist())) == 1


def test_nothing_to_find():
    none = np.empty((0, 4), np.float32)
    assert top_k(unit(2, 4), none, 5)[0].shape == (2, 0)
    assert FlatIndex([]).search(unit(2, 4), 5).indices.shape == (2, 0)
    assert FlatIndex(unit(1)).neighbours(3).indices.shape == (1, 0)
    nobody = FlatIndex(unit(3)).search(unit(2), 2, allowed=np.zeros(3, bool))
    assert nobody.similarities.shape == (2, 0)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: top_k(unit(1), unit(3), 0), InvalidOption, "k is 0"),
        (lambda: top_k(unit(1, 2), unit(1, 3), 1), InvalidVectors, "2 and of 3 dims"),
        (lambda: FlatIndex([unit(1, 2), unit(1, 3)]), InvalidVectors, "2 and of 3 dims"),
        (lambda: FlatIndex(unit(3) * 2), InvalidVectors, "Row 0 of vectors has length 2"),
        (lambda: FlatIndex(unit(3).astype(np.float64)), InvalidVectors, "float64"),
        (lambda: FlatIndex(np.zeros(3, np.float32)), InvalidVectors, "shape"),
        (
            lambda: FlatIndex(unit(3)).search(unit(1), 1, allowed=np.ones(2, bool)),
            InvalidOption,
            "3 vectors",
        ),
    ],
)
def test_what_is_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()


def test_a_bad_row_is_named_where_it_stands():
    rows = np.concatenate([unit(40_000, 4), np.full((1, 4), np.nan, np.float32)])
    with pytest.raises(InvalidVectors, match="Row 40000 of vectors"):
        FlatIndex(rows)
