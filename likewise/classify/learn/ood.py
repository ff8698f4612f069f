"""Learning what is none of these: detectors fitted, weighed and calibrated on held-out texts.

The weights are those that best tell held-out texts from texts of classes that were left out of
learning, and from everyday sentences; see `likewise.classify.learn.novelty` for the detectors.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Literal

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.learn.candidates import Samples, Setting, Split
from likewise.classify.learn.heads import Head
from likewise.classify.learn.novelty import (
    DETECTORS,
    Detector,
    Novelty,
    combine,
    confidence,
    density,
    nearness,
)
from likewise.classify.learn.softmax import softmax
from likewise.classify.learn.threads import side_by_side
from likewise.types import StageProgress, Vectors, no_progress

MOST_NEIGHBOURS = 10_000
"""Training texts that new ones are compared with; of more, a random part."""

MOST_ASKED = 8_000
"""Held-out texts by which it is known which share of a model's own is turned away; of more, a
random part. Of the share of 5 % so many leave two standard deviations of half a point unknown."""

RATE = 0.05
"""Share of a model's own texts that are turned away where rates of foreign texts are told."""

TRIED_RATES = (0.02, 0.05, 0.1)
"""Such shares while weights are chosen: the mean over several is less of an accident."""

TRIAL_PARTS = 3
"""Parts of the texts of which each is tried once while weights are chosen."""

MOST_TRIED = 4_000
"""Texts with which weights are chosen; of more, a random part."""

STEP = 0.125
USUAL = {"neighbours": 0.75, "density": 0.25, "confidence": 0.0}
LEAST_PULL, PULL = 0.04, 1.5
"""Rejected share that a change of weights from the usual ones must bring, in units of the change:
the latter over the root of the number of texts, which is how much of a gain is accident."""

CAUTIOUS = Setting("embeddings", C=1.0)
"""The strongly penalised model whose confidence is asked."""


@dataclass(frozen=True)
class RejectionRate:
    """What share of some foreign texts is turned away where 5 % of own ones are.

    kind: `near` for texts of classes that were left out of learning, `far` for texts that have
    nothing to do with the task.
    """

    name: str
    kind: Literal["near", "far"]
    texts: int
    rejected: float


@dataclass(frozen=True, eq=False)
class FittedNovelty:
    """A detector, and what it turned away when it was tried."""

    novelty: Novelty
    rates: tuple[RejectionRate, ...] = ()


@dataclass(frozen=True, eq=False)
class _Trial:
    """Own and foreign texts as detectors see them that have learnt from neither."""

    name: str
    kind: Literal["near", "far"]
    own: dict[Detector, Floats]
    foreign: dict[Detector, Floats]

    def rejected(self, weights: Mapping[Detector, float], rates: Sequence[float]) -> float:
        """Return the mean share of foreign texts that is turned away at these rates of own ones."""
        references = {name: np.sort(scores) for name, scores in self.own.items()}
        floors = np.quantile(combine(self.own, references, weights), rates)
        foreign = combine(self.foreign, references, weights)
        return float((foreign[:, None] < floors).mean())


@dataclass(eq=False)
class _Fitted:
    """All three detectors, fitted on some rows of the samples."""

    neighbours: Vectors
    means: Vectors
    whitening: Vectors
    cautious: Head

    @classmethod
    def on(cls, samples: Samples, rows: Rows) -> "_Fitted":
        vectors, classes = samples.vectors[rows], samples.classes[rows]
        present, place = np.unique(classes, return_inverse=True)
        cautious = Split(samples, rows, rows[:0]).fit(CAUTIOUS, tolerance=1e-4).head
        means, whitening = _spread(vectors, place.astype(np.int64), len(present))
        return cls(vectors, means, whitening, cautious)

    def scores(self, vectors: Vectors) -> dict[Detector, Floats]:
        return {
            "neighbours": nearness(vectors, self.neighbours),
            "density": density(vectors, self.means, self.whitening),
            "confidence": confidence(self.cautious, vectors),
        }


