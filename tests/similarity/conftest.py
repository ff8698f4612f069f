"""An encoder that needs no model: the words of a text, hashed to dimensions."""

import importlib
import zlib
from collections.abc import Sequence

import numpy as np
import pytest

from likewise.encoders.base import BaseEncoder
from likewise.settings import Settings, settings
from likewise.similarity import background
from likewise.types import Encoding, Identity, Progress, Runtime, TokenCounts

DIMS = 64


class WordEncoder(BaseEncoder):
    """Each word adds one to a dimension; what is over eight words is cut off."""

    runtime = Runtime(engine="test", precision="exact", parity=None, threads=1)

    def __init__(self, revision: str = "1") -> None:
        self.identity = Identity(
            "words", revision, f"words {revision}", "split", "count", DIMS, 8, "mean"
        )
        self.encoded = 0

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoding:
        self.encoded += len(texts)
        if progress:
            progress(len(texts), len(texts))
        vectors = np.full((len(texts), DIMS), 1e-3, np.float32)
        words = [text.lower().split() for text in texts]
        for row, some in enumerate(words):
            for word in some[:8]:
                vectors[row, zlib.crc32(word.encode()) % DIMS] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Encoding(vectors, *self.count_tokens(texts))

    def count_tokens(self, texts: Sequence[str]) -> TokenCounts:
        counts = np.array([len(text.split()) for text in texts], np.int32)
        return TokenCounts(counts, counts > 8, np.zeros_like(counts))


@pytest.fixture
def words() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch) -> Settings:
    """Settings with a cache folder of the test's own for scales, and no scale in memory."""
    own = settings().model_copy(update={"cache": tmp_path / "cache"})
    compare = importlib.import_module("likewise.similarity.compare")  # hidden by the function
    monkeypatch.setattr(compare, "process_settings", lambda: own)
    monkeypatch.setattr(background.KEPT, "in_memory", {})
    return own
