"""The report of a training on labels as one HTML file that opens offline."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from likewise.classify.report.charts import confusion_chart, curve_chart, reliability_chart
from likewise.classify.report.figures import fixed, percent
from likewise.classify.report.page import checks, leaderboard, made, page, paragraphs, table, tested
from likewise.classify.report.shown import (
    CLASS_COLUMNS,
    about_leaderboard,
    about_suspects,
    class_row,
    headline,
)

MOST_DRAWN = 30
"""Classes up to which the confusion matrix is drawn whole; with more, only the worst pairs."""

CUT = 200
"""Characters of a text that are shown."""

Results = Mapping[str, Any]


def html(results: Results) -> str:
    """Return the report of `class_results`; every text from outside is escaped."""
    parts = [
        f"<h1>{escape(results['model'])}</h1>",
        f"<p>{results['texts']:,} texts, {len(results['classes']):,} labels, "
        f"encoder {escape(results['encoder'] or 'unknown')}. {made(results['made'])}</p>",
        _estimate(results),
        checks(results["findings"]),
        tested(results["test"]),
        leaderboard(results["leaderboard"], CLASS_COLUMNS, class_row, about_leaderboard),
        "<h2>How sure, how right</h2><div class=row>",
        f"<div>{reliability_chart(results['reliability'])}</div>",
        _curve(results["curve"]),
        "</div>",
        "<h2>Labels</h2>",
        _classes(results["per_class"]),
        _matrix(results),
        "<h2>Most confused</h2>",
        _confused(results["confused"]),
        "<h2>Sets of labels</h2>",
        _sets(results["coverage"]),
        f"<h2>None of these</h2>{paragraphs([results['rejection']['said']])}",
        "<h2>Suspicious labels</h2>",
        _suspects(results["suspects"], results["texts"]),
    ]
    return page(results["model"], parts)


def _estimate(results: Results) -> str:
    estimate = results["estimate"]
    if estimate is None:
        return f"<p>{escape(headline(results))}</p>"
    baseline = _baseline(results["leaderboard"])
    return (
        f"<p><strong>{escape(headline(results))}</strong></p>"
        f"<p>{percent(estimate['accuracy'])} right{baseline}, on "
        f"{estimate['texts']:,} texts that were held out: {escape(estimate['design'])}.</p>"
    )


def _baseline(board: Results | None) -> str:
    if board is None:
        return ""
    simple = [
        f"{escape(entry['name'])} {percent(entry['accuracy'])}"
        for entry in board["entries"]
        if entry["kind"] == "baseline"
    ]
    return f" ({', '.join(simple)})"


def _curve(curve: Results | None) -> str:
    if curve is None:
        return ""
    drawn = curve_chart(curve["points"]) if curve["points"] else ""
    return f"<div>{drawn}<p>{escape(curve['advice'])}</p></div>"


def _classes(figures: Sequence[Results]) -> str:
    rows = [
        [
            one["label"],
            f"{one['texts']:,}",
            *(percent(one[name]) for name in ("precision", "recall", "f1")),
        ]
        for one in sorted(figures, key=lambda one: float(one["f1"]))
    ]
    return table(("label", ">held-out texts", ">precision", ">recall", ">F1"), rows)


def _matrix(results: Results) -> str:
    if len(results["classes"]) > MOST_DRAWN:
        return ""
    return confusion_chart(np.array(results["confusion"], np.int64), results["classes"])


def _confused(pairs: Sequence[Results]) -> str:
    if not pairs:
        return "<p>No held-out text got a wrong label.</p>"
    rows = [
        [pair["true"], pair["predicted"], f"{pair['times']:,}", pair["example"][:CUT]]
        for pair in pairs
    ]
    return table(("true", "predicted", ">times", "~for example"), rows)


def _sets(coverage: Sequence[Results]) -> str:
    rows = [
        [percent(one["coverage"]), percent(one["held"]), fixed(one["size"], 2),
         percent(one["single"])]
        for one in coverage
    ]  # fmt: skip
    header = (">promised", ">contained the true label", ">labels per set", ">sets of one label")
    return table(header, rows) if rows else "<p>Too few texts were held out.</p>"


def _suspects(suspects: Sequence[Results], texts: int) -> str:
    said = about_suspects(suspects, texts)
    if said is None:
        return "<p>No label looks wrong.</p>"
    rows = [
        [f"{one['row']:,}", one["given"], one["suggested"], percent(one["probability"]),
         one["text"][:CUT]]
        for one in suspects
    ]  # fmt: skip
    header = (">row", "given", "suggested", ">given, of the two", "~text")
    return (
        f"<p>{said} Most suspicious first. Some are hard, some are wrong: read them; nothing was "
        f"changed.</p>{table(header, rows)}"
    )
