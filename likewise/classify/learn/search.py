"""From samples to a fitted model: the search among candidates, and the final fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.learn.calibration import fit_temperature, log_losses, nonconformity
from likewise.classify.learn.candidates import (
    TITLES,
    Candidate,
    FittedCandidate,
    Samples,
    Setting,
    Split,
)
from likewise.classify.learn.folds import deal, later
from likewise.classify.learn.ood import FittedNovelty, fit_novelty
from likewise.classify.learn.softmax import softmax
from likewise.classify.learn.threads import leave_if_unwanted, side_by_side
from likewise.types import StageProgress, Vectors, no_progress

C_VALUES = (1.0, 3.0, 10.0, 30.0, 100.0)
"""What C may be. 1 is scikit-learn's default and too little for many classes."""

NAME_WEIGHTS = (1.0, 3.0)
"""As how many texts a label's name may count."""

WORD_FACTORS = (0.5, 1.0)
"""Weights of the words beside the embeddings."""

FEW_PER_CLASS = 3
"""Under so many texts in the median class there is too little to search with."""

LEAST_DIFFERENT = 5
"""Different texts under which no fold can be held out: equal texts stay together."""

FEW_UP_TO = 16
"""Above so many texts in the median class a label's name says nothing new, nor does a kernel, and
a standard error is no accident any more."""

GAMMA = 0.5
"""γ of the Gaussian kernel that is tried where texts are few: exp(cosine − 1), which weighs near
texts somewhat more than logistic regression on the embeddings themselves does."""

KERNEL_UP_TO = 1_000
"""Texts and names above which no kernel is tried: its features are as many."""

FITTING = "Fitting on all texts"

