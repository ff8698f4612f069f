"""The report of a training on numbers as one HTML file that opens offline."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from likewise.classify.report.charts import residual_chart, truth_chart
from likewise.classify.report.figures import number, percent
from likewise.classify.report.page import checks, made, page, paragraphs, table, tested
from likewise.classify.report.shown import (
    NUMBER_COLUMNS,
    about_numbers,
    headline,
    number_row,
)

CUT = 200
"""Characters of a text that are shown."""

Results = Mapping[str, Any]


def html(results: Results) -> str:
    """Return the report of `number_results`; every text from outside is escaped."""
    targets, predictions = (
        np.array([point[name] for point in results["residuals"]]) for name in ("true", "predicted")
    )
    parts = [
        f"<h1>{escape(results['model'])}</h1>",
        f"<p>{results['texts']:,} texts with numbers from {number(results['low'])} to "
        f"{number(results['high'])}, encoder {escape(results['encoder'] or 'unknown')}. "
        f"{made(results['made'])}</p>",
        f"<p><strong>{escape(headline(results))}</strong></p>",
        checks(results["findings"]),
        tested(results["test"]),
        "<h2>Compared with simple models</h2>",
        _leaderboard(results),
        "" if results["levels"] is None else paragraphs([results["levels"]["said"]]),
        "<h2>How far off</h2><div class=row>",
        f"<div>{truth_chart(targets, predictions)}</div>",
        f"<div>{residual_chart(targets, predictions)}</div></div>",
        "<h2>Intervals</h2>",
        _intervals(results["coverage"]),
        "<h2>Worst predictions</h2>",
        _worst(results["worst"]),
    ]
    return page(results["model"], parts)


def _leaderboard(results: Results) -> str:
    entries = results["leaderboard"]
    made = table(
        NUMBER_COLUMNS,
        [number_row(entry) for entry in entries],
        chosen=[entry["saved"] for entry in entries],
    )
    return f"{made}<small>{paragraphs([about_numbers(results)])}</small>"


def _intervals(coverage: Sequence[Results]) -> str:
    rows = [
        [
            percent(one["coverage"]),
            percent(one["held"]),
            "unbounded: too few texts" if one["width"] is None else number(one["width"]),
        ]
        for one in coverage
    ]
    return (
        f"{table(('>promised', '>contained the true number', '>width'), rows)}"
        "<p><small>Checked on each part with the errors of the others.</small></p>"
    )


def _worst(worst: Sequence[Results]) -> str:
    rows = [
        [f"{one['row']:,}", number(one["true"]), number(one["predicted"]),
         number(one["predicted"] - one["true"], sign=True), one["text"][:CUT]]
        for one in worst
    ]  # fmt: skip
    return (
        "<p>Some are hard, some are typing errors: read them; nothing was changed.</p>"
        f"{table(('>row', '>true', '>predicted', '>off by', '~text'), rows)}"
    )
