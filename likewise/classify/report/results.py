"""What a training found out, ready for JSON.

The terminal, the report, the page and `--json` all show this and nothing else, so that no two of
them can differ.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.classifier import Classifier, ClassTraining
from likewise.classify.data.checks import Finding, no_better_than_guessing
from likewise.classify.data.columns import Labelled
from likewise.classify.data.labels import spelt
from likewise.classify.estimator import TextEstimator
from likewise.classify.evaluate.curve import Curve
from likewise.classify.evaluate.leaderboard import MAJORITY, Leaderboard
from likewise.classify.evaluate.metrics import (
    confusion,
    per_class,
    reliability,
    scores,
)
from likewise.classify.learn.ood import RATE, FittedNovelty
from likewise.classify.model import ClassModel
from likewise.classify.report.shown import about_rejection

COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99)
"""Promises for which the size of the sets, or the width of the intervals, is told."""

COVERAGE = 0.95
"""The promise that sets of test texts are made for."""

MOST_LISTED = 30
"""Confused pairs and worst predictions that are told."""

MOST_IN_CELL = 100


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What was said of texts by models that had not seen them.

    rows: int64, shape (m,), rows of the training texts. truth, predicted: int64, shape (m,).
    probabilities: float64, shape (m, k).
    """

    rows: Rows
    truth: Classes
    predicted: Classes
    probabilities: Floats


def held_out_of(model: Classifier, board: Leaderboard | None) -> HeldOut:
    """Return what the whole procedure said; without a leaderboard what cross-validation said."""
    training: ClassTraining = model._training_of("show its held-out predictions")
    classes = training.samples.classes
    if board is not None:
        entry = board.procedure
        return HeldOut(
            board.held_out, classes[board.held_out], entry.predicted, entry.probabilities
        )
    fitted = training.fitted
    chances = fitted.probabilities
    return HeldOut(fitted.held_out, classes[fitted.held_out], model.model_.decide(chances), chances)


def class_results(
    model: Classifier,
    data: Labelled,
    findings: Sequence[Finding],
    board: Leaderboard | None = None,
    curve: Curve | None = None,
    test: Labelled | None = None,
) -> dict[str, Any]:
    """Return all that was found about a classifier; `board` and `curve` are of the same data."""
    training: ClassTraining = model._training_of("show what it rejects")
    held_out = held_out_of(model, board)
    names = [spelt(label) for label in model.model_.classes]
    table = confusion(held_out.predicted, held_out.truth, len(names))
    facts = model.model_.facts
    suspects = _suspects(model, names, data)
    if board is not None:
        guessing = board[MAJORITY].scores.log_loss
        doubts = no_better_than_guessing(board.procedure.scores.log_loss, guessing)
        findings = [*findings, *doubts]
    return {
        "kind": "classes",
        **head_of(model, data, findings),
        "metric": model.model_.metric,
        "classes": names,
        "estimate": facts.estimate,
        "leaderboard": None if board is None else board.to_dict(),
        "confusion": table.tolist(),
        "per_class": _per_class(names, held_out.predicted, held_out.truth),
        "reliability": bins_of(reliability(held_out.probabilities, held_out.truth))
        if len(held_out.rows)
        else [],
        "curve": curve
        and {"points": [asdict(point) for point in curve.points], "advice": curve.advice},
        "suspects": suspects,
        "suspects_found": len(suspects),
        "confused": _confused(names, table, held_out, data),
        "coverage": _coverage(model.model_, held_out),
        "rejection": rejection_of(training.fitted.novelty),
        "test": None if test is None else class_test(model, test),
    }


