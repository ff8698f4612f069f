"""Reads csv and tsv files: cells in lines, whatever stands between and around them."""

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from likewise.errors import UnreadableFile, counted
from likewise.files.aside import SetAside
from likewise.files.building import table_of
from likewise.files.delimited.layout import TableLayout, guess_layout
from likewise.files.delimited.records import OPEN, Record, doubtful, records
from likewise.files.guard import is_guarded, unguard
from likewise.files.oddities import DOUBTFUL, GUARDED, MARKED
from likewise.files.options import Options
from likewise.files.raw.physical import (
    WRONG_BYTES,
    Bytes,
    endless,
    is_wrong,
    last_told,
    physical_lines,
)
from likewise.files.raw.source import Source
from likewise.files.table import Met, Part, Spelling, Table

if TYPE_CHECKING:
    from likewise.files.delimited.columns import BlockColumn

_WORTH = 16_384
"""Bytes that are read faster in a block; importing what that takes costs more than fewer."""


def read_delimited(source: Source, format_: str, options: Options) -> Table:
    """Return the table in a csv or tsv file.

    Args:
        source: where it is.
        format_: `csv` or `tsv`.
        options: what is not to be guessed.

    Raises:
        UnreadableFile: it can't be understood.
    """
    layout = layout_of(source, format_, options)
    # what others read too; a column alone has none
    separator = layout.dialect.separator if layout.dialect.separator in ",;\t|" else ","
    names = names_in(layout)

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        return DelimitedReader(source, layout, met).parts(places)

    def locate(row: int) -> str:
        line = DelimitedReader(source, layout, Met(SetAside(source.title))).line_of(row)
        return f"line {line:,}" if line else ""

    return table_of(
        source,
        options,
        format_,
        names,
        parse,
        notes=layout.notes,
        once=source.once,
        spelling=Spelling(separator, source.mark, source.encoding),
        locate=locate,
    )


def layout_of(source: Source, format_: str, options: Options) -> TableLayout:
    """Return where the table stands in a csv or tsv file; see `read_delimited`."""
    lines, whole = _head(source)
    usual = "\t" if format_ == "tsv" else ","
    layout = guess_layout(lines, source.title, usual, options, final=whole)
    if any(map(is_wrong, layout.names)):  # a row can be set aside, but not the names
        raise source.wrong_bytes(next(n for n, line in enumerate(lines, 1) if is_wrong(line)))
    return layout


def names_in(layout: TableLayout) -> list[str]:
    """Return the names of the columns as they stand in the file, blank where it has none."""
    return [unguard(name) for name in layout.names] or [""] * layout.width


def _head(source: Source) -> tuple[list[str], bool]:
    """Return the whole lines at the beginning of a file, and whether these are all."""
    source.refuse_binary()
    text = source.head_text().removeprefix("\ufeff")
    lines = physical_lines(text)
    whole = source.whole
    if len(lines) == 1 and "\x1e" in text:
        raise UnreadableFile(
            f"{source.title} has record separators (U+001E) where lines should end.",
            "Write a line break in place of each.",
        )
    if not whole and len(lines) == 1:
        raise UnreadableFile(
            f"The first line of {source.title} is longer than {len(text):,} characters.",
            "A table has its names or its first row there; name the format with --input-format.",
        )
    _refuse_other_encoding(source, lines)
    return (lines if whole else lines[:-1]), whole


def _refuse_other_encoding(source: Source, lines: Sequence[str]) -> None:
    """Raise where most lines that are not ASCII have bytes that are not in the encoding."""
    beyond = [number for number, line in enumerate(lines, 1) if not line.isascii()]
    wrong = [number for number in beyond if is_wrong(lines[number - 1])]
    if len(wrong) * 2 > len(beyond):
        raise source.wrong_bytes(wrong[0])


def _name(cell: str) -> str:
    """Return a cell as a name: joined files have a byte order mark before theirs."""
    return cell.strip().lstrip("\ufeff")


def _after_lines(data: bytes, count: int) -> bytes:
    r"""Return what follows the first lines, which end in \n, \r\n or \r."""
    place = 0
    for _ in range(count):
        ends = [at for at in (data.find(b"\n", place), data.find(b"\r", place)) if at >= 0]
        if not ends:
            return b""
        place = min(ends) + (2 if data[min(ends) :].startswith(b"\r\n") else 1)
    return data[place:]


def _blank_lines(data: bytes) -> int:
    """Return how many bytes of blank lines data begin with, where they are many.

    A record begins there, so they are none; to look at each takes some millionths of a second.
    """
    blank = len(data) - len(data.lstrip(b"\r\n"))
    if data[blank - 1 : blank] == b"\r":  # it may be half of an end
        blank -= 1
    return blank if blank >= _WORTH else 0


