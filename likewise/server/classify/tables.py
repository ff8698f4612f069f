"""Tables that visitors of the page sent, kept in memory for a while; on disk only while read."""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from likewise.classify.data.columns import guess_columns
from likewise.classify.data.moods import moods
from likewise.errors import BodyTooLarge, UnreadableFile, shown
from likewise.files.formats import read_format
from likewise.files.read import open_table
from likewise.files.table import Row, Table, Value
from likewise.server.engine.runner import Runner
from likewise.server.kept import Budget, Kept

MOST_BYTES = 20_000_000
"""Bytes of a file that is sent."""

MOST_ROWS = 50_000
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

_GZIP = b"\x1f\x8b"
_CELL = 8
"""Bytes of a cell beside its value: a reference."""

_SPELLING = "Save it as UTF-8, or say which encoding it has, such as cp1252."
_ENDING = "Give it the ending of what it is: .csv, .tsv, .jsonl or .parquet."
_FOR_FILES = "For larger files use `likewise train` on the command line."


class Tables:
    """Tables by ids that can't be guessed, each its visitor's own."""

    def __init__(self, budget: Budget) -> None:
        self._kept: Kept[Table] = Kept(
            "table",
            budget,
            each=EACH,
            seconds=SECONDS,
            again="Give the file once more.",
            param="table",
        )
        self._reading = Runner("tables", threads=THREADS, waiting=MOST_WAITING)

    async def add(
        self, owner: str, name: str, raw: bytes, encoding: str | None = None
    ) -> tuple[str, Table]:
        """Read a table and return its id; when the caller is cancelled the reading ends.

        Args:
            owner: who sends it.
            name: the file's name, whose ending tells the format; it is never a path.
            raw: the file's bytes.
            encoding: how it spells characters; by default UTF-8, or what its mark says.

        Raises:
            UnreadableFile: it is empty, damaged, packed, or no table.
            BodyTooLarge: it has too many rows, or takes too much memory.
            InvalidOption: there is no such encoding.
            Overloaded: there is no room for it.
        """
        if raw.startswith(_GZIP):
            raise UnreadableFile("The file is packed with gzip.", "Unpack it first.")
        name = PurePath(name.replace("\\", "/")).name[:100] or "pasted table"
        wanted = [True]
        try:
            table, size = await self._reading.run(
                lambda: _in_memory(name, raw, encoding, wanted=lambda: wanted[0])
            )
        finally:
            wanted[0] = False
        return self._kept.put(owner, table, size), table

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
    return _table("moods", ("text", "mood"), list(zip(*moods(), strict=True)), [])


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
        "notes": list(table.notes),
    }


def _in_memory(
    name: str, raw: bytes, encoding: str | None, *, wanted: Callable[[], bool]
) -> tuple[Table, int]:
    """Return the table and about how many bytes it takes."""
    ending = PurePath(name).suffix.lower()
    known = read_format(name) is not None
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        # the readers stream from files; the name on the disk is ours, and gone in a moment
        path = Path(folder) / f"table{ending if known else ''}"
        path.write_bytes(raw)
        try:
            read = open_table(path, encoding=encoding, columns=True)
            rows, size = _rows(read, wanted)
        except UnreadableFile as error:
            spelling = error.param == "encoding"
            raise UnreadableFile(
                _by_its_name(error.problem, path, name),
                _SPELLING if spelling else _ENDING if "--" in error.remedy else error.remedy,
                param=error.param,
            ) from None
    notes = [_by_its_name(note, path, name) for note in read.notes]
    return _table(name, read.columns, rows, notes), size


def _by_its_name(said: str, path: Path, name: str) -> str:
    """Return a sentence about our file and the command line as one about the visitor's."""
    said = re.sub(rf"(['\"]?){re.escape(str(path))}\1", lambda _: shown(name), said)
    before, option, _ = said.partition("; --")
    return f"{before}." if option else said


def _rows(table: Table, wanted: Callable[[], bool]) -> tuple[list[tuple[Value, ...]], int]:
    """Return the rows and about how many bytes they take."""
    rows: list[tuple[Value, ...]] = []
    size = 0
    for row in table.rows():
        rows.append(row.values)
        size += sum(map(_size, row.values))
        if len(rows) > MOST_ROWS or size > MOST_HELD:
            raise BodyTooLarge(
                f"The table has more than {MOST_ROWS:,} rows, or takes more than {MOST_HELD:,} "
                "bytes of memory.",
                _FOR_FILES,
            )
        if not wanted():
            break  # its visitor has gone
    return rows, size


def _size(value: Value) -> int:
    return _CELL + sys.getsizeof(value)


def _table(
    name: str, columns: tuple[str, ...], rows: list[tuple[Value, ...]], notes: list[str]
) -> Table:
    numbered = [Row(number, values) for number, values in enumerate([columns, *rows])]
    return Table(name, "csv", lambda _: iter(numbered), notes=notes, known_rows=len(rows))
