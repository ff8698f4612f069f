"""The formats of files, one row each: their names, their endings, what reads and what writes them.

A new format is a row here.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from likewise.errors import InvalidOption, shown
from likewise.files.delimited.reader import read_delimited
from likewise.files.options import Options
from likewise.files.raw.packed import stem
from likewise.files.raw.source import Source
from likewise.files.readers.arrow import read_arrow
from likewise.files.readers.drawn import read_drawn
from likewise.files.readers.jsonl import read_jsonl
from likewise.files.readers.parquet import read_parquet
from likewise.files.readers.sheets import read_sheet
from likewise.files.readers.txt import read_txt
from likewise.files.rows import Write, csv_rows, jsonl_rows
from likewise.files.table import Spelling, Table
from likewise.files.vectors.typed import parquet_rows

if TYPE_CHECKING:
    from likewise.files.vectors import writers

Reader = Callable[[Source, Options], Table]
"""Called with the bytes and what is not to be guessed about them."""

RowWriter = Callable[
    [BinaryIO, Sequence[str], Sequence[Any], Spelling], AbstractContextManager[Write]
]
"""Called with a file, the columns' names, the arrow types of the first of them, and how csv is to
be written."""

VectorWriter = Callable[
    [BinaryIO, dict[str, Any], "writers.Beside"], AbstractContextManager["writers.Write"]
]
"""Called with a file, the identity of the encoder, and what stands beside the vectors."""


@dataclass(frozen=True)
class Format:
    """One format of files.

    Attributes:
        name: what `--input-format` and `--output-format` take.
        endings: of names of files in this format; the first is the usual one.
        read_endings: more endings that are read as this format, and never written.
        meaning: what a file holds, where the name alone does not say.
        magic: how such files begin, where that tells them from all others.
        streamed: whether it can be written to a pipe.
        reader: opens a table, None where Likewise reads no texts from it.
        row_writer: writes a table row by row, None where it holds no table.
        vector_writer: writes embeddings, None where it has no room for them.
        beside: whether embeddings in it have room for the user's columns.
    """

    name: str
    endings: tuple[str, ...]
    read_endings: tuple[str, ...] = ()
    meaning: str = ""
    magic: tuple[bytes, ...] = ()
    streamed: bool = False
    reader: Reader | None = None
    row_writer: RowWriter | None = None
    vector_writer: VectorWriter | None = None
    beside: bool = True


# numpy is imported where vectors are written, for a command's help need not wait for it


def _npy_vectors(
    file: BinaryIO, encoder: dict[str, Any], layout: "writers.Beside"
) -> "AbstractContextManager[writers.Write]":
    from likewise.files.vectors.writers import npy_vectors

    return npy_vectors(file, encoder, layout)


def _npz_vectors(
    file: BinaryIO, encoder: dict[str, Any], layout: "writers.Beside"
) -> "AbstractContextManager[writers.Write]":
    from likewise.files.vectors.writers import npz_vectors

    return npz_vectors(file, encoder, layout)


def _csv_vectors(
    file: BinaryIO, encoder: dict[str, Any], layout: "writers.Beside"
) -> "AbstractContextManager[writers.Write]":
    from likewise.files.vectors.writers import csv_vectors

    return csv_vectors(file, encoder, layout)


def _jsonl_vectors(
    file: BinaryIO, encoder: dict[str, Any], layout: "writers.Beside"
) -> "AbstractContextManager[writers.Write]":
    from likewise.files.vectors.writers import jsonl_vectors

    return jsonl_vectors(file, encoder, layout)


def _parquet_vectors(
    file: BinaryIO, encoder: dict[str, Any], layout: "writers.Beside"
) -> "AbstractContextManager[writers.Write]":
    from likewise.files.vectors.writers import parquet_vectors

    return parquet_vectors(file, encoder, layout)


FORMATS = (
    Format(
        "csv",
        (".csv",),
        streamed=True,
        reader=lambda source, options: read_delimited(source, "csv", options),
        row_writer=lambda file, columns, _, how: csv_rows(
            file, columns, how.separator, mark=how.mark
        ),
        vector_writer=_csv_vectors,
    ),
    Format(
        "tsv",
        (".tsv", ".tab"),
        streamed=True,
        reader=lambda source, options: read_delimited(source, "tsv", options),
        row_writer=lambda file, columns, _, how: csv_rows(file, columns, "\t", mark=how.mark),
    ),
    Format(
        "jsonl",
        (".jsonl", ".ndjson"),
        read_endings=(".json",),
        meaning="a JSON object a line",
        streamed=True,
        reader=read_jsonl,
        row_writer=lambda file, columns, _, __: jsonl_rows(file, columns),
        vector_writer=_jsonl_vectors,
    ),
    Format(
        "parquet",
        (".parquet", ".pq"),
        magic=(b"PAR1",),
        reader=read_parquet,
        row_writer=lambda file, columns, types, _: parquet_rows(file, columns, types),
        vector_writer=_parquet_vectors,
    ),
    Format(
        "arrow",
        (".arrow",),
        read_endings=(".feather", ".ipc"),
        magic=(b"ARROW1", b"FEA1"),
        reader=read_arrow,
    ),
    Format(
        "xlsx",
        (".xlsx",),
        read_endings=(".ods", ".xls", ".xlsm"),
        meaning="a spreadsheet",
        magic=(b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
        reader=read_sheet,
    ),
    Format(
        "txt",
        (".txt",),
        read_endings=(".text", ".md"),
        meaning="a text a line",
        reader=read_txt,
    ),
    Format(
        "drawn",
        (),
        meaning="a table drawn with bars, as Markdown has them",
        reader=read_drawn,
    ),
    Format("npy", (".npy",), vector_writer=_npy_vectors, beside=False),
    Format("npz", (".npz",), vector_writer=_npz_vectors, beside=False),
)

_BY_NAME = {format_.name: format_ for format_ in FORMATS}
_READERS = {one.name: one.reader for one in FORMATS if one.reader}
_ROW_WRITERS = {one.name: one.row_writer for one in FORMATS if one.row_writer}
_VECTOR_WRITERS = {one.name: one.vector_writer for one in FORMATS if one.vector_writer}

READ = tuple(_READERS)
"""Names of the formats that texts are read from."""

WRITTEN = tuple(_ROW_WRITERS)
"""Names of the formats that a table is written as."""

EMBEDDED = tuple(_VECTOR_WRITERS)
"""Names of the formats that embeddings are written as."""

STREAMED = tuple(one.name for one in FORMATS if one.streamed)
"""Names of the formats that can be written to a pipe."""

BESIDE = tuple(one.name for one in FORMATS if one.vector_writer and one.beside)
"""Names of the formats in which embeddings have room for the user's columns."""


