"""What smaller vectors still find."""

import numpy as np
import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.similarity.sizes import NEIGHBOURS, measure_sizes, sizes


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_recall_is_the_share_of_true_neighbours_that_is_found():
    vectors = unit(np.random.default_rng(5).normal(size=(60, 64)))
    found = measure_sizes(vectors)
    assert (found.sentences, found.dims[0], found.dims[-1]) == (60, 8, 64)
    assert found.dims == sorted(set(found.dims))
    at = found.dims.index(24)
    cosines, short = vectors @ vectors.T, unit(vectors[:, :24])
    for matrix in (cosines, small := short @ short.T):
        np.fill_diagonal(matrix, -2)
    shared = [
        len(set(np.argsort(-a)[:NEIGHBOURS]) & set(np.argsort(-b)[:NEIGHBOURS]))
        for a, b in zip(cosines, small, strict=True)
    ]
    assert found.recall["float32"][at] == pytest.approx(np.mean(shared) / NEIGHBOURS, abs=1e-3)
    assert found.recall["float32"][-1] == 1
    assert found.recall["int8"][-1] > 0.95
    assert all(0 <= share <= 1 for shares in found.recall.values() for share in shares)


def test_bits_find_less_than_bytes_and_noise_finds_little():
    found = sizes(Sha256Encoder())
    assert found.recall["float32"][0] < 0.2
    assert found.recall["bit"] == found.recall["float32"]  # its numbers are signs


def test_where_important_numbers_come_first_few_are_enough():
    vectors = np.random.default_rng(5).normal(size=(80, 128)) * 0.5 ** np.arange(128)
    found = measure_sizes(unit(vectors))
    assert found.recall["float32"][0] > 0.95
