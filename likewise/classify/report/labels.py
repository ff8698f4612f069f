"""The report of a training on several labels per text as one HTML file that opens offline."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from likewise.classify.report.charts import reliability_chart
from likewise.classify.report.figures import fixed, percent
from likewise.classify.report.page import checks, leaderboard, made, page, paragraphs, table, tested
from likewise.classify.report.shown import (
    LABEL_COLUMNS,
    about_label_board,
    headline,
    label_row,
)

Results = Mapping[str, Any]


def html(results: Results) -> str:
    """Return the report of `label_results`; every text from outside is escaped."""
    parts = [
        f"<h1>{escape(results['model'])}, several labels per text</h1>",
        f"<p>{results['texts']:,} texts, {len(results['classes']):,} labels, "
        f"{fixed(results['labels_a_text'], 2)} of them per text, "
        f"encoder {escape(results['encoder'] or 'unknown')}. {made(results['made'])}</p>",
        _estimate(results),
        checks(results["findings"]),
        tested(results["test"]),
        leaderboard(results["leaderboard"], LABEL_COLUMNS, label_row, about_label_board),
        "<h2>Labels</h2>",
        _labels(results["per_label"]),
        "<h2>How sure, how right</h2>",
        "<p>Of all pairs of a held-out text and a label: how likely the label was said to be, and "
        "how often it was there.</p>",
        reliability_chart(results["reliability"]),
        "<h2>Labels that can't be ruled out</h2>",
        _sets(results["coverage"]),
        f"<h2>None of these</h2>{paragraphs([results['rejection']['said']])}",
    ]
    return page(results["model"], parts)


def _estimate(results: Results) -> str:
    estimate = results["estimate"]
    if estimate is None:
        return f"<p>{escape(headline(results))}</p>"
    return (
        f"<p><strong>{escape(headline(results))}</strong></p>"
        f"<p>Micro-F1 {fixed(estimate['micro_f1'], 3)}, macro-F1 "
        f"{fixed(estimate['macro_f1'], 3)}, all labels right of {percent(estimate['exact'])}, on "
        f"{estimate['texts']:,} texts that were held out: {escape(estimate['design'])}.</p>"
    )


def _labels(figures: Sequence[Results]) -> str:
    if not figures:
        return "<p>Too few texts were held out.</p>"
    header = (
        *("label", ">held-out texts", ">threshold", ">precision", ">recall", ">F1"),
        *(">F1 of the nearest text", ">F1 at one half"),
    )
    rows = [
        [
            one["label"],
            f"{one['texts']:,}",
            percent(one["threshold"]),
            *(percent(one[name]) for name in ("precision", "recall", "f1")),
            *(_beside(one["baselines"][name]) for name in ("nearest", "at_half")),
        ]
        for one in sorted(figures, key=lambda one: float(one["f1"]))
    ]
    return table(header, rows)


def _beside(f1: float | None) -> str:
    return "" if f1 is None else percent(f1)


def _sets(coverage: Sequence[Results]) -> str:
    rows = [
        [percent(one["coverage"]), percent(one["held"]), fixed(one["size"], 2)] for one in coverage
    ]
    header = (">promised", ">held a label that is there", ">labels in a set")
    return table(header, rows) if rows else "<p>Too few texts were held out.</p>"
