"""What a training on numbers found out, ready for JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from likewise.classify.arrays import Floats
from likewise.classify.data.checks import Finding
from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.metrics import number_scores, paired_interval
from likewise.classify.learn.calibration import half_width
from likewise.classify.learn.levels import Levels, level_scores, levels_out_of_fold
from likewise.classify.learn.ridge import TITLES, Regression
from likewise.classify.regressor import Regressor, targets_of
from likewise.classify.report.figures import number
from likewise.classify.report.results import COVERAGE, COVERAGES, MOST_LISTED, head_of
from likewise.classify.report.shown import about_levels

MOST_DRAWN = 500
"""Points of the scatter of true against predicted numbers."""


def number_results(
    model: Regressor,
    data: Labelled,
    findings: Sequence[Finding],
    test: Labelled | None = None,
) -> dict[str, Any]:
    """Return all that was found about a fitted regressor."""
    regression = model.held_out()
    predictions, targets, rows = (
        regression.chosen.predictions, regression.targets, regression.held_out
    )  # fmt: skip
    worst = np.argsort(-np.abs(predictions - targets), kind="stable")[:MOST_LISTED]
    drawn = np.random.default_rng(0).permutation(len(targets))[:MOST_DRAWN]
    entries = _number_entries(regression)
    findings = [*findings, *_no_better_than_the_mean(entries)]
    return {
        "kind": "numbers",
        **head_of(model, data, findings),
        "low": float(targets.min()),
        "high": float(targets.max()),
        "design": regression.design,
        "estimate": model.model_.facts.estimate,
        "leaderboard": entries,
        "levels": _levels(model, regression),
        "coverage": [_interval(regression, promised) for promised in COVERAGES],
        "residuals": [
            {"true": float(targets[place]), "predicted": float(predictions[place])}
            for place in drawn
        ],
        "worst": [
            {
                "row": data.row(int(rows[place])),
                "text": data.texts[rows[place]],
                "true": float(targets[place]),
                "predicted": float(predictions[place]),
            }
            for place in worst
        ],
        "test": None if test is None else number_test(model, test),
    }


def _number_entries(regression: Regression) -> list[dict[str, Any]]:
    best = np.abs(regression.chosen.predictions - regression.targets)
    return [
        {
            "name": TITLES[one.name],
            "saved": one is regression.chosen,
            **number_scores(one.predictions, regression.targets).to_dict(),
            "interval": list(paired_interval(np.abs(one.predictions - regression.targets), best)),
        }
        for one in regression.tried
    ]


def _no_better_than_the_mean(entries: list[dict[str, Any]]) -> list[Finding]:
    """Return that predicted numbers are worth nothing, if they are not."""
    [saved] = [one["mae"] for one in entries if one["saved"]]
    [mean] = [one["mae"] for one in entries if one["name"] == TITLES["mean"]]
    if saved < mean or not mean:  # that all numbers are the same is told already
        return []
    said = (
        f"Its numbers are no better than always saying the mean: off by {number(saved)} on average "
        f"against {number(mean)} on held-out texts. Don't rely on them."
    )
    return [Finding("numbers", said)]


def _levels(model: Regressor, regression: Regression) -> dict[str, Any] | None:
    levels = model.model_.levels
    if levels is None:
        return None
    predicted = levels_out_of_fold(
        regression.chosen.predictions, regression.targets, regression.fold, levels.values
    )
    return _said(levels, predicted, regression.targets)


def _said(levels: Levels, predicted: Floats, targets: Floats) -> dict[str, Any] | None:
    """Return how good levels are, and a sentence on it; None where targets are no levels."""
    if not np.isin(targets, levels.values).all():
        return None
    scores = level_scores(predicted, targets, levels.values)
    figures = {"values": levels.values.tolist(), **scores.to_dict()}
    return {**figures, "said": about_levels(figures)}


def _interval(regression: Regression, promised: float) -> dict[str, float | None]:
    held, width = coverage_of(regression, promised)
    return {
        "coverage": promised,
        "held": held,
        "width": width if np.isfinite(width) else None,
    }


def coverage_of(regression: Regression, promised: float) -> tuple[float, float]:
    """Return the share of rows within their interval, and the mean width of the intervals.

    The interval of each row reaches as far as the rows of the other folds say, so that no row
    decides about its own.

    Args:
        regression: what was tried.
        promised: coverage that the intervals are made for.
    """
    errors = np.abs(regression.chosen.predictions - regression.targets)
    reach = np.empty_like(errors)
    for held in np.unique(regression.fold):
        own = regression.fold == held
        reach[own] = half_width(np.sort(errors[~own]), promised)
    return float((errors <= reach).mean()), float(2 * reach.mean())


def number_test(model: Regressor, test: Labelled) -> dict[str, Any]:
    """Return how a regressor does on texts that were kept apart."""
    targets, embedded = targets_of(test.answers), model._inputs(test.texts)
    predictions = model.model_.predictions(embedded.vectors)
    ends = model.model_.interval(predictions, COVERAGE)
    width = float((ends[:, 1] - ends[:, 0]).mean())
    levels = model.model_.levels
    return {
        **number_scores(predictions, targets).to_dict(),
        "promised": COVERAGE,
        "coverage": float(((ends[:, 0] <= targets) & (targets <= ends[:, 1])).mean()),
        "width": width if np.isfinite(width) else None,
        "levels": None if levels is None else _said(levels, levels.of(predictions), targets),
        "reading": asdict(embedded.reading),
    }
