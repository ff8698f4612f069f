"""Finds where the table stands in a delimited file, and what its columns are called."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from likewise.errors import UnreadableFile, counted, shown
from likewise.files.cells import NOTHING, number
from likewise.files.delimited.dialect import Trial, best_trial, number_columns
from likewise.files.delimited.likeness import could_be
from likewise.files.delimited.records import Dialect, Record, Shape
from likewise.files.header import HeaderGuess, guess_header, is_usual, is_value, second_names
from likewise.files.options import Options

_OPENING, _CLOSING = set("“„«‹‘"), set("”“»›’")
_FORMULA = re.compile(r'="[^"]*"')
_THOUSANDS, _HUNDREDS = re.compile(r"[+-]?\d{1,3}"), re.compile(r"\d{3}(\.\d+)?")
_ASIDE = 20
"""Lines before a table that may be no part of it."""


@dataclass(frozen=True)
class TableLayout:
    """Where the table stands in the lines, and how.

    Attributes:
        dialect: how cells stand in lines.
        skip: lines before the first row, those of its names counted.
        names: of the columns, empty where the first row has none.
        width: columns.
        raw: cells that most lines have; what is beyond `width` is empty.
        numbers: places of the columns that hold numbers.
        trusted: whether a person said what stands around cells.
        notes: what was decided, a sentence each.
    """

    dialect: Dialect
    skip: int
    names: tuple[str, ...]
    width: int
    raw: int
    numbers: tuple[int, ...]
    trusted: bool
    notes: list[str] = field(default_factory=list)

    @property
    def shape(self) -> Shape:
        """What a row looks like."""
        return Shape(self.raw, self.numbers, self.trusted)


def guess_layout(
    lines: Sequence[str], title: str, usual: str, options: Options, *, final: bool
) -> TableLayout:
    """Return where the table stands in the first lines of a file.

    Args:
        lines: physical lines with their ends, whole ones.
        title: the name of the file, as it begins a sentence.
        usual: the separator that files of this name have.
        options: what was said instead of being guessed.
        final: whether these are all lines.
    """
    best, before, notes = best_trial(lines, title, usual, options, final=final)
    if options.separator is None and best.width < 2:
        notes += could_be(lines[before:], title, final=final)
    return _laid(best, before, title, options, notes)


def _laid(
    best: Trial,
    before: int,
    title: str,
    options: Options,
    notes: list[str],
) -> TableLayout:
    """Return the layout that a trial shows."""
    found = [one for one in best.found if not one.fault]
    if not any(cell.strip() for one in found for cell in one.cells):
        raise UnreadableFile(f"{title} holds no row.", "Give it at least one text.")
    raw = best.width
    start = _start(found, raw) if found else 0
    notes += _left_out(best.found, found[start].start if found else 0, title)
    first = found[start] if found else Record(0, 0, [])
    rows = [one.cells for one in found[start + 1 :] if len(one.cells) == raw]
    if (most := max(raw, len(first.cells))) > options.bounds.columns:
        raise UnreadableFile(
            f"{title} has {most:,} columns; the most is {options.bounds.columns:,}.",
            "Keep the column of the texts and those that you need.",
        )
    if rows and len(first.cells) > raw and any(first.cells[raw:]):
        notes.append(
            f"{title} names {len(first.cells):,} columns, but most rows have "
            f"{counted(raw, 'cell')}: the other names are left out."
        )
    short = len(first.cells) == raw - 1 and bool(rows) and not any(map(is_value, first.cells))
    width = raw
    while width > 1 and rows and _empty(rows, width - 1) and _unnamed(first.cells, width - 1):
        width -= 1
    if short:
        _refuse_typographic(rows, title)
    if short and width == raw:
        cut = " If commas stand between thousands there, put marks around such numbers."
        notes.append(
            f"{title} has one name fewer than cells; its first column is read as 'column 1'."
            f"{cut if _could_be_thousands(rows) else ''}"
        )
        first = first._replace(cells=["", *first.cells])
    header = options.header
    if header is None:
        guess = guess_header(first.cells[:width], [row[:width] for row in rows])
        header = guess.named or short
        notes += (HeaderGuess(True, sure=True) if short else guess).said(title, first.cells[:width])
    names = tuple(cell.strip() for cell in first.cells[:width]) if header else ()
    if header:
        names += ("",) * (width - len(names))
        skip = _drawn_below(found[start + 1 :], rows, title, notes) or first.end
        notes += second_names(title, names, [row[:width] for row in rows])
    else:
        rows.insert(0, first.cells)
        skip = first.start
    notes += _about_cells(rows, title)
    numbers = number_columns(rows, width)
    trusted = options.quotes is not None
    return TableLayout(best.dialect, before + skip, names, width, raw, numbers, trusted, notes)


def _start(found: Sequence[Record], raw: int) -> int:
    """Return which record is the first row: lines of other widths before it are not part of it."""
    if raw == 1:
        return 0
    for at, one in enumerate(found[: _ASIDE + 1]):
        comment = one.cells[0].startswith("#") and _next_hash(found, at)
        if len(one.cells) == raw and not comment and any(map(str.strip, one.cells)):
            return at
        if _names_alone(found, at, raw):
            return at
    return 0


def _next_hash(found: Sequence[Record], at: int) -> bool:
    return at + 1 < len(found) and found[at + 1].cells[0].startswith("#")


def _names_alone(found: Sequence[Record], at: int, raw: int) -> bool:
    """Return whether this is the row of names although it has other cells than the rows.

    It lacks the name of the first column, as in R, or the rows end in empty cells.
    """
    one, rows = found[at], [other.cells for other in found[at + 1 :] if len(other.cells) == raw]
    if len(one.cells) < 2 and not is_usual(one.cells[0]):
        return False
    if not rows or any(number(cell) is not None for cell in one.cells):
        return False
    if len(one.cells) > raw or found[at + 1].cells != rows[0]:
        return False
    below = guess_header(rows[0], rows[1:])
    if below.named and below.sure and not any(number(cell) is not None for cell in rows[0]):
        return False
    if all(_empty(rows, place) for place in range(len(one.cells), raw)):
        return True
    keys = [row[0] for row in rows]
    return len(one.cells) == raw - 1 and len(set(keys)) == len(keys)


def _left_out(found: Sequence[Record], start: int, title: str) -> list[str]:
    before = [one for one in found if one.start < start]
    if not before:
        return []
    words = shown(" ".join(before[0].cells).strip() or "…", 60)
    many = len(before) > 1
    return [
        f"The first {f'{len(before)} lines' if many else 'line'} of {title} "
        f"{'are' if many else 'is'} not part of the table: {words}{' …' if many else ''}."
    ]


def _drawn_below(
    found: Sequence[Record], rows: list[list[str]], title: str, notes: list[str]
) -> int:
    """Take the line that a program drew below the names out of the rows.

    Returns:
        Where it ends, 0 where there is none.
    """
    held = [cell.strip() for cell in (rows[0] if rows else ()) if cell.strip()]
    if not any(len(cell) > 1 for cell in held) or any(set(cell) != {"-"} for cell in held):
        return 0
    rule = rows.pop(0)
    notes.append(f"The line drawn below the names of {title} is not part of the table.")
    return next(one.end for one in found if one.cells == rule)


def _refuse_typographic(rows: Sequence[Sequence[str]], title: str) -> None:
    """Raise where cells are cut apart because typographic marks stand around them."""
    for row in rows:
        opens = [cell.lstrip()[:1] in _OPENING and cell.rstrip()[-1:] not in _CLOSING
                 for cell in row if cell.strip()]  # fmt: skip
        if any(opens):
            raise UnreadableFile(
                f"{title} has typographic quotation marks around its cells, which hold none "
                "together.",
                "Replace them by straight ones.",
            )


def _about_cells(rows: Sequence[Sequence[str]], title: str) -> Iterator[str]:
    """Yield what is to be told of cells that programs spell in ways of their own."""
    if any(map(_FORMULA.fullmatch, (cell for row in rows for cell in row))):
        yield (
            f'{title} has cells such as ="007", which spreadsheets take for a text; they are read '
            "as they stand."
        )
    if any(NOTHING in row for row in rows):
        yield (
            f"{title} has {NOTHING} where a cell holds nothing, as databases write it; other "
            "backslashes are read as they stand."
        )


def _could_be_thousands(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the last two cells of all rows could be one number, as in 1,234.50."""
    return all(
        _THOUSANDS.fullmatch(row[-2]) and _HUNDREDS.fullmatch(row[-1]) for row in rows if row[-1]
    )


def _unnamed(cells: Sequence[str], place: int) -> bool:
    return len(cells) <= place or not cells[place].strip()


def _empty(rows: Sequence[Sequence[str]], place: int) -> bool:
    return all(not row[place].strip() for row in rows)
