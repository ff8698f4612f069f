"""The learning curve: what more labels would bring."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from likewise.classify.arrays import Classes
from likewise.classify.data.checks import FEW_TEXTS
from likewise.classify.learn.candidates import Samples, Setting, Split
from likewise.classify.learn.folds import deal, later
from likewise.classify.learn.search import LARGE
from likewise.classify.learn.threads import side_by_side
from likewise.types import StageProgress, Vectors, no_progress

SHARES = (0.125, 0.25, 0.5, 1.0)
"""Parts of the training texts, each twice the last."""

DRAWS = 3
"""Splits for each part; their spread is the band. Of large data one is enough."""

RIGHT = 0.995
"""Accuracy from which on there is nothing left to gain."""

PLATEAU = 0.005
"""Gain of the last doubling under which more labels are not worth it."""

TOO_FEW = (
    f"A learning curve takes {FEW_TEXTS} different texts or more, a fifth of them held out: with "
    "fewer to learn from, nobody can tell what more labels would bring. The first hundred bring "
    "most."
)

PARTS = 5
"""One of so many is held out."""

TOO_FEW_GROUPS = "A learning curve takes five groups or more, for a fifth of them is held out."


@dataclass(frozen=True)
class Point:
    """Accuracy with some training texts: mean of several draws, and their range."""

    texts: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """Points, fewest texts first, and what they say in a sentence; no points of too few texts."""

    points: tuple[Point, ...]
    advice: str


def most_probable(logits: Vectors) -> Classes:
    """Return the class of each row with the highest score: int64, shape (m,)."""
    found: Classes = logits.argmax(axis=1)
    return found


def learning_curve(
    samples: Samples,
    setting: Setting,
    progress: StageProgress = no_progress,
    *,
    decide: Callable[[Vectors], Classes] = most_probable,
) -> Curve:
    """Fit a setting on ever more texts and test each fit on the same held-out fifth.

    Args:
        samples: what there is to learn from; where times are known, the latest fifth is held out.
            With fewer than `FEW_TEXTS` different ones, or than `PARTS` groups, there is no point:
            each would be accident.
        setting: what is fitted.
        progress: called as `progress(what, done, total)`.
        decide: returns the classes, int64 (m,), that are answered for scores of shape (m, k).
    """
    different = len(np.unique(samples.groups))
    if len(samples) < FEW_TEXTS or (different < FEW_TEXTS and not samples.grouped):
        return Curve((), TOO_FEW)
    if different < PARTS:
        return Curve((), TOO_FEW_GROUPS)
    draws = 1 if samples.size > LARGE or samples.times is not None else DRAWS
    splits = [split for draw in range(draws) for split in _splits(samples, draw)]
    jobs = [partial(_right, split, setting, decide) for split in splits]
    progress("Learning curve", 0, len(jobs))
    right = []
    for done, one in enumerate(side_by_side(jobs, samples.size), 1):
        progress("Learning curve", done, len(jobs))
        right.append(one)
    # of few texts several parts are the same: the last stands for them
    by_size = {
        len(splits[place].train): right[place :: len(SHARES)] for place in range(len(SHARES))
    }
    tested = len(splits[-1].held_out)
    points = [_point(size, rights, tested) for size, rights in by_size.items()]
    return Curve(tuple(points) if enough(points) else (), advice(points))


def _splits(samples: Samples, draw: int) -> list[Split]:
    """Return ever larger parts of the texts, with one fifth that is held out of all."""
    if samples.times is None:
        fold = deal(samples.classes, samples.groups, PARTS, seed=10 + draw)
        held_out, rest = np.flatnonzero(fold == 0), np.flatnonzero(fold != 0)
    else:
        *_, (rest, held_out) = later(samples.times, samples.groups, PARTS)
    order = np.random.default_rng(draw).permutation(rest)
    return [
        Split(samples, order[: max(samples.n_classes, int(len(order) * share))], held_out)
        for share in SHARES
    ]


def _right(split: Split, setting: Setting, decide: Callable[[Vectors], Classes]) -> float:
    """Return which share of the held-out part a fit on the others gets right."""
    chosen = decide(split.logits(setting))
    split.forget()
    return float((chosen == split.samples.classes[split.held_out]).mean())


def _point(size: int, rights: Sequence[float], tested: int) -> Point:
    """Return the mean of the draws and their range; of one draw twice its standard error."""
    mean = float(np.mean(rights))
    reach = 0.0 if len(rights) > 1 else 2 * (mean * (1 - mean) / tested) ** 0.5
    return Point(size, mean, max(0.0, min(rights) - reach), min(1.0, max(rights) + reach))


def enough(points: Sequence[Point]) -> bool:
    """Return whether points say anything: two or more, the last one of enough training texts."""
    return len(points) >= 2 and points[-1].texts >= FEW_TEXTS * 4 // 5


def advice(points: Sequence[Point]) -> str:
    """Return how many more labels one point more of accuracy would take, or that it would not.

    It supposes that the next doubling brings what the last one brought, which flatters: curves
    bend downwards.
    """
    if not enough(points):
        return TOO_FEW
    last, before = points[-1], points[-2]
    if last.accuracy >= RIGHT:
        return "Nearly all held-out texts are right already: more labels have nothing to gain."
    doublings = np.log2(last.texts / before.texts)
    gain = (last.accuracy - before.accuracy) / doublings
    if gain < PLATEAU:
        return "Plateau: more labels of this kind would hardly help; a different encoder might."
    more = last.texts * (2 ** (0.01 / gain) - 1)
    return f"One more point of accuracy will take about {_round(more):,} more labels, or more."


def _round(value: float) -> int:
    """Return a count with two digits, for it is a guess."""
    if value < 10:
        return max(1, round(value))
    unit = 10 ** (int(np.floor(np.log10(value))) - 1)
    return int(round(value / unit) * unit)
