"""Where texts to be added come from: any table that Likewise reads, a pipe, a folder of notes."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Unpack

import numpy as np
import orjson

from likewise.collections.adding.folders import FolderSource
from likewise.collections.storage.items import Item, content_id
from likewise.collections.storage.shard import ID, OWN, TEXT, TRUNCATED, Mask
from likewise.errors import LikewiseError, UnreadableFile, shown
from likewise.files.cells import Value, is_missing
from likewise.files.names import listed
from likewise.files.options import ReadingOptions
from likewise.files.places import begun, row_alone
from likewise.files.several import open_several_texts
from likewise.files.table import Table
from likewise.files.texts import Texts
from likewise.files.vectors.columns import cells_of
from likewise.files.vectors.embeddings import VECTOR, EmbeddingsFile, vectors_of
from likewise.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

_ID_NAMES = ("id", "_id", "uuid", "guid", "key")
"""Usual names of a column that names its row, most telling first."""


_SHORTEST = 8
"""Numbers in a list that may be a vector."""


class TextSource(Protocol):
    """Texts that can be added, with their ids and the other cells of their rows.

    columns: names of the cells, in order. notes: what had to be decided, a sentence each.
    """

    columns: list[str]
    notes: list[str]

    def count(self) -> int | None:
        """Return how many texts there are, or None for a pipe; checks all that can be known.

        Raises:
            TooFewTexts: there is none.
            UnreadableFile: a row can't be understood, or has no id or that of another.
        """

    def __iter__(self) -> Iterator[Item]:
        """Yield the texts in order."""

    def place(self, row: int) -> str:
        """Return where a row stands, as it is named within a sentence."""

    def oddities(self) -> list[str]:
        """Return what the latest reading met, a sentence each; complete at its end."""


def open_source(
    *where: str,
    text: str | None = None,
    ids: str | None = None,
    **reading: Unpack[ReadingOptions],
) -> "TextSource":
    """Open files, a pipe (`-`) or a folder of texts.

    Args:
        *where: paths or patterns, or `-` for standard input; a folder alone is one of documents.
        text: the column that holds the texts, by default guessed.
        ids: the column that holds the ids, by default guessed; where there is none, each text
            gets an id that is made from it, and each file of a folder has its path.
        **reading: what is not to be guessed about a file; see `likewise.files.read.open_table`.

    Raises:
        FileMissing, UnreadableFile, ColumnMissing, InvalidOption: it can't be read so.
    """
    if len(where) == 1 and where[0] != "-" and Path(where[0]).is_dir():
        return FolderSource(Path(where[0]), reading.get("encoding") or "utf-8")
    if len(where) == 1 and _has_vectors(where[0], text, ids):
        return EmbeddedSource(Path(where[0]))
    return TableSource(open_several_texts(where, column=text, **reading), ids)


def _has_vectors(where: str, text: str | None, ids: str | None) -> bool:
    """Return whether a file says that it has vectors, and nothing else was asked of it."""
    if where == "-" or text not in (None, TEXT) or ids not in (None, ID):
        return False
    with suppress(LikewiseError, OSError), EmbeddingsFile(Path(where)):
        return True
    return False


class TableSource:
    """The texts of a table.

    Attributes:
        table: where they are.
    """

    def __init__(self, texts: Texts, ids: str | None = None) -> None:
        self._texts = texts
        self.table = texts.table
        self._named = ids is not None
        self._of_embed = _columns_of_embed(self.table.columns)
        self.notes = list(texts.notes)
        if self._of_embed:
            self.notes.append("The vectors in it are made anew; from parquet they are taken over.")
        elif lists := _vectors_of_others(self.table):
            self.notes.append(
                f"Lists of numbers are kept as text, in {listed(lists)}; if they are vectors, they "
                "are not searched: new ones are made."
            )
        self._use(ids if ids is not None else self._guessed())

    def count(self) -> int | None:
        """Return how many texts there are, or None for a pipe, and check their ids."""
        if self.table.once:
            return None
        if self._id is None:
            return self._texts.count()
        found = self._repeated()
        if isinstance(found, int):
            return found
        if self._named:
            raise found
        self._use(None)
        # in the place of what was said of the column when it was guessed
        why = found.problem.removesuffix(".")
        self.notes[-1] = f"{why}, so each id is made from its text; --id-column names a column."
        return self._texts.count()

    def __iter__(self) -> Iterator[Item]:
        """Yield the texts in the order of their rows."""
        counts: dict[str, int] = {}
        for text, values in self._texts.rows():
            if self._id is None:
                id_ = content_id(text.text, counts)
            else:
                id_ = _spelt(values[self._id])
                if not id_:
                    raise self._without_id(text.row)
            yield Item(id_, text.text, tuple(values[at] for at in self._kept), text.row)

    def place(self, row: int) -> str:
        """Return the row with its line in the file."""
        return self.table.place(row)

    def oddities(self) -> list[str]:
        """Return what the latest reading met, a sentence each; complete at its end."""
        return self._texts.oddities()

    def _use(self, ids: str | None) -> None:
        """Take the ids from this column, and keep all others but that of the texts."""
        self._id = None if ids is None else self.table.index(ids)
        drop = {self._texts.column, ids, *self._of_embed}
        kept = [name for name in self.table.columns if name not in drop]
        self._kept = [self.table.index(name) for name in kept]
        self.columns = _free_names(kept)

    def _guessed(self) -> str | None:
        names = {name.lower(): name for name in reversed(self.table.columns)}
        for name in _ID_NAMES:
            if name in names and names[name] != self._texts.column:
                column = names[name]
                at = self.table.index(column)
                values = [_spelt(row.values[at]) for row in self.table.sample]
                # `likewise embed` writes the numbers of rows where nobody has named ids
                numbered = self._of_embed and all(value.isdecimal() for value in values)
                if values and all(values) and len(set(values)) == len(values) and not numbered:
                    self.notes.append(
                        f"The ids are read from column {shown(column)}; --id-column names another."
                    )
                    return column
        return None

    def _repeated(self) -> int | UnreadableFile:
        """Return how many texts there are, or what is wrong with their ids."""
        seen: dict[int, int] = {}
        count = 0
        at = self._id
        for text, values in self._texts.rows():
            id_ = _spelt(values[at]) if at is not None else ""
            if not id_:
                return self._without_id(text.row)
            # of hashes, which take a fifth of the memory; two that meet are looked at below
            before = seen.setdefault(hash(id_), text.row)
            if before != text.row and self._id_of(before) == id_:
                return UnreadableFile(
                    f"Rows {before:,} and {text.row:,} of {self.table.name} have the same id "
                    f"{shown(id_)}.",
                    "Give each its own, or name another column with --id-column.",
                    param="id_column",
                )
            count += 1
        return count

    def _id_of(self, row: int) -> str:
        found = (values for text, values in self._texts.rows() if text.row == row)
        return _spelt(next(found)[self._id or 0])

    def _without_id(self, row: int) -> UnreadableFile:
        return UnreadableFile(
            f"{begun(self.table.place(row))} has no id.",
            "Give it one, or name another column with --id-column.",
            param="id_column",
        )


class EmbeddedSource:
    """The texts of a parquet file that `likewise embed` or an export made, with their vectors.

    Attributes:
        encoder: the identity of the encoder that made the vectors, as a dictionary.

    Raises:
        UnreadableFile: it has no texts, or can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._missing = 0
        with EmbeddingsFile(path) as file:
            self.encoder = file.encoder
            self._rows = file.rows
            schema = file.schema
        if TEXT not in schema.names:
            raise UnreadableFile(
                f"{shown(str(path), 200)} has vectors, but no column {TEXT!r} with their texts.",
                "Make it again with `likewise embed`.",
            )
        # numbers of rows, which are never missing, mean nothing among rows of other files
        self._has_ids = ID in schema.names and schema.field(ID).nullable
        self._kept = [name for name in schema.names if name not in (*OWN, "encoder")]
        self.columns = _free_names(self._kept)
        self.notes: list[str] = []

    def count(self) -> int | None:
        """Return how many texts there are."""
        return self._rows

    def __iter__(self) -> Iterator[Item]:
        """Yield the texts in the order of their rows."""
        for items, _, _ in self.parts():
            yield from items

    def parts(self) -> Iterator[tuple[list[Item], Vectors, Mask]]:
        """Yield items with their vectors and which of them were cut off, some at a time.

        Raises:
            UnreadableFile: the file is damaged.
        """
        counts: dict[str, int] = {}
        self._missing = 0
        for first, batch in self._batches():
            cells = [cells_of(batch.column(name)) for name in self._kept]
            values = list(zip(*cells, strict=True)) or [()] * len(batch)
            texts = batch.column(TEXT).to_pylist()
            ids = batch.column(ID).to_pylist() if self._has_ids else [None] * len(batch)
            has_vector = batch.column(VECTOR).is_valid().to_pylist()
            there = [
                row
                for row, (text, has) in enumerate(zip(texts, has_vector, strict=True))
                if has and not is_missing(text)
            ]
            self._missing += len(texts) - len(there)
            items = [
                Item(
                    _spelt(ids[row]) or content_id(texts[row], counts),
                    *(texts[row], values[row], first + row + 1),
                )
                for row in there
            ]
            cut = np.zeros(len(batch), np.bool_)
            if TRUNCATED in batch.schema.names:
                cut = batch.column(TRUNCATED).fill_null(False).to_numpy(zero_copy_only=False)
            yield items, vectors_of(batch.column(VECTOR))[there], cut[there]

    def place(self, row: int) -> str:
        """Return the row."""
        return row_alone(row)

    def oddities(self) -> list[str]:
        """Return how many rows have no text or no vector, if any."""
        said = f"{self._missing:,} rows without text or vector left out."
        return [said] if self._missing else []

    def _batches(self) -> Iterator[tuple[int, "pa.RecordBatch"]]:
        first = 0
        with EmbeddingsFile(self._path, gaps=True) as file:
            for batch in file.batches():
                yield first, batch
                first += len(batch)


