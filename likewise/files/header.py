"""Whether the first row of a table names its columns, judged by how it differs from the rest."""

import re
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from likewise.files.cells import number
from likewise.files.names import listed

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
_UNITS = re.compile(r"[(\[<{].*[)\]>}]|[€$£¥%°]\S{0,2}", re.DOTALL)
_TYPES = {
    *(
        "text",
        "string",
        "str",
        "varchar",
        "char",
        "object",
        "category",
        "label",
        "number",
        "integer",
    ),
    *(
        "int",
        "int32",
        "int64",
        "bigint",
        "float",
        "float64",
        "double",
        "decimal",
        "real",
        "numeric",
    ),
    *("bool", "boolean", "date", "datetime", "timestamp", "time", "continuous", "discrete"),
}
_NOTHING = {"n/a", "na", "nan", "null", "none", "nil", "-", "--", "?", "unknown", "missing", "."}
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


def second_names(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what is to be told where the first rows below the names name them again.

    Such are units, kinds of columns, and the questions of a survey. They are rows all the same:
    which of a person's rows are left out is the person's to say.

    Args:
        title: the name of the file, as it begins a sentence.
        names: of its columns, as they stand there.
        rows: the first ones below the names.
    """
    for many in (2, 1):
        if len(rows) - many > 1 and _name_again(names, rows[:many], rows[many:]):
            cells = listed([cell.strip() for cell in rows[0] if cell.strip()], 3)
            if many == 1:
                return [
                    f"The first row of {title} looks like more names or units, {cells}; it is read "
                    "as a row: delete it if it is none."
                ]
            return [
                f"The first {many} rows of {title} look like more names or units, {cells}; they "
                "are read as rows: delete them if they are none."
            ]
    return []


def _name_again(
    names: Sequence[str], first: Sequence[Sequence[str]], rest: Sequence[Sequence[str]]
) -> bool:
    """Return whether first rows hold what names or describes columns, unlike the rest."""
    held = [
        ([row[at].strip() for row in first], [row[at].strip() for row in rest if at < len(row)])
        for at in range(min(map(len, first)))
    ]
    cells = [cell for column, _ in held for cell in column if cell]
    if not cells or any(map(is_value, cells)):
        return False
    above = [column for column, under in held if _values(under)]
    if any(all(cell and cell.lower() not in _NOTHING for cell in column) for column in above):
        return True
    if len(first) > 1:
        return False
    one = [(column[0], under) for column, under in held if column[0]]
    # a name of several columns has their own names below it, and a name of one has nothing there
    spread = len(set(names)) < len(names) or "" in names
    below = spread and bool(above) and not any(cell for column in above for cell in column)
    return below or _all_units(one) or (len(one) > 1 and _all_types(one))


def _all_units(held: list[tuple[str, list[str]]]) -> bool:
    """Return whether all cells of a row are units, or stand in brackets, and others do not."""
    others = [cell for _, under in held for cell in under if cell]
    return all(_UNITS.fullmatch(cell) for cell, _ in held) and not any(
        map(_UNITS.fullmatch, others)
    )


def _all_types(held: list[tuple[str, list[str]]]) -> bool:
    """Return whether all cells of a row are kinds of columns, and others are not."""
    others = [cell for _, under in held for cell in under if cell]
    return all(cell.lower() in _TYPES for cell, _ in held) and not all(
        cell.lower() in _TYPES for cell in others
    )


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
