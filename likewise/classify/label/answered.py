"""The table of a labelling: all rows with the answers, and what a person changed in it by hand."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import BinaryIO

from likewise.classify.label.answer_log import AnswerLog
from likewise.errors import LikewiseError
from likewise.files.cells import Value, is_missing
from likewise.files.formats import WRITTEN, row_writer, written_format
from likewise.files.names import unique_names
from likewise.files.read import open_table
from likewise.files.table import Row, Table
from likewise.files.write import replace_keeping

_TOGETHER = 1_000
"""Rows that are written at a time."""


@dataclass(frozen=True)
class _Change:
    """A text whose label by hand is another one than was written, None where it was erased."""

    row: int
    label: str | None


class AnsweredTable:
    """Written from a table and a log of answers, without loss of what stands there.

    The log knows each table that was written from it. Another one at the place was made or
    changed by somebody else: labels in it are taken in where its rows are ours, and unless that
    is all there is in it, it is kept under another name.

    Attributes:
        path: where it stands.
        text: the name of the column that holds the texts.
        column: the name of the column that holds the answers.
    """

    def __init__(self, path: Path, table: Table, text: str, log: AnswerLog) -> None:
        """Describe it; nothing is read or written yet.

        Args:
            path: where it stands, a regular file or none yet.
            table: the rows; each that has a text is the log's next.
            text: the name of the column that holds the texts.
            log: the answers.
        """
        self.path = path
        self.text = text
        self.columns, _ = unique_names([*table.columns, "label"])
        self.column = self.columns[-1]
        self._table = table
        self._at = table.index(text)
        self._log = log
        self._begun = dict(log.answers)
        self._taken_in: str | None = None

    def take_in(self) -> int | None:
        """Make answers of the labels that were changed by hand.

        Returns:
            How many; None where the table that stands there is one of somebody else.

        Raises:
            UnwritableFile: the log can't be written.
        """
        found = _digest(self.path)
        if found is None or found in self._log.written:
            return 0
        try:
            compared = self._compare(open_table(self.path, header=True))
        except LikewiseError:  # no table, or one without these columns
            return None
        if compared is None:
            return None
        changes, same = compared
        for change in changes:
            if change.label is None:
                self._log.erase(change.row)
            else:
                self._log.answer(change.row, change.label)
        if same:
            self._taken_in = found
        return len(changes)

    def write(self) -> tuple[bool, Path | None]:
        """Write all rows with their labels; rows without one stay blank.

        Returns:
            Whether it was written: a table of somebody else stays when nothing was answered; and
            where that table is now, None if nothing had to be kept.

        Raises:
            UnwritableFile: no permission or no space; what stood there still does.
        """
        if self._log.answers == self._begun and self._is_foreign(self.path):
            return False, None
        written = hashlib.sha256()

        def fill(file: BinaryIO) -> None:
            format_ = written_format(self.path, WRITTEN)
            table = self._table
            with row_writer(format_, file, self.columns, table.types, table.spelling) as write:
                rows = self._labelled()
                while part := list(islice(rows, _TOGETHER)):
                    write(part)
            file.seek(0)
            while chunk := file.read(1 << 20):
                written.update(chunk)

        # looked at when all is written: somebody may save the table meanwhile
        older = replace_keeping(self.path, fill, wanted=self._is_foreign)
        self._log.mark(written.hexdigest())
        return True, older

    def _is_foreign(self, path: Path) -> bool:
        """Return whether a table stands there that was neither written nor read by us."""
        return _digest(path) not in (*self._log.written, self._taken_in, None)

    def _labelled(self) -> Iterator[Sequence[Value]]:
        for row, place in self._places():
            answer = None if place is None else self._log.label_of(place)
            yield (*row.values, answer)

    def _places(self) -> Iterator[tuple[Row, int | None]]:
        """Yield all rows, each with the place of its text in the log, if it has one."""
        place = 0
        for row in self._table.rows():
            if is_missing(row.values[self._at]):
                yield row, None
            else:
                yield row, place
                place += 1

    def _compare(self, other: Table) -> tuple[list[_Change], bool] | None:
        """Return the labels that differ in another table, and whether nothing else does.

        None where it has other texts, or the same ones in another order.
        """
        at, at_label = other.index(self.text), other.index(self.column)
        changes = []
        same = other.columns == self.columns
        for mine, theirs in zip_longest(self._places(), other.rows()):
            if mine is None or theirs is None:
                return None
            row, place = mine
            if _words(row.values[self._at]) != _words(theirs.values[at]):
                return None
            same = same and theirs.values[:-1] == row.values
            value = theirs.values[at_label]
            label = None if is_missing(value) else str(value).strip()
            if place is None:
                same = same and label is None
            elif label not in (self._log.base.get(place), self._log.label_of(place)):
                changes.append(_Change(place, label))
        return changes, same


def _words(value: Value) -> list[str]:
    """Return a text as editors of tables leave it: they change the ends of lines."""
    return [] if value is None else str(value).split()


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
