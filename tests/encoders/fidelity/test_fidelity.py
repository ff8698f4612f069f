"""Vectors are those of the models' own libraries; see benchmarks/fidelity."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from likewise.encoders.local.encoder import LocalEncoder
from tests.encoders.fidelity.recipe import CASES, TEXTS, write

REFERENCE = load_file(Path(__file__).parent / "reference.safetensors")


def test_the_reference_is_of_these_cases():
    assert set(REFERENCE) == {case.name for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_vectors_are_those_of_the_authors_library(tmp_path, case):
    write(case, tmp_path / "model")
    encoder = LocalEncoder(tmp_path / "model", name=case.name, precision="f32")
    expected = REFERENCE[case.name]
    lengths = np.linalg.norm(expected, axis=1)
    vectors = encoder.encode(TEXTS).vectors
    assert vectors.shape == expected.shape
    for text, vector, reference, length in zip(TEXTS, vectors, expected, lengths, strict=True):
        if length:  # a static model of theirs has no vector for a text without tokens
            assert float(vector @ reference) / length >= 0.9999, text
