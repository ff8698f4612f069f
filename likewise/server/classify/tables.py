"""Tables that visitors of the page sent, kept in memory for a while; on disk only while read."""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from likewise.classify.data.guesses import guess_columns
from likewise.classify.data.label_sets import spelling_of
from likewise.classify.data.moods import moods
from likewise.errors import BodyTooLarge, ColumnMissing
from likewise.files.cells import Value, is_missing
from likewise.files.oddities import oddities
from likewise.files.options import Bounds, ReadingOptions
from likewise.files.read import open_table
from likewise.files.table import Met, Part, Table
from likewise.files.texts import Texts
from likewise.server.engine.runner import Runner
from likewise.server.kept import Budget, Kept
from likewise.server.sent_files import called, ending_of, for_visitors, told_to_visitors

MOST_BYTES = 20_000_000
"""Bytes of a file that is sent."""

MOST_ROWS = 50_000
BOUNDS = Bounds(columns=1_000, characters=4_000_000, cells=2_000_000, unfolded=100_000_000)
"""How much a table may unfold into while it is read."""

MOST_HELD = 150_000_000
"""Bytes that a table takes in memory: a packed file may unfold into much more than was sent."""

EACH = 8
"""Tables of one visitor."""

SECONDS = 3_600
"""How long a table that nobody asks for is kept."""

THREADS = 2
"""Tables that are read at a time."""

MOST_WAITING = 8
"""Tables that may wait to be read."""

SAMPLE = 8
MOODS = "moods"

_CELL = 8
"""Bytes of a cell beside its value: a reference."""

_SHORT, _DIFFERENT = 60, 20_000
"""Characters of a text of which equal ones are kept once, and how many different ones."""

FOR_FILES = (
    "Larger files are for a terminal: `likewise train FILE` trains on one, and "
    "`likewise add FILE` makes a collection to explore."
)


class Tables:
    """Tables by ids that can't be guessed, each its visitor's own."""

    def __init__(self, budget: Budget) -> None:
        self._kept: Kept[Table] = Kept(
            "table",
            budget,
            each=EACH,
            seconds=SECONDS,
            again="Send the file again.",
            param="table",
        )
        self._reading = Runner("tables", threads=THREADS, waiting=MOST_WAITING)

    async def add(
        self, owner: str, name: str, raw: bytes, reading: ReadingOptions | None = None
    ) -> tuple[str, Table]:
        """Read a table and return its id; when the caller is cancelled the reading ends.

        Args:
            owner: who sends it.
            name: the file's name, whose ending tells the format; it is never a path.
            raw: the file's bytes.
            reading: what is not to be guessed about it.

        Raises:
            UnreadableFile: it is empty, damaged, no table, or unfolds into too much.
            BodyTooLarge: it has too many rows, or takes too much memory.
            InvalidOption: there is no such encoding, separator or sheet.
            Overloaded: there is no room for it.
        """
        table, size = await self._read(name, raw, reading or ReadingOptions())
        return self._kept.put(owner, table, size), table

    async def texts(
        self, name: str, raw: bytes, reading: ReadingOptions, most: int
    ) -> dict[str, Any]:
        """Return the first texts of a file, of which nothing is kept.

        Raises:
            ColumnMissing, InvalidText, TooFewTexts: it holds no texts.
            UnreadableFile, BodyTooLarge, InvalidOption, Overloaded: as for `add`.
        """
        table, _ = await self._read(name, raw, reading)
        return await self._reading.run(lambda: texts_in(table, most))

    async def _read(self, name: str, raw: bytes, reading: ReadingOptions) -> tuple[Table, int]:
        name = called(name)
        wanted = [True]
        try:
            return await self._reading.run(
                lambda: _in_memory(name, raw, reading, wanted=lambda: wanted[0])
            )
        finally:
            wanted[0] = False

    def get(self, owner: str, key: str) -> Table:
        """Return a table.

        Raises:
            NotFound: it is not here, no longer, or another's.
        """
        return moods_table() if key == MOODS else self._kept.get(owner, key)

    def stop(self) -> None:
        """Read no more."""
        self._reading.stop()


def moods_table() -> Table:
    """Return the labelled moods that come with Likewise."""
    texts, labels = moods()
    return _table("moods", ("text", "mood"), range(1, len(texts) + 1), (texts, labels), [])


