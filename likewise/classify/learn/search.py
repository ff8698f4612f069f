"""From samples to a trained model: the search among candidates, and the final fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from likewise.classify.evaluate.uncertainty import (
    confidence,
    fit_temperature,
    log_losses,
    nonconformity,
)
from likewise.classify.learn.candidates import TITLES, Bench, Candidate, Learnt, Samples, Setting
from likewise.classify.learn.folds import Rows, deal
from likewise.classify.learn.softmax import Classes, Floats, softmax
from likewise.types import Vectors

COSTS = (1.0, 3.0, 10.0, 30.0, 100.0)
"""What C may be. 1 is scikit-learn's default and too little for many classes."""

FEW_PER_CLASS = 3
"""Under so many texts in the median class there is too little to search with."""

LEAST_DIFFERENT = 5
"""Different texts under which no fold can be held out: equal texts stay together."""

NAMES_UP_TO = 16
"""Above so many texts in the median class a label's name says nothing new."""

LARGE = 300_000
"""Texts × classes above which the search looks at one fold and leaves out slow candidates."""

Report = Callable[[str, int, int], None]
"""Called as `report(what, done, total)` while training runs."""


def silent(what: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, eq=False)
class Scored:
    """One setting, judged on held-out rows.

    logits: float32, shape (m, k), of the rows `rows`. temperature: fitted to them.
    losses: float64, shape (m,), log-losses after the temperature.
    """

    setting: Setting
    rows: Rows
    logits: Vectors
    temperature: float
    losses: Floats

    @property
    def loss(self) -> float:
        """Mean log-loss."""
        return float(self.losses.mean())

    def beats(self, other: "Scored") -> bool:
        """Return whether it is better than `other` by more than the standard error."""
        gains = other.losses - self.losses
        return bool(gains.mean() > gains.std() / np.sqrt(len(gains)))


@dataclass(frozen=True, eq=False)
class Trained:
    """A model, and what held-out rows say about it.

    learnt: the head that answers. scope: a cautious head, whose confidence tells what belongs
    to none of the classes (`None` where there was no row to hold out).
    held_out: int64 (m,), rows of the samples that were scored by models that had not seen them.
    logits: float32 (m, k), scores of these rows. scope_confidences: float64 (m,).
    """

    setting: Setting
    learnt: Learnt
    scope: Learnt
    temperature: float
    held_out: Rows
    logits: Vectors
    scope_confidences: Floats

    def probabilities(self, logits: Vectors) -> Floats:
        """Return calibrated probabilities of logits, float64, shape (n, k)."""
        return softmax(logits / np.float32(self.temperature))

    def scores(self, classes: Classes) -> Floats:
        """Return the sorted nonconformity of the held-out rows, shape (m,)."""
        probabilities = self.probabilities(self.logits)
        return nonconformity(probabilities, classes[self.held_out])


def median_count(samples: Samples) -> float:
    """Return how many texts the median class has."""
    return float(np.median(np.bincount(samples.classes, minlength=samples.n_classes)))


def n_folds(samples: Samples) -> int:
    """Return 5 folds for up to 5,000 texts and 3 above; 0 where there is too little to hold out."""
    if median_count(samples) < 2 or len(np.unique(samples.groups)) < LEAST_DIFFERENT:
        return 0
    return 3 if len(samples) > 5_000 else 5


def default_candidates(samples: Samples) -> tuple[Candidate, ...]:
    """Return all candidates, or the two quick ones for large data."""
    names: list[Candidate] = list(TITLES)
    if len(samples) * samples.n_classes > LARGE:
        names = ["embeddings", "both"]
    if samples.counts is None:
        names = [name for name in names if name not in {"words", "both"}]
    return tuple(names)


