"""Reads tables drawn with bars and rules, as Markdown has them and as databases show them.

Such are the tables of Markdown, Org and reStructuredText, and what psql, mysql, sqlite3, DuckDB and
Polars print.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from likewise.errors import UnreadableFile, counted
from likewise.files.building import RawRow, parts_of, table_of
from likewise.files.options import Options
from likewise.files.raw.physical import WRONG_BYTES, Bytes, line_blocks, physical_lines
from likewise.files.raw.source import Source
from likewise.files.table import Met, Part, Spelling, Table

_BARS = "|│┆║┃"
_BAR = re.compile(rf"(?<!\\)[{_BARS}]")
_ONLY_RULES = re.compile(r"[\s|+:=\-\u2500-\u257f]*")
_DRAWN = re.compile(r"--|==|[─═━]{2}")
_BOXED = re.compile(r"[─═━]")
_CROSSED = re.compile(r"[|+\u2502-\u257f]")
_FOOTER = re.compile(
    r"\(\d+ rows?\)|\d+ rows? in set\b.*|Empty set\b.*|Time: .*|shape: \(.*\)", re.IGNORECASE
)
_LEFT_OUT = {"…", "...", "·", "⋮", "---"}
_BEFORE = 8
"""Lines within which the rule below the names stands."""
_MOST = 2_000
"""Lines by which it is judged whether there is a table."""


@dataclass(frozen=True)
class Drawing:
    """How a table is drawn.

    Attributes:
        names: of its columns.
        first: the number of the first line below the names and their rule, from 0.
        left: whether a bar stands before the first cell of each row.
        ruled: whether rules stand between rows, which may have several lines then.
        wrapped: whether a cell that goes on in the next line ends in a plus sign.
        cut: whether some cells were cut when they were shown.
    """

    names: tuple[str, ...]
    first: int
    left: bool
    ruled: bool
    wrapped: bool
    cut: bool

    def cells(self, line: str) -> list[str]:
        """Return the cells of a line as they stand there, with the spaces around them."""
        return _cells(line, left=self.left)

    def goes_on(self, before: Sequence[str], cells: Sequence[str], *, ended: bool) -> bool:
        """Return whether a line goes on with the row of the line before it."""
        if self.ruled:
            return not ended
        wraps = [cell.endswith("+") for cell in before]
        return (
            self.wrapped
            and any(wraps)
            and not any(cell.strip() for cell, on in zip(cells, wraps, strict=True) if not on)
        )

    def joined(self, parts: Sequence[Sequence[str]]) -> list[str]:
        """Return the cells of a row from those of its lines."""
        if len(parts) > 1 and self.wrapped and not self.ruled:
            parts = [*([cell.removesuffix("+") for cell in one] for one in parts[:-1]), parts[-1]]
        columns = zip(*([cell.strip() for cell in one] for one in parts), strict=True)
        return ["\n".join(filter(None, cells)).replace("\\|", "|") for cells in columns]


def drawing(source: Source) -> Drawing | None:
    """Return how the table is drawn that a file consists of, None where it holds none, or more."""
    return _drawing(_head(source))


def drawn_inside(source: Source) -> int | None:
    """Return the line at which a table is drawn somewhere in a file, None where none is."""
    lines = _head(source)
    for at in range(1, len(lines) - 1):
        crossed = lines[at].count("|") + lines[at].count("+") > 1 or "┼" in lines[at]
        if crossed and _is_rule(lines[at]) and _drawing(lines[at - 1 : at + 2]) is not None:
            return at
    return None


def _head(source: Source) -> list[str]:
    lines = physical_lines(source.head_text().removeprefix("\ufeff"))
    return (lines if source.whole else lines[:-1])[:_MOST]


def _drawing(lines: Sequence[str]) -> Drawing | None:
    held = [(at, line) for at, line in enumerate(lines) if line.strip()]
    if held and _FOOTER.fullmatch(held[0][1].strip()):
        held = held[1:]
    names: str | None = None
    below: list[tuple[int, str]] = []
    crossed = False
    boxed = any("│" in line or "┆" in line for _, line in held[:_BEFORE])
    for place, (at, line) in enumerate(held[:_BEFORE]):
        # between names and rule stand kinds of columns, too, where a program draws boxes
        if not _is_rule(line) or (boxed and not _BOXED.search(line)):
            names = line if names is None else names
        elif names is not None:
            crossed = _CROSSED.search(line.strip()) is not None
            first, below = at + 1, held[place + 1 :]
            wrapped = "+" in line and not line.lstrip().startswith(("+", "|"))
            grid = "=" in line or "═" in line
            break
    if names is None or not below:
        return None
    left = names.lstrip()[0] in _BARS
    columns = tuple(cell.strip() for cell in _cells(names, left=left))
    alone = len(columns) == 1 and not left
    if alone and (crossed or not re.fullmatch(r"\(\d+ rows?\)", below[-1][1].strip())):
        return None
    enclosed = left and names.rstrip()[-1] in _BARS  # as SAP prints them, with plain rules
    if not alone and not crossed and not enclosed:
        return None
    rows = [line for _, line in below if not _is_rule(line)]
    right = [line for line in rows if len(_cells(line, left=left)) == len(columns)]
    others = [line for line in rows if not _FOOTER.fullmatch(line.strip())]
    prose = 0 if alone else sum(_BAR.search(line) is None for line in others)
    if len(right) * 2 < len(others) or len(right) < max(1, 2 * prose):
        return None
    ruled = grid and any(
        _is_rule(line) and at + 1 < len(below) and below[at + 1][1] in right
        for at, (_, line) in enumerate(below)
    )
    cut = boxed and any(cell.strip().endswith("…") for line in right for cell in _cells(line))
    return Drawing(columns, first, left, ruled, wrapped, cut)


def _is_rule(line: str) -> bool:
    # two searches: one pattern would try each way to share a line of dashes out among its parts
    return _ONLY_RULES.fullmatch(line) is not None and _DRAWN.search(line) is not None


def _cells(line: str, *, left: bool = True) -> list[str]:
    text = line.strip("\r\n")
    if left:
        text = text.strip()
        text = text[1:] if text[:1] and text[0] in _BARS else text
        text = text[:-1] if text[-1:] and text[-1] in _BARS and text[-2:-1] != "\\" else text
    return _BAR.split(text)


def read_drawn(source: Source, options: Options) -> Table:
    """Return the table that is drawn in a file, its cells without the spaces around them.

    Raises:
        UnreadableFile: there is none, or more than one.
    """
    found = drawing(source)
    if found is None:
        raise UnreadableFile(
            f"{source.title} is not one table drawn with bars and a rule below its names.",
            "Leave out --input-format, or name its real format.",
        )

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        wanted = range(len(found.names)) if places is None else places
        rows = _rows(source, found, strict=met.aside.strict)
        yield from parts_of(
            rows, lambda held: [[cells[at] for cells in held] for at in wanted], met, source
        )

    def locate(row: int) -> str:
        rows = _rows(source, found, strict=False)
        return next((f"line {one.line:,}" for one in rows if one.number == row), "")

    notes = []
    if found.cut:
        notes.append(
            f"Cells of {source.title} that end in … were cut when the table was printed; export it "
            "as csv to have them whole."
        )
    return table_of(source, options, "drawn", found.names, parse, notes=notes, once=source.once,
                    spelling=Spelling(encoding=source.encoding), locate=locate)  # fmt: skip


def _rows(source: Source, found: Drawing, *, strict: bool) -> Iterator[RawRow[list[str]]]:
    """Yield the rows, and the lines that are none."""
    met_bytes = Bytes(source, strict=strict)
    lines = enumerate((line for lines in line_blocks(source) for line in lines), 1)
    parts: list[list[str]] = []
    number, begun, ended = 1, 0, True
    for at, line in islice(lines, found.first, None):
        text = line.rstrip("\r\n")
        fine = met_bytes.meet(line, at)
        if fine and _is_between(text):
            ended = ended or not found.ruled or _is_rule(text)
            continue
        cells = found.cells(text)
        fault = _fault(found, cells) if fine else WRONG_BYTES
        if not fault and parts and found.goes_on(parts[-1], cells, ended=ended):
            parts.append(cells)
            continue
        if parts:
            yield RawRow(number, begun, found.joined(parts))
            number, parts = number + 1, []
        if fault:
            yield RawRow(number, at, [], fault, text)
            number += 1
        else:
            parts, begun, ended = [cells], at, False
    if parts:
        yield RawRow(number, begun, found.joined(parts))
    met_bytes.end()


def _is_between(text: str) -> bool:
    """Return whether a line is blank, a rule, or what is said below the table."""
    return not text.strip() or _is_rule(text) or _FOOTER.fullmatch(text.strip()) is not None


def _fault(found: Drawing, cells: Sequence[str]) -> str:
    """Return why the cells of a line are no row, nothing where they are one."""
    if len(cells) != len(found.names):
        many, width = len(cells), len(found.names)
        return (
            f"has {counted(many, 'cell')}, but there "
            f"{'is 1 column' if width == 1 else f'are {width:,} columns'}"
        )
    if all(cell.strip() in _LEFT_OUT for cell in cells):
        return "stands for rows that were left out when the table was printed"
    return ""