def meaning(name: str) -> str:
    """Return what a file of that format holds, for a message."""
    return _BY_NAME[name].meaning or name


def read_format(name: str) -> str | None:
    """Return the format that texts in a file of this name are in, None where it does not tell."""
    ending = Path(name.lower()).suffix
    for one in FORMATS:
        if one.reader and ending in (*one.endings, *one.read_endings):
            return one.name
    return None


def written_format(path: Path, among: Sequence[str]) -> str:
    """Return which of these formats the ending of an output's name tells.

    Raises:
        InvalidOption: it tells none of them.
    """
    endings = {ending: name for name in among for ending in _BY_NAME[name].endings}
    ending = path.suffix.lower()
    if ending not in endings:
        raise InvalidOption(
            f"The name {shown(str(path), 200)} does not say which output format is meant.",
            f"End it in one of {', '.join(endings)}.",
            param="output",
        )
    return endings[ending]


def is_table(name: str) -> bool:
    """Return whether the ending of a file's name is one of a format that is read, packed or not."""
    return read_format(stem(name)) is not None


def read(source: Source, format_: str, options: Options) -> Table:
    """Return the table in `source`, which is in one of the formats `READ`.

    Args:
        source: the bytes.
        format_: the name of the format.
        options: what is not to be guessed.
    """
    return _READERS[format_](source, options)


def row_writer(
    format_: str,
    file: BinaryIO,
    columns: Sequence[str],
    types: Sequence[Any] = (),
    spelling: Spelling | None = None,
) -> AbstractContextManager[Write]:
    """Return a writer of rows with these columns.

    Args:
        format_: one of `WRITTEN`.
        file: open for writing bytes; for those of `STREAMED` it may be a pipe.
        columns: names, all different.
        types: `Table.types` of the table whose columns are the first ones.
        spelling: how csv is to be written, by default with commas and without a mark.
    """
    return _ROW_WRITERS[format_](file, columns, types, spelling or Spelling())


def vector_writer(
    format_: str,
    file: BinaryIO,
    encoder: dict[str, Any],
    layout: "writers.Beside | None" = None,
) -> "AbstractContextManager[writers.Write]":
    """Return a context manager: it gives a function that appends texts, and finishes the file.

    Args:
        format_: one of `EMBEDDED`.
        file: open for writing bytes, at its beginning; for those of `STREAMED` it may be a pipe.
        encoder: the identity of the encoder, with `dims` and `digest`.
        layout: what stands beside the vectors; by default the numbers of rows alone.
    """
    from likewise.files.vectors.writers import PLAIN

    return _VECTOR_WRITERS[format_](file, encoder, layout or PLAIN)
