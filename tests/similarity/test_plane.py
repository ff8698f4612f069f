import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from scipy.stats import ortho_group
from sklearn.decomposition import PCA

from likewise.errors import InvalidOption
from likewise.similarity.plane import plane
from tests.similarity.vectors import unit

sizes = st.integers(1, 30)
seeds = st.integers(0, 10_000)


def turned(points: np.ndarray, angle: float, mirrored: bool) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ turn * ([1, -1] if mirrored else [1, 1])


def torgerson(vectors: np.ndarray) -> np.ndarray:
    """Distances in the picture, from the double-centred squared distances."""
    squared = squareform(pdist(vectors.astype(np.float64))) ** 2
    centring = np.eye(len(squared)) - 1 / len(squared)
    values, directions = np.linalg.eigh(-centring @ squared @ centring / 2)
    return pdist(directions[:, -2:] * np.sqrt(np.maximum(values[-2:], 0)))


@given(st.integers(3, 30), seeds)
def test_agrees_with_torgerson_and_with_pca(n, seed):
    vectors = unit(n, 12, seed)
    picture = plane(vectors)
    np.testing.assert_allclose(pdist(picture.points), torgerson(vectors), atol=1e-5)
    oracle = PCA(n_components=min(n, 12)).fit(vectors.astype(np.float64))
    np.testing.assert_allclose(
        pdist(picture.points), pdist(oracle.transform(vectors)[:, :2]), atol=1e-5
    )
    assert picture.kept == pytest.approx(oracle.explained_variance_ratio_[:2].sum(), abs=1e-6)


@given(st.integers(2, 30), seeds)
def test_kept_is_the_share_of_squared_distances(n, seed):
    vectors = unit(n, 12, seed)
    picture = plane(vectors)
    share = (pdist(picture.points) ** 2).sum() / (pdist(vectors.astype(np.float64)) ** 2).sum()
    assert picture.kept == pytest.approx(share, abs=1e-6)
    assert 0 < picture.kept <= 1
    assert (pdist(picture.points) <= pdist(vectors) + 1e-5).all()


@given(st.integers(1, 20), seeds)
def test_turning_the_space_does_not_change_the_picture(n, seed):
    vectors = unit(n, 12, seed)
    turn = ortho_group.rvs(12, random_state=seed)
    there = (vectors @ turn).astype(np.float32)
    np.testing.assert_allclose(pdist(plane(there).points), pdist(plane(vectors).points), atol=2e-4)


@given(sizes, seeds, st.floats(0, 6.28), st.booleans())
@settings(max_examples=60)
def test_previous_turns_and_mirrors_but_keeps_every_distance(n, seed, angle, mirrored):
    vectors = unit(n, 12, seed)
    fresh = plane(vectors)
    before = turned(fresh.points, angle, mirrored)
    again = plane(vectors, before)
    np.testing.assert_allclose(pdist(again.points), pdist(fresh.points), atol=1e-9)
    assert again.kept == fresh.kept
    if n > 2:  # two texts on a line can't tell a mirrored picture
        np.testing.assert_allclose(again.points, before, atol=1e-6)


@given(st.integers(4, 20), seeds, st.floats(0, 6.28))
@settings(max_examples=40)
def test_previous_is_never_scaled_to(n, seed, angle):
    vectors = unit(n, 12, seed)
    fresh = plane(vectors).points
    again = plane(vectors, 7 * turned(fresh, angle, mirrored=False)).points
    np.testing.assert_allclose(again, turned(fresh, angle, mirrored=False), atol=1e-6)


@given(st.integers(5, 20), seeds)
@settings(max_examples=40)
def test_texts_stay_near_while_one_is_edited_and_one_added(n, seed):
    before = plane(unit(n, 12, seed)).points
    edited = np.concatenate([unit(n, 12, seed), unit(1, 12, seed + 1)])
    edited[2] = unit(1, 12, seed + 2)[0]
    aligned = plane(edited, [*before.tolist(), None]).points
    known = list(range(n))
    best = min(
        np.square(_centred(turned(aligned, angle, mirror)[known]) - _centred(before)).sum()
        for angle in np.linspace(0, 6.28, 60)
        for mirror in (False, True)
    )
    assert np.square(_centred(aligned[known]) - _centred(before)).sum() <= best + 1e-6


def _centred(points: np.ndarray) -> np.ndarray:
    return points - points.mean(axis=0)


def test_one_text_is_in_the_middle():
    picture = plane(unit(1, 12, 0))
    assert picture.points.tolist() == [[0, 0]]
    assert picture.kept == 1


def test_two_texts_lie_on_the_x_axis_at_their_distance_the_first_left():
    vectors = unit(2, 12, 3)
    picture = plane(vectors)
    distance = np.linalg.norm(vectors[0] - vectors[1])
    np.testing.assert_allclose(picture.points, [[-distance / 2, 0], [distance / 2, 0]], atol=1e-6)
    assert picture.kept == pytest.approx(1)


def test_three_texts_keep_all_distances():
    vectors = unit(3, 12, 5)
    picture = plane(vectors)
    np.testing.assert_allclose(pdist(picture.points), pdist(vectors), atol=1e-6)
    assert picture.kept == pytest.approx(1)
    assert picture.points[0, 0] < 0


@pytest.mark.parametrize("n", [2, 3, 50])
def test_identical_texts_are_all_in_the_middle(n):
    picture = plane(np.repeat(unit(1, 12, 4), n, axis=0))
    assert (picture.points == 0).all()
    assert picture.kept == 1
    again = plane(np.repeat(unit(1, 12, 4), n, axis=0), [[1, 2]] * n)
    assert (again.points == 0).all()


@given(st.integers(2, 20), seeds)
def test_the_first_text_is_left_and_the_middle_is_the_middle(n, seed):
    points = plane(unit(n, 12, seed)).points
    assert points[0, 0] < 1e-6
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-7)


def test_two_known_texts_keep_their_direction():
    picture = plane(unit(3, 12, 8), [[0, -1], [0, 1], None])
    towards = picture.points[1] - picture.points[0]
    assert abs(towards[0]) < 1e-9
    assert towards[1] > 0


def test_nan_is_a_new_text_too():
    vectors = unit(4, 12, 6)
    places = [[0, 1], None, [1, 0], [0, 0]]
    with_nan = [[0, 1], [np.nan, np.nan], [1, 0], [0, 0]]
    np.testing.assert_array_equal(plane(vectors, places).points, plane(vectors, with_nan).points)


@pytest.mark.parametrize(
    ("previous", "said"),
    [
        ([[0, 0]], "1 points for 2 texts"),
        ([[0, 0], [1, 2, 3]], "previous[1] is not a point"),
        ([[0, 0], "xy"], "previous[1] is not a point but 'xy'"),
    ],
)
def test_refuses_previous_that_is_not_points(previous, said):
    with pytest.raises(InvalidOption) as error:
        plane(unit(2, 12, 0), previous)
    assert said in error.value.problem


@pytest.mark.parametrize(("n", "dims"), [(20, 64), (64, 64), (300, 16)])
def test_the_widths_are_singular_values(n, dims):
    vectors = np.random.default_rng(n).normal(size=(n, dims)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    left, widths, _ = np.linalg.svd(centred, full_matrices=False)
    found = plane(vectors)
    assert np.allclose(np.abs(found.points), np.abs(left[:, :2] * widths[:2]), atol=1e-9)
    assert found.kept == pytest.approx(np.sum(widths[:2] ** 2) / np.sum(widths**2), abs=1e-12)
