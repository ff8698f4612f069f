"""What a training found out, ready for JSON: tables and charts are drawn from it."""

from dataclasses import asdict
from typing import Any

import numpy as np

from likewise.classify.classifier import Classifier
from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.curve import Curve
from likewise.classify.evaluate.ladder import Ladder
from likewise.classify.evaluate.metrics import confusion, per_class, reliability
from likewise.classify.learn.folds import Rows
from likewise.classify.learn.ridge import half_width
from likewise.classify.learn.softmax import Classes
from likewise.classify.regressor import Regressor

COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99)
"""Promises for which the size of the sets is told."""

MOST_LISTED = 30
"""Confused pairs and suspicious labels that are told."""

MOST_IN_CELL = 100

MOST_DRAWN = 500
"""Points of the scatter of true against predicted numbers."""


def class_results(
    model: Classifier, data: Labelled, ladder: Ladder, curve: Curve
) -> dict[str, Any]:
    """Return all held-out results of a classifier; `ladder` and `curve` are of the same data."""
    truth, called = truth_and_called(model, data, ladder)
    names = [str(label) for label in model.model_.classes]
    table = confusion(called, truth, len(names))
    facts = model.model_.facts
    identity = model.model_.identity
    return {
        "kind": "classes",
        "model": facts["model"],
        "encoder": identity.name if identity else "",
        "texts": len(data.texts),
        "classes": names,
        "fingerprint": facts["fingerprint"],
        "ladder": ladder.to_dict(),
        "confusion": table.tolist(),
        "per_class": _per_class(names, called, truth),
        "reliability": [
            {"count": int(count), "confidence": float(confidence), "accuracy": float(accuracy)}
            for count, confidence, accuracy in reliability(ladder.chosen.probabilities, truth)
            if count
        ],
        "curve": {"points": [asdict(point) for point in curve.points], "advice": curve.advice},
        "suspects": [
            {
                "row": data.row(suspect.row),
                "text": data.texts[suspect.row],
                "given": names[suspect.given],
                "suggested": names[suspect.suggested],
                "probability": suspect.confidence,
            }
            for suspect in model.audit()[:MOST_LISTED]
        ],
        "confused": _confused(names, table, truth, called, data, ladder.held_out),
        "coverage": _coverage(model, ladder),
    }


def truth_and_called(model: Classifier, data: Labelled, ladder: Ladder) -> tuple[Classes, Classes]:
    """Return the true class and the predicted one of each held-out row: int64, shape (m,)."""
    places = {label: place for place, label in enumerate(model.model_.classes)}
    truth = np.array([places[data.answers[row]] for row in ladder.held_out], np.int64)
    return truth, ladder.chosen.said


def cell_texts(
    model: Classifier, data: Labelled, ladder: Ladder, true: int, called: int
) -> list[dict[str, Any]]:
    """Return held-out texts of one cell of the confusion matrix, surest first.

    Args:
        model: the classifier.
        data: what it was trained on.
        ladder: of the same data.
        true: place of the true class among `classes_`.
        called: place of the predicted class.
    """
    truth, predicted = truth_and_called(model, data, ladder)
    places = np.flatnonzero((truth == true) & (predicted == called))
    chances = ladder.chosen.probabilities[places, predicted[places]]
    order = np.argsort(-chances, kind="stable")[:MOST_IN_CELL]
    return [
        {
            "text": data.texts[ladder.held_out[places[place]]],
            "probability": float(chances[place]),
        }
        for place in order
    ]


def _per_class(names: list[str], called: Classes, truth: Classes) -> list[dict[str, Any]]:
    counts = np.bincount(truth, minlength=len(names))
    seen = np.unique(np.concatenate([called, truth]))
    figures = per_class(called, truth, len(names))
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
    names: list[str],
    table: np.ndarray,
    truth: Classes,
    called: Classes,
    data: Labelled,
    held_out: Rows,
) -> list[dict[str, Any]]:
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    found = []
    for place in np.argsort(-wrong, axis=None, kind="stable")[:MOST_LISTED]:
        true, other = np.unravel_index(place, wrong.shape)
        if not wrong[true, other]:
            break
        example = held_out[np.flatnonzero((truth == true) & (called == other))[0]]
        found.append(
            {
                "true": names[true],
                "called": names[other],
                "times": int(wrong[true, other]),
                "example": data.texts[example],
            }
        )
    return found


def _coverage(model: Classifier, ladder: Ladder) -> list[dict[str, float]]:
    found = []
    for coverage in COVERAGES:
        sizes = model.model_.sets(ladder.chosen.probabilities, coverage).sum(axis=1)
        found.append(
            {
                "coverage": coverage,
                "size": float(sizes.mean()),
                "single": float((sizes == 1).mean()),
            }
        )
    return found


def number_results(model: Regressor, data: Labelled) -> dict[str, Any]:
    """Return all held-out results of a fitted regressor."""
    regression, targets = model.held_out()
    predictions = regression.chosen.predictions
    worst = np.argsort(-np.abs(predictions - targets), kind="stable")[:MOST_LISTED]
    drawn = np.random.default_rng(0).permutation(len(targets))[:MOST_DRAWN]
    facts = model.model_.facts
    identity = model.model_.identity
    residuals = model.model_.residuals
    widths = [(coverage, 2 * half_width(residuals, coverage)) for coverage in COVERAGES]
    return {
        "kind": "numbers",
        "model": facts["model"],
        "encoder": identity.name if identity else "",
        "texts": len(data.texts),
        "fingerprint": facts["fingerprint"],
        "rungs": facts["ladder"],
        "coverage": [
            {"coverage": coverage, "width": width if np.isfinite(width) else None}
            for coverage, width in widths
        ],
        "residuals": [
            {"true": float(targets[row]), "predicted": float(predictions[row])} for row in drawn
        ],
        "worst": [
            {
                "text": data.texts[row],
                "true": float(targets[row]),
                "predicted": float(predictions[row]),
            }
            for row in worst
        ],
    }
