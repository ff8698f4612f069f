"""Vectors that stand for nothing."""

import numpy as np


def unit(n: int, dims: int = 16, seed: int = 0) -> np.ndarray:
    """Return n directions drawn at random: float32, shape (n, dims), unit length."""
    rows = np.random.default_rng(seed).normal(size=(n, dims))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
