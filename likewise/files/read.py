"""Opens a table or a stream of texts, whatever the format.

The format is told by the name's ending, else by how the content begins; both can be said
instead. Every guess is in the notes, for the caller to show.
"""

import re
from pathlib import Path
from typing import NamedTuple, Unpack

from likewise.errors import (
    InvalidOption,
    UnreadableFile,
    shown,
)
from likewise.files import formats
from likewise.files.names import listed
from likewise.files.options import Bounds, Options, ReadingOptions
from likewise.files.raw.signs import is_binary, refuse_foreign
from likewise.files.raw.source import Source
from likewise.files.readers.arrow import is_stream
from likewise.files.readers.drawn import drawing
from likewise.files.readers.jsonl import is_json
from likewise.files.table import Table
from likewise.files.texts import Texts


def open_table(
    where: str | Path,
    *,
    name: str | None = None,
    columns: bool = False,
    **reading: Unpack[ReadingOptions],
) -> Table:
    """Open a table in any of the formats that are read, or a pipe that carries one.

    Args:
        where: a path, or `-` for standard input. gzip, bzip2, xz, zstd, lz4 and a zip archive with
            one table are seen through.
        name: what messages call it, by default `where`; its ending tells the format.
        columns: whether content that no name or mark tells apart is csv rather than txt.
        **reading: what is not to be guessed. `format`: one of `formats.READ`; by default told by
            the name's ending, else by the content. `encoding`: a Python codec name; by default
            what the byte order mark says, else UTF-8. `separator`, `quotes`: one character, or
            `none` for quotes that are text. `header`: whether the first row of csv, tsv and
            spreadsheets names the columns. `sheet`: the name of a sheet or its number from 1.
            `strict`: whether the first row that can't be understood is an error, instead of being
            set aside. `bounds`: how much the file may unfold into.

    Raises:
        FileMissing: there is no such file.
        UnreadableFile: it is empty, a folder, damaged, or in another encoding or format.
        InvalidOption: there is no such format, encoding or sheet.
    """
    format_ = reading.get("format")
    if format_ is not None and format_ not in formats.READ:
        raise InvalidOption(
            f"There is no format {shown(format_)} to read.",
            f"Use {listed(formats.READ)}.",
            param="format",
        )
    bounds = reading.get("bounds") or Bounds()
    options = Options(
        separator=reading.get("separator"),
        quotes=reading.get("quotes"),
        header=reading.get("header"),
        sheet=reading.get("sheet"),
        strict=reading.get("strict", False),
        bounds=bounds,
    )
    encoding = reading.get("encoding")
    source = Source(where, encoding=encoding, name=name, bounds=bounds, tells=formats.is_table)
    if format_ is not None:
        _refuse_foreign(source, format_)
        return formats.read(source, format_, options)
    guess = guess_format(source, lines="csv" if columns else "txt")
    table = formats.read(source, guess.format, options)
    table.notes[:0] = guess.notes
    return table


def open_texts(
    where: str | Path, *, column: str | None = None, **reading: Unpack[ReadingOptions]
) -> Texts:
    """Open the texts of a file or pipe; `column` names theirs, the rest is as in `open_table`.

    Raises:
        FileMissing, UnreadableFile, InvalidOption: see `open_table`.
        ColumnMissing: there is no such column, or none holds text.
    """
    return Texts(open_table(where, columns=column is not None, **reading), column)


_JSON = re.compile(r'[\ufeff\s]*(\{\s*"|\[\s*\{)')


class Guess(NamedTuple):
    """A format, and what is to be said about the guess."""

    format: str
    notes: tuple[str, ...] = ()


def guess_format(source: Source, lines: str) -> Guess:
    """Return the format by content, then by ending; `lines` is what plain lines are.

    Raises:
        UnreadableFile: no format that is read begins so, or its ending is that of another.
    """
    refuse_foreign(source.head, source.title)
    for one in formats.FORMATS:
        if one.reader and one.magic and source.head.startswith(one.magic):
            return Guess(one.name)
    if is_stream(source.head):
        return Guess("arrow")
    told = formats.read_format(source.inner) if source.inner else None
    if told in ("parquet", "arrow") and not (is_binary(source.head) or b"\0" in source.head):
        raise UnreadableFile(
            f"{source.title} is text, although its name is that of {told}.",
            "Say how it is to be read: --input-format csv, tsv, jsonl or txt.",
            param="format",
        )
    found = _of_text(source, told) if told in ("csv", "tsv", "txt", "xlsx", None) else None
    if found is None and told not in ("xlsx", None):
        return Guess(told)
    # many programs call a text .xls, for a spreadsheet opens it
    found = found or ("csv" if told == "xlsx" else lines)
    note = f"{source.title} is read as {formats.meaning(found)}; --input-format says otherwise."
    return Guess(found, (note,))


def _of_text(source: Source, told: str | None) -> str | None:
    """Return the format of what many a text file holds, whatever its name, None of plain lines."""
    if (told is None and _JSON.match(source.head_text())) or is_json(source):
        return "jsonl"
    return "drawn" if drawing(source) is not None else None


def _refuse_foreign(source: Source, format_: str) -> None:
    """Raise where a file is something else than the format that was named, by its first bytes."""
    refuse_foreign(source.head, source.title)
    for one in formats.FORMATS:
        if one.magic and source.head.startswith(one.magic) and one.name != format_:
            raise InvalidOption(
                f"{source.title} is {formats.meaning(one.name)}, not {format_}.",
                f"Leave --input-format out, or name {one.name}.",
                param="format",
            )
