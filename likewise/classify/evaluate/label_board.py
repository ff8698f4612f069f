"""Models of several labels per text beside simple baselines, on texts that none of them has seen.

As in `likewise.classify.evaluate.board` the whole procedure, choice and thresholds included,
is repeated without the held-out texts, and has an entry of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likewise.classify.arrays import Floats
from likewise.classify.evaluate.board import (
    PROCEDURE,
    Board,
    EntryKind,
    kind_of,
    outer_splits,
    part_of,
)
from likewise.classify.evaluate.multilabel_metrics import LabelScores, f1_interval, label_scores
from likewise.classify.evaluate.thresholds import LabelMetric, say, tune_thresholds
from likewise.classify.learn.candidates import TITLES, Candidate, Samples, Setting, Split
from likewise.classify.learn.multilabel import (
    LabelCalibration,
    MultiLabelSearch,
    calibrate,
    members_of,
)
from likewise.classify.learn.search import chosen_among, default_candidates, few_setting
from likewise.classify.learn.sigmoid import Members, sigmoid
from likewise.similarity.search import top_k
from likewise.types import StageProgress, no_progress

FREQUENT = "always the most frequent set of labels"
NEAREST = "the labels of the nearest text"
AT_HALF = "logistic regression at one half"

NEIGHBOURS = 10


@dataclass(frozen=True, eq=False)
class LabelEntry:
    """One model of the leaderboard.

    probabilities: float64, shape (m, k), of the held-out texts. said: bool, shape (m, k), the
    labels that it answers. interval: 95 % interval of its micro-F1 minus that of the saved model's
    entry, same texts.
    """

    name: str
    kind: EntryKind
    scores: LabelScores
    probabilities: Floats
    said: Members
    interval: tuple[float, float]


class LabelBoard(Board[LabelEntry]):
    """Held-out results of all models of several labels per text."""


Answers = dict[str, tuple[Floats, Members]]
"""By the name of a model: its probabilities and the labels that it says."""


def label_board(
    samples: Samples,
    saved: Candidate,
    candidates: Sequence[Candidate] | None = None,
    metric: LabelMetric = "micro-F1",
    progress: StageProgress = no_progress,
) -> LabelBoard:
    """Judge all models on held-out texts; arguments as in `leaderboard`."""
    names = tuple(candidates or default_candidates(samples))
    splits, design = outer_splits(samples)
    parts = [
        labels_on_held_out(split, names, metric, part_of(progress, place, len(splits)))
        for place, split in enumerate(splits)
    ]
    held_out = np.concatenate([split.held_out for split in splits])
    members = members_of(samples)[held_out]
    answers: Answers = {
        name: tuple(np.concatenate([part[name][at] for part in parts]) for at in (0, 1))  # type: ignore[misc]
        for name in parts[0]
    }
    best = answers[TITLES[saved]][1]
    entries = tuple(
        LabelEntry(
            name, kind_of(name), label_scores(chances, said, members), chances, said,
            f1_interval(said, best, members),
        )
        for name, (chances, said) in answers.items()
    )  # fmt: skip
    return LabelBoard(entries, held_out, TITLES[saved], design)


def labels_on_held_out(
    split: Split,
    candidates: Sequence[Candidate],
    metric: LabelMetric = "micro-F1",
    progress: StageProgress = no_progress,
) -> Answers:
    """Choose and fit each model on the training rows of a split, and answer the others."""
    inner = split.samples.part(split.train)
    found = simple_labels(inner, split)
    search = MultiLabelSearch(inner, progress)
    judged = {one.setting.candidate: one for one in search.run(candidates)}
    known = members_of(inner)
    at_least_one = bool(known.any(axis=1).all())
    for candidate in candidates:
        setting = few_setting(inner, candidate)
        calibration = LabelCalibration(np.ones(inner.n_classes), np.zeros(inner.n_classes))
        thresholds = np.full(inner.n_classes, 0.5)
        if one := judged.get(candidate):
            setting, calibration = one.setting, calibrate(one.logits, known[one.rows])
            thresholds = tune_thresholds(
                sigmoid(calibration(one.logits)), known[one.rows], metric, at_least_one
            )
        chances = sigmoid(calibration(split.logits(setting)))
        found[TITLES[candidate]] = (chances, say(chances, thresholds, at_least_one))
    chosen = chosen_among(list(judged.values()), inner, candidates).candidate
    found[PROCEDURE] = found[TITLES[chosen]]
    return found


def simple_labels(samples: Samples, split: Split) -> Answers:
    """Return what needs no choice: the most frequent set, the nearest text, one half."""
    members, n = members_of(samples), len(split.held_out)
    vectors = split.samples.vectors[split.held_out]
    shares = (members.sum(axis=0) + 1) / (len(members) + 2)
    sets, place = np.unique(members, axis=0, return_inverse=True)
    frequent = sets[np.bincount(place.reshape(-1)).argmax()]
    k = min(NEIGHBOURS, len(members))
    near, _ = top_k(vectors, samples.vectors, k)
    votes = (members[near].sum(axis=1) + shares) / (k + 1)
    found: Answers = {
        FREQUENT: (np.repeat(shares[None], n, axis=0), np.repeat(frequent[None], n, axis=0)),
        NEAREST: (votes, members[near[:, 0]]),
    }
    chances = sigmoid(split.logits(Setting("embeddings", C=1.0)))
    found[AT_HALF] = (chances, chances >= 0.5)
    return found
