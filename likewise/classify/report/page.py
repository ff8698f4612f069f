"""The frame of a report: one HTML file that opens offline and fetches nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from likewise.classify.report.shown import about_test

Results = Mapping[str, Any]

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse}
th,td{padding:.25rem .75rem;text-align:left;border-bottom:1px solid #8884;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.n{white-space:nowrap}
tr.chosen{font-weight:600}
td[dir]{min-width:14rem}
.tick{font:11px system-ui,sans-serif;fill:currentColor}
.row{display:flex;flex-wrap:wrap;gap:0 2rem}
.row>div{flex:1 1 18rem}
small{opacity:.75}
"""


def page(title: str, parts: Sequence[str]) -> str:
    """Return a page of parts that are HTML already; the title is escaped here."""
    # a wide table scrolls in a frame that the keyboard reaches; texts hold no tags of their own
    frame = '<div class=scroll role=group aria-label="Table" tabindex=0><table>'
    body = "".join(parts).replace("<table>", frame).replace("</table>", "</table></div>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>Likewise: {escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    chosen: Sequence[bool] | None = None,
) -> str:
    """Return a table of plain texts, which are escaped here.

    A column whose name begins with `>` aligns to the right, one with `~` holds texts of people.
    """
    kinds = [{">": " class=n", "~": ' dir="auto"'}.get(name[0], "") for name in header]
    marks = [" class=n" if name[0] == ">" else "" for name in header]
    names = [escape(name.lstrip(">~")) for name in header]
    head = "".join(f"<th{mark}>{name}" for mark, name in zip(marks, names, strict=True))
    body = []
    for place, row in enumerate(rows):
        cells = zip(kinds, row, strict=True)
        mark = " class=chosen" if chosen is not None and chosen[place] else ""
        body.append(f"<tr{mark}>{''.join(f'<td{kind}>{escape(c)}</td>' for kind, c in cells)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def leaderboard(
    board: Results | None,
    columns: Sequence[str],
    row: Callable[[Results, str], Sequence[str]],
    about: Callable[[Results], Sequence[str]],
) -> str:
    """Return the table of classifiers beside simple ones, nothing where none were compared.

    Args:
        board: their entries, and which of them was saved.
        columns: of the table.
        row: gives the cells of an entry, beside the saved one.
        about: gives what must be known to read the table, a sentence each.
    """
    if board is None:
        return ""
    rows = [row(entry, board["saved"]) for entry in board["entries"]]
    chosen = [entry["name"] == board["saved"] for entry in board["entries"]]
    return (
        f"<h2>Compared with simple models</h2>{table(columns, rows, chosen=chosen)}"
        f"<small>{paragraphs(about(board))}</small>"
    )


def tested(test: Results | None) -> str:
    """Return how good a model is on a file of its own, nothing where there was none."""
    return "" if test is None else f"<h2>On test texts</h2>{paragraphs(about_test(test))}"


def paragraphs(said: Sequence[str]) -> str:
    """Return sentences, each a paragraph of its own."""
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in said)


def made(when: str) -> str:
    """Return when a model was made, given in ISO 8601 in UTC, as people read it."""
    return f"Made {datetime.fromisoformat(when):%Y-%m-%d %H:%M} UTC."


def checks(findings: Sequence[Mapping[str, Any]]) -> str:
    """Return what the checks of the data found."""
    if not findings:
        return "<p>The checks found nothing odd in the data.</p>"
    items = "".join(f"<li>{escape(finding['message'])}</li>" for finding in findings)
    return f"<h2>Checks</h2><ul>{items}</ul>"
