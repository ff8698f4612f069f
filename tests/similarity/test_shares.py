"""Shares of the words and of the rest add up to the similarity."""

import numpy as np
import pytest

from likewise.encoders.base import TokenParts
from likewise.encoders.local.encoder import LocalEncoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.similarity.shares import disagreements
from likewise.similarity.why import which_words
from tests.encoders.models import write_model
from tests.similarity.test_why import Bag


class SummedBag(Bag):
    """A bag of words that says what each of its tokens adds."""

    def token_parts(self, texts):
        return [self._parts(text) for text in texts]

    def _parts(self, text):
        found = [(text.find(word), row) for row, word in enumerate(self.vocabulary) if word in text]
        parts = np.zeros((len(found) + 1, 3), np.float32)
        places = np.zeros((len(found) + 1, 2), np.int32)
        for token, (start, row) in enumerate(found, 1):
            parts[token, row] = 1 / np.sqrt(len(found))
            places[token] = start, start + len(self.vocabulary[row])
        return TokenParts(parts, places)


def test_shares_of_a_bag_are_those_worked_out_by_hand():
    why = which_words("A cat sleeps.", "cat dog", SummedBag())
    assert [word.share for word in why.words[0]] == pytest.approx([0, 0.5, 0], abs=1e-6)
    assert [word.share for word in why.words[1]] == pytest.approx([0.5, 0], abs=1e-6)
    assert why.shares[0].special == 0


@pytest.mark.parametrize("family", ["bert", "distilbert", "roberta"])
@pytest.mark.parametrize("prefix", ["", "w7 w8 "])
def test_shares_of_a_model_add_up_to_the_cosine(tmp_path, family, prefix):
    write_model(tmp_path / "model", family=family)
    encoder = LocalEncoder(tmp_path / "model", name="random", precision="f32", prefix=prefix)
    pair = ("w1 w2 w3 w4", "w5 , w2 . " + "w9 " * 20)  # the second is cut off
    why = which_words(*pair, encoder)
    one, other = encoder.encode(pair).vectors.astype(np.float64)
    for side, words in zip(why.shares, why.words, strict=True):
        total = sum(word.share for word in words) + side.special + side.between
        assert total == pytest.approx(one @ other, abs=1e-5)
        assert abs(side.special) > 1e-4
    assert why.words[1][-1].share == 0  # it was not read


def test_without_shares_only_the_effects_are_told(tmp_path):
    write_model(tmp_path / "model", pooling="cls")
    cls = LocalEncoder(tmp_path / "model", name="random", precision="f32")
    for encoder in (cls, Sha256Encoder()):
        why = which_words("w1 w2", "w3", encoder)
        assert why.shares is None
        assert [word.share for word in why.words[0]] == [None, None]
        assert not any(word.disagrees for word in why.words[0])


def test_disagreement_is_another_sign_or_a_far_rank():
    assert disagreements([0.4, -0.1, 0.2], [0.2, 0.1, 0.1]) == [False, True, False]
    assert disagreements([0.4, -0.01, 0.2], [0.2, 0.1, 0.1]) == [False, False, False]
    first_in_one = disagreements([0.5, 0.1, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4])
    assert first_in_one == [True, False, False, False]
    assert disagreements([0.9, 0, 0, 0, 0], [0.9, 0.01, 0.02, 0.03, 0.04]) == [False] * 5
