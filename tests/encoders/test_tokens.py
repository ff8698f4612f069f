"""A text is tokenised so that a long one holds nobody else up."""

import numpy as np
import pytest

from likewise.encoders.local.tokenizer import TextTokenizer
from tests.encoders.models import write_model


@pytest.fixture
def tokenizer(tmp_path):
    write_model(tmp_path / "tiny")
    return TextTokenizer(tmp_path / "tiny" / "tokenizer.json", max_tokens=16, prefix="")


class Spy:
    """A tokenizer that notes how it was asked."""

    def __init__(self, tokenizer):
        self._tokenizer = tokenizer
        self.asked = []

    def encode(self, text):
        self.asked.append("with the interpreter's lock")
        return self._tokenizer.encode(text)

    def encode_batch_fast(self, texts):
        self.asked.append("without")
        return self._tokenizer.encode_batch_fast(texts)


@pytest.mark.parametrize(("words", "how"), [(5, "with the interpreter's lock"), (1_000, "without")])
def test_only_a_short_text_keeps_the_interpreters_lock(tokenizer, words, how):
    text = "w1 " * words
    expected, counts = tokenizer.tokenise([text, text])
    spy = tokenizer._tokenizer = Spy(tokenizer._tokenizer)
    ids, count = tokenizer.tokenise([text])
    assert spy.asked == [how]
    np.testing.assert_array_equal(ids[0], expected[0])
    for one, both in zip(count, counts, strict=True):
        assert one[0] == both[0]
