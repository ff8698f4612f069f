"""Cuts large csv and jsonl files between records, so that many workers read one file.

The file is read once when the job is planned, by the reader that reads its parts later, so that
both see the same records. For each part the plan keeps its first byte, line and row, and a hash of
its bytes; how cells stand in lines, and the names of the columns, are kept once for the file.
"""

import hashlib
import io
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from likewise.distributed.cuts import CUT, CutFile
from likewise.distributed.store import JobStore
from likewise.errors import ColumnMissing, InputChanged, shown
from likewise.files import formats
from likewise.files.aside import Aside, SetAside
from likewise.files.delimited.reader import DelimitedReader, layout_of, names_in
from likewise.files.names import listed, unique_names
from likewise.files.options import Options
from likewise.files.raw.packed import ZIP, packing
from likewise.files.raw.part import PartSource
from likewise.files.raw.physical import Bytes, is_wrong
from likewise.files.raw.source import PIECE
from likewise.files.read import guess_format
from likewise.files.readers.jsonl import JsonlReader, is_document
from likewise.files.table import Met, Part, Table

if TYPE_CHECKING:
    from likewise.distributed.plan import InputFile

_SMALLEST = 4_096
_PARTS = 8
"""Pieces of a shard, at least. It ends with one, so it is larger than was wished by that much."""


class PlainFile:
    """A file of an input that can be cut: its bytes, and its format.

    Args:
        folder: where it is.
        path: of the file in it.
        reading: how it is read.
    """

    def __init__(self, folder: JobStore, path: str, reading: dict[str, Any]) -> None:
        self.path = path
        self.folder = folder
        self._reading = reading
        self.source = self.part(0, PIECE)
        self.format = reading.get("format") or formats.read_format(path)

    @property
    def is_cuttable(self) -> bool:
        """Whether it can be: it is neither packed, nor in another encoding than UTF-8."""
        head, source = self.source.head, self.source
        if self.format not in CUT or source.encoding not in ("utf-8", "utf-8-sig"):
            return False
        if not head or packing(head) or head.startswith(ZIP):
            return False
        if self._reading.get("format") is None:
            self.format = guess_format(source, "csv").format
        return self.format in CUT and not (self.format == "jsonl" and is_document(source))

    @property
    def options(self) -> Options:
        """How cells stand in lines, as far as a person has said it."""
        said = self._reading.get
        return Options(said("separator"), said("quotes"), said("header"))

    def part(self, start: int, piece: int, *, hashed: bool = False) -> PartSource:
        """Return the bytes from a place on."""

        def opener() -> BinaryIO:
            file = cast("BinaryIO", self.folder.open(self.path))
            return file if self.folder.local else cast("BinaryIO", _Remote(file, self))

        encoding = self._reading.get("encoding")
        return PartSource(
            opener, self.path, start=start, piece=piece, encoding=encoding, hashed=hashed
        )

    def table(self, *, whole: bool) -> Table:
        """Return it as a table whose beginning is read.

        Args:
            whole: whether all members of jsonl are columns, for which it is read to its end.
        """
        self.source.once = self.format == "jsonl" and not whole
        try:
            return formats.read(self.source, str(self.format), self.options)
        finally:
            self.source.once = False


class _Remote(io.RawIOBase):
    """A file of a store, whose silence is no damage of the file."""

    def __init__(self, file: BinaryIO, of: PlainFile) -> None:
        self._file = file
        self._of = of

    def read(self, size: int = -1, /) -> bytes:
        with self._of.folder.asking("be read", self._of.path):
            return self._file.read(size)

    def seek(self, place: int, whence: int = 0, /) -> int:
        return self._file.seek(place, whence)

    def close(self) -> None:
        self._file.close()
        super().close()


def plain_file(folder: JobStore, path: str, reading: dict[str, Any]) -> PlainFile | None:
    """Return a file that can be cut, None where it can't be."""
    if (reading.get("format") or formats.read_format(path)) not in CUT:
        return None
    found = PlainFile(folder, path, reading)
    return found if found.is_cuttable else None


