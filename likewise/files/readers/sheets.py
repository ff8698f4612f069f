"""Reads spreadsheets: .xlsx, .xls and .ods, one sheet of them."""

import datetime
import re
import weakref
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from likewise.errors import InvalidOption, UnreadableFile, shown
from likewise.files.header import guess_header
from likewise.files.options import Bounds, Options
from likewise.files.raw.source import Source
from likewise.files.table import Met, Part, Table, Value, listed

_TOGETHER = 1_024
_MOST_CELLS = 20_000_000
"""Rows × columns that a sheet may span; the reader holds them all."""
_MOST_BYTES = 2 * 1024**3
"""Bytes of a sheet, unpacked."""

_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_TAG = re.compile(rb"<table:(?:covered-)?table-(row|cell)\b([^>]*)>|<(table:table) ")
_REPEATED = re.compile(rb'number-(?:columns|rows)-repeated="([0-9]{1,9})"')
_SPANNED = re.compile(rb'number-rows-spanned="(?!1")')
_STEP = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0"


def read_sheet(source: Source, options: Options | None = None) -> Table:
    """Return the table on one sheet: the first that is not hidden, or the named one.

    Formulas give the values that were stored with them, dates are spelt as ISO 8601, and cells
    that are merged give their value to each of their rows.

    Raises:
        UnreadableFile: it is not a spreadsheet, a damaged or locked one, or spans too much.
        InvalidOption: there is no such sheet.
    """
    options = options or Options()
    with source.seekable() as file:
        spanning = _check(file, source, options.bounds)
        book, sheet, notes = _opened(file, source, options)
        if spanning:  # the reader knows the merged cells of .xlsx and .xls alone
            notes.append(
                f"{source.title} has merged cells: each gives its value to its first row alone; "
                "from .xlsx to all."
            )
        rows = _Rows(sheet, book)
    first = rows.first(options.bounds.columns)
    table = _laid(rows, first, source, options, [*source.notes, *notes])
    weakref.finalize(table, rows.close)
    return table


