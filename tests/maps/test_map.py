"""A map says where it lies, is the same each time, and comes back from its file as it was."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as of_sklearn

from likewise.errors import IncompatibleVectors, InvalidOption, InvalidVectors, UnreadableFile
from likewise.maps import Map, make_map
from likewise.maps.clusters import cluster_words, find_clusters
from likewise.maps.faithful import near_in_picture, neighbours_kept, trustworthiness
from likewise.maps.layouts import LAYOUTS, framed, principal_components
from likewise.similarity import FlatIndex
from likewise.types import Identity
from tests.similarity.vectors import unit

IDENTITY = Identity("test", "", "w", "t", "g", 16, 0, "mean")
OTHER = Identity("other", "", "another", "t", "g", 16, 0, "mean")


def islands(n: int = 300, groups: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors in well parted groups, and the group of each."""
    random = np.random.default_rng(seed)
    group = np.arange(n) % groups
    rows = np.eye(16)[group] + 0.15 * random.normal(size=(n, 16))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), group


def texts_of(group: np.ndarray) -> list[str]:
    animals = ("penguin", "giraffe", "lobster", "falcon", "beetle")
    return [f"the {animals[g]} number {i}" for i, g in enumerate(group)]


@pytest.fixture(scope="module")
def made() -> Map:
    vectors, group = islands()
    return make_map(vectors, texts_of(group), IDENTITY, threads=1)


def test_neighbours_stay_together(made):
    vectors, group = islands()
    near = near_in_picture(made.points, 10)
    assert (group[near] == group[:, None]).mean() > 0.95
    assert made.share_kept > 0.4
    assert made.trustworthiness > 0.9
    assert np.abs(made.points).max() == pytest.approx(1)
    flat = make_map(vectors, texts_of(group), IDENTITY, layout="pca")
    assert flat.share_kept < made.share_kept


