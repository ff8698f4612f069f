"""Which labels are most likely wrong, judged by models that had not seen them and by neighbours."""

from dataclasses import dataclass

import numpy as np

from likewise.classify.arrays import Floats, Rows
from likewise.classify.learn.candidates import Samples

NEAREST = 10
"""Training texts that say how likely a text near them has which label."""

MOST_NEIGHBOURS = 10_000
_TOGETHER = 1_024


@dataclass(frozen=True)
class Suspect:
    """A label to look at again.

    row: of the samples. given, suggested: classes. confidence: how likely the given label is held
    to be, by a model that had not seen the text and by the labels near it; low means suspicious.
    """

    row: int
    given: int
    suggested: int
    confidence: float


def suspects(probabilities: Floats, rows: Rows, samples: Samples) -> list[Suspect]:
    """Return all held-out rows whose label another class beats, most suspicious first.

    Two witnesses are heard: the model's probabilities, and the labels of the nearest texts, which
    are wrong in other places. Their geometric mean is believed.

    Args:
        probabilities: float64, shape (m, k), of held-out rows.
        rows: int64, shape (m,), which rows these are.
        samples: the labelled texts.

    Source: Northcutt, Jiang & Chuang 2021, Confident learning: self-confidence of held-out
    predictions; Hinton 2002, Training products of experts by minimizing contrastive divergence.
    """
    given = samples.classes[rows]
    both = np.sqrt(np.maximum(probabilities, 1e-12) * votes(samples, rows))
    both /= both.sum(axis=1, keepdims=True)
    own = both[np.arange(len(rows)), given]
    best = both.argmax(axis=1)
    order = np.argsort(own, kind="stable")
    return [
        Suspect(int(rows[i]), int(given[i]), int(best[i]), float(own[i]))
        for i in order
        if best[i] != given[i]
    ]


def votes(samples: Samples, rows: Rows) -> Floats:
    """Return the shares of the labels among the nearest texts: float64, shape (m, k), above 0.

    Equal texts, and texts of the same group, are passed over. Half a vote is added for each class.
    """
    among = np.arange(len(samples))
    if len(among) > MOST_NEIGHBOURS:
        among = np.random.default_rng(0).choice(among, MOST_NEIGHBOURS, replace=False)
    k = min(NEAREST, len(among))
    found = np.full((len(rows), samples.n_classes), 0.5)
    for start in range(0, len(rows), _TOGETHER):
        part = rows[start : start + _TOGETHER]
        cosines = samples.vectors[part] @ samples.vectors[among].T
        cosines[samples.groups[part, None] == samples.groups[among]] = -2
        nearest = np.argpartition(cosines, -k, axis=1)[:, -k:]
        counted = np.take_along_axis(cosines, nearest, axis=1) > -2
        row, column = np.nonzero(counted)
        np.add.at(found, (start + row, samples.classes[among[nearest[row, column]]]), 1)
    shares: Floats = found / found.sum(axis=1, keepdims=True)
    return shares
