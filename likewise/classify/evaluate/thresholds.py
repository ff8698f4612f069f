"""From how likely each label is to the labels that are said, chosen for a metric.

A label is said from its threshold on. Thresholds are chosen on held-out probabilities: one half,
one threshold for all labels, one for each, or between the last two, whichever is best on rows that
did not choose it.

Source: Yang 2001, A study of thresholding strategies for text categorization; Fan & Lin 2007, A
study on threshold selection for multi-label classification.
"""

from typing import Literal, get_args

import numpy as np

from likewise.classify.arrays import Floats
from likewise.classify.evaluate.multilabel_metrics import counts_of, f1
from likewise.classify.learn.folds import deal
from likewise.classify.learn.multilabel import strata
from likewise.classify.learn.sigmoid import Members
from likewise.errors import InvalidOption

LabelMetric = Literal["micro-F1", "macro-F1"]
LABEL_METRICS: tuple[LabelMetric, ...] = get_args(LabelMetric)

PARTS = 5
OWN = (0.0, 0.5, 1.0)
"""How much a label's own threshold counts beside that of all labels."""

LEAST, MOST = 0.01, 0.99
"""Thresholds that may be chosen: nothing is said that is hardly likely."""

WORTH = 0.002
"""Gain of the metric under which one half stays the threshold."""


def check_label_metric(name: str) -> LabelMetric:
    """Return the metric; raise `InvalidOption` unless it is one."""
    for metric in LABEL_METRICS:
        if name == metric:
            return metric
    raise InvalidOption(
        f"metric is {name!r}; these texts have several labels each.",
        f"Give one of {', '.join(LABEL_METRICS)}.",
        param="metric",
    )


def say(probabilities: Floats, thresholds: Floats, at_least_one: bool) -> Members:
    """Return the labels that are said: bool, shape (n, k).

    Args:
        probabilities: float64, shape (n, k).
        thresholds: float64, shape (k,).
        at_least_one: whether a text of which no label reaches its threshold gets the one that
            comes nearest to it.
    """
    said: Members = probabilities >= thresholds
    if at_least_one:
        empty = np.flatnonzero(~said.any(axis=1))
        said[empty, (probabilities[empty] - thresholds).argmax(axis=1)] = True
    return said


def tune_thresholds(
    probabilities: Floats, members: Members, metric: LabelMetric, at_least_one: bool
) -> Floats:
    """Choose thresholds for a metric on probabilities of rows that the model had not seen.

    Args:
        probabilities: float64, shape (m, k).
        members: bool, shape (m, k), the labels that these rows have.
        metric: `micro-F1` counts every answer alike, `macro-F1` every label.
        at_least_one: see `say`.

    Returns:
        float64, shape (k,).
    """
    half = np.full(members.shape[1], 0.5)
    if len(members) < 2 * PARTS:
        return half
    fold = deal(strata(members), np.arange(len(members)), PARTS)
    said = np.zeros((len(OWN) + 1, *members.shape), np.bool_)
    for held in range(PARTS):
        own = fold == held
        tried = [half, *_choices(probabilities[~own], members[~own], metric)]
        for place, thresholds in enumerate(tried):
            said[place, own] = say(probabilities[own], thresholds, at_least_one)
    worth = [f1(counts_of(one, members), metric) for one in said]
    worth[0] += WORTH
    best = int(np.argmax(worth))
    if best == 0:
        return half
    return _choices(probabilities, members, metric)[best - 1]


def _choices(probabilities: Floats, members: Members, metric: LabelMetric) -> list[Floats]:
    """Return thresholds with more and more of each label's own."""
    if metric == "micro-F1":
        common = float(_best(probabilities.reshape(-1, 1), members.reshape(-1, 1))[0])
    else:
        grid = np.linspace(0.05, 0.95, 37)
        found = [f1(counts_of(probabilities >= one, members), metric) for one in grid]
        common = float(grid[int(np.argmax(found))])
    own = np.where(members.any(axis=0), _best(probabilities, members), common)
    logs = np.log(own / (1 - own)) - (middle := np.log(common / (1 - common)))
    return [1 / (1 + np.exp(-(middle + share * logs))) for share in OWN]


def _best(probabilities: Floats, members: Members) -> Floats:
    """Return the threshold of each column that has the best F1: float64, shape (k,)."""
    order = np.argsort(-probabilities, axis=0, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=0)
    right = np.take_along_axis(members, order, axis=0).cumsum(axis=0)
    said = np.arange(1, len(members) + 1)[:, None]
    worth = 2 * right / (said + members.sum(axis=0))
    # between two equal probabilities nothing can be cut
    worth[:-1][ranked[:-1] == ranked[1:]] = -1
    last = worth.argmax(axis=0)
    columns = np.arange(members.shape[1])
    lower = np.concatenate([ranked[1:], np.zeros((1, len(columns)))])
    found: Floats = (ranked[last, columns] + lower[last, columns]) / 2
    return np.clip(found, LEAST, MOST)