def fit_novelty(
    samples: Samples,
    splits: Sequence[Split],
    *,
    far: Mapping[str, Vectors] | None = None,
    keep_vectors: bool = True,
    progress: StageProgress = no_progress,
) -> FittedNovelty:
    """Fit the detectors, calibrate them on held-out texts and choose their weights.

    Args:
        samples: what the model learns from.
        splits: its parts for cross-validation; with none, nothing is ever turned away.
        far: sets of texts that belong to no class, by name: float32 (m, dims) each.
        keep_vectors: whether training vectors may be kept, without which there are no neighbours.
        progress: told how far it is.
    """
    if not splits:
        return FittedNovelty(Novelty({}, {}, np.empty(0)))
    allowed = tuple(name for name in DETECTORS if keep_vectors or name != "neighbours")
    steps = len(splits) + 2

    progress("Learning what is none of these", 0, steps)
    trying = _trials(samples, far or {})
    trials = [one for made in side_by_side(trying, samples.size) for one in made]
    weights = _weights(trials, allowed, max(LEAST_PULL, PULL / len(samples) ** 0.5))
    own: dict[Detector, list[Floats]] = {name: [] for name in weights}
    asked = _some(np.sort(np.concatenate([split.held_out for split in splits])), MOST_ASKED)
    progress("Learning what is none of these", 1, steps)
    jobs = [partial(_held_out, samples, split, asked, weights) for split in splits]
    for done, scores in enumerate(side_by_side(jobs, samples.size)):
        progress("Learning what is none of these", done + 2, steps)
        for name, one in scores.items():
            own[name].append(one)
    held_out = {name: np.concatenate(parts) for name, parts in own.items()}
    references = {name: np.sort(scores).astype(np.float32) for name, scores in held_out.items()}
    combined = np.sort(combine(held_out, references, weights))
    found = Novelty(weights, references, combined, **_parts(samples, weights))
    rates = [
        RejectionRate(name, "far", len(vectors), float((~found.fits(vectors, RATE)).mean()))
        for name, vectors in (far or {}).items()
    ]
    if near := [trial for trial in trials if trial.kind == "near"]:
        texts = sum(len(trial.foreign["density"]) for trial in near)
        rejected = float(np.mean([trial.rejected(weights, [RATE]) for trial in near]))
        rates.append(RejectionRate("texts of labels that were left out", "near", texts, rejected))
    return FittedNovelty(found, tuple(rates))


def _held_out(
    samples: Samples, split: Split, asked: Rows, weights: Mapping[Detector, float]
) -> dict[Detector, Floats]:
    """Return what detectors that don't know them say of the asked rows among the held-out ones."""
    found: dict[Detector, Floats] = {}
    within = np.isin(split.held_out, asked)
    own = split.held_out[within]
    vectors = samples.vectors[own]
    if "neighbours" in weights:
        # against all others rather than the training part: as many as a new text will meet
        rows = _some(np.arange(len(samples)), MOST_NEIGHBOURS)
        found["neighbours"] = nearness(
            vectors, samples.vectors[rows], samples.groups[own], samples.groups[rows]
        )
    if "density" in weights:
        classes = samples.classes[split.train]
        spread = _spread(samples.vectors[split.train], classes, samples.n_classes)
        found["density"] = density(vectors, *spread)
    if "confidence" in weights:
        found["confidence"] = softmax(split.logits(CAUTIOUS)[within]).max(axis=1)
    return found


