"""Where a row stands in the file that it came from, for messages about it."""

from collections.abc import Callable
from dataclasses import dataclass

from likewise.errors import FileError

Locate = Callable[[int], str]
"""Called with a row's number; returns its place in the file, such as `line 3`, or nothing."""


def row_alone(row: int) -> str:
    """Name a row of nothing that is known."""
    return f"row {row:,}"


@dataclass(frozen=True)
class Places:
    """Names rows of a table as messages do: row 2 of 'a.csv' (line 3).

    Looking for a line reads the file again, which is worth it for an error alone.

    name: of the table, as it begins a sentence. locate: finds the place in the file; None where
    it is not known, as in a pipe, or where rows are all that there is.
    """

    name: str
    locate: Locate | None = None

    def __call__(self, row: int) -> str:
        """Return the row, counted from 1, as it stands within a sentence."""
        where = self.found(row)
        return f"row {row:,} of {self.name}" + (f" ({where})" if where else "")

    def found(self, row: int) -> str:
        """Return the place in the file alone, nothing where it can't be found."""
        if self.locate is None:
            return ""
        try:
            return self.locate(row)
        except FileError:  # changed or gone since; the row is still right
            return ""


def begun(place: str) -> str:
    """Return a place as it begins a sentence."""
    return place[:1].upper() + place[1:]