LARGE = 300_000
"""Texts × classes above which the search looks at one fold only."""


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

    def beats(self, other: "Scored", errors: float = 1.0) -> bool:
        """Return whether it is better than `other` by more than so many standard errors."""
        gains = other.losses - self.losses
        return bool(gains.mean() > errors * gains.std() / np.sqrt(len(gains)))


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model, and what held-out rows say about it.

    fitted: the head that answers. novelty: what tells texts of none of the classes.
    held_out: int64 (m,), rows of the samples that were scored by models that had not seen them.
    logits: float32 (m, k), scores of these rows.
    """

    setting: Setting
    fitted: FittedCandidate
    novelty: FittedNovelty
    temperature: float
    held_out: Rows
    logits: Vectors

    @property
    def probabilities(self) -> Floats:
        """Calibrated probabilities of the held-out rows: float64, shape (m, k)."""
        return softmax(self.logits / np.float32(self.temperature))

    def scores(self, classes: Classes) -> Floats:
        """Return the sorted nonconformity of the held-out rows, shape (m,)."""
        return nonconformity(self.probabilities, classes[self.held_out])


def median_count(samples: Samples) -> float:
    """Return how many texts the median class has."""
    return float(np.median(samples.class_counts))


def n_folds(samples: Samples) -> int:
    """Return 5 folds for up to 5,000 texts and 3 above; 0 where there is too little to hold out."""
    if median_count(samples) < 2 or len(np.unique(samples.groups)) < LEAST_DIFFERENT:
        return 0
    return 3 if len(samples) > 5_000 else 5


def splits_of(samples: Samples, folds: int, seed: int = 0) -> list[Split]:
    """Return the parts for cross-validation; where times are known, later rows are held out."""
    if not folds:
        return []
    if samples.times is not None:
        parts = later(samples.times, samples.groups, folds + 1)
        return [Split(samples, before, after) for before, after in parts]
    fold = deal(samples.classes, samples.groups, max(folds, 2), seed)
    return [
        Split(samples, np.flatnonzero(fold != held), np.flatnonzero(fold == held))
        for held in range(folds)
    ]


def default_candidates(samples: Samples) -> tuple[Candidate, ...]:
    """Return all candidates that the samples allow."""
    return tuple(name for name in TITLES if samples.counts is not None or name == "embeddings")


class Search:
    """Cross-validation of settings on fixed folds."""

    def __init__(self, samples: Samples, progress: StageProgress = no_progress) -> None:
        self.samples = samples
        self.progress = progress
        self.large = samples.size > LARGE
        self.splits = splits_of(samples, n_folds(samples))
        self.judges = self.splits[:1] if self.large else self.splits
        self.scored: dict[Setting, Scored] = {}
        self._trying = ""
        self._done = 0
        self._total = 0

    def run(self, candidates: Sequence[Candidate] | None = None) -> list[Scored]:
        """Return the best setting of each candidate; none where there is too little to judge."""
        if not self.splits or median_count(self.samples) < FEW_PER_CLASS:
            return []
        names = tuple(candidates or default_candidates(self.samples))
        most = {name: self._most_fits(name) for name in names}
        self._done, self._total = 0, sum(most.values())
        found: dict[Candidate, Scored] = {}
        for together in self._rounds(names):
            self._trying = " and ".join(TITLES[name] for name in together)
            jobs = [partial(self.best_of, name) for name in together]
            found.update(zip(together, side_by_side(jobs, self.samples.size), strict=True))
            # a search that ended early has done what was planned for it
            self._done = sum(most[name] for name in found)
        return [found[name] for name in names]

    def _rounds(self, names: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
        """Return which candidates are tried at a time: with one judge, those that need no other."""
        if not self.large:
            return [(name,) for name in names]
        alone = tuple(name for name in names if name != "both")
        return [together for together in (alone, ("both",)) if set(together) & set(names)]

    def _most_fits(self, candidate: Candidate) -> int:
        named = candidate != "words" and self._try_names()
        settings = len(C_VALUES) * (1 + len(NAME_WEIGHTS) + self._try_kernel() if named else 1)
        if candidate == "both":
            settings += len(WORD_FACTORS) + len(C_VALUES) - 1
        return settings * len(self.judges)

    def score(self, setting: Setting) -> Scored:
        """Judge one setting on the held-out rows."""
        if setting not in self.scored:
            self.scored[setting] = self.judge(setting, self.judges)
        return self.scored[setting]

    def judge(self, setting: Setting, splits: Sequence[Split]) -> Scored:
        """Fit on each training part and score its held-out part."""
        self._tell()
        parts = []
        jobs = [partial(split.logits, setting) for split in splits]
        for logits in side_by_side(jobs, self.samples.size):
            parts.append(logits)
            self._done = min(self._done + 1, self._total)
            self._tell()
        logits = np.concatenate(parts)
        return self._scored(setting, np.concatenate([split.held_out for split in splits]), logits)

    def _tell(self) -> None:
        leave_if_unwanted()
        self.progress(f"Trying {self._trying}", self._done, self._total)

    def _scored(self, setting: Setting, rows: Rows, logits: Vectors) -> Scored:
        classes = self.samples.classes[rows]
        temperature = fit_temperature(logits, classes)
        return Scored(setting, rows, logits, temperature, log_losses(logits, classes, temperature))

    def best_of(self, candidate: Candidate) -> Scored:
        """Return the best setting of one candidate."""
        if candidate == "words":
            return self._climb(Setting(candidate))
        best = self._climb(Setting("embeddings"))
        if self._try_names():
            named = [self._climb(Setting("embeddings", label_names=w)) for w in NAME_WEIGHTS]
            # of so few texts the loss is mostly accident, and a name is known to help
            with_names = named[0]
            for heavier in named[1:]:
                with_names = heavier if heavier.beats(with_names, errors=0.5) else with_names
            if self._try_kernel():
                curved = self._climb(replace(with_names.setting, gamma=GAMMA))
                with_names = with_names if with_names.beats(curved) else curved
            best = best if best.beats(with_names) else with_names
        if candidate == "embeddings":
            return best
        plain = replace(best.setting, candidate="both", gamma=0.0)
        tried = [replace(plain, words=words) for words in WORD_FACTORS]
        if self.large:
            both = list(
                side_by_side([partial(self.score, one) for one in tried], self.samples.size)
            )
        else:
            both = [self.score(one) for one in tried]
        return self._climb(min(both, key=_loss).setting)

    def _try_names(self) -> bool:
        known = self.samples.label_vectors is not None
        return known and median_count(self.samples) < FEW_UP_TO

    def _try_kernel(self) -> bool:
        samples = self.samples
        small = len(samples) + samples.n_classes <= KERNEL_UP_TO
        return small and samples.keep_vectors and samples.members is None

    def _climb(self, setting: Setting) -> Scored:
        """Change C, from the setting's own, as long as that helps."""
        place = C_VALUES.index(setting.C)
        best = self.score(setting)
        for step in (1, -1):
            here = place
            while 0 <= here + step < len(C_VALUES):
                here += step
                tried = self.score(replace(setting, C=C_VALUES[here]))
                if tried.loss >= best.loss:
                    break
                best = tried
            if best.setting.C != setting.C:
                break
        return best


