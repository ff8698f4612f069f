"""Which encoders a server offers, and what they say before they encode."""

import asyncio

import numpy as np
import pytest

import likewise
from likewise import encoders
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.errors import InvalidDimensions, UnknownEncoder
from likewise.server.shelf import Shelf
from likewise.settings import Settings

TEXTS = [
    "",
    " ",
    "one",
    "A cat sleeps for around fifteen hours a day.",
    "word " * 300,
    "w" * 70_000,
]


def test_a_prompt_is_an_encoder_of_its_own(monkeypatch):
    asked = []

    def load(name, *, prefix=None):
        asked.append((name, prefix))
        return Sha256Encoder()

    monkeypatch.setattr(encoders, "load", load)
    shelf = Shelf(Settings(encoder="org/e5", encoders=("org/e5#query", "org/e5#passage")))
    assert shelf.names == ("org/e5", "org/e5#query", "org/e5#passage")
    for name in (*shelf.names, "org/e5#query"):
        asyncio.run(shelf.get(name))
    assert asked == [("org/e5", None), ("org/e5", "query"), ("org/e5", "passage")]
    with pytest.raises(UnknownEncoder):
        shelf.check("org/e5#other")


def test_two_who_ask_at_once_load_once(monkeypatch):
    asked = []
    monkeypatch.setattr(encoders, "load", lambda name: asked.append(name) or Sha256Encoder())

    async def both():
        shelf = Shelf(Settings(encoder="sha256", encoders=()))
        return await asyncio.gather(shelf.get(), shelf.get("sha256"))

    one, other = asyncio.run(both())
    assert one is other
    assert asked == ["sha256"]


@pytest.mark.parametrize("name", ["minilm", "sha256"])
def test_tokens_are_counted_beforehand_as_encoding_counts_them(name):
    encoder = likewise.load(name)
    tokens, truncated = encoder.count_tokens(TEXTS)
    encoding = encoder.encode(TEXTS)
    assert tokens.dtype == np.int32
    assert np.array_equal(tokens, encoding.tokens)
    assert np.array_equal(truncated, encoding.truncated)
    none, _ = encoder.count_tokens([])
    assert none.shape == (0,)


def test_shortened_vectors_have_an_identity_of_their_own():
    whole = Sha256Encoder()
    short = ShortenedEncoder(whole, 64)
    vectors = short.encode(["a", "b"]).vectors
    assert vectors.shape == (2, 64)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    cut = whole.encode(["a", "b"]).vectors[:, :64]
    assert np.allclose(vectors, cut / np.linalg.norm(cut, axis=1, keepdims=True))
    digests = {e.identity.digest for e in (whole, short, ShortenedEncoder(whole, 63))}
    assert len(digests) == 3
    for wrong in (0, -1, 257):
        with pytest.raises(InvalidDimensions):
            ShortenedEncoder(whole, wrong)
