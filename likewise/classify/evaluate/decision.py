"""Which label to say, where the most probable one is not what a person's metric rewards.

Each class gets an offset that is added to its log-probability before the largest is taken. The
offsets are chosen on held-out probabilities, and pulled towards none unless they prove themselves
on rows that did not choose them.

Source: Lipton, Elkan & Naryanaswamy 2014, Optimal thresholding of classifiers to maximize F1
measure; coordinate ascent over one offset a class carries it to several classes.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Classes, Floats
from likewise.classify.learn.folds import deal
from likewise.errors import InvalidOption

Metric = Literal["accuracy", "macro-F1", "balanced accuracy"]
METRICS: tuple[Metric, ...] = get_args(Metric)

STEPS = (0.0, 0.25, -0.25, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0)
"""What an offset may be, in units of log-probability; the smaller wins a draw."""

SHARES = (0.0, 0.5, 0.75, 1.0)
"""How much of the offsets may be kept."""

PARTS = 5
PASSES = 2
LIKELY = 8
"""Classes of a row that are looked at while offsets are chosen: others are never said."""

MOST_ROWS = 20_000
"""Rows above which a random part chooses: its error is far below what a step changes."""

Counts = npt.NDArray[np.int64]


def check_metric(name: str) -> None:
    """Raise `InvalidOption` unless `name` is a metric."""
    if name not in METRICS:
        raise InvalidOption(
            f"metric is {name!r}.", f"Give one of {', '.join(METRICS)}.", param="metric"
        )


def decide(probabilities: Floats, offsets: Floats | None) -> Classes:
    """Return the place of the class that is said, int64, shape (n,).

    Args:
        probabilities: float64, shape (n, k).
        offsets: float64, shape (k,), of log-probabilities; None takes the most probable.
    """
    weighed = probabilities if offsets is None else _logs(probabilities) + offsets
    found: Classes = weighed.argmax(axis=1)
    return found


def tune(probabilities: Floats, classes: Classes, metric: str) -> Floats | None:
    """Choose offsets for a metric; None where the most probable class does as well.

    Args:
        probabilities: float64, shape (n, k), of rows that the model had not seen.
        classes: int64, shape (n,), their true classes.
        metric: one of `METRICS`.

    Returns:
        float64, shape (k,). They are kept only if they help in most of five parts of the rows
        that were left out of choosing them.
    """
    if metric == "accuracy" or len(classes) < 2 * PARTS:
        return None
    if len(classes) > MOST_ROWS:
        rows = np.random.default_rng(0).choice(len(classes), MOST_ROWS, replace=False)
        probabilities, classes = probabilities[rows], classes[rows]
    score = _SCORES[metric]
    share = _share(probabilities, classes, score)
    offsets = share * _ascend(probabilities, classes, score) if share else np.zeros(0)
    return offsets if offsets.any() else None


Score = Callable[[Counts, Counts, Counts], float]
"""A metric from how often each class was right, said and true."""


def _macro_f1(right: Counts, said: Counts, true: Counts) -> float:
    seen = (said + true) > 0
    return float((2 * right[seen] / (said + true)[seen]).mean())


def _balanced(right: Counts, said: Counts, true: Counts) -> float:
    del said  # recall does not ask how often a class was said
    seen = true > 0
    return float((right[seen] / true[seen]).mean())


_SCORES: dict[str, Score] = {"macro-F1": _macro_f1, "balanced accuracy": _balanced}


def _share(probabilities: Floats, classes: Classes, score: Score) -> float:
    """Return how much of the offsets to keep: none unless most left-out parts gain."""
    n_classes = probabilities.shape[1]
    fold = deal(classes, np.arange(len(classes)), PARTS)
    said = np.empty((len(SHARES), len(classes)), np.int64)
    for held in range(PARTS):
        own = fold == held
        offsets = _ascend(probabilities[~own], classes[~own], score)
        for row, share in enumerate(SHARES):
            said[row, own] = decide(probabilities[own], share * offsets)
    found = [_scored(chosen, classes, n_classes, score) for chosen in said]
    best = int(np.argmax(found))
    gained = sum(
        _scored(said[best, part], classes[part], n_classes, score)
        > _scored(said[0, part], classes[part], n_classes, score)
        for part in (fold == held for held in range(PARTS))
    )
    return SHARES[best] if gained > PARTS / 2 else 0.0


def _scored(said: Classes, classes: Classes, n_classes: int, score: Score) -> float:
    return score(*_counts(said, classes, n_classes), np.bincount(classes, minlength=n_classes))


def _counts(said: Classes, classes: Classes, n_classes: int) -> tuple[Counts, Counts]:
    right = np.bincount(classes[said == classes], minlength=n_classes)
    return right, np.bincount(said, minlength=n_classes)


def _ascend(probabilities: Floats, classes: Classes, score: Score) -> Floats:
    """Change one class's offset at a time, as long as the metric rises."""
    n_classes = probabilities.shape[1]
    likely = np.argsort(-probabilities, axis=1, kind="stable")[:, :LIKELY]
    logs = np.take_along_axis(_logs(probabilities), likely, axis=1)
    true = np.bincount(classes, minlength=n_classes)
    said = likely[:, 0].copy()
    offsets, best = np.zeros(n_classes), _scored(said, classes, n_classes, score)
    places = [np.nonzero(likely == place) for place in range(n_classes)]
    for _ in range(PASSES):
        before = best
        for place, (rows, columns) in enumerate(places):
            if not len(rows):
                continue
            mine = logs[rows, columns]
            rivals = logs[rows] + offsets[likely[rows]]
            rivals[np.arange(len(rows)), columns] = -np.inf
            rival = likely[rows, rivals.argmax(axis=1)]
            height = rivals.max(axis=1)
            right, called = _counts(said, classes, n_classes)
            own_right, own_called = _counts(said[rows], classes[rows], n_classes)
            for step in STEPS:
                tried = np.where(mine + step > height, place, rival)
                more_right, more_called = _counts(tried, classes[rows], n_classes)
                counts = (right - own_right + more_right, called - own_called + more_called)
                value = score(*counts, true)
                if value > best + 1e-12:
                    best, offsets[place] = value, step
                    said[rows] = tried
        if best <= before:
            break
    return offsets


def _logs(probabilities: Floats) -> Floats:
    found: Floats = np.log(np.maximum(probabilities, 1e-15))
    return found