def describe(key: str, table: Table) -> dict[str, Any]:
    """Return what a person needs to choose columns."""
    guess = guess_columns(table)
    return {
        "id": key,
        "name": table.name,
        "columns": list(table.columns),
        "rows": table.known_rows,
        "sample": [
            [None if cell is None else str(cell)[:300] for cell in row.values]
            for row in table.sample[:SAMPLE]
        ],
        "text": guess.text,
        "label": guess.label,
        "why": guess.why,
        "numeric": [column for column in table.columns if table.kind(column) == "number"],
        "several": [
            column
            for column in table.columns
            if column != guess.text and _holds_several(table, column)
        ],
        "notes": told(table),
        "aside": table.aside.count,
        "rejected": [
            {"line": one.line, "reason": one.reason, "row": one.shown[:300]}
            for one in table.aside.first
        ],
    }


def texts_in(table: Table, most: int) -> dict[str, Any]:
    """Return the first texts of a table, how many there are, and what was decided to read them."""
    try:
        found = Texts(table)
    except ColumnMissing as error:
        raise ColumnMissing(
            error.problem, "Give it a column named text, or whole sentences.", param="text"
        ) from None
    texts = [text.text for text in found]
    return {
        "name": table.name,
        "column": found.column if len(table.columns) > 1 else None,
        "texts": texts[:most],
        "of": len(texts),
        "notes": told(table),
    }


def _holds_several(table: Table, column: str) -> bool:
    at = table.index(column)
    cells = [row.values[at] for row in table.sample if not is_missing(row.values[at])]
    return bool(cells) and spelling_of(cells) is not None


def told(table: Table) -> list[str]:
    """Return what is said of a table when it is given."""
    return [*table.notes, *oddities(table)]


def _in_memory(
    name: str, raw: bytes, reading: ReadingOptions, *, wanted: Callable[[], bool]
) -> tuple[Table, int]:
    """Return the table and about how many bytes it takes."""
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        # the readers stream from files; the name on the disk is ours, and gone in a moment
        path = Path(folder) / f"table{ending_of(name)}"
        path.write_bytes(raw)
        with told_to_visitors():
            told = ReadingOptions(**{**reading, "bounds": BOUNDS})
            read = open_table(path, name=name, columns=True, **told)
            held = _Held(read)
            held.fill(wanted)
    return held.table(name), held.size


class _Held:
    """The rows of a table in memory, column by column.

    Attributes:
        size: about how many bytes they take.
    """

    def __init__(self, read: Table) -> None:
        """Begin with none."""
        self.size = 0
        self._read = read
        self._numbers: list[int] = []
        self._columns: list[list[Value]] = [[] for _ in read.columns]
        self._equal: dict[Value, Value] = {}

    def fill(self, wanted: Callable[[], bool]) -> None:
        """Take all rows, as long as somebody wants them.

        Raises:
            BodyTooLarge: these are too many, or take too much memory.
        """
        for part in self._read.parts(None):
            self._numbers += part.numbers
            for column, cells in zip(self._columns, part.cells, strict=True):
                column += map(self._kept, cells)
            self.size += _CELL * len(part.numbers) * (1 + len(self._columns))
            if len(self._numbers) > MOST_ROWS or self.size > MOST_HELD:
                raise BodyTooLarge(
                    f"The table has more than {MOST_ROWS:,} rows, or takes more than "
                    f"{MOST_HELD:,} bytes of memory.",
                    FOR_FILES,
                )
            if len(self._numbers) * len(self._columns) > (BOUNDS.cells or 0):
                raise BodyTooLarge(
                    f"The table has more than {BOUNDS.cells:,} cells.",
                    "Keep the columns that you need. " + FOR_FILES,
                )
            if not wanted():
                break  # its visitor has gone

    def table(self, name: str) -> Table:
        """Return them as a table."""
        read = self._read
        notes = [for_visitors(note) for note in read.notes]
        return _table(name, read.columns, self._numbers, self._columns, notes, read)

    def _kept(self, value: Value) -> Value:
        """Return the value, or an equal one that is kept already, as labels are."""
        if type(value) is str and len(value) <= _SHORT:
            found = self._equal.get(value)
            if found is not None:
                return found
            if len(self._equal) < _DIFFERENT:
                self._equal[value] = value
        self.size += sys.getsizeof(value)
        return value


def _table(
    name: str,
    columns: Sequence[str],
    numbers: Sequence[int],
    cells: Sequence[Sequence[Value]],
    notes: list[str],
    read: Table | None = None,
) -> Table:
    """Return a table in memory, which tells what was met when it was `read`."""
    counts = Counter(read.counts if read is not None else ())
    first = list(read.aside.first) if read is not None else []
    aside = read.aside.count if read is not None else 0

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        met.counts.update(counts)
        met.aside.first, met.aside.count = list(first), aside
        yield Part(numbers, cells if places is None else [cells[at] for at in places])

    return Table(
        name,
        read.format if read is not None else "csv",
        columns,
        parse,
        notes=notes,
        known_rows=len(numbers),
        spelling=read.spelling if read is not None else None,
    )
