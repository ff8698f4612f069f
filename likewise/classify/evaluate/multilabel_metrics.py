"""How good answers of several labels per text are."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats
from likewise.classify.evaluate.metrics import BINS, TAIL
from likewise.classify.learn.sigmoid import Members

RESAMPLES = 1_000
_TOGETHER = 50
"""Resamples in memory at a time."""


@dataclass(frozen=True)
class LabelScores:
    """How good held-out answers are; all but `log_loss` within 0 to 1.

    exact: share of texts that got all their labels and no other. micro_f1: F1 over all answers.
    macro_f1: mean of the labels' own F1, over labels that a text has or is said to have. log_loss:
    mean over texts and labels. calibration_error: of the probability of a label, over all of them.
    """

    texts: int
    exact: float
    micro_f1: float
    macro_f1: float
    log_loss: float
    calibration_error: float

    @property
    def chief(self) -> float:
        """What entries of a leaderboard are ranked by: the micro-F1."""
        return self.micro_f1

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class LabelCounts:
    """Of each label how often it was said rightly, said, and there: int64, shape (k,)."""

    right: npt.NDArray[np.int64]
    said: npt.NDArray[np.int64]
    there: npt.NDArray[np.int64]


def counts_of(said: Members, members: Members) -> LabelCounts:
    """Return the counts of answers, bool (n, k), against the truth, bool (n, k)."""
    return LabelCounts((said & members).sum(axis=0), said.sum(axis=0), members.sum(axis=0))


def label_f1(counts: LabelCounts) -> Floats:
    """Return precision, recall and F1 of each label, 0 where undefined: float64, shape (k, 3)."""
    found = np.zeros((len(counts.right), 3))
    for column, whole in enumerate((counts.said, counts.there)):
        np.divide(counts.right, whole, out=found[:, column], where=whole > 0)
    total = counts.said + counts.there
    np.divide(2 * counts.right, total, out=found[:, 2], where=total > 0)
    return found


def f1(counts: LabelCounts, metric: str) -> float:
    """Return the micro-F1, or the macro-F1 over labels that are there or said."""
    if metric == "micro-F1":
        total = int(counts.said.sum() + counts.there.sum())
        return 2 * int(counts.right.sum()) / total if total else 1.0
    seen = (counts.said + counts.there) > 0
    return float(label_f1(counts)[seen, 2].mean()) if seen.any() else 1.0


def label_scores(probabilities: Floats, said: Members, members: Members) -> LabelScores:
    """Score probabilities and answers, both of shape (n, k), against the truth (n, k)."""
    counts = counts_of(said, members)
    true = np.where(members, probabilities, 1 - probabilities)
    table = label_reliability(probabilities, members)
    gaps = table[:, 0] * np.abs(table[:, 1] - table[:, 2])
    return LabelScores(
        texts=len(members),
        exact=float((said == members).all(axis=1).mean()),
        micro_f1=f1(counts, "micro-F1"),
        macro_f1=f1(counts, "macro-F1"),
        log_loss=float(-np.log(np.maximum(true, 1e-15)).mean()),
        calibration_error=float(gaps.sum() / table[:, 0].sum()),
    )


def label_reliability(probabilities: Floats, members: Members) -> Floats:
    """Return count, mean probability and share that is there of each bin: float64, (`BINS`, 3)."""
    place = np.minimum((probabilities * BINS).astype(np.int64), BINS - 1).ravel()
    table = np.zeros((BINS, 3))
    table[:, 0] = np.bincount(place, minlength=BINS)
    for column, values in enumerate((probabilities, members), 1):
        total = np.bincount(place, values.ravel(), BINS)
        np.divide(total, table[:, 0], out=table[:, column], where=table[:, 0] > 0)
    return table


def f1_interval(left: Members, right: Members, members: Members) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the difference in micro-F1, on the same texts.

    Args:
        left: what is said: bool, shape (n, k).
        right: likewise of another model for the same texts; its micro-F1 is taken off.
        members: what is true: bool, shape (n, k).

    Source: Efron & Tibshirani 1993, An introduction to the bootstrap: percentile interval.
    """
    parts = [(said & members).sum(axis=1) for said in (left, right)]
    parts += [(said.sum(axis=1) + members.sum(axis=1)) for said in (left, right)]
    table = np.stack(parts, axis=1).astype(np.float64)
    rng = np.random.default_rng(0)
    chance = np.full(len(table), 1 / len(table))
    sums = np.concatenate(
        [rng.multinomial(len(table), chance, _TOGETHER) @ table
         for _ in range(RESAMPLES // _TOGETHER)]
    )  # fmt: skip
    scores = np.ones((len(sums), 2))
    np.divide(2 * sums[:, :2], sums[:, 2:], out=scores, where=sums[:, 2:] > 0)
    low, high = np.quantile(scores[:, 0] - scores[:, 1], [TAIL, 1 - TAIL])
    return float(low), float(high)