def cut_file(
    file: PlainFile,
    number: int,
    size: int,
    *,
    rows: int,
    row_bytes: float,
    wanted: Sequence[str],
    progress: Callable[[int], None],
) -> tuple[CutFile, list[int]] | None:
    """Return how a file is cut, and the rows of each part; None where it can't be.

    Args:
        file: the file.
        number: of the file in the plan.
        size: its bytes.
        rows: of a part, about.
        row_bytes: bytes of a row, about.
        wanted: columns that are read later, in this order, that of the texts first.
        progress: told how many bytes are read.

    Raises:
        ColumnMissing: it has no such column.
        UnreadableFile: it can't be understood.
    """
    layout = None
    if file.format != "jsonl":
        layout = layout_of(file.source, str(file.format), file.options)
        if any(map(is_wrong, layout.names)):
            return None  # the plan, which is UTF-8, can't hold it
        layout = replace(layout, notes=[])
    piece = min(PIECE, max(_SMALLEST, int(rows * row_bytes) // _PARTS))
    whole = CutFile(file=number, format=str(file.format), piece=piece, layout=layout)
    _check_columns(whole, file, wanted)
    # the same cells as later, for where a part of a block ends may depend on what is read of it
    places = None if layout is None else _places(whole, wanted)
    told = Bytes(file.source, strict=False)
    found: list[tuple[int, int, str]] = []
    counts: list[int] = []
    offset, line, row = 0, 1, 1
    while offset < size:
        source = file.part(offset, piece, hashed=True)
        reader = _reader(whole, source, Met(SetAside(source.title)), line, row, told)
        with closing(_walked(source, reader, places)) as parts:
            for _, at in parts:
                progress(offset + at)
                if reader.row - row >= rows:
                    break
            else:
                at = size - offset
        found.append((offset, line, source.digest))
        counts.append(reader.row - row)
        offset, line, row = offset + at, reader.line, reader.row
    offsets, lines, digests = zip(*found, strict=True)
    made = {"offset": offsets, "line": lines, "digest": digests}
    return whole.model_copy(update=made), counts


def mark_of(cut: CutFile) -> str:
    """Return what tells the state of a file that is cut: a hash of the hashes of its parts."""
    return hashlib.blake2b("".join(cut.digest).encode(), digest_size=16).hexdigest()


def parts_of(
    cut: CutFile, number: int, folder: JobStore, file: "InputFile", row: int, wanted: Sequence[str]
) -> Iterator[tuple[Part, list[Aside]]]:
    """Yield the rows of a part, some at a time, and those that can't be understood.

    Args:
        cut: how the file is cut.
        number: of the part.
        folder: where the file is.
        file: its path and bytes.
        row: number of the first row.
        wanted: columns that are read.

    Raises:
        InputChanged: the part is not what it was when the file was cut.
        UnreadableFile: a cell is too long.
        StoreUnavailable: the file can't be loaded.
    """
    begins = cut.offset[number]
    ends = (*cut.offset, sys.maxsize)[number + 1] - begins
    source = PlainFile(folder, file.path, {"format": cut.format}).part(
        begins, cut.piece, hashed=True
    )
    met = Met(SetAside(source.title))
    aside: list[Aside] = []
    met.aside.keep = aside.append
    told = Bytes(source, strict=False, judged=True)
    reader = _reader(cut, source, met, cut.line[number], row, told)
    places = wanted if cut.layout is None else _places(cut, wanted)
    with closing(_walked(source, reader, places)) as parts:
        for part, at in parts:
            yield part, aside
            aside.clear()
            if at >= ends:
                break
    yield Part([], [[] for _ in wanted]), aside
    if source.digest != cut.digest[number]:
        raise changed(file.path)


def changed(path: str) -> InputChanged:
    """Return what to raise where a file is not what it was when the job was planned."""
    return InputChanged(
        f"The input {shown(path, 200)} has changed since the job was planned.",
        "Put it back as it was, or plan again with another OUT.",
    )


def _reader(
    cut: CutFile, source: PartSource, met: Met, line: int, row: int, told: Bytes
) -> DelimitedReader | JsonlReader:
    if cut.layout is None:
        return JsonlReader(source, met, line=line, row=row, told=told)
    layout = cut.layout if line == 1 else replace(cut.layout, skip=0)
    return DelimitedReader(source, layout, met, line=line, row=row, told=told)


def _walked(
    source: PartSource,
    reader: DelimitedReader | JsonlReader,
    wanted: Any,  # noqa: ANN401
) -> Generator[tuple[Part, int], None, None]:
    """Yield rows, and how many bytes end with them; the source hashes these."""
    before = 0
    for part in reader.parts(wanted):
        at = source.skipped + reader.used
        source.passed(at - before)
        before = at
        yield part, at
    source.passed(sys.maxsize)


def _places(cut: CutFile, wanted: Sequence[str]) -> list[int]:
    columns = _columns(cut)
    return [columns.index(name) for name in wanted]


def _columns(cut: CutFile) -> tuple[str, ...]:
    return () if cut.layout is None else unique_names(names_in(cut.layout))[0]


def _check_columns(cut: CutFile, file: PlainFile, wanted: Sequence[str]) -> None:
    """Raise where a file lacks a column; a member of jsonl may stand in some lines alone."""
    columns: Sequence[str] = _columns(cut)
    if cut.layout is None:
        lines = JsonlReader(file.source, Met(SetAside(file.source.title)))
        if any(any(c is not None for c in part.cells[0]) for part in lines.parts(wanted[:1])):
            return
        columns = file.table(whole=False).columns
        wanted = wanted[:1]
    for name in wanted:
        if name not in columns:
            raise ColumnMissing(
                f"{shown(file.path, 200)} has no column {shown(name)}.",
                f"Its columns are {listed(columns)}.",
                param="column",
            )
