"""Reads JSON: an object or a string on each line, or one document."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from likewise.errors import UnreadableFile, shown
from likewise.files.building import RawRow, part_of, parts_of, table_of
from likewise.files.cells import Cell, Value
from likewise.files.oddities import DROPPED
from likewise.files.options import Options
from likewise.files.raw.physical import (
    WRONG_BYTES,
    Bytes,
    endless,
    last_told,
    line_blocks,
    physical_lines,
)
from likewise.files.raw.source import Source
from likewise.files.readers.documents import DoubledMember, document, parsed, spelt
from likewise.files.table import Met, Part, Spelling, Table, beginning

_TEXT = "text"

_SPARSE = 20_000_000
"""Cells from which a table may not be nearly empty."""
_FILLED = 1_000
"""Of so many cells one at least must hold something then."""


_Record = RawRow[dict[str, Any]]
_Records = Callable[[bool], Iterator[_Record]]
"""Called with whether the reading is strict."""


def read_jsonl(source: Source, options: Options) -> Table:
    """Return the table in a jsonl file, or in a json file that holds one document.

    The columns are the members of all objects, of a pipe those of the first, a thousand or so;
    strings in place of objects make the column `text`. A document is read whole, lines are
    streamed.

    Raises:
        UnreadableFile: hardly a line is JSON, or the document holds no table.
    """
    unit, notes = "line", list[str]()
    records: _Records
    if is_document(source):
        found, notes = document(_text(source), source)
        unit = "element"
        records = _elements(found)
    else:
        records = _lines_of(source)
    if source.once and unit == "line":
        return _piped(source, records, options)
    columns, rows = _names(records, source, options)

    def parse(met: Met, places: Sequence[int] | None) -> Iterator[Part]:
        names = columns if places is None else [columns[at] for at in places]
        return parts_of(records(met.aside.strict), _columns_of(names), met, source)

    def locate(row: int) -> str:
        return next((f"{unit} {one.line:,}" for one in records(False) if one.number == row), "")

    return table_of(source, options, "jsonl", columns, parse, notes=notes, known_rows=rows,
                    unit=unit, spelling=Spelling(encoding=source.encoding),
                    locate=locate)  # fmt: skip


def _piped(source: Source, records: _Records, options: Options) -> Table:
    """Return a table whose columns are those of the first records."""
    stream = records(options.strict)
    first = list(beginning(stream, lambda record: len(str(record.held))))
    columns = tuple(dict.fromkeys(name for one in first for name in one.held))
    known = set(columns)

    def parse(met: Met, _places: Sequence[int] | None) -> Iterator[Part]:
        def counted() -> Iterator[_Record]:
            for one in chain(first, stream):
                if not one.held.keys() <= known:
                    met.counts[DROPPED] += len(one.held.keys() - known)
                yield one

        return parts_of(counted(), _columns_of(columns), met, source)

    return table_of(source, options, "jsonl", columns, parse, once=True,
                    spelling=Spelling(encoding=source.encoding))  # fmt: skip


def _names(records: _Records, source: Source, options: Options) -> tuple[tuple[str, ...], int]:
    """Return the names of all members in a file, and how many records there are."""
    names: dict[str, None] = {}
    rows = filled = wrong = 0
    fault = None
    for one in records(options.strict):
        if one.fault:
            wrong += 1
            fault = fault or one
            continue
        rows += 1
        filled += len(one.held)
        if not one.held.keys() <= names.keys():
            names.update(dict.fromkeys(one.held))
            if len(names) > options.bounds.columns:
                raise UnreadableFile(
                    f"{source.title} has more than {options.bounds.columns:,} different members.",
                    "Keep the texts and those that you need.",
                )
    cells = rows * len(names)
    if (cells > _SPARSE and filled * _FILLED < cells) or cells > (options.bounds.cells or cells):
        raise UnreadableFile(
            f"{source.title} has {rows:,} rows with {len(names):,} different members, which make "
            f"{cells:,} cells.",
            "Keep the texts and the members that you need.",
        )
    if fault is not None and wrong > rows:
        raise UnreadableFile(
            f"Line {fault.line:,} of {source.title} {fault.fault}.",
            'Write one JSON object on each line, such as {"text": "…"}, in UTF-8; a file with one '
            "text a line is read with --input-format txt, a table with --input-format csv.",
        )
    return tuple(names), rows


def _columns_of(names: Sequence[str]) -> Callable[[list[dict[str, Any]]], list[list[Value]]]:
    """Return what makes columns of these names from the members of rows."""
    return lambda rows: [[_value(one.get(name)) for one in rows] for name in names]


def _lines_of(source: Source) -> _Records:
    def records(strict: bool) -> Iterator[_Record]:
        met_bytes = Bytes(source, strict=strict)
        number = row = 0
        for lines in line_blocks(source):
            for line in lines:
                number += 1
                if not line.strip():
                    continue
                row += 1
                yield _record(line, row, number, fine=met_bytes.meet(line, number))
        met_bytes.end()

    return records


class JsonlReader:
    """One reading of lines of JSON, or of those that follow some line.

    Args:
        source: the bytes; they begin with a line.
        met: what the reading meets.
        line: the number of the first line in them.
        row: the number of the first row in them; blank lines are none.
        told: counts wrong bytes, where the reading is a part of a longer one.

    Attributes:
        line: the number of the next line, from 1.
        row: the number of the next row, from 1; those that are set aside have one too.
        used: bytes of the source before the next line, a byte order mark not counted.
    """

    def __init__(
        self,
        source: Source,
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
        self._met = met
        self._bytes = told or Bytes(source, strict=met.aside.strict)

    def parts(self, names: Sequence[str] | None) -> Iterator[Part]:
        """Yield all rows: the members of these names, None to count rows without reading them."""
        for data in self._blocks():
            lines = physical_lines(self._source.decoded(data))
            found = [(at, text) for at, text in enumerate(lines, self.line) if text.strip()]
            first, self.row = self.row, self.row + len(found)
            self.line += len(lines)
            self.used += len(data)
            right = [self._bytes.meet(text, at) for at, text in found]
            if names is None:
                yield Part(range(first, self.row), [])
                continue
            records = (
                _record(text, row, at, fine=fine)
                for row, ((at, text), fine) in enumerate(zip(found, right, strict=True), first)
            )
            yield part_of(records, _columns_of(names), self._met, self._source)
        self._bytes.end()

    def _blocks(self) -> Iterator[bytes]:
        """Yield whole lines, as many as a piece has."""
        rest = b""
        for piece, final in last_told(self._source.utf8_pieces()):
            rest += piece
            cut = len(rest) if final else rest.rfind(b"\n") + 1
            if not cut:  # a last \r may be half of an end
                cut = rest.rfind(b"\r", 0, len(rest) - 1) + 1
            if len(rest) - cut > self._source.bounds.characters:
                raise endless(self._source, self.line)
            if cut:
                yield rest[:cut]
                rest = rest[cut:]


def _record(text: str, row: int, line: int, *, fine: bool = True) -> _Record:
    """Return what stands in a line; `fine` is whether its bytes are in the encoding."""
    if not fine:
        return _Record(row, line, {}, WRONG_BYTES, text.rstrip("\r\n"))
    try:
        # joined files have a mark before theirs, sequences (RFC 7464) a separator before each
        value = parsed(text.removeprefix("\ufeff").removeprefix("\x1e"))
    except DoubledMember as error:
        return _Record(row, line, {}, str(error), text.rstrip("\r\n"))
    except ValueError as error:
        if text.rstrip().endswith("},"):  # a list that was cut into lines
            return _record(text.rstrip()[:-1], row, line)
        return _Record(row, line, {}, f"is not JSON: {error}", text.rstrip("\r\n"))
    return _membered(value, row, line, text.rstrip("\r\n"))


def _elements(values: Sequence[Any]) -> _Records:
    return lambda _strict: (
        _membered(value, number, number, None) for number, value in enumerate(values, 1)
    )


def _membered(value: Any, row: int, line: int, text: str | None) -> _Record:  # noqa: ANN401
    if isinstance(value, dict):
        return _Record(row, line, value)
    if isinstance(value, str):
        return _Record(row, line, {_TEXT: value})
    raw = text if text is not None else str(value)
    return _Record(row, line, {}, f"is {shown(value)}, neither an object nor a string", raw)


def is_document(source: Source) -> bool:
    """Return whether a file holds one JSON value, rather than one on each line."""
    head = source.head_text().lstrip("\ufeff \t\r\n")
    if head[:1] == "[":
        return True
    first, _, rest = head.partition("\n")
    try:
        value = parsed(first)
    except ValueError:
        # an object over several lines begins with a line that is none by itself
        opens = first.strip() == "{" or (source.whole and _is_whole(head))
        return head[:1] == "{" and opens
    return (
        isinstance(value, dict)
        and not rest.strip()
        and bool(value)
        and any(isinstance(member, dict | list) for member in value.values())
    )


def is_json(source: Source) -> bool:
    """Return whether text is surely JSON: a whole document, or lines that each hold an object."""
    head = source.head_text().lstrip("\ufeff \t\r\n")
    if not head.startswith(("{", "[")):
        return False
    lines = [line for line in head[:100_000].splitlines() if line.strip()][:3]
    if len(lines) > 2 or not source.whole:
        lines.pop()  # it may be a part of one
    return (source.whole and _is_whole(head)) or all(
        line.startswith("{") and _is_whole(line) for line in lines
    )


def _is_whole(text: str) -> bool:
    try:
        parsed(text)
    except ValueError:
        return False
    return True


def _text(source: Source) -> str:
    found, length = [], 0
    for piece in source.pieces():
        found.append(piece)
        length += len(piece)
        if length > source.bounds.whole:
            raise UnreadableFile(
                f"{source.title} is one JSON value of more than {source.bounds.whole:,} "
                "characters.",
                "Write one JSON object on each line; lines are read one by one.",
            )
    text = "".join(found).removeprefix("\ufeff")
    most = source.bounds.cells
    if most is not None and text.count("{") + text.count("[") > most:
        raise UnreadableFile(
            f"{source.title} holds more than {most:,} objects and lists.",
            "Give a part of it, or use it on the command line.",
        )
    return text


def _value(value: Any) -> Value:  # noqa: ANN401
    """Return a member as a cell: what holds others is its JSON."""
    if isinstance(value, dict | list):
        return Cell(spelt(value), nested=True)
    return value  # type: ignore[no-any-return]
