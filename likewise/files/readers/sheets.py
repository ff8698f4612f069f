"""Reads spreadsheets: .xlsx, .xls and .ods, one sheet of them."""

import datetime
import weakref
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from likewise.errors import InvalidOption, UnreadableFile, counted, is_failure, shown
from likewise.files.building import table_of
from likewise.files.cells import Value
from likewise.files.header import guess_header, is_value, second_names
from likewise.files.names import listed
from likewise.files.oddities import LONG
from likewise.files.options import Options
from likewise.files.raw.source import Source
from likewise.files.readers.opendocument import plain
from likewise.files.readers.spans import check_spans, unread
from likewise.files.table import Met, Part, Table, bounded

_TOGETHER = 1_024
_MOST_SHEETS = 100
"""Sheets that are looked at for the first that holds something."""
_BEYOND = 2.0**63
"""From here on whole numbers are read as others are: no column of them could be written."""
_EXACT = 2**53
"""From here on a number's last digit may be another than the one that was meant."""
_MOST_MERGED = 1_000_000
"""Cells that take the value of the one that they are merged with."""


def read_sheet(source: Source, options: Options) -> Table:
    """Return the table on one sheet: the first that is not hidden, or the named one.

    Formulas give the values that were stored with them, dates are spelt as ISO 8601, and cells
    that are merged give their value to each of their rows.

    Raises:
        UnreadableFile: it is not a spreadsheet, a damaged or locked one, or spans too much.
        InvalidOption: there is no such sheet.
    """
    with source.seekable() as file:
        found = check_spans(file, source, options.bounds)
        with plain(file) as readable:
            book, sheet, notes = _opened(readable, source, options)
        at = book.sheet_names.index(sheet.name)
        for one in found[at : at + 1]:  # of an .xls file nothing is found
            notes += one.notes(source.title)
        rows = _Rows(sheet, book)
    first = rows.first(options.bounds.columns)
    if not first:
        rows.close()
        raise UnreadableFile(
            f"Sheet {shown(rows.name)} of {source.title} holds no row.",
            "Name another sheet with --sheet, or give it at least one text.",
        )
    table = _laid(rows, first, source, options, notes)
    weakref.finalize(table, rows.close)
    return table


class _Rows:
    """The rows of a sheet, as they stand there.

    Attributes:
        name: of the sheet.
        merged: how many groups of merged cells gave their value to more rows than one.
        across: numbers of the rows in which cells of several columns are merged.
    """

    def __init__(self, sheet: Any, book: Any) -> None:  # noqa: ANN401
        self._sheet = sheet
        self._book = book
        self.name = str(sheet.name)
        self._fill: dict[tuple[int, int], tuple[int, int]] = {}
        self.merged = 0
        self.across: set[int] = set()
        last = int(sheet.total_height) - 1
        for (top, left), (bottom, right) in _merged(sheet):
            bottom = min(bottom, last)
            if right > left:
                self.across.add(top + 1)
            if bottom > top and len(self._fill) + bottom - top < _MOST_MERGED:
                self.merged += 1
                self._fill.update({(at, left): (top, left) for at in range(top + 1, bottom + 1)})

    def __iter__(self) -> Iterator[tuple[int, list[Value]]]:
        """Yield the number of each row and its cells; rows of nothing are left out."""
        if self._sheet is None:
            return  # closed
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
        self._sheet = None
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
    start = _below_groups(first, start, columns, rows.across)
    names_row = first[start][1]
    below = [[_spelt(row[at]) for at in columns] for _, row in first[start + 1 :]]
    names = [_spelt(names_row[at]) for at in columns]
    header = options.header
    if header is None:
        guess = guess_header(names, below)
        header = not below or guess.named
        notes += guess._replace(named=header).said(source.title, names)
    if header:
        notes += second_names(source.title, names, below)
    notes += _about(rows, first, start, source.title)
    begin = first[start][0] + bool(header)

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        wanted = columns if places is None else [columns[at] for at in places]
        found: list[list[Value]] = []
        number = 1
        for line, row in rows:
            if line < begin:
                continue
            found.append([row[at] if at < len(row) else None for at in wanted])
            if long := sum(type(cell) is int and abs(cell) >= _EXACT for cell in found[-1]):
                met.counts[LONG] += long
            if len(found) == _TOGETHER:
                yield _part(found, number, len(wanted), source)
                number, found = number + len(found), []
        if found:
            yield _part(found, number, len(wanted), source)

    def locate(row: int) -> str:
        held = (line for line, _ in rows if line >= begin)
        line = next(islice(held, row - 1, None), 0)
        return f"row {line:,} of sheet {shown(rows.name)}" if line else ""

    columns_of = [name.strip() for name in names] if header else [""] * len(columns)
    return table_of(source, options, "xlsx", columns_of, parse, notes=notes, unit="row",
                    locate=locate)  # fmt: skip


