"""Rows whose label a person did not accept, as Prodigy keeps them beside the others."""

from collections.abc import Collection

from likewise.errors import shown
from likewise.files.cells import Value, is_missing
from likewise.files.table import Table

_COLUMN = "answer"
_REFUSED = ("reject", "ignore")
_VERDICTS = ("accept", *_REFUSED)


def verdict_column(table: Table, taken: Collection[str]) -> int | None:
    """Return the place of the column that says whether each label is right, None without one.

    Args:
        table: where it is looked for, by its name and by its first rows.
        taken: columns that hold something else.
    """
    if _COLUMN not in table.columns or _COLUMN in taken:
        return None
    at = table.index(_COLUMN)
    held = [row.values[at] for row in table.sample if not is_missing(row.values[at])]
    return at if held and all(_plain(value) in _VERDICTS for value in held) else None


def is_refused(value: Value) -> bool:
    """Return whether a verdict is that the label is not right, or that nobody knows."""
    return _plain(value) in _REFUSED


def _plain(value: Value) -> str:
    """Return a cell without what a spreadsheet may have changed: case, and space around it."""
    return str(value).strip().lower()


def refused(rows: int) -> list[str]:
    """Return what is to be told of so many rows, a sentence or none."""
    if not rows:
        return []
    many, whose, them = ("rows", "their", "them") if rows > 1 else ("row", "its", "it")
    return [
        f"{rows:,} {many} without an accepted label: {whose} {shown(_COLUMN)} is reject or ignore, "
        f"and nothing is learned from {them}."
    ]