def _columns_of_embed(columns: Sequence[str]) -> set[str]:
    """Return the columns that `likewise embed` adds to csv and jsonl, none in other files."""
    if not {TRUNCATED, "encoder"} <= set(columns) or not {VECTOR, "v0"} & set(columns):
        return set()
    numbers = {name for name in columns if re.fullmatch(r"v\d+", name)}
    own = numbers if VECTOR not in columns else {VECTOR}
    return {TRUNCATED, "encoder", *own} | ({ID} if ID in columns else set())


def _vectors_of_others(table: Table) -> list[str]:
    """Return the columns in which the first row that has something has a long list of numbers."""
    found = []
    for at, name in enumerate(table.columns):
        values = (row.values[at] for row in table.sample)
        first = next((value for value in values if not is_missing(value)), None)
        if isinstance(first, str) and first.startswith("["):
            with suppress(ValueError):
                numbers = orjson.loads(first.encode())
                if len(numbers) >= _SHORTEST and all(isinstance(n, int | float) for n in numbers):
                    found.append(name)
    return found


def _free_names(names: Sequence[str]) -> list[str]:
    """Return names that are not the collection's own, nor each other's."""
    taken = {*OWN, *names}
    free = []
    for name in names:
        new, number = name, 2
        while new in OWN or (new != name and new in taken):
            new, number = f"{name} {number}", number + 1
        taken.add(new)
        free.append(new)
    return free


def _spelt(value: Value) -> str:
    return "" if is_missing(value) else str(value)
