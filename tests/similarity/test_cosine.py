import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from likewise.errors import InvalidOption, InvalidVectors
from likewise.similarity.cosine import check_vectors, cosine_matrix, top_k


def unit(n: int, dims: int = 16, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n, dims))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 10_000))
def test_agrees_with_scipy(n, m, seed):
    left, right = unit(n, seed=seed), unit(m, seed=seed + 1)
    matrix = cosine_matrix(left, right)
    assert matrix.shape == (n, m)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix, 1 - cdist(left, right, "cosine"), atol=1e-6)


@given(st.integers(1, 60), st.sampled_from([2, 3, 64, 384]), st.integers(0, 10_000))
def test_equal_rows_are_exactly_one_and_nothing_leaves_the_range(n, dims, seed):
    rows = unit(n, dims, seed)
    doubled = np.concatenate([rows, rows, -rows])
    matrix = cosine_matrix(doubled)
    for shift in (0, n):
        assert (matrix[np.arange(n), np.arange(n) + shift] == 1).all()
    assert matrix.min() >= -1
    assert matrix.max() <= 1
    np.testing.assert_array_equal(matrix, matrix.T)


def test_nearly_equal_rows_are_not_called_equal():
    row = unit(1, 384)
    other = row.copy()
    other[0, 0] = np.nextafter(other[0, 0], np.float32(1))
    assert not np.array_equal(row, other)
    assert cosine_matrix(row, row)[0, 0] == 1
    assert cosine_matrix(row, other)[0, 0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        (np.ones(3, np.float32), "shape (3,)"),
        (np.ones((2, 3), np.int64), "int64"),
        (np.zeros((1, 3), np.float32), "Row 0 of vectors has length 0"),
        (np.array([[1, 0], [np.nan, 1]], np.float32), "Row 1 of vectors has length nan"),
        (np.array([[1.1, 0]], np.float32), "has length 1.1"),
    ],
)
def test_refuses_what_is_not_unit_vectors(vectors, said):
    with pytest.raises(InvalidVectors) as error:
        check_vectors(vectors)
    assert said in error.value.problem
    assert error.value.remedy


def test_refuses_other_dims():
    with pytest.raises(InvalidVectors, match="2 and of 3 dims"):
        cosine_matrix(unit(1, 2), unit(1, 3))
    with pytest.raises(InvalidVectors, match="2 and of 3 dims"):
        top_k(unit(1, 2), unit(1, 3), 1)


def test_no_vectors_have_no_cosines():
    none = np.empty((0, 4), np.float32)
    assert cosine_matrix(none, unit(3, 4)).shape == (0, 3)
    assert top_k(unit(2, 4), none, 5)[0].shape == (2, 0)


@given(st.integers(1, 5), st.integers(1, 200), st.integers(1, 250), st.integers(0, 1000))
def test_top_k_is_the_head_of_a_full_sort(queries, n, k, seed):
    rows = unit(n, seed=seed)
    rows = rows[np.random.default_rng(seed).integers(0, n, n)]  # many equal rows
    asked = unit(queries, seed=seed + 1)
    indices, similarities = top_k(asked, rows, k)
    assert indices.shape == similarities.shape == (queries, min(k, n))
    truth = (rows[None].astype(np.float64) * asked[:, None]).sum(axis=2)
    for row in range(queries):
        order = np.argsort(-truth[row].astype(np.float32), kind="stable")[:k]
        np.testing.assert_array_equal(indices[row], order)
        np.testing.assert_allclose(similarities[row], truth[row, order], atol=1e-7)


def test_of_equals_the_lower_index_comes_first_for_one_query():
    rows = np.repeat(unit(1, 384), 1001, axis=0)
    indices, similarities = top_k(unit(1, 384, seed=9), rows, 10)
    assert indices[0].tolist() == list(range(10))
    assert len(set(similarities[0].tolist())) == 1


def test_top_k_needs_a_k():
    with pytest.raises(InvalidOption, match="k is 0"):
        top_k(unit(1), unit(3), 0)
