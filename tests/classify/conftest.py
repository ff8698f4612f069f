"""Small labelled data whose answers are known: points around the corners of a simplex."""

import numpy as np
import pytest


def blobs(n: int, classes: int, *, spread: float = 0.5, dims: int = 24, seed: int = 0):
    """Return unit vectors (n, dims) around `classes` centres, and their classes (n,)."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(classes, dims))
    y = np.arange(n) % classes
    rows = centres[y] / np.linalg.norm(centres[y], axis=1, keepdims=True)
    rows = rows + spread * rng.normal(size=(n, dims)) / np.sqrt(dims) * 3
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), y


HAPPY = [
    "What a lovely day!", "I am so glad.", "We won, hooray!", "She laughed with joy.",
    "This made me smile.", "Best birthday ever.", "I could dance all night.",
    "They cheered and hugged.", "Your letter delighted me.", "The baby giggled at us.",
    "I am over the moon.", "It was a wonderful party.",
]  # fmt: skip
SAD = [
    "I feel awful.", "He cried all night.", "What a terrible loss.", "Everything hurts.",
    "She is lonely and blue.", "They mourn their friend.", "I can't stop weeping.",
    "Nobody came to the funeral.", "He misses her badly.", "The news broke my heart.",
    "I have no hope left.", "It was a gloomy goodbye.",
]  # fmt: skip
ANGRY = [
    "How dare you!", "He slammed the door in a rage.", "I am furious with them.",
    "She shouted at the clerk.", "This makes my blood boil.", "Get out of my sight!",
    "They quarrelled and threw plates.", "I hate being lied to.", "He swore at the driver.",
    "What an outrageous insult.", "She was livid about the bill.", "Stop it right now!",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _few(few_everyday_sentences):
    """See there."""


@pytest.fixture
def moods() -> tuple[list[str], list[str]]:
    texts = HAPPY + SAD + ANGRY
    return texts, ["happy"] * 12 + ["sad"] * 12 + ["angry"] * 12
