"""Which columns of a table most likely hold texts and labels."""

from collections.abc import Sequence
from dataclasses import dataclass

from likewise.errors import ColumnMissing, shown
from likewise.files.cells import Value
from likewise.files.names import listed
from likewise.files.table import Table
from likewise.files.texts import guess_text_column, why_text

_NAMES = ("label", "labels", "class", "category", "intent", "sentiment", "mood", "emotion",
          "topic", "tag", "tags", "topics", "categories", "genres", "genre", "type", "target",
          "y")  # fmt: skip
"""Usual names of a label column, most telling first."""


MOST_DIFFERENT = 0.5
"""Share of different values up to which a column may be labels by its content."""


@dataclass(frozen=True)
class ColumnGuess:
    """The columns that most likely hold texts and labels; `why` no labels, where there are none.

    why_text, why_label: what speaks for each, or against any.
    """

    text: str | None
    label: str | None
    why: str | None
    why_text: str = ""
    why_label: str = ""


def guess_columns(table: Table) -> ColumnGuess:
    """Guess what the columns of a table hold; nothing that could not be guessed is an error."""
    try:
        text = guess_text(table, None)
    except ColumnMissing as error:
        return ColumnGuess(None, None, error.problem, error.problem, error.problem)
    why = why_text(table, text)
    try:
        label = guess_label(table, text)
    except ColumnMissing:
        none = _why_none(table, text)
        return ColumnGuess(text, None, none, why, none)
    return ColumnGuess(text, label, None, why, _why_label(table, label))


def _why_label(table: Table, label: str) -> str:
    if label.strip().lower() in _NAMES:
        return "by its name"
    kinds = len(values_in(table, label))
    return f"its {kinds:,} values come again most often"


def _why_none(table: Table, text: str) -> str:
    if len(table.columns) == 1:
        return f"The table has only one column, {shown(text)}. Labels need a column of their own."
    return f"No column beside {shown(text)} looks like labels, which are few and repeat."


def guess_text(table: Table, answer: str | None, taken: Sequence[str] = ()) -> str:
    """Return the column of the texts, which is neither that of the answers nor one of `taken`.

    Raises:
        ColumnMissing: there is no other.
    """
    column = guess_text_column(table)
    if column in taken:
        answer = column
    elif column != answer and not (answer is None and _named_for_labels(table, column)):
        return column
    answer = column
    others = [name for name in table.columns if name != answer and name not in taken]
    if not others:
        raise ColumnMissing(
            f"{table.name} has only one column, {shown(column)}.",
            "A text and a label are needed for each row.",
            param="text",
        )
    return max(others, key=lambda name: _length(table, name))


def _named_for_labels(table: Table, column: str) -> bool:
    """Return whether a column is named and repeated as labels are, beside one that is not.

    The texts are then in the other, even where they are numbers.
    """
    return (
        len(table.columns) > 1
        and column.strip().lower() in _NAMES
        and 0 < _different(table, column) <= MOST_DIFFERENT
    )


def _length(table: Table, column: str) -> float:
    index = table.index(column)
    return sum(len(str(row.values[index])) for row in table.sample) / max(1, len(table.sample))


def guess_label(table: Table, text: str) -> str:
    """Return the column by name, else the one that repeats its values most.

    Raises:
        ColumnMissing: none looks like labels.
    """
    others = [name for name in table.columns if name != text]
    by_name = {name.strip().lower(): name for name in reversed(others)}
    for name in _NAMES:
        if name in by_name:
            return by_name[name]
    repeated = {name: _different(table, name) for name in others}
    fitting = [name for name, share in repeated.items() if 0 < share <= MOST_DIFFERENT]
    if not fitting:
        raise ColumnMissing(
            f"{table.name} has no column that looks like labels.",
            f"Name one with --label, or numbers with --target: {listed(table.columns)}.",
            param="label",
        )
    return min(fitting, key=repeated.__getitem__)


def _different(table: Table, column: str) -> float:
    """Return the share of different values, 0 for a column of one value."""
    kinds = len(values_in(table, column))
    return kinds / len(table.sample) if kinds > 1 else 0.0


def values_in(table: Table, column: str) -> set[Value]:
    """Return the different values in the first rows."""
    index = table.index(column)
    return {row.values[index] for row in table.sample}
