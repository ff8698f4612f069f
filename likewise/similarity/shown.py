"""A comparison as people read it: a small table for a terminal, and one for a notebook."""

from html import escape
from typing import TYPE_CHECKING

from likewise.errors import counted

if TYPE_CHECKING:
    from likewise.similarity.compare import Comparison

ROWS = 20
"""Texts that are shown; the rest is counted."""

WIDTH = 60
"""Characters of a text that are shown."""

BAR = 12
"""Characters of the bar of a similarity of 1."""

JOINER = "\u200d"
"""Holds an emoji of several parts together; invisible, but not to be replaced."""


def one_line(text: str, width: int = WIDTH) -> str:
    """Return `text` in at most `width` characters on one line, safe for any terminal.

    Control characters, and those that turn the direction of writing, become `·`.
    """
    head = " ".join(text[: 4 * width].split())
    head = "".join(char if char.isprintable() or char == JOINER else "·" for char in head)
    return head if len(head) <= width and len(text) <= 4 * width else f"{head[: width - 1]}…"


def bar(similarity: float, width: int = BAR) -> str:
    """Return a bar of block characters, in eighths; nothing for a similarity of 0 or less."""
    eighths = round(max(0.0, similarity) * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def percent(percentile: float) -> str:
    """Return a percentile for people, in whole per cents.

    420 sentences carry no more: their pairs are many, but not independent of each other.
    """
    if percentile > 99:
        return ">99 %"
    return f"{int(percentile)} %" if percentile >= 1 else "<1 %"


def as_text(comparison: "Comparison") -> str:
    """Return the comparison as lines: similarity, bar, percentile and text, best marked."""
    best = set(comparison.best)
    lines = [
        f"  {'similarity':<{BAR + 6}} {'like':<12}  text",
        f"  {'first':<{BAR + 19}}  {_cell(comparison, 0)}",
    ]
    for index in range(1, min(ROWS, len(comparison.texts))):
        similarity = float(comparison.similarities[index])
        lines.append(
            f"{'★' if index in best else ' '} {similarity:5.2f} {bar(similarity):{BAR}} "
            f"{_like(comparison, index):<12}  {_cell(comparison, index)}"
        )
    return "\n".join([_title(comparison), *lines, *_rest(comparison), _note(comparison)])


def as_html(comparison: "Comparison") -> str:
    """Return the comparison as one HTML table that needs nothing from outside."""
    best = set(comparison.best)
    rows = [f"<tr><td></td><td>first</td><td></td><td></td>{_html_cell(comparison, 0)}</tr>"]
    for index in range(1, min(ROWS, len(comparison.texts))):
        similarity = float(comparison.similarities[index])
        filled = round(100 * max(0.0, similarity))
        strip = (
            '<div style="width:8em;background:#8883;height:.8em">'
            f'<div style="width:{filled}%;background:#2a78b8;height:.8em"></div></div>'
        )
        rows.append(
            f"<tr><td>{'★' if index in best else ''}</td><td>{similarity:.2f}</td>"
            f"<td>{strip}</td><td>{escape(_like(comparison, index))}</td>"
            f"{_html_cell(comparison, index)}</tr>"
        )
    rest = "".join(f"<p>{escape(line.strip())}</p>" for line in _rest(comparison))
    return (
        f"<table><caption>{escape(_title(comparison))}</caption>"
        "<thead><tr><th></th><th>similarity</th><th></th><th>like</th><th>text</th></tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table>{rest}"
        f"<p>{escape(_note(comparison))}</p>"
    )


def _title(comparison: "Comparison") -> str:
    count = len(comparison.texts)
    return f"{comparison.identity.name} · {counted(count, 'text')}"


def _note(comparison: "Comparison") -> str:
    return f"like: {legend(comparison)}"


def legend(comparison: "Comparison") -> str:
    """Return what the words of likeness stand for, in one sentence."""
    low, high = comparison.landmarks.cuts
    if low is None:
        return f"{comparison.identity.name} does not tell related texts from unrelated ones"
    if high is None:
        return f"strangers below {low:.2f}, related from there on, measured on pairs of known kind"
    return (
        f"strangers below {low:.2f}, same subject below {high:.2f}, same meaning (or its "
        "contradiction) from there on, measured on pairs of known kind"
    )


def _like(comparison: "Comparison", index: int) -> str:
    """Return the likeness in a word or two."""
    return comparison.likeness[index] or "–"


def _rest(comparison: "Comparison") -> list[str]:
    more = len(comparison.texts) - ROWS
    return [f"  … {more} more"] if more > 0 else []


def _cell(comparison: "Comparison", index: int) -> str:
    return one_line(comparison.texts[index]) + remarks(comparison, index)


def remarks(comparison: "Comparison", index: int) -> str:
    """Return what to know of a text's vector: that it was cut off, or has unknown tokens."""
    encoding = comparison.encoding
    cut = " [cut off]" if encoding.truncated[index] else ""
    unknown = int(encoding.unknown[index])
    if not unknown:
        return cut
    of = int(encoding.tokens[index])
    return f"{cut} [{unknown:,} of {of:,} tokens unknown]"


def _html_cell(comparison: "Comparison", index: int) -> str:
    return f'<td style="text-align:left" dir="auto">{escape(_cell(comparison, index))}</td>'
