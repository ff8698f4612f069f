"""Tables that visitors of the page sent, kept in memory for a while; on disk only while read."""

import secrets
import tempfile
from pathlib import Path, PurePath
from typing import Any

from cachetools import TTLCache

from likewise.classify.data.columns import guess_columns
from likewise.classify.data.moods import moods
from likewise.errors import BodyTooLarge, NoSuchPath, UnreadableFile, shown
from likewise.files.formats import read_format
from likewise.files.read import open_table
from likewise.files.table import Row, Table, Value

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000
MOST_CHARACTERS = 60_000_000
"""A packed file may unfold into much more than was sent."""

MOST_TABLES = 16
SECONDS = 3_600
"""How long a table that nobody asks for is kept."""

SAMPLE = 8
MOODS = "moods"

_GZIP = b"\x1f\x8b"
_SPELLING = "Save it as UTF-8, or say which encoding it has, such as cp1252."
_FOR_FILES = "For larger files use `likewise train` on the command line."


class Tables:
    """Tables by ids that can't be guessed; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, Table] = TTLCache(MOST_TABLES, SECONDS)

    def add(self, name: str, raw: bytes, encoding: str | None = None) -> tuple[str, Table]:
        """Read a table and return its id.

        Args:
            name: the file's name, whose ending tells the format; it is never a path.
            raw: the file's bytes.
            encoding: how it spells characters; by default UTF-8, or what its mark says.

        Raises:
            UnreadableFile: it is empty, damaged, packed, or no table.
            BodyTooLarge: it has too many rows or characters.
            InvalidOption: there is no such encoding.
        """
        if raw.startswith(_GZIP):
            raise UnreadableFile("The file is packed with gzip.", "Unpack it first.")
        name = PurePath(name.replace("\\", "/")).name[:100] or "pasted table"
        table = _in_memory(name, raw, encoding)
        key = secrets.token_urlsafe(16)
        self._kept[key] = table
        return key, table

    def get(self, key: str) -> Table:
        """Return a table.

        Raises:
            NoSuchPath: it is not here, or no longer.
        """
        if key == MOODS:
            return moods_table()
        found: Table | None = self._kept.get(key)
        if found is None:
            raise NoSuchPath(
                "This table is no longer kept: the page's tables are forgotten after an hour.",
                "Give the file once more.",
                param="table",
            )
        return found


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


def _in_memory(name: str, raw: bytes, encoding: str | None) -> Table:
    ending = PurePath(name).suffix.lower()
    known = read_format(name) is not None
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        # the readers stream from files; the name on the disk is ours, and gone in a moment
        path = Path(folder) / f"table{ending if known else ''}"
        path.write_bytes(raw)
        try:
            read = open_table(path, encoding=encoding, columns=True)
            rows = _rows(read)
        except UnreadableFile as error:
            spelling = error.param == "encoding"
            raise UnreadableFile(
                error.problem.replace(repr(str(path)), shown(name)),
                _SPELLING if spelling else error.remedy,
                param=error.param,
            ) from None
    return _table(name, read.columns, rows, read.notes)


def _rows(table: Table) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    characters = 0
    for row in table.rows():
        rows.append(row.values)
        characters += sum(len(value) for value in row.values if isinstance(value, str))
        if len(rows) > MOST_ROWS or characters > MOST_CHARACTERS:
            raise BodyTooLarge(
                f"The table has more than {MOST_ROWS:,} rows or {MOST_CHARACTERS:,} characters.",
                _FOR_FILES,
            )
    return rows


def _table(
    name: str, columns: tuple[str, ...], rows: list[tuple[Value, ...]], notes: list[str]
) -> Table:
    numbered = [Row(number, values) for number, values in enumerate([columns, *rows])]
    return Table(name, "csv", lambda _: iter(numbered), notes=notes, known_rows=len(rows))
