"""Leave-one-out effects are what taking the word out does."""

import numpy as np
import pytest

from likewise.encoders.base import BaseEncoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import InvalidText, TooLong
from likewise.similarity.why import MOST_WORDS, which_words
from likewise.types import Encoding


class Bag(BaseEncoder):
    """Counts three words: effects can be worked out by hand."""

    identity = Sha256Encoder().identity
    runtime = Sha256Encoder().runtime
    vocabulary = ("cat", "dog", "sleeps")

    def __init__(self):
        self.asked = []

    def encode(self, texts, *, progress=None):
        self.asked.append(list(texts))
        counts = np.array([[text.count(word) for word in self.vocabulary] for text in texts])
        vectors = (counts + 1e-9).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        nothing = np.zeros(len(texts), np.int32)
        return Encoding(vectors, nothing, nothing.astype(np.bool_), nothing)


def test_each_effect_is_the_similarity_minus_that_without_the_word():
    bag = Bag()
    why = which_words("A cat sleeps.", "cat dog", bag)
    assert why.similarity == pytest.approx(0.5)
    one, other = why.words
    assert [(word.text, word.start, word.end) for word in one] == [
        ("A", 0, 1),
        ("cat", 2, 5),
        ("sleeps", 6, 12),
    ]
    assert [word.effect for word in one] == pytest.approx([0, 0.5, 0.5 - 1 / np.sqrt(2)], abs=1e-6)
    assert [word.effect for word in other] == pytest.approx([0.5, 0.5 - 1 / np.sqrt(2)], abs=1e-6)
    assert len(bag.asked) == 1
    assert bag.asked[0][2:] == ["cat sleeps.", "A sleeps.", "A cat .", "dog", "cat "]


def test_words_of_any_script_and_with_apostrophes():
    words = which_words("Don’t über-react: кот спит", "x", Sha256Encoder()).words[0]
    assert [word.text for word in words] == ["Don’t", "über-react", "кот", "спит"]


@pytest.mark.parametrize("text", ["", "  ", "…!?", "\U0001f408"])
def test_a_text_without_a_word(text):
    with pytest.raises(InvalidText, match="no words") as caught:
        which_words("a cat", text, Sha256Encoder())
    assert caught.value.param == "other"


def test_a_text_with_too_many_words():
    with pytest.raises(TooLong, match="65 words"):
        which_words("cat " * (MOST_WORDS + 1), "cat", Sha256Encoder())
    which_words("cat " * MOST_WORDS, "cat", Sha256Encoder())


def test_a_lone_surrogate():
    with pytest.raises(InvalidText, match="surrogate"):
        which_words("cat \ud800", "cat", Sha256Encoder())
