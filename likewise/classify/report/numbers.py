"""The report of a training on numbers as one HTML file that opens offline."""

from html import escape
from pathlib import Path

import numpy as np

from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.metrics import number_scores, paired_interval
from likewise.classify.learn.ridge import TITLES, Regression, half_width
from likewise.classify.learn.softmax import Floats
from likewise.classify.regressor import Regressor
from likewise.classify.report.charts import residual_chart, truth_chart
from likewise.classify.report.page import page
from likewise.files.write import keep, replacing

WORST = 15
"""Predictions that are listed because they are furthest off."""

COVERAGES = (0.8, 0.9, 0.95)
"""Promises whose intervals are tried."""


def write_report(path: Path, model: Regressor, data: Labelled) -> Path | None:
    """Write the report whole or not at all, and keep an older one under another name.

    Returns:
        Where the older report is now, None where there was none.

    Raises:
        UnwritableFile: no permission, no space, or no such folder.
    """
    with replacing(path) as file:
        file.write(html(model, data).encode("utf-8"))
        return keep(path)


def html(model: Regressor, data: Labelled) -> str:
    """Return the report of a fitted model; every text from outside is escaped.

    Raises:
        InvalidOption: the model was loaded, so that its held-out predictions are gone.
    """
    regression, targets = model.held_out()
    facts, identity = model.model_.facts, model.model_.identity
    predictions = regression.chosen.predictions
    parts = [
        f"<h1>{escape(str(facts['model']))}</h1>",
        f"<p>{len(targets):,} texts with numbers from {targets.min():.6g} to {targets.max():.6g}, "
        f"encoder {escape(identity.name if identity else 'none')}. "
        f"Made {escape(str(facts['made']))}.</p>",
        "<h2>Against simple models</h2>",
        _ladder(regression, targets),
        "<h2>How far off</h2><div class=row>",
        f"<div>{truth_chart(targets, predictions)}</div>",
        f"<div>{residual_chart(targets, predictions)}</div></div>",
        "<h2>Intervals</h2>",
        _intervals(regression, targets),
        "<h2>Worst predictions</h2>",
        _worst(predictions, targets, data),
    ]
    return page(str(facts["model"]), parts)


def coverage_of(regression: Regression, targets: Floats, promised: float) -> tuple[float, float]:
    """Return the share of rows within their interval, and the mean width of the intervals.

    The interval of each row reaches as far as the rows of the other folds say, so that no row
    decides about its own.

    Args:
        regression: what was tried.
        targets: float64, shape (n,), the true numbers.
        promised: coverage that the intervals are made for.
    """
    errors = np.abs(regression.chosen.predictions - targets)
    reach = np.empty_like(errors)
    for held in np.unique(regression.fold):
        own = regression.fold == held
        reach[own] = half_width(np.sort(errors[~own]), promised)
    return float((errors <= reach).mean()), float(2 * reach.mean())


def _ladder(regression: Regression, targets: Floats) -> str:
    best = np.abs(regression.chosen.predictions - targets)
    rows = []
    for guess in regression.guesses:
        found = number_scores(guess.predictions, targets)
        low, high = paired_interval(np.abs(guess.predictions - targets), best)
        same = guess is regression.chosen
        rows.append(
            f"<tr{' class=chosen' if same else ''}><td>{escape(TITLES[guess.name])}</td>"
            f"<td class=n>{found.rmse:.4g}</td><td class=n>{found.mae:.4g}</td>"
            f"<td class=n>{found.r2:.3f}</td><td class=n>{found.pearson:.3f}</td>"
            f"<td>{'chosen' if same else f'{low:+.3g} … {high:+.3g}'}</td></tr>"
        )
    return (
        "<table><thead><tr><th>model<th class=n>RMSE<th class=n>MAE<th class=n>R²"
        f"<th class=n>Pearson r<th>MAE is more by</tr></thead><tbody>{''.join(rows)}</tbody>"
        f"</table><p><small>Each fifth of the {len(targets):,} texts held out in its turn; the "
        "penalty of each model was chosen on the same fifths, which flatters it a little. MAE is "
        "more by: 95 % interval against the chosen model, on the same texts.</small></p>"
    )


def _intervals(regression: Regression, targets: Floats) -> str:
    rows = []
    for promised in COVERAGES:
        held, width = coverage_of(regression, targets, promised)
        said = f"{width:.4g}" if np.isfinite(width) else "endless: too few texts"
        rows.append(
            f"<tr><td class=n>{promised:.0%}</td><td class=n>{held:.1%}</td>"
            f"<td class=n>{said}</td></tr>"
        )
    return (
        "<table><thead><tr><th class=n>promised<th class=n>held the true number"
        f"<th class=n>width</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        "<p><small>Tried on each fifth with the errors of the other four.</small></p>"
    )


def _worst(predictions: Floats, targets: Floats, data: Labelled) -> str:
    errors = predictions - targets
    rows = [
        f"<tr><td class=n>{data.row(int(row))}</td><td class=n>{targets[row]:.4g}</td>"
        f"<td class=n>{predictions[row]:.4g}</td><td class=n>{errors[row]:+.4g}</td>"
        f'<td dir="auto">{escape(data.texts[row][:200])}</td></tr>'
        for row in np.argsort(-np.abs(errors), kind="stable")[:WORST]
    ]
    return (
        "<p>Some are hard, some are typing errors: read them, nothing was changed.</p>"
        "<table><thead><tr><th class=n>row<th class=n>true<th class=n>predicted"
        f"<th class=n>off by<th>text</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
