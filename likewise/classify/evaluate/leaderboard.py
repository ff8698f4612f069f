"""Models of one label per text beside simple baselines, on texts that none of them has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.evaluate.board import (
    PROCEDURE,
    Board,
    EntryKind,
    kind_of,
    outer_splits,
    part_of,
)
from likewise.classify.evaluate.decision import decide, tune
from likewise.classify.evaluate.metrics import Scores, paired_interval, scores
from likewise.classify.learn.calibration import fit_temperature
from likewise.classify.learn.candidates import TITLES, Candidate, Samples, Split
from likewise.classify.learn.search import (
    Scored,
    Search,
    chosen_among,
    default_candidates,
    few_setting,
)
from likewise.classify.learn.softmax import softmax
from likewise.classify.learn.threads import side_by_side
from likewise.types import StageProgress, Vectors, no_progress

LABEL_WORDS = "nearest label words"
MAJORITY = "always the most frequent label"


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


class Leaderboard(Board[Entry]):
    """Held-out results of all models of one label per text."""


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
            kind_of(name),
            scores(chances, truth, predicted[name]),
            chances,
            predicted[name],
            paired_interval(predicted[name] == truth, right),
        )
        for name, chances in probabilities.items()
    )
    return Leaderboard(entries, held_out, TITLES[saved], design)


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
    chosen = chosen_among(list(judged.values()), split.samples, candidates).candidate
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
