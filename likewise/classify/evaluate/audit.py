"""Which labels are most likely wrong, judged by models that had not seen them and by neighbours."""

from dataclasses import dataclass

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.learn.calibration import log_losses
from likewise.classify.learn.candidates import Samples
from likewise.classify.learn.softmax import softmax

NEAREST = 40
"""Training texts that say how likely a text near them has which label."""

SHARPNESS = 10.0
"""A neighbour that is nearer by a cosine of 0.1 has e^1 times the vote."""

UNSEEN = 0.5
"""Votes that are shared among all classes, so that none is impossible."""

MOST_NEIGHBOURS = 10_000
MOST_FITTED = 5_000
"""Rows on which it is chosen how much each witness is believed."""

_TOGETHER = 512


@dataclass(frozen=True)
class Suspect:
    """A label to look at again.

    row: of the samples. given, suggested: classes. confidence: how likely the given label is held
    to be beside the suggested one, under one half; low means suspicious.
    """

    row: int
    given: int
    suggested: int
    confidence: float


def suspects(probabilities: Floats, rows: Rows, samples: Samples) -> list[Suspect]:
    """Return all held-out rows whose label another class beats, most suspicious first.

    Two witnesses are heard: the model's probabilities, and the labels of the nearest texts, which
    are wrong in other places. How much each is believed is what makes the given labels most likely
    as a whole; few of them are wrong. A label is as suspicious as another one is more likely.

    Args:
        probabilities: float64, shape (m, k), of held-out rows.
        rows: int64, shape (m,), which rows these are.
        samples: the labelled texts.

    Source: Northcutt, Jiang & Chuang 2021, Confident learning: normalised margins of held-out
    predictions; Hinton 2002, Training products of experts by minimizing contrastive divergence.
    """
    if not len(rows):
        return []
    given, places = samples.classes[rows], np.arange(len(rows))
    witnesses = [np.log(np.maximum(p, 1e-9)) for p in (probabilities, votes(samples, rows))]
    both = softmax(_product(witnesses, given))
    own, best = both[places, given], both.argmax(axis=1)
    doubt = own / (own + both[places, best])
    order = np.argsort(doubt, kind="stable")
    return [
        Suspect(int(rows[i]), int(given[i]), int(best[i]), float(doubt[i]))
        for i in order
        if best[i] != given[i]
    ]


def _product(witnesses: list[Floats], given: Classes) -> Floats:
    """Return the sum of log-probabilities, each times how much it is believed: float64 (m, k)."""
    from scipy.optimize import minimize

    some = np.arange(len(given))
    if len(some) > MOST_FITTED:
        some = np.random.default_rng(0).choice(len(some), MOST_FITTED, replace=False)
    parts = [one[some] for one in witnesses]

    def loss(beliefs: Floats) -> float:
        logits = sum(belief * part for belief, part in zip(beliefs, parts, strict=True))
        return float(log_losses(np.asarray(logits), given[some], 1.0).mean())

    found = minimize(loss, np.full(len(parts), 0.5), bounds=[(0.02, 5.0)] * len(parts)).x
    product: Floats = np.asarray(
        sum(belief * one for belief, one in zip(found, witnesses, strict=True))
    )
    return product


def votes(samples: Samples, rows: Rows) -> Floats:
    """Return the shares of the labels among the nearest texts: float64, shape (m, k), above 0.

    Equal texts, and texts of the same group, are passed over; the nearer a text, the more it
    counts.
    """
    among = np.arange(len(samples))
    if len(among) > MOST_NEIGHBOURS:
        among = np.random.default_rng(0).choice(among, MOST_NEIGHBOURS, replace=False)
    k = min(NEAREST, len(among))
    found = np.full((len(rows), samples.n_classes), UNSEEN / samples.n_classes)
    others = np.ascontiguousarray(samples.vectors[among].T)
    for start in range(0, len(rows), _TOGETHER):
        part = rows[start : start + _TOGETHER]
        cosines = samples.vectors[part] @ others
        cosines[samples.groups[part, None] == samples.groups[among]] = -2
        nearest = np.argpartition(cosines, -k, axis=1)[:, -k:]
        near = np.take_along_axis(cosines, nearest, axis=1)
        weights = np.exp(SHARPNESS * (near - near.max(axis=1, keepdims=True)))
        row, column = np.nonzero(near > -2)
        classes = samples.classes[among[nearest[row, column]]]
        np.add.at(found, (start + row, classes), weights[row, column])
    shares: Floats = found / found.sum(axis=1, keepdims=True)
    return shares