class DelimitedReader:
    """One reading of a file, or of what follows a record in it.

    Args:
        source: the bytes; where they are the rest of a file, its layout skips no line.
        layout: where the table stands in them.
        met: what the reading meets.
        line: the number of the first line in them.
        row: the number of the first row in them.
        told: counts wrong bytes, where the reading is a part of a longer one.

    Attributes:
        line: the number of the next line, from 1.
        row: the number of the next row, from 1; rows that are set aside have one too.
        used: bytes of the source before the next line, a byte order mark not counted.
    """

    def __init__(
        self,
        source: Source,
        layout: TableLayout,
        met: Met,
        *,
        line: int = 1,
        row: int = 1,
        told: Bytes | None = None,
    ) -> None:
        self.line = line
        self.row = row
        self.used = 0
        self._source = source
        self._layout = layout
        self._met = met
        self._bytes = told or Bytes(source, strict=met.aside.strict)
        self._damaged = line
        """Before this line there may be parts of a record that is wrong."""
        self._sought = 0
        self._found = 0

    def parts(self, places: Sequence[int] | None) -> Iterator[Part]:
        """Yield all rows, the cells that stand at these places."""
        wanted = range(self._layout.width) if places is None else places
        rest, enough = b"", 0
        for piece, final in last_told(self._without_head()):
            rest += piece
            # a record that goes on is looked at again when there is twice as much of it
            while final or len(rest) >= min(enough, self._most):
                size = len(rest)
                for part, used in self._in_turn(rest, wanted, final=final):
                    size -= used
                    if part.numbers:
                        yield part
                enough = 0 if size < len(rest) else 2 * len(rest)
                rest = rest[len(rest) - size :]
                if not self._is_endless(rest):
                    break
                rest, enough = self._without_first(rest), 0
        self._bytes.end()

    def _in_turn(
        self, data: bytes, wanted: Sequence[int], *, final: bool
    ) -> Iterator[tuple[Part, int]]:
        """Yield the rows at the beginning of some bytes, and how many of these they take.

        Much is there where a mark was open. What follows it is taken piece by piece, for the cells
        of short lines need a hundred times as much memory as the file.
        """
        begin, size = 0, self._at_once
        while begin < len(data) or not data:
            some = data[begin : begin + size]
            whole = begin + size >= len(data)
            part, used = self._some(some, wanted, final=final and whole)
            begin += used
            self.used += used
            yield part, used
            if whole and not (used and final):
                return
            size = self._at_once if used else 2 * size

    def line_of(self, row: int) -> int:
        """Return the line in which a row begins, 0 where there is no such row."""
        self._sought = row
        for _ in self.parts(()):
            if self._found:
                break
        return self._found

    @property
    def _most(self) -> int:
        return self._source.bounds.characters

    @property
    def _at_once(self) -> int:
        """Bytes that are read at a time, where records are not longer."""
        return 2 * self._source.piece

    def _is_endless(self, rest: bytes) -> bool:
        """Return whether a record is longer than any, in characters."""
        return len(rest) > self._most and len(self._source.decoded(rest)) > self._most

    def _some(self, data: bytes, wanted: Sequence[int], *, final: bool) -> tuple[Part, int]:
        """Return the rows at the beginning of some bytes, and how many of these they take."""
        if blank := _blank_lines(data):
            self.line += len(physical_lines(data[:blank].decode()))
            part, used = self._some(data[blank:], wanted, final=final)
            return part, used + blank
        fast = self._fast(data, wanted, final=final)
        if fast is not None:
            return fast
        cut = len(data) if final else data.rfind(b"\n") + 1
        if not cut:  # a last \r may be half of an end
            cut = data.rfind(b"\r", 0, len(data) - 1) + 1
        return self._careful(data[:cut], wanted, final=final) if cut else (Part([], []), 0)

    def _without_first(self, data: bytes) -> bytes:
        """Set the first line of a record aside that is longer than any: its mark is never closed.

        Raises:
            UnreadableFile: the line itself is longer than any.
        """
        line = next(iter(physical_lines(self._source.decoded(data))))
        if len(line) > self._most:
            raise endless(self._source, self.line)
        self._met.aside.add(self.line, OPEN, line.rstrip("\r\n"))
        self.line += 1
        self.row += 1
        size = len(self._source.encoded(line))
        self.used += size
        return data[size:]

    def _without_head(self) -> Iterator[bytes]:
        """Yield the bytes after the lines before the first row."""
        pieces = self._source.utf8_pieces()
        data, skip = b"", self._layout.skip
        lines: list[bytes] = []
        for piece in pieces:
            data += piece
            lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", skip)
            # what follows the last of them must have begun, so that no \r is half of an end
            if len(lines) > skip and lines[-1]:
                break
        mark = BOM_UTF8 if self.line == 1 else b""
        self.line += skip
        first = _after_lines(data, skip) if skip else data.removeprefix(mark)
        self.used += len(data) - len(first)
        yield first
        yield from pieces

    def _fast(self, data: bytes, wanted: Sequence[int], *, final: bool) -> tuple[Part, int] | None:
        if len(data) < _WORTH or self.line < self._damaged:
            return None
        from likewise.files.delimited.blocks import block

        layout = self._layout
        places = [*(wanted or (0,)), *range(layout.width, layout.raw)]
        found = block(data, layout.dialect, layout.shape, places, final=final)
        if found is None or not all(one.empty for one in found.columns[len(wanted) or 1 :]):
            return None
        if self._names_again(places, found.columns):
            return None
        if self.row <= self._sought < self.row + found.rows:
            return None  # its line is found record by record
        some = found.columns[: len(wanted)]
        columns = [self._unguarded(one.to_list()) if one.guarded else one.to_list() for one in some]
        filled = [place for place, one in enumerate(some) if one.filled]
        part = Part(range(self.row, self.row + found.rows), columns, filled)
        self._bytes.right += found.beyond_ascii
        self.row += found.rows
        self.line += found.lines
        return part, found.size

    def _names_again(self, places: Sequence[int], columns: "Sequence[BlockColumn]") -> bool:
        """Return whether the names of the columns may come again, as where files were joined."""
        names = self._layout.names
        named = (at for at, place in enumerate(places) if place < len(names) and names[place])
        at = next(named, None)
        return len(names) > 1 and at is not None and columns[at].holds(names[places[at]])

    def _careful(self, data: bytes, wanted: Sequence[int], *, final: bool) -> tuple[Part, int]:
        lines = physical_lines(self._source.decoded(data))
        found: list[tuple[int, Sequence[str]]] = []
        done = 0
        layout, blank = self._layout, self._layout.width > 1
        damaged = self._damaged - self.line
        for record in records(
            lines, layout.dialect, final=final, shape=layout.shape, damaged=damaged
        ):
            done = record.end
            self._damaged = max(self._damaged, self.line + record.damaged)
            cells = record.cells
            if not record.fault and (not cells or (blank and cells[0].isspace() and not cells[1:])):
                continue
            if self.row == self._sought:
                self._found = self.line + record.start
            if self._is_row(record, lines):
                found.append((self.row, cells))
            self.row += 1
            if record.fault == OPEN and len(data) > self._at_once:
                break  # what follows has been looked at for its end alone
        rest = len(self._source.encoded("".join(lines[done:])))
        self.line += done
        columns = [self._unguarded([cells[at] for _, cells in found]) for at in wanted]
        return Part([number for number, _ in found], columns), len(data) - rest

    def _is_row(self, record: Record, lines: list[str]) -> bool:
        """Return whether a record is a row of the table; what is none is set aside."""
        layout, line = self._layout, self.line + record.start
        here = lines[record.start : record.end]
        fault = record.fault or self._fault(record.cells)
        for at, text in enumerate(here):
            if not self._bytes.meet(text, line + at):
                fault = WRONG_BYTES
        if fault:
            self._met.aside.add(line, fault, "".join(here).rstrip("\r\n"))
        elif record.doubt:
            self._met.counts[MARKED] += 1
        elif len(here) > 1 and not layout.numbers and not layout.trusted:
            self._met.counts[DOUBTFUL] += doubtful(here, layout.dialect, layout.shape)
        return not fault

    def _fault(self, cells: list[str]) -> str:
        """Return why cells are not a row, nothing where they are one."""
        width, names = self._layout.width, self._layout.names
        if len(cells) >= width and not any(cells[width:]):
            again = width > 1 and tuple(map(_name, cells[:width])) == names
            return "repeats the names of the columns" if again else ""
        return (
            f"has {counted(len(cells), 'cell')}, but there "
            f"{'is 1 column' if width == 1 else f'are {width:,} columns'}"
        )

    def _unguarded(self, cells: list[str]) -> list[str]:
        """Return cells without the apostrophe that guards them from spreadsheets."""
        guarded = sum(map(is_guarded, cells))
        if not guarded:
            return cells
        self._met.counts[GUARDED] += guarded
        return [unguard(cell) for cell in cells]
