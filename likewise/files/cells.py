"""What a cell of a table may hold: whether it is missing, and which number it is."""

import math
import re
from typing import Any

Value = str | int | float | bool | None
"""What a cell may hold; None where nothing stands."""


class Cell(str):
    """The text of a cell that holds what no plain value is.

    Attributes:
        nested: whether it holds an object or a list; then the text is its JSON.
        array: the value itself, an arrow array of length 1, where a parquet file holds it.
    """

    __slots__ = ("array", "nested")

    array: Any
    nested: bool

    def __new__(cls, text: str, *, nested: bool = False, array: Any = None) -> "Cell":  # noqa: ANN401
        """Make the text with what it stands for."""
        made = super().__new__(cls, text)
        made.nested = nested
        made.array = array
        return made


_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


NOTHING = "\\N"
"""What PostgreSQL's COPY, MySQL and Hive write where a cell holds nothing."""


def is_missing(value: Value) -> bool:
    """Return whether a cell holds nothing that a person could see."""
    if isinstance(value, str):
        return not value.strip() or value == NOTHING
    return value is None or value != value  # NaN


def number(value: Value) -> float | None:
    """Return a cell as a finite number, or None where it is not one; true and false are none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    worth = float(value)
    return worth if math.isfinite(worth) else None
