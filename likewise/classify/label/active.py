"""Which text to label next, so that few labels go far."""

import numpy as np

from likewise.classify.arrays import Floats, Rows

ENOUGH = 2
"""Labelled texts of each class from which on a model is worth asking."""


def by_margin(probabilities: Floats, rows: Rows) -> Rows:
    """Return rows in the order in which their labels would teach most.

    That is by the margin between the two most probable classes, smallest first: texts about
    which the model hesitates. (Entropy, the other usual measure, did worse than chance with
    many classes.)

    Args:
        probabilities: float64, shape (m, k), k at least 2.
        rows: int64, shape (m,), which rows these are.

    Source: Scheffer, Decomain & Wrobel 2001, Active hidden Markov models for information
    extraction.
    """
    two = np.partition(probabilities, -2, axis=1)[:, -2:]
    ordered: Rows = rows[np.argsort(two[:, 1] - two[:, 0], kind="stable")]
    return ordered


def at_random(rows: Rows, seed: int = 0) -> Rows:
    """Return rows in a random order that depends on nothing but them and the seed."""
    return np.random.default_rng(seed).permutation(rows)
