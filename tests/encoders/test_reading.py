"""What is said to be read is what the vector depends on."""

import numpy as np
import pytest

from likewise import load
from likewise.encoders.reading import characters_read
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import InvalidText
from likewise.types import TokenCounts


class Letters:
    """Reads ten characters; counts what it is asked."""

    def __init__(self):
        self.calls = 0

    def count_tokens(self, texts):
        self.calls += 1
        counts = np.array([len(text) for text in texts], np.int32)
        return TokenCounts(counts, counts > 10, np.zeros_like(counts))


@pytest.mark.parametrize("length", [0, 1, 9, 10])
def test_a_short_text_is_read_whole(length):
    assert characters_read(Letters(), "x" * length) == length


@pytest.mark.parametrize("length", [11, 12, 100, 12_345])
def test_a_long_text_is_read_up_to_the_limit(length):
    assert characters_read(Letters(), "x" * length) == 10


def test_a_megabyte_takes_few_counts():
    letters = Letters()
    assert characters_read(letters, "x" * 1_000_000) == 10
    assert letters.calls < 12


def test_an_encoder_without_a_limit_reads_everything():
    assert characters_read(Sha256Encoder(), "word " * 1000) == 5000


def test_the_vector_of_minilm_depends_on_what_is_read_and_on_nothing_else():
    encoder = load("minilm")
    text = " ".join(f"sentence {n} about cats and dogs." for n in range(80))
    read = characters_read(encoder, text)
    assert 0 < read < len(text)
    whole, same, less = encoder.encode(
        [text, text[:read] + " something else", text[: read - 40]]
    ).vectors
    assert float(whole @ same) > 0.99999
    assert float(whole @ less) < 0.9999


def test_what_is_read_ends_with_a_whole_word():
    text = "cats sleep " * 300
    read = characters_read(load("minilm"), text)
    assert text[:read].endswith("sleep")
    assert read == len("cats sleep " * 127) - 1  # 256 tokens less two special ones


def test_a_lone_surrogate():
    with pytest.raises(InvalidText):
        characters_read(Letters(), "\ud800")
