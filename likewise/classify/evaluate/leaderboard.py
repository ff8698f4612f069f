"""Every model beside simple baselines, on texts that none of them has seen.

What is trained is chosen by cross-validation, and a choice flatters whoever makes it. So the whole
procedure, search and choice included, is repeated on the texts beside each held-out part, and what
its choices say of that part is an entry of its own: the honest estimate of the model that is
saved.

Source: Cawley & Talbot 2010, On over-fitting in model selection and subsequent selection bias in
performance evaluation: nested cross-validation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.evaluate.decision import decide, tune
from likewise.classify.evaluate.metrics import Scores, paired_interval, scores
from likewise.classify.learn.calibration import fit_temperature
from likewise.classify.learn.candidates import TITLES, Candidate, Samples, Split
from likewise.classify.learn.folds import later
from likewise.classify.learn.search import (
    Scored,
    Search,
    choose,
    default_candidates,
    few_setting,
    splits_of,
)
from likewise.classify.learn.softmax import softmax
from likewise.classify.learn.threads import side_by_side
from likewise.types import StageProgress, Vectors, no_progress

MANY = 1_000
"""Texts from which on one fifth is held out once; with fewer, each fifth in a round of its own."""

PARTS = 5

LABEL_WORDS = "nearest label words"
MAJORITY = "always the most frequent label"
PROCEDURE = "the whole procedure, choice included"

EntryKind = Literal["baseline", "candidate", "procedure"]


@dataclass(frozen=True, eq=False)
class Entry:
    """One model of the leaderboard.

    probabilities: float64, shape (m, k), of the held-out texts.
    predicted: int64, shape (m,), the classes that it answers, for the metric that was asked for.
    interval: 95 % interval of its accuracy minus that of the saved model's entry, same texts.
    """

    name: str
    kind: EntryKind
    scores: Scores
    probabilities: Floats
    predicted: Classes
    interval: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """Held-out results of all models.

    held_out: int64, shape (m,), rows of the samples.
    saved: name of the entry of the kind of model that is saved.
    design: how texts were held out, for people.
    """

    entries: tuple[Entry, ...]
    held_out: Rows
    saved: str
    design: str

    def __getitem__(self, name: str) -> Entry:
        """Return the entry of that name."""
        return next(entry for entry in self.entries if entry.name == name)

    @property
    def procedure(self) -> Entry:
        """The honest estimate of what is saved."""
        return self[PROCEDURE]

    @property
    def winner(self) -> Entry:
        """The entry with the highest held-out accuracy; in a draw what is saved, or first."""
        return max(
            (entry for entry in self.entries if entry.kind != "procedure"),
            key=lambda entry: (entry.scores.accuracy, entry.name == self.saved),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what a report shows, ready for JSON."""
        return {
            "design": self.design,
            "texts": len(self.held_out),
            "saved": self.saved,
            "procedure": PROCEDURE,
            "winner": self.winner.name,
            "entries": [
                {
                    "name": entry.name,
                    "kind": entry.kind,
                    **entry.scores.to_dict(),
                    "interval": list(entry.interval),
                }
                for entry in self.entries
            ],
        }


@dataclass(frozen=True, eq=False)
class HeldOutPart:
    """What each model says of one held-out part: its probabilities and answers by its name."""

    rows: Rows
    probabilities: dict[str, Floats]
    predicted: dict[str, Classes]


def leaderboard(
    samples: Samples,
    saved: Candidate,
    candidates: Sequence[Candidate] | None = None,
    metric: str = "accuracy",
    progress: StageProgress = no_progress,
) -> Leaderboard:
    """Judge all models on held-out texts, each chosen and fitted on the others alone.

    Args:
        samples: all texts.
        saved: the candidate that was chosen on all of them.
        candidates: those that the choice was among; None for the default ones.
        metric: what answers are chosen for, as in `likewise.classify.evaluate.decision`.
        progress: told how far it is.
    """
    names = tuple(candidates or default_candidates(samples))
    splits, design = outer_splits(samples)
    parts = [
        on_held_out(split, names, metric, part_of(progress, place, len(splits)))
        for place, split in enumerate(splits)
    ]
    held_out = np.concatenate([part.rows for part in parts])
    truth = samples.classes[held_out]
    probabilities, predicted = (
        {
            name: np.concatenate([getattr(part, what)[name] for part in parts])
            for name in parts[0].probabilities
        }
        for what in ("probabilities", "predicted")
    )
    right = predicted[TITLES[saved]] == truth
    entries = tuple(
        Entry(
            name,
            _kind(name),
            scores(chances, truth, predicted[name]),
            chances,
            predicted[name],
            paired_interval(predicted[name] == truth, right),
        )
        for name, chances in probabilities.items()
    )
    return Leaderboard(entries, held_out, TITLES[saved], design)