def _parts(samples: Samples, weights: Mapping[Detector, float]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    everything = np.arange(len(samples))
    if "neighbours" in weights:
        found["neighbours"] = samples.vectors[_some(everything, MOST_NEIGHBOURS)]
    if "density" in weights:
        found["means"], found["whitening"] = _spread(
            samples.vectors, samples.classes, samples.n_classes
        )
    if "confidence" in weights:
        found["cautious"] = Split(samples, everything, everything[:0]).fit(CAUTIOUS).head
    return found


def _trials(samples: Samples, far: Mapping[str, Vectors]) -> list[Callable[[], list[_Trial]]]:
    """Return what makes trials: own texts beside those of left-out classes, or of elsewhere."""
    rng = np.random.default_rng(0)
    rows = _some(np.arange(len(samples)), MOST_TRIED)
    _, group = np.unique(samples.groups[rows], return_inverse=True)
    fold = rng.permutation(int(group.max()) + 1)[group] % TRIAL_PARTS
    jobs: list[Callable[[], list[_Trial]]] = []
    if far:
        jobs.append(partial(_far, samples, rows[fold != 0], rows[fold == 0], far))
    part = rng.permutation(samples.n_classes) % max(3, min(4, samples.n_classes))
    for draw in range(TRIAL_PARTS if samples.n_classes >= 3 else 0):
        left_out = part[samples.classes[rows]] == draw
        train, test = rows[(fold != draw) & ~left_out], rows[(fold == draw) & ~left_out]
        foreign = rows[left_out]
        if len(np.unique(samples.classes[train])) < 2 or not len(test) or not len(foreign):
            continue
        jobs.append(partial(_near, samples, train, test, foreign))
    return jobs


def _far(samples: Samples, train: Rows, test: Rows, far: Mapping[str, Vectors]) -> list[_Trial]:
    fitted = _Fitted.on(samples, train)
    own = fitted.scores(samples.vectors[test])
    return [_Trial(name, "far", own, fitted.scores(vectors)) for name, vectors in far.items()]


def _near(samples: Samples, train: Rows, test: Rows, foreign: Rows) -> list[_Trial]:
    fitted = _Fitted.on(_without_others(samples, train), np.arange(len(train)))
    scores = (fitted.scores(samples.vectors[part]) for part in (test, foreign))
    return [_Trial("labels left out", "near", *scores)]


def _without_others(samples: Samples, rows: Rows) -> Samples:
    """Return the samples in `rows`, with their own classes alone."""
    present, classes = np.unique(samples.classes[rows], return_inverse=True)
    return Samples(
        samples.vectors[rows], classes.astype(np.int64), samples.groups[rows], len(present)
    )


def _weights(
    trials: Sequence[_Trial], allowed: Sequence[Detector], pull: float
) -> dict[Detector, float]:
    """Return the weights that turn most foreign texts away, near and far counting alike."""
    total = sum(USUAL[name] for name in allowed)
    usual = {name: USUAL[name] / total for name in allowed}
    best, most = usual, -np.inf
    for weights in _grid(allowed):
        means = [
            float(np.mean([t.rejected(weights, TRIED_RATES) for t in trials if t.kind == kind]))
            for kind in ("near", "far")
            if any(trial.kind == kind for trial in trials)
        ]
        change = sum(abs(weights.get(name, 0.0) - usual[name]) for name in allowed)
        worth = sum(means) - pull * change
        if worth > most:
            best, most = weights, worth
    return {name: weight for name, weight in best.items() if weight > 0}


def _grid(names: Sequence[Detector]) -> Iterator[dict[Detector, float]]:
    parts = round(1 / STEP)
    for counts in product(range(parts + 1), repeat=len(names)):
        if sum(counts) == parts:
            yield {name: count / parts for name, count in zip(names, counts, strict=True) if count}


def _spread(vectors: Vectors, classes: Classes, n_classes: int) -> tuple[Vectors, Vectors]:
    """Return the mean of each class (k, dims), and what makes the spread within them round.

    The covariance is shrunk towards a sphere (Ledoit & Wolf 2004, A well-conditioned estimator
    for large-dimensional covariance matrices). A class without a text gets no mean.
    """
    from scipy.linalg.lapack import dtrtri
    from sklearn.covariance import ledoit_wolf

    counts = np.bincount(classes, minlength=n_classes)
    sums = np.zeros((n_classes, vectors.shape[1]))
    np.add.at(sums, classes, vectors)
    means = sums / np.maximum(counts, 1)[:, None]
    within = vectors - means[classes]
    covariance, _ = ledoit_wolf(within, assume_centered=True)
    covariance[np.diag_indices_from(covariance)] += 1e-6
    # the inverse of a triangle: a sixth of the time of that of any matrix
    inverse, _ = dtrtri(np.linalg.cholesky(covariance), lower=1)
    whitening = inverse.T
    return means[counts > 0].astype(np.float32), np.ascontiguousarray(whitening, np.float32)


def _some(rows: Rows, most: int) -> Rows:
    """Return at most so many of the rows, drawn at random, in their order."""
    if len(rows) <= most:
        return rows
    drawn = np.random.default_rng(0).choice(len(rows), most, replace=False)
    return rows[np.sort(drawn)]