def head_of(model: TextEstimator, data: Labelled, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what the results of all kinds of models begin with."""
    facts, identity = model.model_.facts, model.model_.identity
    return {
        "model": facts.model,
        "encoder": identity.name if identity else "",
        "texts": len(data.texts),
        "made": facts.made,
        "fingerprint": facts.fingerprint,
        "reading": asdict(facts.reading),
        "findings": [
            {**finding.to_dict(), "rows": [data.row(place) for place in finding.rows]}
            if finding.kind != "leakage"
            else finding.to_dict()
            for finding in findings
        ],
    }


def cell_texts(
    held_out: HeldOut, data: Labelled, true: int, predicted: int
) -> list[dict[str, Any]]:
    """Return held-out texts of one cell of the confusion matrix, surest first.

    Args:
        held_out: what was said of them.
        data: what the model was trained on.
        true: place of the true class among `classes_`.
        predicted: place of the predicted class.
    """
    places = np.flatnonzero((held_out.truth == true) & (held_out.predicted == predicted))
    chances = held_out.probabilities[places, held_out.predicted[places]]
    order = np.argsort(-chances, kind="stable")[:MOST_IN_CELL]
    return [
        {
            "text": data.texts[held_out.rows[places[place]]],
            "probability": float(chances[place]),
        }
        for place in order
    ]


def class_test(model: Classifier, test: Labelled) -> dict[str, Any]:
    """Return how a classifier does on texts that were kept apart: scores, sets, rejections."""
    learnt = model.model_
    embedded = model._inputs(test.texts)
    chances = learnt.probabilities(embedded.vectors, embedded.texts or ())
    truth = learnt.places_of(test.answers)
    member = learnt.sets(chances, COVERAGE)
    rows = np.arange(len(truth))
    fits = learnt.fits(embedded.vectors, RATE)
    return {
        **scores(chances, truth, learnt.decide(chances)).to_dict(),
        "promised": COVERAGE,
        "coverage": float(member[rows, truth].mean()),
        "set_size": float(member.sum(axis=1).mean()),
        "abstain": RATE,
        "rejected": float((~fits).mean()),
        "reading": asdict(embedded.reading),
    }


def _suspects(model: Classifier, names: list[str], data: Labelled) -> list[dict[str, Any]]:
    return [
        {
            "row": data.row(suspect.row),
            "text": data.texts[suspect.row],
            "given": names[suspect.given],
            "suggested": names[suspect.suggested],
            "probability": suspect.confidence,
        }
        for suspect in model.audit()
    ]


def _per_class(names: list[str], predicted: Classes, truth: Classes) -> list[dict[str, Any]]:
    counts = np.bincount(truth, minlength=len(names))
    seen = np.unique(np.concatenate([predicted, truth]))
    figures = per_class(predicted, truth, len(names))
    return [
        {
            "label": names[place],
            "texts": int(counts[place]),
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
        }
        for place, (precision, recall, f1) in zip(seen, figures, strict=True)
    ]


def _confused(
    names: list[str], table: np.ndarray, held_out: HeldOut, data: Labelled
) -> list[dict[str, Any]]:
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    found = []
    for place in np.argsort(-wrong, axis=None, kind="stable")[:MOST_LISTED]:
        true, other = np.unravel_index(place, wrong.shape)
        if not wrong[true, other]:
            break
        cell = np.flatnonzero((held_out.truth == true) & (held_out.predicted == other))
        found.append(
            {
                "true": names[true],
                "predicted": names[other],
                "times": int(wrong[true, other]),
                "example": data.texts[held_out.rows[cell[0]]],
            }
        )
    return found


def _coverage(model: ClassModel, held_out: HeldOut) -> list[dict[str, float]]:
    found = []
    rows = np.arange(len(held_out.rows))
    for promised in COVERAGES if len(rows) else ():
        member = model.sets(held_out.probabilities, promised)
        sizes = member.sum(axis=1)
        found.append(
            {
                "coverage": promised,
                "held": float(member[rows, held_out.truth].mean()),
                "size": float(sizes.mean()),
                "single": float((sizes == 1).mean()),
            }
        )
    return found


def bins_of(table: Floats) -> list[dict[str, Any]]:
    """Return the bins with texts, of count, mean probability and share that is right (bins, 3)."""
    return [
        {"count": int(count), "confidence": float(confidence), "accuracy": float(accuracy)}
        for count, confidence, accuracy in table
        if count
    ]


def rejection_of(found: FittedNovelty) -> dict[str, Any]:
    """Return what was found about telling texts of none of the labels, and a sentence on it."""
    figures = {
        "abstain": RATE,
        "held_out": len(found.novelty.combined),
        "between": found.novelty.between(RATE),
        "weights": dict(found.novelty.weights),
        "foreign": [asdict(rate) for rate in found.rates],
    }
    return {**figures, "said": about_rejection(figures)}
