"""Texts that belong to nobody's classes, with which "none of these" is tried at training."""

from collections.abc import Mapping

import numpy as np

from likewise.encoders import Encoder
from likewise.encoders.culprit import apart
from likewise.similarity.background import topics_and_sentences
from likewise.types import Vectors

EVERYDAY = "everyday sentences"
TYPED = "letters typed at random"

_TYPED = 60


def typed_at_random(seed: int = 0) -> list[str]:
    """Return texts such as `asdf qwer zxcv`: what people type to see what happens."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("qwertyuiopasdfghjklzxcvbnm"))

    def word() -> str:
        if rng.random() < 0.5:  # neighbours on the keyboard
            start = int(rng.integers(0, len(letters) - 4))
            return "".join(letters[start : start + int(rng.integers(2, 6))])
        return "".join(rng.choice(letters, int(rng.integers(2, 8))))

    return [" ".join(word() for _ in range(int(rng.integers(1, 6)))) for _ in range(_TYPED)]


def foreign_texts() -> list[str]:
    """Return the texts of all sets."""
    return [*topics_and_sentences()[1], *typed_at_random()]


def foreign_sets(encoder: Encoder | None) -> Mapping[str, Vectors]:
    """Return vectors of foreign texts by name: float32 (m, dims); none without an encoder."""
    if encoder is None:
        return {}
    _, everyday = topics_and_sentences()
    with apart():
        return {
            EVERYDAY: encoder.encode(everyday).vectors,
            TYPED: encoder.encode(typed_at_random()).vectors,
        }