class Search:
    """Cross-validation of settings on fixed folds."""

    def __init__(self, samples: Samples, report: Report = silent, seed: int = 0) -> None:
        self.samples = samples
        self.folds = n_folds(samples)
        self.report = report
        self.done = 0
        self.large = len(samples) * samples.n_classes > LARGE
        fold = deal(samples.classes, samples.groups, max(self.folds, 2), seed)
        self.benches = [
            Bench(samples, np.flatnonzero(fold != held), np.flatnonzero(fold == held))
            for held in range(self.folds)
        ]
        self.judges = self.benches[:1] if self.large else self.benches
        self.scored: dict[Setting, Scored] = {}

    def run(self, candidates: Sequence[Candidate] | None = None) -> list[Scored]:
        """Return the best setting of each candidate; none where there is too little to judge."""
        if not self.folds or median_count(self.samples) < FEW_PER_CLASS:
            return []
        return [self.best_of(name) for name in candidates or default_candidates(self.samples)]

    def score(self, setting: Setting) -> Scored:
        """Judge one setting on the held-out rows."""
        if setting not in self.scored:
            self.scored[setting] = self.judge(setting, self.judges)
        return self.scored[setting]

    def judge(self, setting: Setting, benches: Sequence[Bench]) -> Scored:
        """Fit on each training part and score its held-out part."""
        parts = []
        for bench in benches:
            self.report(f"Trying {TITLES[setting.candidate]}", self.done, 0)
            parts.append(bench.logits(setting))
            self.done += 1
        logits = np.concatenate(parts)
        rows = np.concatenate([bench.held_out for bench in benches])
        classes = self.samples.classes[rows]
        temperature = fit_temperature(logits, classes)
        return Scored(setting, rows, logits, temperature, log_losses(logits, classes, temperature))

    def best_of(self, candidate: Candidate) -> Scored:
        """Return the best setting of one candidate."""
        if candidate == "network":
            return self.score(Setting("network"))
        if candidate == "kernel" and self.large:
            return self.score(Setting("kernel"))
        if candidate in {"words", "kernel"}:
            return self._climb(Setting(candidate))
        best = self._climb(Setting("embeddings"))
        if self._try_names():
            best = min(best, self._climb(Setting("embeddings", label_names=True)), key=_loss)
        if candidate == "embeddings":
            return best
        both = [
            self.score(replace(best.setting, candidate="both", words=words)) for words in (0.5, 1.0)
        ]
        return self._climb(min(both, key=_loss).setting)

    def _try_names(self) -> bool:
        known = self.samples.label_vectors is not None
        return known and median_count(self.samples) < NAMES_UP_TO

    def _climb(self, setting: Setting) -> Scored:
        """Change the cost, from the setting's own, as long as that helps."""
        place = COSTS.index(setting.cost)
        best = self.score(setting)
        for step in (1, -1):
            here = place
            while 0 <= here + step < len(COSTS):
                here += step
                tried = self.score(replace(setting, cost=COSTS[here]))
                if tried.loss >= best.loss:
                    break
                best = tried
            if best.setting.cost != setting.cost:
                break
        return best


def _loss(scored: Scored) -> float:
    return scored.loss


def choose(found: Sequence[Scored]) -> Scored:
    """Return the best; anything but logistic regression must win by a standard error.

    The simple model is easier to explain and quicker, so a draw goes to it.
    """
    simple = [scored for scored in found if scored.setting.candidate == "embeddings"]
    if not simple:
        return min(found, key=_loss)
    better = [scored for scored in found if scored.beats(simple[0])]
    return min(better, key=_loss, default=simple[0])


def few_setting(samples: Samples) -> Setting:
    """Return the setting for too few texts to search with: C = 10, labels' names where known."""
    return Setting("embeddings", label_names=samples.label_vectors is not None)


def train(trial: Search, setting: Setting) -> Trained:
    """Fit a setting on all samples, and on each fold for what it says about unseen texts."""
    cautious = Setting("embeddings", cost=1.0)
    samples, benches = trial.samples, trial.benches
    logits, confidences = [], []
    for done, bench in enumerate(benches):
        trial.report("Holding out", done, len(benches))
        confidences.append(confidence(bench.logits(cautious)))
        logits.append(bench.logits(setting))
        bench.forget()
    held_out = np.concatenate([np.empty(0, np.int64), *(bench.held_out for bench in benches)])
    everything = np.arange(len(samples))
    final = Bench(samples, everything, everything[:0])
    trial.report("Fitting on all texts", len(benches), len(benches) + 1)
    scores = np.concatenate([np.empty((0, samples.n_classes), np.float32), *logits])
    return Trained(
        setting=setting,
        scope=final.fit(cautious),
        learnt=final.fit(setting),
        temperature=fit_temperature(scores, samples.classes[held_out]) if benches else 1.0,
        held_out=held_out,
        logits=scores,
        scope_confidences=np.concatenate([np.empty(0), *confidences]),
    )
