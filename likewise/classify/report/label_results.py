"""What a training on several labels per text found out, ready for JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from likewise.classify.arrays import Floats
from likewise.classify.data.checks import Finding, no_better_than_guessing
from likewise.classify.data.columns import Labelled
from likewise.classify.data.labels import spelt
from likewise.classify.evaluate.label_board import AT_HALF, FREQUENT, NEAREST, LabelBoard
from likewise.classify.evaluate.multilabel_metrics import (
    counts_of,
    label_f1,
    label_reliability,
    label_scores,
)
from likewise.classify.learn.multilabel import members_of
from likewise.classify.learn.ood import RATE
from likewise.classify.learn.sigmoid import Members
from likewise.classify.model import MultiLabelModel
from likewise.classify.multilabel import LabelTraining, MultiLabelClassifier
from likewise.classify.report.results import COVERAGE, COVERAGES, bins_of, head_of, rejection_of

BASELINES = {"frequent": FREQUENT, "nearest": NEAREST, "at_half": AT_HALF}
"""What stands beside each label's own F1."""


def label_results(
    model: MultiLabelClassifier,
    data: Labelled,
    findings: Sequence[Finding],
    board: LabelBoard | None = None,
    test: Labelled | None = None,
) -> dict[str, Any]:
    """Return all that was found about such a classifier; `board` is of the same data."""
    training: LabelTraining = model._training_of("show its held-out predictions")
    learnt = model.model_
    members = members_of(training.samples)
    if board is None:
        rows, chances = training.fitted.held_out, training.fitted.probabilities
        said = learnt.say(chances)
    else:
        rows, chances = board.held_out, board.procedure.probabilities
        said = board.procedure.said
        guessing = board[FREQUENT].scores.log_loss
        doubts = no_better_than_guessing(board.procedure.scores.log_loss, guessing)
        findings = [*findings, *doubts]
    truth = members[rows]
    return {
        "kind": "multi-label",
        **head_of(model, data, findings),
        "metric": learnt.metric,
        "classes": [spelt(label) for label in learnt.classes],
        "labels_a_text": float(members.sum(axis=1).mean()),
        "at_least_one": learnt.at_least_one,
        "spelling": asdict(learnt.spelling),
        "estimate": learnt.facts.estimate,
        "leaderboard": None if board is None else board.to_dict(),
        "per_label": _per_label(learnt, truth, said, board),
        "reliability": bins_of(label_reliability(chances, truth)) if len(rows) else [],
        "coverage": _coverage(learnt, chances, truth),
        "rejection": rejection_of(training.fitted.novelty),
        "test": None if test is None else label_test(model, test),
    }


def _per_label(
    model: MultiLabelModel, truth: Members, said: Members, board: LabelBoard | None
) -> list[dict[str, Any]]:
    if not len(truth):
        return []
    figures = label_f1(counts_of(said, truth))
    beside: dict[str, Floats | None] = {
        key: None if board is None else label_f1(counts_of(board[name].said, truth))[:, 2]
        for key, name in BASELINES.items()
    }
    return [
        {
            "label": spelt(label),
            "texts": int(truth[:, place].sum()),
            "threshold": float(model.thresholds[place]),
            "precision": float(figures[place, 0]),
            "recall": float(figures[place, 1]),
            "f1": float(figures[place, 2]),
            "baselines": {
                key: None if f1 is None else float(f1[place]) for key, f1 in beside.items()
            },
        }
        for place, label in enumerate(model.classes)
    ]


def _coverage(model: MultiLabelModel, chances: Floats, truth: Members) -> list[dict[str, float]]:
    found = []
    for promised in COVERAGES if truth.any() else ():
        within = model.sets(chances, promised)
        found.append({"coverage": promised, **_held(within, truth)})
    return found


def _held(within: Members, truth: Members) -> dict[str, float]:
    """Return the share of labels that stand in their texts' sets, and how large these are."""
    return {
        "held": float((within & truth).sum() / max(1, truth.sum())),
        "size": float(within.sum(axis=1).mean()),
    }


def label_test(model: MultiLabelClassifier, test: Labelled) -> dict[str, Any]:
    """Return how such a classifier does on texts that were kept apart."""
    learnt = model.model_
    embedded = model._inputs(test.texts)
    chances = learnt.probabilities(embedded.vectors, embedded.texts or ())
    truth = learnt.members_of(test.sets or [])
    held = _held(learnt.sets(chances, COVERAGE), truth)
    return {
        **label_scores(chances, learnt.say(chances), truth).to_dict(),
        "promised": COVERAGE,
        "coverage": held["held"],
        "set_size": held["size"],
        "abstain": RATE,
        "rejected": float((~learnt.fits(embedded.vectors, RATE)).mean()),
        "reading": asdict(embedded.reading),
    }
