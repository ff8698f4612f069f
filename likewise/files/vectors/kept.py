"""The texts of a table with what is kept beside their vectors: an id, and the row's other cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, cast

from likewise.errors import InvalidOption, UnreadableFile, shown
from likewise.files.cells import Value, is_missing
from likewise.files.places import begun
from likewise.files.table import Spelling
from likewise.files.texts import Texts
from likewise.files.vectors.columns import type_of
from likewise.files.vectors.embeddings import Precision
from likewise.files.vectors.writers import Beside, Embedded

if TYPE_CHECKING:
    import pyarrow as pa

    from likewise.types import Encoding

RESERVED = ("id", "text", "truncated", "encoder", "vector")
"""Columns of embeddings that are not the user's."""


@dataclass(frozen=True)
class KeptPart:
    """Some texts, n of them, with what is kept beside them.

    numbers: of their rows, counted from 1. ids: theirs. columns: n cells of each.
    """

    numbers: Sequence[int]
    ids: Sequence[Value]
    texts: Sequence[str]
    columns: tuple[Sequence[Value], ...]

    def cut(self, begin: int, end: int) -> "KeptPart":
        """Return those from one place to before another."""
        return self._with(lambda held: held[begin:end])

    def taken(self, places: Sequence[int]) -> "KeptPart":
        """Return those that stand at some places."""
        return self._with(lambda held: [held[at] for at in places])

    def joined(self, other: "KeptPart") -> "KeptPart":
        """Return these and others of the same table behind them."""
        pairs = zip(self.columns, other.columns, strict=True)
        return KeptPart(
            _joined(self.numbers, other.numbers),
            _joined(self.ids, other.ids),
            [*self.texts, *other.texts],
            tuple([*one, *more] for one, more in pairs),
        )

    def _with(self, some: Callable[[Sequence[Any]], Sequence[Any]]) -> "KeptPart":
        columns = tuple(map(some, self.columns))
        return KeptPart(some(self.numbers), some(self.ids), some(self.texts), columns)


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
        spelling: how csv is written.

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
        spelling: Spelling | None = None,
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
        plain = Beside(precision=precision, spelling=spelling or Spelling())
        self.layout = plain if self._is_plain else self._guessed(plain)

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
        for part in self.parts():
            count += len(part.texts)
            if self._id is not None:
                ids = type_of(part.ids, ids)
            if self._known_types is None:
                types = [type_of(*pair) for pair in zip(part.columns, types, strict=True)]
        columns = self._known_types if self._known_types is not None else types
        self.layout = replace(
            self.layout,
            ids=self._id_type() or ids,
            columns=dict(zip(self._names, columns, strict=True)),
        )
        return count

    def parts(self) -> Iterator[KeptPart]:
        """Yield the texts in the order of their rows, some at a time.

        Raises:
            TooFewTexts: there is none.
            UnreadableFile: a row can't be understood, or has no id.
        """
        places = self._kept if self._id is None else [*self._kept, self._id]
        for part in self.texts.parts(places):
            texts, *others = part.cells
            ids: Sequence[Value] = part.numbers
            if self._id is not None:
                ids = others.pop()
                self._check(part.numbers, ids)
            yield KeptPart(part.numbers, ids, cast("Sequence[str]", texts), tuple(others))

    def slices(self, texts: int, characters: int) -> Iterator[KeptPart]:
        """Yield the same cut anew, each part at so many texts or with the text that fills it up.

        Raises:
            TooFewTexts, UnreadableFile: as for `parts`.
        """
        rest: KeptPart | None = None
        held = 0  # characters of the rest
        for more in self.parts():
            begin = 0
            while begin < len(more.texts):
                room = texts - len(rest.texts) if rest is not None else texts
                size, weight = _fitting(more.texts, begin, room, characters - held)
                held += weight
                some = more.cut(begin, begin + size)
                rest = some if rest is None else rest.joined(some)
                begin += size
                if size == room or held >= characters:
                    yield rest
                    rest, held = None, 0
        if rest is not None:
            yield rest

    def _check(self, numbers: Sequence[int], ids: Sequence[Value]) -> None:
        """Raise `UnreadableFile` where a row has no id."""
        for number, id_ in zip(numbers, ids, strict=True):
            if is_missing(id_):
                raise UnreadableFile(
                    f"{begun(self.texts.table.place(number))} has no id.",
                    "Give it one, or leave --id-column out.",
                )

    def embedded(self, part: KeptPart, encoding: "Encoding") -> Embedded:
        """Return texts with their vectors, ready to be written."""
        return Embedded(
            ids=part.ids,
            texts=part.texts,
            vectors=encoding.vectors,
            truncated=encoding.truncated,
            columns=dict(zip(self._names, part.columns, strict=True)),
        )

    def _guessed(self, plain: Beside) -> Beside:
        """What is known before any row was read: the types of parquet, and text."""
        import pyarrow as pa

        types = self._known_types or [pa.string()] * len(self._kept)
        ids = None if self._id is None else self._id_type() or pa.string()
        return replace(plain, ids=ids, columns=dict(zip(self._names, types, strict=True)))

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


def _joined(one: Sequence[Any], other: Sequence[Any]) -> Sequence[Any]:
    """Return one sequence behind another; rows that are counted through stay a range."""
    if isinstance(one, range) and isinstance(other, range) and one.stop == other.start:
        return range(one.start, other.stop)
    return [*one, *other]


def _fitting(texts: Sequence[str], begin: int, most: int, characters: int) -> tuple[int, int]:
    """Return how many texts from a place on fit a part, the one that fills it up the last.

    Returns:
        Their number and their characters.
    """
    some = texts[begin : begin + most]
    weight = sum(map(len, some))
    if weight < characters:
        return len(some), weight
    reached = accumulate(map(len, some))
    return next((at, sum_) for at, sum_ in enumerate(reached, 1) if sum_ >= characters)
