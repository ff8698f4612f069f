"""Which labels are most likely wrong, judged by models that had not seen them."""

from dataclasses import dataclass

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows


@dataclass(frozen=True)
class Suspect:
    """A label to look at again.

    row: of the samples. given, suggested: classes. confidence: probability of the given label,
    from a model that had not seen the text; low means suspicious.
    """

    row: int
    given: int
    suggested: int
    confidence: float


def suspects(probabilities: Floats, rows: Rows, classes: Classes) -> list[Suspect]:
    """Return all held-out rows whose label another class beats, most suspicious first.

    Args:
        probabilities: float64, shape (m, k), of held-out rows.
        rows: int64, shape (m,), which rows these are.
        classes: int64, shape (n,), the labels as given.

    Source: Northcutt, Jiang & Chuang 2021, Confident learning: self-confidence of held-out
    predictions.
    """
    given = classes[rows]
    own = probabilities[np.arange(len(rows)), given]
    best = probabilities.argmax(axis=1)
    order = np.argsort(own, kind="stable")
    return [
        Suspect(int(rows[i]), int(given[i]), int(best[i]), float(own[i]))
        for i in order
        if best[i] != given[i]
    ]
