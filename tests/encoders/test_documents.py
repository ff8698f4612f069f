"""What docs/encoders.md shows does what it says."""

import re
from pathlib import Path

import numpy as np

import likewise
from likewise.encoders.base import Encoder
from likewise.encoders.catalogue import SUGGESTED
from likewise.similarity.background import topics_and_sentences
from likewise.similarity.landmarks import subjects_and_triples

PAGE = (Path(__file__).parents[2] / "docs" / "encoders.md").read_text("utf-8")


def test_an_encoder_of_ones_own_keeps_the_contract():
    made: dict = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    [code] = [block for block in blocks if "class" in block]
    exec(code, made)
    encoder = made["Lengths"]()
    assert isinstance(encoder, Encoder)
    texts = ["one", "three", "eleven letters"]
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(texts).vectors, axis=1), 1, atol=1e-6)
    comparison = likewise.compare(texts, encoder)
    assert comparison.best == [1]
    assert encoder.encode(iter(texts)).tokens.tolist() == [3, 5, 14]


def test_numbers_of_the_page():
    assert len(SUGGESTED) == 5
    own = len(topics_and_sentences()[1]) + 3 * len(subjects_and_triples()[1])
    assert f"the {own} that a scale is made from" in " ".join(PAGE.split())
