"""Which labels are most likely wrong, judged by models that had not seen them and by neighbours."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.learn.calibration import log_losses
from likewise.classify.learn.candidates import Samples
from likewise.classify.learn.softmax import softmax
from likewise.classify.learn.tfidf import Tfidf
from likewise.types import Vectors

NEAREST = 40
"""Texts that say how likely a text near them has which label."""

SHARING = 20
"""The same, of texts that share most of its words."""

SHARPNESS = 10.0
"""A neighbour that is nearer by a cosine of 0.1 has e^1 times the vote."""

UNSEEN = 0.5
"""Votes that are shared among all classes, so that none is impossible."""

MOST_NEIGHBOURS = 10_000
MOST_FITTED = 5_000
"""Rows on which it is chosen how much each witness is believed."""

TIED = 0.495
"""A given label with this share or more beside another is about as likely, and not suspicious."""

_TOGETHER = 512
_NEVER = -2
"""In place of a cosine: such a text has no vote."""


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
    """Return all held-out rows whose label another class clearly beats, most suspicious first.

    Three witnesses are heard: the model's probabilities, the labels of the nearest texts, and those
    of the texts that share most words, which are wrong in other places. How much each is believed
    is what makes the given labels most likely as a whole; few of them are wrong. A label is as
    suspicious as another one is more likely.

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
    heard = [probabilities, *votes(samples, rows)]
    together = softmax(_product([np.log(np.maximum(one, 1e-9)) for one in heard], given))
    own, best = together[places, given], together.argmax(axis=1)
    doubt = own / (own + together[places, best])
    order = np.argsort(doubt, kind="stable")
    return [
        Suspect(int(rows[i]), int(given[i]), int(best[i]), float(doubt[i]))
        for i in order
        if best[i] != given[i] and doubt[i] < TIED
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


def votes(samples: Samples, rows: Rows) -> list[Floats]:
    """Return the shares of labels among the nearest texts, and among those of most shared words.

    Each is float64, shape (m, k), above 0; of vectors without texts there is the first alone. Equal
    texts, and texts of the same group, are passed over; the nearer a text, the more it counts.
    """
    among = np.arange(len(samples))
    if len(among) > MOST_NEIGHBOURS:
        among = np.random.default_rng(0).choice(among, MOST_NEIGHBOURS, replace=False)
    others = np.ascontiguousarray(samples.vectors[among].T)

    def by_meaning(part: Rows) -> Vectors:
        found: Vectors = samples.vectors[part] @ others
        return found

    heard = [_votes(samples, rows, among, NEAREST, by_meaning)]
    if samples.counts is None:
        return heard
    words, columns = Tfidf.of(samples.counts, np.arange(len(samples)), samples.n_classes)
    features = words.weigh(samples.counts.table[:, columns])
    turned = features[among].T.tocsr()

    def by_words(part: Rows) -> Vectors:
        found: Vectors = (features[part] @ turned).toarray()
        found[found <= 0] = _NEVER
        return found

    return [*heard, _votes(samples, rows, among, SHARING, by_words)]


def _votes(
    samples: Samples,
    rows: Rows,
    among: Rows,
    nearest: int,
    cosines_of: Callable[[Rows], Vectors],
) -> Floats:
    """Return the shares of labels among the nearest of `among`: float64, shape (m, k)."""
    k = min(nearest, len(among))
    found = np.full((len(rows), samples.n_classes), UNSEEN / samples.n_classes)
    for start in range(0, len(rows), _TOGETHER):
        part = rows[start : start + _TOGETHER]
        cosines = cosines_of(part)
        cosines[samples.groups[part, None] == samples.groups[among]] = _NEVER
        chosen = np.argpartition(cosines, -k, axis=1)[:, -k:]
        near = np.take_along_axis(cosines, chosen, axis=1)
        weights = np.exp(SHARPNESS * (near - near.max(axis=1, keepdims=True)))
        row, column = np.nonzero(near > _NEVER)
        classes = samples.classes[among[chosen[row, column]]]
        np.add.at(found, (start + row, classes), weights[row, column])
    shares: Floats = found / found.sum(axis=1, keepdims=True)
    return shares
