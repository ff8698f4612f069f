"""Floating-point operations of a BERT-family encoder, counted for real tokens only.

For a text of t tokens, with L layers of width h and a feed-forward width of 4h:

    linear layers   t · L · 2 · (4·h² + 8·h²) = t · 24 · L · h²     query, key, value, output: h²
                                                                    each; up and down: 4·h² each
    attention       L · 4 · h · t²                                  scores and weighted sum: 2·h·t²

One multiply-add is two operations. Padding, layer norms, softmax, activations, look-ups and
pooling count nothing, though they take time.
"""

from collections.abc import Iterable

LAYERS, WIDTH = 6, 384  # all-MiniLM-L6-v2
PER_TOKEN = 24 * LAYERS * WIDTH**2
"""21,233,664 operations of the linear layers for each token."""


def of_texts(lengths: Iterable[int]) -> float:
    """Return the operations for texts of these lengths, in tokens."""
    return float(sum(t * PER_TOKEN + LAYERS * 4 * WIDTH * t * t for t in lengths))
