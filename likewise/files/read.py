"""Opens a table or a stream of texts, whatever the format.

The format is told by the name's ending, else by how the content begins; both can be said
instead. Every guess is in the notes, for the caller to show.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from likewise.errors import ColumnMissing, InvalidOption, TooFewTexts, UnreadableFile, shown
from likewise.files import formats
from likewise.files.delimited import GUARDED, SHORT_ROWS
from likewise.files.source import Source
from likewise.files.table import Table, Value, is_missing, listed

_FOREIGN = {
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"%PDF": "a PDF document",
    b"\x93NUMPY": "a NumPy array",
    b"SQLite format 3": "an SQLite database",
}

_NAMES = [
    *("text", "texts", "sentence", "sentences", "document", "content", "body", "abstract"),
    *("description", "message", "comment", "review", "question", "query", "utterance"),
    *("passage", "paragraph", "sentence1", "text1"),
]
"""Usual names of a text column, most telling first."""


def open_table(
    where: str | Path,
    *,
    format: str | None = None,  # noqa: A002
    encoding: str | None = None,
    header: bool = True,
    columns: bool = False,
) -> Table:
    """Open a csv, tsv, jsonl, parquet or txt file, or a pipe that carries one.

    Args:
        where: a path, or `-` for standard input; gzip is seen through.
        format: one of `formats.READ`; by default told by the name's ending, else by the content.
        encoding: a Python codec name; by default what the byte order mark says, else UTF-8.
        header: whether the first row of csv and tsv names the columns.
        columns: whether content that no name or mark tells apart is csv rather than txt.

    Raises:
        FileMissing: there is no such file.
        UnreadableFile: it is empty, a folder, damaged, or in another encoding or format.
        InvalidOption: there is no such format or encoding.
    """
    if format is not None and format not in formats.READ:
        raise InvalidOption(
            f"There is no format {shown(format)} to read.",
            f"Use {listed(formats.READ)}.",
            param="format",
        )
    source = Source(where, encoding=encoding)
    if format is not None:
        return formats.read(source, format, header=header)
    guess = _guess_format(source, lines="csv" if columns else "txt")
    table = formats.read(source, guess.format, header=header)
    table.notes[:0] = guess.notes
    return table


def open_texts(
    where: str | Path,
    *,
    column: str | None = None,
    format: str | None = None,  # noqa: A002
    encoding: str | None = None,
    header: bool = True,
) -> "Texts":
    """Open the texts of a file or pipe; `column` names theirs, the rest is as in `open_table`.

    Raises:
        FileMissing, UnreadableFile, InvalidOption: see `open_table`.
        ColumnMissing: there is no such column, or none holds text.
    """
    table = open_table(
        where, format=format, encoding=encoding, header=header, columns=column is not None
    )
    return Texts(table, column)


class Text(NamedTuple):
    """One text of a table: the number of its row, counted from 1, and itself."""

    row: int
    text: str


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
        """Yield the texts in the order of their rows; see `rows`."""
        return (text for text, _ in self.rows())

    def rows(self) -> Iterator[tuple[Text, tuple[Value, ...]]]:
        """Yield each text with all cells of its row, in the order of the table's columns.

        Raises:
            TooFewTexts: there is none.
            UnreadableFile: a row can't be understood.
        """
        self.missing = 0
        any_text = False
        for row in self.table.rows():
            value = row.values[self._index]
            if is_missing(value):
                self.missing += 1
            else:
                any_text = True
                yield Text(row.number, value if isinstance(value, str) else str(value)), row.values
        if not any_text:
            raise TooFewTexts(
                f"{self.table.name} holds no text.", "Give it at least one row with a text."
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
        counts: Counter[str] = self.table.counts
        found = []
        if self.missing:
            found.append(f"{_many(self.missing, 'row')} without text left out.")
        if counts[SHORT_ROWS]:
            found.append(f"{_many(counts[SHORT_ROWS], 'row')} with fewer cells than columns.")
        if counts[GUARDED]:
            found.append(
                f"{_many(counts[GUARDED], 'cell')} read without the apostrophe that "
                "guards them from spreadsheets."
            )
        return found


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
            f"Name one with --text: {listed(table.columns)}.",
            param="text_column",
        )
    by_name = {name.strip().lower(): name for name in reversed(candidates)}
    for name in _NAMES:
        if name in by_name:
            return by_name[name]
    return max(candidates, key=lambda name: _wordiness(table, name))


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


class _Guess(NamedTuple):
    format: str
    notes: tuple[str, ...] = ()


def _guess_format(source: Source, lines: str) -> _Guess:
    """Return the format by ending, then by content; `lines` is what plain lines are."""
    for magic, kind in _FOREIGN.items():
        if source.head.startswith(magic):
            raise UnreadableFile(
                f"{source.title} is {kind}.",
                "Save the texts as CSV (UTF-8), JSON lines, Parquet or plain text.",
            )
    for one in formats.FORMATS:
        if one.reader and one.magic and source.head.startswith(one.magic):
            return _Guess(one.name)
    if source.path is not None:
        told = formats.read_format(source.path.name.lower().removesuffix(".gz"))
        if told is not None:
            return _Guess(told)
    if source.head_text().lstrip("\ufeff \t\r\n").startswith('{"'):
        lines = "jsonl"
    meaning = formats.meaning(lines)
    note = f"{source.title} is read as {meaning}; --input-format says otherwise."
    return _Guess(lines, (note,))


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
