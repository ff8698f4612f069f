"""The texts of a table with what is kept beside their vectors: an id, and the row's other cells."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from likewise.errors import InvalidOption, UnreadableFile, shown
from likewise.files.read import Texts
from likewise.files.table import Value, is_missing
from likewise.files.vectors.columns import type_of
from likewise.files.vectors.embeddings import Precision
from likewise.files.vectors.writers import Beside, Embedded

if TYPE_CHECKING:
    import pyarrow as pa

    from likewise.types import Encoding

RESERVED = ("id", "text", "truncated", "encoder", "vector")
"""Columns of embeddings that are not the user's."""


class KeptRow(NamedTuple):
    """One text: the number of its row, counted from 1, its id, and the cells that are kept."""

    number: int
    id: Value
    text: str
    values: tuple[Value, ...]


class KeptRows:
    """The texts of a table, each with an id and, where asked for, the other cells of its row.

    Attributes:
        texts: where they are.
        layout: what stands beside the vectors.
        notes: what had to be decided, a sentence each.

    Args:
        texts: the texts of a table.
        columns: keep the other columns.
        ids: the column that holds the ids; by default they are the numbers of rows.
        precision: of the vectors, where they are written as parquet.

    Raises:
        ColumnMissing: there is no such column of ids.
    """

    def __init__(
        self,
        texts: Texts,
        *,
        columns: bool = False,
        ids: str | None = None,
        precision: Precision = "float32",
    ) -> None:
        self.texts = texts
        self.notes: list[str] = []
        table = texts.table
        self._id = None if ids is None else table.index(ids)
        own = {texts.column, ids}
        kept = [name for name in table.columns if columns and name not in own]
        self._kept = [table.index(name) for name in kept]
        self._names = self._unreserved(kept)
        self._known_types = [table.types[at] for at in self._kept] if table.types else None
        self._is_plain = ids is None and not columns
        self._precision = precision
        self.layout = Beside(precision=precision) if self._is_plain else self._guessed()

    def count(self) -> int | None:
        """Return how many texts there are by reading all rows, or None for a pipe.

        What types the columns have is decided on the way; those of a pipe are text.

        Raises:
            TooFewTexts: there is none.
            UnreadableFile: a row can't be understood, or has no id.
        """
        if self._is_plain or self.texts.table.once:
            return self.texts.count()
        count = 0
        ids: pa.DataType | None = None
        types: list[pa.DataType | None] = [None] * len(self._kept)
        for part in _parts(self):
            count += len(part)
            if self._id is not None:
                ids = type_of((row.id for row in part), ids)
            if self._known_types is None:
                cells = zip(*(row.values for row in part), strict=True)
                types = [type_of(*pair) for pair in zip(cells, types, strict=True)]
        columns = self._known_types if self._known_types is not None else types
        self.layout = Beside(
            self._id_type() or ids,
            dict(zip(self._names, columns, strict=True)),
            self._precision,
        )
        return count

    def __iter__(self) -> Iterator[KeptRow]:
        """Yield the texts in the order of their rows.

        Raises:
            TooFewTexts: there is none.
            UnreadableFile: a row can't be understood, or has no id.
        """
        for text, values in self.texts.rows():
            id_: Value = text.row
            if self._id is not None:
                id_ = values[self._id]
                if is_missing(id_):
                    raise UnreadableFile(
                        f"Row {text.row:,} of {self.texts.table.name} has no id.",
                        "Give it one, or leave --id-column out.",
                    )
            yield KeptRow(text.row, id_, text.text, tuple(values[at] for at in self._kept))

    def embedded(self, rows: Sequence[KeptRow], encoding: "Encoding") -> Embedded:
        """Return rows with their vectors, ready to be written."""
        cells = zip(*(row.values for row in rows), strict=True) if rows else [()] * len(self._names)
        return Embedded(
            ids=[row.id for row in rows],
            texts=[row.text for row in rows],
            vectors=encoding.vectors,
            truncated=encoding.truncated,
            columns=dict(zip(self._names, cells, strict=True)) if self._names else {},
        )

    def _guessed(self) -> Beside:
        """What is known before any row was read: the types of parquet, and text."""
        import pyarrow as pa

        types = self._known_types or [pa.string()] * len(self._kept)
        ids = None if self._id is None else self._id_type() or pa.string()
        return Beside(ids, dict(zip(self._names, types, strict=True)), self._precision)

    def _id_type(self) -> "pa.DataType | None":
        types = self.texts.table.types
        return types[self._id] if types and self._id is not None else None

    def _unreserved(self, names: Sequence[str]) -> list[str]:
        taken = {*RESERVED, *names}
        fresh = []
        for name in names:
            new, number = name, 2
            while new in RESERVED or (new != name and new in taken):
                new, number = f"{name} {number}", number + 1
            if new != name:
                self.notes.append(f"Column {shown(name)} is kept as {shown(new)}.")
            taken.add(new)
            fresh.append(new)
        return fresh


def check_room(format_: str, among: Sequence[str]) -> None:
    """Raise `InvalidOption` unless embeddings in this format have room for columns and ids."""
    if format_ not in among:
        raise InvalidOption(
            f"{format_} has no room for columns or ids.",
            f"Write {' or '.join(among)}.",
            param="output_format",
        )


def _parts(rows: KeptRows, size: int = 4_096) -> Iterator[list[KeptRow]]:
    part: list[KeptRow] = []
    for row in rows:
        part.append(row)
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part
