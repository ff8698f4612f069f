"""The texts in one column of a table, and which column that is where nobody has said."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from likewise.errors import ColumnMissing, InvalidText, TooFewTexts, shown
from likewise.files.cells import NOTHING, Cell, Value, is_missing
from likewise.files.names import listed
from likewise.files.oddities import oddities
from likewise.files.places import begun
from likewise.files.table import Part, Table, tuples

_NAMES = [
    *("text", "texts", "sentence", "sentences", "document", "content", "body", "abstract"),
    *("description", "message", "comment", "review", "question", "query", "utterance"),
    *("passage", "paragraph", "sentence1", "text1"),
]
"""Usual names of a text column, most telling first."""


class Text(NamedTuple):
    """One text of a table: the number of its row, counted from 1, and itself."""

    row: int
    text: str


_EMPTY = {"", None}


def _all_text(cells: Sequence[Value]) -> bool:
    """Return whether all cells are texts, at the speed of C, as nearly everywhere they are."""
    if not all(cells) or set(map(type, cells)) != {str} or NOTHING in cells:
        return False
    return not any(map(str.isspace, cells))  # type: ignore[arg-type]


class Texts:
    """The texts in one column of a table, rows without one left out and counted.

    Attributes:
        table: where they are.
        column: the column that holds them.
        notes: what had to be decided to read them, a sentence each.
        missing: rows without text in the latest reading, complete at its end.
    """

    def __init__(self, table: Table, column: str | None = None) -> None:
        self.table = table
        self.notes = list(table.notes)
        self.column = column if column is not None else guess_text_column(table)
        self._index = table.index(self.column)
        self.missing = 0
        if column is None and len(table.columns) > 1:
            others = [name for name in table.columns if name != self.column]
            self.notes.append(
                f"The texts are read from column {shown(self.column)}; "
                f"--text names another: {listed(others, 8)}."
            )

    def __iter__(self) -> Iterator[Text]:
        """Yield the texts in the order of their rows.

        Raises:
            TooFewTexts: there is none.
            InvalidText: a cell holds a list or an object.
            UnreadableFile: the file can't be read on.
        """
        for part in self.parts(()):
            yield from tuples(Text, part.numbers, part.cells[0])

    def rows(self) -> Iterator[tuple[Text, tuple[Value, ...]]]:
        """Yield each text with all cells of its row, in the order of the table's columns.

        Raises:
            TooFewTexts, InvalidText, UnreadableFile: as for the texts alone.
        """
        for part in self.parts(range(len(self.table.columns))):
            texts = tuples(Text, part.numbers, part.cells[0])
            yield from zip(texts, zip(*part.cells[1:], strict=True), strict=True)

    def parts(self, others: Sequence[int]) -> Iterator[Part]:
        """Yield the texts some at a time, with the cells of other columns that stand beside them.

        Args:
            others: places of the other columns.

        Raises:
            TooFewTexts, InvalidText, UnreadableFile: as for the texts alone.
        """
        self.missing = 0
        any_text = False
        wanted = [self._index, *others]
        read = list(dict.fromkeys(wanted))  # readers take each column once
        for part in self.table.parts(read):
            if len(read) < len(wanted):
                cells = [part.cells[read.index(at)] for at in wanted]
                part = Part(part.numbers, cells, part.filled)
            if set(part.cells[0][:1]) <= _EMPTY and set(part.cells[0]) <= _EMPTY:
                self.missing += len(part.numbers)
                continue
            found = part if 0 in part.filled or _all_text(part.cells[0]) else self._with_text(part)
            if found.numbers:
                any_text = True
                yield found
        if not any_text:
            raise self._none()

    def _with_text(self, part: Part) -> Part:
        """Return the rows that hold a text, the others counted."""
        texts = [self._text(*row) for row in zip(part.numbers, part.cells[0], strict=True)]
        there = [at for at, text in enumerate(texts) if text is not None]
        columns = [texts, *part.cells[1:]]
        return Part([part.numbers[at] for at in there], [[c[at] for at in there] for c in columns])

    def _text(self, row: int, value: Value) -> str | None:
        """Return a cell as a text, None where there is none, which is counted."""
        if type(value) is str and value and value != NOTHING and not value.isspace():
            return value
        if is_missing(value):
            self.missing += 1
            return None
        return text_of(value, row, self.table, self.column)

    def _none(self) -> TooFewTexts:
        aside = self.table.aside.sentences()
        return TooFewTexts(
            f"{self.table.name} holds no text.{''.join(f' {said}' for said in aside)}",
            "Give it at least one row with a text.",
        )

    def count(self) -> int | None:
        """Return how many texts there are by reading all rows, or None for a pipe.

        Raises:
            TooFewTexts: there is none.
            UnreadableFile: a row can't be understood.
        """
        return None if self.table.once else sum(1 for _ in self)

    def oddities(self) -> list[str]:
        """Return what the latest reading met, a sentence each; complete at its end."""
        found = oddities(self.table)
        if self.missing:
            many = "row" if self.missing == 1 else "rows"
            found.insert(0, f"{self.missing:,} {many} without text left out.")
        return found


def text_of(value: Value, row: int, table: Table, column: str) -> str:
    """Return a cell that is not missing as a text.

    Raises:
        InvalidText: it holds a list or an object.
    """
    if isinstance(value, Cell) and value.nested:
        what = "an object" if value.startswith("{") else "a list"
        raise InvalidText(
            f"{begun(table.place(row))} holds {what} in column {shown(column)}, "
            f"{shown(str(value), 60)}.",
            "A text is one string: write the parts as rows or join them.",
            param="text",
        )
    return value if isinstance(value, str) else str(value)


def guess_text_column(table: Table) -> str:
    """Return the column that most likely holds the texts, judged by name and by first rows.

    Raises:
        ColumnMissing: no column holds text.
    """
    if len(table.columns) == 1:
        return table.columns[0]
    candidates = [name for name in table.columns if _holds_text(table, name)]
    if not candidates and not table.sample:
        candidates = list(table.columns)
    if not candidates:
        raise ColumnMissing(
            f"{table.name} has no column that looks like text.",
            f"Name one with --text: {listed(table.columns)}."
            if table.columns
            else "Give each row a member for its text.",
            param="text_column",
        )
    by_name = {name.strip().lower(): name for name in reversed(candidates)}
    for name in _NAMES:
        if name in by_name:
            return by_name[name]
    return max(candidates, key=lambda name: _wordiness(table, name))


def why_text(table: Table, column: str) -> str:
    """Return what speaks for a column that `guess_text_column` takes."""
    if len(table.columns) == 1:
        return "it is the only column"
    if column.strip().lower() in _NAMES:
        return "by its name"
    return "it has the most words"


def _holds_text(table: Table, column: str) -> bool:
    index = table.index(column)
    values = [row.values[index] for row in table.sample]
    is_text = any(isinstance(value, str) and not is_missing(value) for value in values)
    return is_text and table.kind(column) == "text"


def _wordiness(table: Table, column: str) -> float:
    """Mean number of words in the first rows; labels and keys have few."""
    index = table.index(column)
    words = [len(str(row.values[index]).split()) for row in table.sample]
    return sum(words) / max(1, len(words))