class _Rows:
    """The rows of a sheet, as they stand there.

    Attributes:
        line: the number of the first row that is read, from 1.
        merged: how many groups of merged cells gave their value to more rows than one.
    """

    def __init__(self, sheet: Any, book: Any) -> None:  # noqa: ANN401
        self._sheet = sheet
        self._book = book
        self._fill: dict[tuple[int, int], tuple[int, int]] = {}
        self.merged = 0
        for (top, left), (bottom, _right) in _merged(sheet):
            if bottom > top and bottom - top < 100_000:
                self.merged += 1
                self._fill.update({(at, left): (top, left) for at in range(top + 1, bottom + 1)})

    def __iter__(self) -> Iterator[tuple[int, list[Value]]]:
        """Yield the number of each row and its cells; rows of nothing are left out."""
        held: dict[tuple[int, int], Value] = {}
        above = set(self._fill.values())
        at = 0
        for at, cells in enumerate(self._sheet.iter_rows()):
            row = [_value(cell) for cell in cells]
            for place in range(len(row)):
                if (at, place) in above:
                    held[at, place] = row[place]
                elif row[place] is None and (at, place) in self._fill:
                    row[place] = held.get(self._fill[at, place])
            if any(cell is not None for cell in row):
                yield at + 1, row

    def first(self, most: int) -> list[tuple[int, list[Value]]]:
        """Return the first rows."""
        found = []
        for one in self:
            found.append(one)
            if len(found) > min(1_000, 100_000 // max(1, len(one[1]))) or len(one[1]) > most:
                break
        return found

    def close(self) -> None:
        """Let the sheet go."""
        self._sheet = ()
        self._book.close()


def _laid(
    rows: _Rows,
    first: list[tuple[int, list[Value]]],
    source: Source,
    options: Options,
    notes: list[str],
) -> Table:
    """Return the table in the rows of a sheet."""
    start, columns = _table_place(first)
    names_row = first[start][1] if first else []
    below = [[_spelt(row[at]) for at in columns] for _, row in first[start + 1 :]]
    names = [_spelt(names_row[at]) for at in columns]
    header = options.header
    if header is None:
        guess = guess_header(names, below)
        header = not below or guess.named
        notes += guess._replace(named=header).said(source.title, names)
    if start:
        words = " ".join(_spelt(cell) for cell in first[0][1] if cell is not None)
        notes.append(
            f"The first {f'{start} rows' if start > 1 else 'row'} of {source.title} "
            f"{'are' if start > 1 else 'is'} not part of the table: {shown(words, 60)}."
        )
    if rows.merged:
        notes.append(
            f"{rows.merged:,} group{'s' if rows.merged > 1 else ''} of merged cells in "
            f"{source.title} give{'' if rows.merged > 1 else 's'} the value to each row."
        )
    begin = (first[start][0] if first else 1) + bool(header)

    def parse(_met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        wanted = columns if places is None else [columns[at] for at in places]
        found: list[list[Value]] = []
        number = 1
        for line, row in rows:
            if line < begin:
                continue
            found.append([row[at] if at < len(row) else None for at in wanted])
            if len(found) == _TOGETHER:
                yield _part(found, number, len(wanted))
                number, found = number + len(found), []
        if found:
            yield _part(found, number, len(wanted))

    return Table(
        source.title,
        "xlsx",
        [name.strip() for name in names] if header else [""] * len(columns),
        parse,
        notes=notes,
        strict=options.strict,
        unit="row",
        bounds=options.bounds,
    )


def _part(rows: list[list[Value]], number: int, width: int) -> Part:
    return Part(range(number, number + len(rows)), list(zip(*rows, strict=True)) if width else [])


def _table_place(first: list[tuple[int, list[Value]]]) -> tuple[int, list[int]]:
    """Return which of the first rows is the table's first, and the places of its columns.

    A title above it fills fewer columns than most rows do; columns of nothing are none.
    """
    if not first:
        return 0, []
    width = max(len(row) for _, row in first)
    used = [
        at for at in range(width)
        if any(at < len(row) and row[at] is not None for _, row in first)
    ]  # fmt: skip
    filled = [sum(cell is not None for cell in row) for _, row in first]
    usual = sorted(filled)[len(filled) // 2]
    start = next(at for at, count in enumerate(filled) if count * 2 > usual)
    return (start if start <= 20 else 0), used


def _merged(sheet: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:  # noqa: ANN401
    try:
        return sheet.merged_cell_ranges or []
    except Exception:  # formats that have none say so by one error or another
        return []


def _value(cell: Any) -> Value:  # noqa: ANN401
    """Return a cell as a person sees it: whole numbers without a point, dates in ISO 8601."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, datetime.datetime):
        midnight = not (cell.hour or cell.minute or cell.second or cell.microsecond)
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    return None if cell == "" else cell


def _spelt(value: Value) -> str:
    return "" if value is None else str(value)


def _opened(file: BinaryIO, source: Source, options: Options) -> tuple[Any, Any, list[str]]:
    """Return the workbook, the sheet and what is to be said about it."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        known = [one for one in book.sheets_metadata if _is_sheet(one)]
        name = _chosen(
            [one.name for one in known], [_visible(one) for one in known], source, options
        )
        sheet = book.get_sheet_by_name(name)
    except InvalidOption:
        raise
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise _unread(source, str(error)) from None
    others = [one.name for one in known if one.name != name and _visible(one)]
    hidden = [one.name for one in known if one.name != name and not _visible(one)]
    notes = []
    if options.sheet is None and (others or hidden):
        more = f"; others: {listed(others, 8)}" if others else ""
        said = f"; hidden: {listed(hidden, 8)}" if hidden else ""
        notes = [f"Sheet {shown(name)} of {source.title} is read{more}{said} (--sheet names one)."]
    return book, sheet, notes


def _is_sheet(metadata: Any) -> bool:  # noqa: ANN401
    return str(metadata.typ).endswith("WorkSheet")


def _visible(metadata: Any) -> bool:  # noqa: ANN401
    return str(metadata.visible).endswith(".Visible")


def _chosen(names: Sequence[str], visible: Sequence[bool], source: Source, options: Options) -> str:
    if not names:
        raise UnreadableFile(f"{source.title} has no sheet with cells.", "Save the table in one.")
    wanted = options.sheet
    if wanted is None:
        return next((name for name, seen in zip(names, visible, strict=True) if seen), names[0])
    if wanted in names:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise InvalidOption(
        f"{source.title} has no sheet {shown(wanted)}.",
        f"Its sheets are {listed(names)}.",
        param="sheet",
    )


def _unread(source: Source, why: str) -> UnreadableFile:
    if "assword" in why or "ncrypt" in why:
        return UnreadableFile(
            f"{source.title} is locked by a password.", "Save it without one, or as CSV."
        )
    known = bool(why) and "detect file format" not in why
    return UnreadableFile(
        f"{source.title} can't be read as a spreadsheet: {why.splitlines()[0].rstrip('.')}."
        if known
        else f"{source.title} can't be read as a spreadsheet.",
        "Open it in a spreadsheet program and save it again, or as CSV.",
    )


def _check(file: BinaryIO, source: Source, bounds: Bounds) -> bool:
    """Return whether an .ods file merges cells of several rows.

    It raises where a workbook spans or unfolds into more than fits in memory.

    The reader allocates the whole rectangle that cells span, however few they are.
    """
    head = file.read(4)
    file.seek(0)
    if head == _OLE:
        if bounds.cells is not None and bounds.cells < 256 * 65_536:
            raise UnreadableFile(f"{source.title} is an old .xls file.", "Save it as .xlsx.")
        return False
    most = min(bounds.cells or _MOST_CELLS, _MOST_CELLS)
    left = bounds.unfolded or _MOST_BYTES
    spanning = False
    try:
        with zipfile.ZipFile(file) as archive:
            if "xl/workbook.bin" in archive.namelist():
                raise UnreadableFile(
                    f"{source.title} is a binary workbook (.xlsb).", "Save it as .xlsx."
                )
            for member in archive.infolist():
                with archive.open(member) as stream:
                    spanned = _OpenDocument() if member.filename == "content.xml" else _OpenXml()
                    left -= _measured(stream, member.filename, spanned, left, most, source)
                    spanning |= spanned.merged
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _unread(source, str(error)) from None
    finally:
        file.seek(0)
    return spanning


def _measured(
    stream: Any,  # noqa: ANN401
    name: str,
    spanned: "_OpenXml | _OpenDocument",
    left: int,
    most: int,
    source: Source,
) -> int:
    """Return the bytes of a part of a workbook.

    Raises:
        UnreadableFile: these are more than `left`, or its cells span more than `most`.
    """
    size, rest = 0, b""
    is_sheet = name.endswith(".xml")
    while data := stream.read(_STEP):
        size += len(data)
        if size > left:
            raise UnreadableFile(
                f"{source.title} unfolds to more than {bounded(left)}.",
                "Save the one sheet that holds the texts as CSV.",
            )
        if is_sheet:
            # a tag that goes on in the next step is looked at there
            text = rest + data
            cut = text.rfind(b"<")
            rest = text[cut:][:4_096]
            spanned.meet(text[:cut])
            if spanned.rows * spanned.columns > most:
                raise UnreadableFile(
                    f"A sheet of {source.title} spans {spanned.rows:,} × {spanned.columns:,} "
                    f"cells; the most is {most:,}.",
                    "Delete far-away cells, or save the sheet as CSV.",
                )
    return size


def bounded(size: int) -> str:
    """Return a bound in bytes for a message."""
    return f"{size // 2**20:,} MB"


class _OpenXml:
    """How far the cells of a sheet in an .xlsx file reach, at most."""

    merged = False

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._counted = 0

    def meet(self, text: bytes) -> None:
        for letters, digits in _REFERENCE.findall(text):
            self.rows = max(self.rows, int(digits))
            self.columns = max(self.columns, _column(letters))
        # cells need not say where they stand: then it is next to the one before
        for row in text.split(b"<row")[1:]:
            self._counted += 1
            self.columns = max(self.columns, row.count(b"<c ") + row.count(b"<c>"))
        self.rows = max(self.rows, self._counted)


class _OpenDocument:
    """How far the cells of a sheet in an .ods file reach: to the last that holds something."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.merged = False
        self._row = self._column = 0
        self._next = 1

    def meet(self, text: bytes) -> None:
        self.merged |= _SPANNED.search(text) is not None
        for what, attributes, table in _TAG.findall(text):
            if table:
                self._row, self._next = 0, 1
                continue
            found = _REPEATED.search(attributes)
            times = int(found[1]) if found else 1
            if what == b"row":
                self._row += self._next
                self._next, self._column = times, 0
            else:
                self._column += times
                if b"value" in attributes:
                    self.rows = max(self.rows, self._row + self._next)
                    self.columns = max(self.columns, self._column)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
