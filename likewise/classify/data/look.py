"""What was understood of a table, before anything is computed from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from typing import Any, Literal

import numpy as np

from likewise.classify.data.guesses import guess_columns
from likewise.classify.data.verdicts import is_refused, refused, verdict_column
from likewise.encoders.base import Encoder
from likewise.files.cells import Cell, Value, is_missing
from likewise.files.formats import meaning
from likewise.files.oddities import oddities
from likewise.files.table import Table
from likewise.types import Identity, Reading, TokenCounts

Kind = Literal["empty", "text", "number", "date", "yes or no", "list"]

SAMPLES = 3
SAMPLE_CHARACTERS = 200
DIFFERENT = 10_000
"""Different values that are counted; beyond them a column has too many to be labels anyway."""

TOKENISED = 20_000
"""Texts whose tokens are counted, spread over the table."""


@dataclass(frozen=True)
class ColumnLook:
    """One column of a table.

    kind: what its cells are. missing: rows without a value. different: how many different values
    it has, at most 10,000. longest: characters of the longest. samples: its first different values.
    """

    name: str
    kind: Kind
    missing: int
    different: int
    longest: int
    samples: tuple[str, ...]


@dataclass(frozen=True)
class TokenLook:
    """How long texts are for an encoder.

    texts: how many were counted. median, longest: in tokens. limit: what the encoder reads of a
    text, None without a limit. cut_off: texts that are longer. with_unknown: texts with tokens
    that the encoder does not know.
    """

    encoder: str
    texts: int
    median: int
    longest: int
    limit: int | None
    cut_off: int
    with_unknown: int


@dataclass(frozen=True)
class TableLook:
    """A table as Likewise understands it.

    format: what was read, in words. encoding, separator: of text files, else None. rows: how many
    were read. aside: how many were set aside. text, label: the columns that would be taken,
    None where none can be meant, and `why` for each. duplicates: rows whose text comes again, case
    and space aside. notes: all that was decided, a sentence each.
    """

    name: str
    format: str
    encoding: str | None
    separator: str | None
    rows: int
    aside: int
    columns: tuple[ColumnLook, ...]
    text: str | None
    why_text: str
    label: str | None
    why_label: str
    duplicates: int
    tokens: TokenLook | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


def look(table: Table, encoder: Encoder | None = None, *, text: str | None = None) -> TableLook:
    """Read a whole table and return what it seems to be.

    Args:
        table: the table; one that can be read only once is read up.
        encoder: counts the tokens of the texts; None leaves that out.
        text: the column that holds the texts; guessed if None.

    Raises:
        ColumnMissing: there is no such column.
        UnreadableFile: the table can't be read on.
    """
    guess = guess_columns(table)
    column = text if text is not None else guess.text
    at = None if column is None else table.index(column)
    found = [_Column(name) for name in table.columns]
    texts = _Spread(TOKENISED)
    seen: Counter[int] = Counter()
    verdicts = None if guess.label is None else verdict_column(table, (str(column), guess.label))
    rows = not_accepted = 0
    for part in table.parts(None):
        rows += len(part.numbers)
        for one, cells in zip(found, part.cells, strict=True):
            one.take(cells, table)
        if verdicts is not None:
            not_accepted += sum(map(is_refused, part.cells[verdicts]))
        if at is not None:
            for cell in part.cells[at]:
                if not is_missing(cell):
                    texts.take(str(cell))
                    seen[hash(" ".join(str(cell).lower().split()))] += 1
    delimited = table.format in ("csv", "tsv")
    tokens, unknown = None, list[str]()
    if encoder is not None and texts.kept:
        counts = encoder.count_tokens(texts.kept)
        tokens = _token_look(encoder.identity, counts)
        unknown = _unknown(encoder.identity, counts)
    return TableLook(
        name=table.name,
        format=meaning(table.format),
        encoding=table.spelling.encoding or None,
        separator=table.spelling.separator if delimited else None,
        rows=rows,
        aside=table.aside.count,
        columns=tuple(one.look() for one in found),
        text=column,
        why_text="as you say" if text is not None else guess.why_text,
        label=guess.label,
        why_label=guess.why_label,
        duplicates=sum(count - 1 for count in seen.values()),
        tokens=tokens,
        notes=(*table.notes, *oddities(table), *refused(not_accepted), *unknown),
    )


class _Spread:
    """Keeps some items of many, spread over all of them: every second, then every fourth."""

    def __init__(self, most: int) -> None:
        self.kept: list[str] = []
        self._most = most
        self._step = 1
        self._met = 0

    def take(self, item: str) -> None:
        if self._met % self._step == 0:
            self.kept.append(item)
            if len(self.kept) > self._most:
                self.kept = self.kept[::2]
                self._step *= 2
        self._met += 1


class _Column:
    """Gathers what one column holds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._missing = self._longest = 0
        self._values: dict[str, None] = {}
        self._kinds: set[Kind] = set()

    def take(self, cells: Sequence[Value], table: Table) -> None:
        for cell in cells:
            if is_missing(cell):
                self._missing += 1
                continue
            text = str(cell)
            self._longest = max(self._longest, len(text))
            if len(self._values) < DIFFERENT:
                self._values[text] = None
            if "text" not in self._kinds:
                self._kinds.add(_kind(cell, table))

    def look(self) -> ColumnLook:
        samples = [value[:SAMPLE_CHARACTERS] for value in list(self._values)[:SAMPLES]]
        kind = next(iter(self._kinds)) if len(self._kinds) == 1 else "text"
        return ColumnLook(
            self._name,
            kind if self._kinds else "empty",
            self._missing,
            len(self._values),
            self._longest,
            tuple(samples),
        )


def _kind(cell: Value, table: Table) -> Kind:
    if isinstance(cell, Cell) and cell.nested:
        return "list"
    if isinstance(cell, bool) or (isinstance(cell, str) and cell.lower() in ("true", "false")):
        return "yes or no"
    if table.number(cell) is not None:
        return "number"
    return "date" if _is_date(str(cell)) else "text"


def _is_date(text: str) -> bool:
    if not 8 <= len(text) <= 40 or not text[:4].isdecimal():
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _token_look(identity: Identity, counts: TokenCounts) -> TokenLook:
    return TokenLook(
        encoder=identity.name,
        texts=len(counts.tokens),
        median=int(median(counts.tokens.tolist())),
        longest=int(counts.tokens.max()),
        limit=identity.max_tokens or None,
        cut_off=int(counts.truncated.sum()),
        with_unknown=int((counts.unknown > 0).sum()),
    )


def _unknown(identity: Identity, counts: TokenCounts) -> list[str]:
    reading = Reading()
    reading.add(counts._replace(truncated=np.zeros_like(counts.truncated)))  # that is told already
    return reading.notes(identity)
