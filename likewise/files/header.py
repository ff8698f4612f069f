"""Whether the first row of a table names its columns, judged by how it differs from the rest."""

import re
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from likewise.files.table import listed, number

USUAL = {
    *("text", "texts", "sentence", "sentences", "document", "content", "body", "abstract"),
    *("description", "message", "comment", "review", "question", "query", "utterance", "title"),
    *("passage", "paragraph", "sentence1", "sentence2", "text1", "label", "labels", "class"),
    *("category", "intent", "sentiment", "mood", "emotion", "topic", "tag", "type", "target"),
    *("id", "index", "name", "date", "time", "url", "lang", "language", "score", "rating", "stars"),
    *("author", "user", "source", "answer", "key", "value", "price", "count", "row"),
}
"""Names that columns often have; one of them makes a first row a row of names."""

_SENTENCE = re.compile(r"[.!?]\s*$|[.!?,;]\s")
_VALUE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2})?"
    r"|https?://\S+|[^\s@]+@[^\s@]+\.\w+"
)
_LONG = 4
"""Words from which a cell is rather a text than a name."""


class HeaderGuess(NamedTuple):
    """Whether the first row names the columns, and whether something in the table shows it."""

    named: bool
    sure: bool

    def said(self, title: str, names: Sequence[str]) -> list[str]:
        """Return what is to be told about a table called `title`, a sentence or none."""
        if not self.named:
            return [f"{title} has no names of columns in its first row; --header says that it has."]
        if self.sure:
            return []
        return [
            f"The first row of {title} is taken for the names of its columns: {listed(names, 4)}; "
            "--no-header says that it is a row."
        ]


def guess_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> HeaderGuess:
    """Return whether `first` is a row of names above `rows`.

    Names are not numbers, they differ from each other, they do not come again below, and where the
    cells below are numbers or long texts they are neither. Without any sign it is taken for names,
    as most files have them.
    """
    cells = [cell.strip() for cell in first]
    below = [[row[at].strip() for row in rows if at < len(row)] for at in range(len(cells))]
    named = [cell.lower() for cell in cells if cell]
    again = any(cell in under for cell, under in _pairs(cells, below) if cell)
    alike = any(_alike(cell, under) for cell, under in _pairs(cells, below))
    if any(map(is_usual, cells)):
        return HeaderGuess(True, sure=not again and not alike)
    above_values = [cell for cell, under in _pairs(cells, below) if _values(under) and cell]
    if above_values:
        return HeaderGuess(not any(map(is_value, above_values)), sure=True)
    differ = bool(named) and len(set(named)) == len(named)
    return HeaderGuess(differ and not again and not alike, sure=False)


def _pairs(cells: list[str], below: list[list[str]]) -> list[tuple[str, list[str]]]:
    return list(zip(cells, below, strict=True))


def is_usual(name: str) -> bool:
    """Return whether columns are often called so."""
    inner = re.search(r"[^\W_](?:.*[^\W_])?", name.lower(), re.DOTALL)
    return inner is not None and inner[0] in USUAL


def is_value(cell: str) -> bool:
    """Return whether a cell is what no column is called: a number, a date, an address."""
    return number(cell) is not None or _VALUE.fullmatch(cell) is not None


def _values(cells: list[str]) -> bool:
    """Return whether nearly all cells of a column are numbers, dates or addresses."""
    held = [cell for cell in cells if cell]
    return bool(held) and sum(map(is_value, held)) >= 0.9 * len(held)


def _alike(cell: str, under: list[str]) -> bool:
    """Return whether a cell is a text as those below are."""
    words = [len(other.split()) for other in under if other]
    if not words or median(words) < _LONG:
        return False
    return len(cell.split()) >= _LONG or bool(_SENTENCE.search(cell))
