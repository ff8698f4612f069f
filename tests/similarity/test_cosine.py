import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from likewise.errors import InvalidVectors
from likewise.similarity.cosine import check_vectors, cosine_matrix
from tests.similarity.vectors import unit


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


def test_no_vectors_have_no_cosines():
    none = np.empty((0, 4), np.float32)
    assert cosine_matrix(none, unit(3, 4)).shape == (0, 3)