def _loss(scored: Scored) -> float:
    return scored.loss


def choose(found: Sequence[Scored], errors: float = 1.0) -> Scored:
    """Return the best; anything but logistic regression must win by so many standard errors.

    The simple model is easier to explain and quicker, so a draw goes to it.
    """
    simple = [scored for scored in found if scored.setting.candidate == "embeddings"]
    if not simple:
        return min(found, key=_loss)
    better = [scored for scored in found if scored.beats(simple[0], errors)]
    return min(better, key=_loss, default=simple[0])


def chosen_among(
    found: Sequence[Scored], samples: Samples, candidates: Sequence[Candidate]
) -> Setting:
    """Return the setting to fit; without a search that of the simplest candidate."""
    if found:
        few = median_count(samples) < FEW_UP_TO
        return choose(found, errors=2.0 if few else 1.0).setting
    return few_setting(samples, "embeddings" if "embeddings" in candidates else candidates[0])


def few_setting(samples: Samples, candidate: Candidate = "embeddings") -> Setting:
    """Return the setting for too few texts to search with: C = 10, labels' names where known."""
    named = candidate != "words" and samples.label_vectors is not None
    return Setting(candidate, words=1.0 if candidate == "both" else 0.0, label_names=float(named))


def fit_all(search: Search, setting: Setting) -> tuple[FittedCandidate, list[Vectors]]:
    """Return a setting fitted on all samples, and the scores of each held-out part (m, k)."""
    samples, splits = search.samples, search.splits
    everything = np.arange(len(samples))
    whole = Split(samples, everything, everything[:0])
    # the largest first, or the others would wait for it in the end
    jobs = [partial(whole.scored, setting, tolerance=3e-5)]
    jobs += [partial(split.scored, setting) for split in splits]
    search.progress(FITTING, 0, len(jobs))
    fits, logits = [], []
    for done, (fitted, scores) in enumerate(side_by_side(jobs, samples.size), 1):
        search.progress(FITTING, done, len(jobs))
        fits.append(fitted)
        logits.append(scores)
    return fits[0], logits


def fit_model(
    search: Search,
    setting: Setting,
    *,
    far: Mapping[str, Vectors] | None = None,
    keep_vectors: bool = True,
) -> FittedModel:
    """Fit a setting on all samples, and on each fold for what it says about unseen texts.

    `far` and `keep_vectors` are for `likewise.classify.learn.ood.fit_novelty`.
    """
    samples, splits = search.samples, search.splits
    fitted, logits = fit_all(search, setting)
    novelty = fit_novelty(
        samples, splits, far=far, keep_vectors=keep_vectors, progress=search.progress
    )
    for split in splits:
        split.forget()
    held_out = np.concatenate([np.empty(0, np.int64), *(split.held_out for split in splits)])
    scores = np.concatenate(logits)
    return FittedModel(
        setting=setting,
        fitted=fitted,
        novelty=novelty,
        temperature=fit_temperature(scores, samples.classes[held_out]) if splits else 1.0,
        held_out=held_out,
        logits=scores,
    )