def test_the_share_kept_is_that_of_brute_force(made):
    vectors, _ = islands()
    cosines = vectors.astype(np.float64) @ vectors.T
    np.fill_diagonal(cosines, -2)
    true = np.argsort(-cosines, axis=1, kind="stable")[:, :15]
    distances = np.linalg.norm(made.points[:, None] - made.points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    near = np.argsort(distances, axis=1, kind="stable")[:, :15]
    shares = [len(set(a) & set(b)) / 15 for a, b in zip(true, near, strict=True)]
    np.testing.assert_allclose(made.kept, shares, atol=1e-6)


@pytest.mark.parametrize("k", [1, 5, 15])
def test_trustworthiness_agrees_with_scikit_learn(k):
    vectors, points = unit(200, 16), np.random.default_rng(3).normal(size=(200, 2))
    ours = trustworthiness(FlatIndex(vectors), framed(points), k)
    # on unit vectors the order of Euclidean distances is that of cosines
    assert ours == pytest.approx(of_sklearn(vectors, points, n_neighbors=k), abs=1e-9)


def test_trustworthiness_of_a_sample_is_near_that_of_all():
    vectors, points = unit(600, 16), np.random.default_rng(3).normal(size=(600, 2))
    index = FlatIndex(vectors)
    whole = trustworthiness(index, framed(points), 10)
    assert trustworthiness(index, framed(points), 10, sample=300) == pytest.approx(whole, abs=0.02)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_the_same_each_time(layout):
    vectors, group = islands(120)
    one, two = (
        make_map(vectors, texts_of(group), IDENTITY, layout=layout, threads=1) for _ in range(2)
    )
    np.testing.assert_array_equal(one.points, two.points)
    assert one.points.shape == (120, 2)
    assert one.points.dtype == np.float32


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 9, 11])
def test_a_few_texts_make_a_map_too(layout, n):
    vectors = unit(n, 16)
    made = make_map(vectors, [f"text {i}" for i in range(n)], IDENTITY, layout=layout, threads=1)
    assert made.points.shape == (n, 2)
    assert np.isfinite(made.points).all()
    assert made.neighbours.indices.shape == (n, max(0, min(15, n - 1)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_equal_texts_make_a_map_too(layout):
    """All alike, and ten texts many times over: nothing is divided by zero."""
    alike = np.repeat(unit(1, 16), 60, axis=0)
    assert np.isfinite(make_map(alike, ["x"] * 60, IDENTITY, layout=layout, threads=1).points).all()
    repeated = np.repeat(unit(10, 16), 30, axis=0)
    made = make_map(repeated, ["y"] * 300, IDENTITY, layout=layout, threads=1)
    assert np.isfinite(made.points).all()


def test_progress_comes_in_stages_and_pictures():
    vectors, group = islands(60)
    stages, pictures = [], []
    make_map(
        vectors,
        texts_of(group),
        IDENTITY,
        threads=1,
        progress=lambda what, done, total: stages.append((what, done, total)),
        picture=pictures.append,
    )
    assert list(dict.fromkeys(what for what, _, _ in stages)) == [
        "Neighbours",
        "Layout",
        "Clusters",
    ]
    layout = [(done, total) for what, done, total in stages if what == "Layout"]
    assert [done for done, _ in layout] == sorted(done for done, _ in layout)
    assert layout[-1][0] == layout[-1][1]
    assert len(pictures) == 1 + len(layout)  # the first is where it starts
    assert pictures[0].shape == (60, 2)


def test_new_texts_are_placed_among_their_own_and_none_moves(made):
    vectors, group = islands()
    before = made.points.copy()
    fresh, fresh_group = islands(50, seed=9)
    placed = made.place(FlatIndex(vectors), fresh)
    np.testing.assert_array_equal(made.points, before)
    nearest = np.linalg.norm(placed[:, None] - made.points[None], axis=2).argmin(axis=1)
    assert (group[nearest] == fresh_group).mean() > 0.95
    assert made.place(FlatIndex(vectors), fresh[:0]).shape == (0, 2)


def test_clusters_are_the_groups_and_say_what_they_are_about():
    vectors, group = islands()
    levels = find_clusters(vectors, texts_of(group))
    coarse = levels[0]
    assert [c.size for c in coarse.clusters] == sorted(
        (c.size for c in coarse.clusters), reverse=True
    )
    assert sum(c.size for c in coarse.clusters) == 300
    words = {word for cluster in coarse.clusters for word in cluster.words}
    assert {"penguin", "giraffe", "lobster", "falcon", "beetle"} <= words
    for number, cluster in enumerate(coarse.clusters):
        assert (coarse.labels == number).sum() == cluster.size
        assert coarse.labels[cluster.typical] == number


def test_a_fine_cluster_lies_within_a_coarse_one():
    levels = find_clusters(unit(3_000, 16), [f"word{i % 7}" for i in range(3_000)])
    assert len(levels) == 3
    for coarse, fine in pairwise(levels):
        assert len(fine.clusters) > len(coarse.clusters)
        for number in range(len(fine.clusters)):
            assert len(set(coarse.labels[fine.labels == number].tolist())) == 1


@pytest.mark.parametrize("texts", [["12 34"] * 4, [""] * 4, ["the and of"] * 4, ["猫が好き"] * 4])
def test_texts_without_words_have_clusters_without_names(texts):
    assert len(cluster_words(np.array([0, 0, 1, 1], np.int32), texts)) == 2


def test_it_comes_back_as_it_was(made, tmp_path):
    made.save(tmp_path / "a.map")
    back = Map.open(tmp_path / "a.map", IDENTITY)
    for name in ("points", "kept"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))
    np.testing.assert_array_equal(back.neighbours.indices, made.neighbours.indices)
    assert [level.clusters for level in back.levels] == [level.clusters for level in made.levels]
    assert (back.layout, back.trustworthiness) == (made.layout, made.trustworthiness)


def test_a_map_of_another_encoder_is_refused(made, tmp_path):
    made.save(tmp_path / "a.map")
    with pytest.raises(IncompatibleVectors, match="not of other"):
        Map.open(tmp_path / "a.map", OTHER)


@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 100, None])
def test_a_damaged_file_is_told(made, tmp_path, damage):
    path = tmp_path / "a.map"
    made.save(path)
    path.write_bytes(path.read_bytes()[:-9] if damage is None else damage)
    with pytest.raises(UnreadableFile, match="make the map again"):
        Map.open(path, IDENTITY)


def test_neighbours_out_of_range_are_damage(made, tmp_path):
    from dataclasses import replace

    from likewise.similarity import Neighbours

    wrong = Neighbours(made.neighbours.indices + 300, made.neighbours.similarities)
    replace(made, neighbours=wrong).save(tmp_path / "a.map")
    with pytest.raises(UnreadableFile):
        Map.open(tmp_path / "a.map", IDENTITY)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"layout": "circle"}, InvalidOption, "tsne, umap, pca"),
        ({"texts": ["one"]}, InvalidOption, "1 texts and 3 vectors"),
        ({"vectors": np.zeros((3, 16), np.float32)}, InvalidVectors, "length 0"),
    ],
)
def test_what_is_refused(change, error, said):
    given = {"vectors": unit(3, 16), "texts": ["a", "b", "c"], "identity": IDENTITY} | change
    with pytest.raises(error, match=said):
        make_map(**given)


def test_principal_components_have_one_sign_everywhere():
    vectors = unit(200, 16)
    points = principal_components(vectors)
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    theirs = framed(centred @ axes[:2].T)
    for column in (0, 1):
        agreement = np.corrcoef(points[:, column], theirs[:, column])[0, 1]
        assert abs(agreement) == pytest.approx(1, abs=1e-4)
    assert neighbours_kept(points, FlatIndex(vectors).neighbours(5)).shape == (200,)