def _about(
    rows: _Rows, first: list[tuple[int, list[Value]]], start: int, title: str
) -> Iterator[str]:
    """Yield what is to be told about the rows above a table, and about merged cells."""
    if start:
        words = " ".join(_spelt(cell) for cell in first[0][1] if cell is not None)
        yield (
            f"The first {f'{start} rows' if start > 1 else 'row'} of {title} "
            f"{'are' if start > 1 else 'is'} not part of the table: {shown(words, 60)}."
        )
    if rows.merged:
        yield (
            f"{counted(rows.merged, 'group')} of merged cells in "
            f"{title} give{'' if rows.merged > 1 else 's'} the value to each row."
        )


def _part(rows: list[list[Value]], number: int, width: int, source: Source) -> Part:
    cells = list(zip(*rows, strict=True)) if width else []
    part = Part(range(number, number + len(rows)), cells)
    return bounded(part, source.title, source.bounds.characters)


def _table_place(first: list[tuple[int, list[Value]]]) -> tuple[int, list[int]]:
    """Return which of the first rows is the table's first, and the places of its columns.

    A title above it fills fewer columns than most rows do; columns of nothing are none.
    """
    width = max(len(row) for _, row in first)
    used = [
        at for at in range(width)
        if any(at < len(row) and row[at] is not None for _, row in first)
    ]  # fmt: skip
    filled = [sum(cell is not None for cell in row) for _, row in first]
    usual = sorted(filled)[len(filled) // 2]
    start = next(at for at, count in enumerate(filled) if count * 2 > usual)
    return (start if start <= 20 else 0), used


def _below_groups(
    first: list[tuple[int, list[Value]]], start: int, columns: list[int], across: set[int]
) -> int:
    """Return which row names the columns: the one below names that are of several each."""
    number, names = first[start]
    below = first[start + 1][1] if start + 1 < len(first) else []
    cells = [below[at] if at < len(below) else None for at in columns]
    blank = any(at >= len(names) or names[at] is None for at in columns)
    if number not in across or not blank:
        return start
    named = all(isinstance(cell, str) and not is_value(cell) for cell in cells)
    return start + 1 if named and len(set(cells)) == len(cells) else start


def _merged(sheet: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:  # noqa: ANN401
    try:
        return sheet.merged_cell_ranges or []
    except Exception:  # formats that have none say so by one error or another
        return []


def _value(cell: Any) -> Value:  # noqa: ANN401
    """Return a cell as a person sees it: whole numbers without a point, dates in ISO 8601."""
    if isinstance(cell, float):
        if not cell.is_integer() or abs(cell) >= _BEYOND:
            return cell
        # behind its shortest digits a long number has none but zeros, as it is shown
        return int(cell) if abs(cell) < 2**53 else int(Decimal(repr(cell)))
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
        seen = [_visible(one) for one in known]
        name = _chosen([one.name for one in known], seen, source, options)
        sheet = book.get_sheet_by_name(name)
        if options.sheet is None and not sheet.height:  # another may hold the table
            for one in islice(filter(_visible, known), _MOST_SHEETS):
                other = book.get_sheet_by_name(one.name)
                if other.height:
                    name, sheet = one.name, other
                    break
    except InvalidOption:
        raise
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise unread(source, str(error)) from None
    except BaseException as error:
        if isinstance(error, Exception) or not is_failure(error):
            raise
        raise unread(source, "") from None
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
