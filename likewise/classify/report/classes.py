"""The report of a training as one HTML file that opens offline."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from likewise.classify.classifier import Classifier
from likewise.classify.data.checks import Finding
from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.curve import Curve
from likewise.classify.evaluate.ladder import Ladder
from likewise.classify.evaluate.metrics import confusion, per_class, reliability
from likewise.classify.report.charts import confusion_chart, curve_chart, reliability_chart
from likewise.classify.report.page import page
from likewise.files.write import keep, replacing

MOST_DRAWN = 30
"""Classes up to which the confusion matrix is drawn whole; with more, only the worst pairs."""

WORST = 15
"""Suspicious labels, and confused pairs, that are listed."""


def write_report(
    path: Path,
    model: Classifier,
    data: Labelled,
    ladder: Ladder,
    findings: Sequence[Finding],
    curve: Curve,
) -> Path | None:
    """Write the report whole or not at all, and keep an older one under another name.

    Returns:
        Where the older report is now, None where there was none.

    Raises:
        UnwritableFile: no permission, no space, or no such folder.
    """
    with replacing(path) as file:
        file.write(html(model, data, ladder, findings, curve).encode("utf-8"))
        return keep(path)


def html(
    model: Classifier,
    data: Labelled,
    ladder: Ladder,
    findings: Sequence[Finding],
    curve: Curve,
) -> str:
    """Return the report; every text from outside is escaped."""
    names = [str(label) for label in model.model_.classes]
    places = {label: place for place, label in enumerate(model.model_.classes)}
    truth = np.array([places[data.answers[row]] for row in ladder.held_out])
    chances = ladder.chosen.probabilities
    chosen = ladder.chosen.said
    table = confusion(chosen, truth, len(names))
    facts = model.model_.facts
    parts = [
        f"<h1>{escape(str(facts['model']))}</h1>",
        f"<p>{len(data.texts):,} texts, {len(names):,} labels, "
        f"encoder {escape(model.model_.identity.name if model.model_.identity else 'none')}. "
        f"Made {escape(str(facts['made']))}.</p>",
        _findings(findings),
        "<h2>Against simple models</h2>",
        _ladder(ladder),
        "<h2>How sure, how right</h2><div class=row>",
        f"<div>{reliability_chart(reliability(chances, truth))}</div>",
        f"<div>{curve_chart(curve.points)}<p>{escape(curve.advice)}</p></div></div>",
        "<h2>Labels</h2>",
        _classes(names, chosen, truth),
        confusion_chart(table, names) if len(names) <= MOST_DRAWN else "",
        "<h2>Most confused</h2>",
        _confused(names, table, chosen, truth, data, ladder),
        "<h2>Most suspicious labels</h2>",
        _suspects(model, names, data),
    ]
    return page(str(facts["model"]), parts)


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return "<p>The checks found nothing odd in the data.</p>"
    items = "".join(f"<li>{escape(finding.message)}</li>" for finding in findings)
    return f"<h2>Checks</h2><ul>{items}</ul>"


def _ladder(ladder: Ladder) -> str:
    rows = []
    for rung in ladder.rungs:
        low, high = rung.interval
        same = rung is ladder.chosen
        rows.append(
            f"<tr{' class=chosen' if same else ''}><td>{escape(rung.name)}</td>"
            f"<td class=n>{rung.scores.accuracy:.1%}</td>"
            f"<td class=n>{rung.scores.macro_f1:.3f}</td>"
            f"<td class=n>{rung.scores.log_loss:.3f}</td>"
            f"<td class=n>{rung.scores.calibration_error:.1%}</td>"
            f"<td>{'chosen' if same else f'{100 * low:+.1f} … {100 * high:+.1f}'}</td></tr>"
        )
    return (
        "<table><thead><tr><th>model<th class=n>right<th class=n>macro-F1<th class=n>log-loss"
        f"<th class=n>calibration error<th>difference</tr></thead><tbody>{''.join(rows)}</tbody>"
        f"</table><p>Chosen by cross-validation. Most were right with: "
        f"<strong>{escape(ladder.winner.name)}</strong>.</p>"
        f"<p><small>{escape(ladder.design.capitalize())}: {len(ladder.held_out):,} texts. "
        "Difference: 95 % interval of the accuracy against the chosen model, in points, on the "
        "same texts.</small></p>"
    )


def _classes(names: list[str], chosen: np.ndarray, truth: np.ndarray) -> str:
    seen = np.unique(np.concatenate([chosen, truth]))
    figures = per_class(chosen, truth, len(names))
    counts = np.bincount(truth, minlength=len(names))
    rows = [
        f"<tr><td>{escape(names[place])}</td><td class=n>{counts[place]:,}</td>"
        + "".join(f"<td class=n>{value:.1%}</td>" for value in figures[index])
        + "</tr>"
        for index, place in sorted(enumerate(seen), key=lambda pair: figures[pair[0], 2])
    ]
    return (
        "<table><thead><tr><th>label<th class=n>held-out texts<th class=n>precision"
        f"<th class=n>recall<th class=n>F1</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _confused(
    names: list[str],
    table: np.ndarray,
    chosen: np.ndarray,
    truth: np.ndarray,
    data: Labelled,
    ladder: Ladder,
) -> str:
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:WORST]
    rows = []
    for place in order:
        true, called = np.unravel_index(place, wrong.shape)
        if not wrong[true, called]:
            break
        example = ladder.held_out[np.flatnonzero((truth == true) & (chosen == called))[0]]
        rows.append(
            f"<tr><td>{escape(names[true])}</td><td>{escape(names[called])}</td>"
            f"<td class=n>{wrong[true, called]}</td>"
            f'<td dir="auto">{escape(data.texts[example][:200])}</td></tr>'
        )
    if not rows:
        return "<p>No held-out text got a wrong label.</p>"
    return (
        "<table><thead><tr><th>true<th>called<th class=n>times<th>for example</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _suspects(model: Classifier, names: list[str], data: Labelled) -> str:
    rows = [
        f"<tr><td class=n>{data.row(suspect.row)}</td><td>{escape(names[suspect.given])}</td>"
        f"<td>{escape(names[suspect.suggested])}</td><td class=n>{suspect.confidence:.1%}</td>"
        f'<td dir="auto">{escape(data.texts[suspect.row][:200])}</td></tr>'
        for suspect in model.audit()[:WORST]
    ]
    if not rows:
        return "<p>No label looks wrong.</p>"
    return (
        "<p>Labels that a model which had not seen the text finds least likely. Some are hard, "
        "some are wrong: read them, nothing was changed.</p>"
        "<table><thead><tr><th class=n>row<th>given<th>rather<th class=n>probability"
        f"<th>text</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