def outer_splits(samples: Samples) -> tuple[list[Split], str]:
    """Return what is held out to judge models, and how, in words."""
    if samples.times is not None:
        *_, (before, after) = later(samples.times, samples.groups, PARTS)
        return [Split(samples, before, after)], "the latest fifth of the texts held out"
    different = min(PARTS, len(np.unique(samples.groups)))
    splits = splits_of(samples, max(different, 2), seed=1)
    if len(samples) >= MANY:
        return splits[:1], "one fifth of the texts held out"
    rounds, part = {
        2: ("two", "half"), 3: ("three", "third"), 4: ("four", "quarter"), 5: ("five", "fifth"),
    }[max(different, 2)]  # fmt: skip
    return splits, f"in {rounds} rounds, with a different {part} of the texts held out each time"


def on_held_out(
    split: Split,
    candidates: Sequence[Candidate],
    metric: str = "accuracy",
    progress: StageProgress = no_progress,
) -> HeldOutPart:
    """Choose and fit each model on the training rows of a split, and predict the others."""
    samples = split.samples
    inner = samples.part(split.train)
    found = HeldOutPart(split.held_out, simple(inner, samples.vectors[split.held_out]), {})
    for name, chances in found.probabilities.items():
        found.predicted[name] = chances.argmax(axis=1)
    judged = {one.setting.candidate: one for one in Search(inner, progress).run(candidates)}
    # words alone need nothing of the others; of these each begins where the last one ended
    chains = [
        [name for name in candidates if (name == "words") == alone] for alone in (True, False)
    ]
    jobs = [partial(_answers, split, chain, judged, metric, inner) for chain in chains if chain]
    answers = dict(one for made in side_by_side(jobs, inner.size) for one in made.items())
    for candidate in candidates:
        chances, said = answers[candidate]
        found.probabilities[TITLES[candidate]] = chances
        found.predicted[TITLES[candidate]] = said
    chosen = choose(list(judged.values())).setting.candidate if judged else candidates[0]
    if not judged and "embeddings" in candidates:
        chosen = "embeddings"
    found.probabilities[PROCEDURE] = found.probabilities[TITLES[chosen]]
    found.predicted[PROCEDURE] = found.predicted[TITLES[chosen]]
    return found


def _answers(
    split: Split,
    candidates: Sequence[Candidate],
    judged: dict[Candidate, Scored],
    metric: str,
    inner: Samples,
) -> dict[Candidate, tuple[Floats, Classes]]:
    """Return what candidates say of the held-out rows, with the best setting of the others."""
    found: dict[Candidate, tuple[Floats, Classes]] = {}
    for candidate in candidates:
        one = judged.get(candidate)
        setting = one.setting if one else few_setting(split.samples, candidate)
        chances = softmax(split.logits(setting) / (one.temperature if one else 1.0))
        offsets = None
        if one is not None:
            known = softmax(one.logits / one.temperature)
            offsets = tune(known, inner.classes[one.rows], metric)
        found[candidate] = chances, decide(chances, offsets)
    return found


def _kind(name: str) -> EntryKind:
    if name == PROCEDURE:
        return "procedure"
    return "candidate" if name in TITLES.values() else "baseline"


def part_of(progress: StageProgress, place: int, parts: int) -> StageProgress:
    """Tell of one part among several: its stages are a part of the whole."""
    if parts == 1:
        return lambda what, done, total: progress(f"Comparing: {what}", done, total)

    def part(what: str, done: int, total: int) -> None:
        progress(f"Comparing, part {place + 1} of {parts}: {what}", place * total + done,
                 parts * total)  # fmt: skip

    return part


def simple(samples: Samples, vectors: Vectors) -> dict[str, Floats]:
    """Return what needs no training: the most frequent label, and the nearest label's name."""
    counts = np.bincount(samples.classes, minlength=samples.n_classes).astype(np.float64)
    # each class one more than it was seen, or one unseen class makes the log-loss infinite
    shares = (counts + 1) / (counts + 1).sum()
    found = {MAJORITY: np.repeat(shares[None], len(vectors), axis=0)}
    if samples.label_vectors is not None:
        cosines = samples.vectors @ samples.label_vectors.T
        temperature = fit_temperature(cosines, samples.classes)
        found[LABEL_WORDS] = softmax(vectors @ samples.label_vectors.T / temperature)
    return found
