"""How far a workbook's cells reach, and what their texts unfold to, before a reader makes them.

The reader of spreadsheets allocates the whole rectangle that cells span, however few they are, and
a copy of a text for each cell: one that is shared, or repeated, stands in the file once.
"""

import re
import zipfile
from array import array
from typing import Any, BinaryIO

from likewise.errors import UnreadableFile
from likewise.files.options import Bounds
from likewise.files.raw.source import Source
from likewise.files.readers.findings import Findings, sheet_parts

_MOST_CELLS = 20_000_000
"""Rows × columns that a sheet may span; the reader holds them all."""
_MOST_SHARED = 5_000_000
"""Texts that cells may share."""
_MOST_BYTES = 2 * 1024**3
"""Bytes of a sheet, unpacked, and of the texts of its cells."""

_BYTES = 8
"""Bytes that a character of a cell may take in the file; `&#128512;` is rare in an honest one."""

# what a tag holds ends at the next one, and blanks are not shared out anew: time grows with length
_REFERENCE = re.compile(rb"\br\s*=\s*[\"'](?:([A-Za-z]{1,20})([0-9]{1,20})[\"']|([^\"']*&))")
_NUMBER = re.compile(rb"[^<>]*\br\s*=\s*[\"']([0-9]{1,20})[\"']")
_CELL = (b"<c ", b"<c>", b"<c/", b"<c\t", b"<c\n", b"<c\r")
_PREFIX = re.compile(rb"<\w+:(?=(?:row|c)\b)")
_SHARED = re.compile(rb"<(?:\w+:)?v\b[^<>]*>\s*([0-9]{1,9})\s*<")
_SHARED_END = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>")
_TAG = re.compile(
    rb"<table:(?:covered-)?table-(row|cell|column)(?![\w-])((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    rb"|<(table:table) "
)
_REPEATED = re.compile(rb"number-(?:columns|rows)-repeated\s*=\s*[\"']([^\"']*)")
_SPACES = re.compile(rb"<text:s\b[^<>]*?\btext:c\s*=\s*[\"']([^\"']*)")
_SPANNED = re.compile(rb"number-rows-spanned\s*=\s*[\"'](?!1[\"'])")
_FAILED = re.compile(rb"value-type\s*=\s*[\"']error[\"']")
_UNCOMPUTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]*/>)\s*+(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?+\s*+"
    rb"</(?:\w+:)?c>"
)
_HIDDEN = re.compile(rb"[^<>]*\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_HOLDS = re.compile(rb"<(?:\w+:)?(?:v|is)\b[^<>/]*>")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\b([^<>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'][^<>]*)>")
_FROM_TO = re.compile(rb"\b(min|max)\s*=\s*[\"']([0-9]{1,9})[\"']")
_UNSEEN = re.compile(rb":visibility\s*=\s*[\"'](?:collapse|filter)")
_CONTENT = "content.xml"
_STEP = 1 << 20
_MOST_HIDDEN = 16_384
"""Hidden columns that are counted: a sheet has no more."""
_FAR = 2**40
"""Where a cell stands that does not say it in figures."""
_OLE = b"\xd0\xcf\x11\xe0"


def check_spans(file: BinaryIO, source: Source, bounds: Bounds) -> list[Findings]:
    """Return what the cells of each sheet of a workbook hold that its reader does not tell.

    It raises where a workbook spans or unfolds into more than fits in memory. Of an .xls file
    nothing is found.
    """
    head = file.read(4)
    file.seek(0)
    if head == _OLE:
        if bounds.cells is not None and bounds.cells < 256 * 65_536:
            raise UnreadableFile(f"{source.title} is an old .xls file.", "Save it as .xlsx.")
        return []
    most = min(bounds.cells or _MOST_CELLS, _MOST_CELLS)
    left = bounds.unfolded or _MOST_BYTES
    found: dict[str, list[Findings]] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            if "xl/workbook.bin" in archive.namelist():
                raise UnreadableFile(
                    f"{source.title} is a binary workbook (.xlsb).", "Save it as .xlsx."
                )
            if not any(name.startswith("xl/") or name == _CONTENT for name in archive.namelist()):
                raise UnreadableFile(
                    f"{source.title} holds a zip archive that is packed again.", "Unpack it once."
                )
            shared = _shared_texts(archive, left, source)
            for member in archive.infolist():
                with archive.open(member) as stream:
                    is_document = member.filename == _CONTENT
                    spanned = _OpenDocument() if is_document else _OpenXml(shared)
                    left -= _measured(stream, member.filename, spanned, left, most, source)
                    found[member.filename.lower()] = spanned.sheets
            if _CONTENT in found:
                return found[_CONTENT]
            return [found.get(part, [Findings()])[0] for part in sheet_parts(archive)]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise unread(source, str(error)) from None
    finally:
        file.seek(0)


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
    size, run, rest = 0, 0, b""
    is_sheet = name.endswith(".xml")
    longest = _BYTES * source.bounds.characters
    while data := stream.read(_STEP):
        size += len(data)
        if max(size, spanned.unfolded) > left:
            raise _too_much(source, left)
        if spanned.longest > source.bounds.characters:
            raise _too_long(source)
        if is_sheet:
            # a tag that goes on in the next step is looked at there
            text = rest + data
            cut = text.rfind(b"<")
            run = run + len(data) if cut <= 0 else len(text) - cut
            if run > longest:
                raise _too_long(source)
            rest = text[cut:][:4_096]
            spanned.meet(text[:cut])
            if spanned.rows * spanned.columns > most:
                raise UnreadableFile(
                    f"A sheet of {source.title} spans {spanned.rows:,} × {spanned.columns:,} "
                    f"cells; the most is {most:,}.",
                    "Delete far-away cells, or save the sheet as CSV.",
                )
    if spanned.unfolded > left:
        raise _too_much(source, left)
    if spanned.longest > source.bounds.characters:
        raise _too_long(source)
    return size


def _shared_texts(archive: zipfile.ZipFile, left: int, source: Source) -> "array[int]":
    """Return the bytes of each text that cells of an .xlsx file share, at most."""
    lengths = array("q")
    size = begun = 0
    most = min(source.bounds.cells or _MOST_SHARED, _MOST_SHARED)
    longest = _BYTES * source.bounds.characters
    for name in archive.namelist():
        if not name.lower().endswith("sharedstrings.xml"):
            continue
        with archive.open(name) as stream:
            rest = b""
            while data := stream.read(_STEP):
                size += len(data)
                if size > left:
                    raise _too_much(source, left)
                text = rest + data
                at = 0
                for end in _SHARED_END.finditer(text):
                    lengths.append(begun + end.start() - at)
                    begun, at = 0, end.end()
                if len(lengths) > most:
                    raise UnreadableFile(
                        f"The cells of {source.title} share more than {most:,} texts.",
                        "Save the one sheet that holds the texts as CSV.",
                    )
                rest = text[at:][-64:]  # a tag may go on in the next step
                begun += len(text) - at - len(rest)
                if begun > longest:
                    raise _too_long(source)
    return lengths


def _too_long(source: Source) -> UnreadableFile:
    most = source.bounds.characters
    return UnreadableFile(
        f"A cell of {source.title} is longer than {most:,} characters.", "Cut it, or leave it out."
    )


def _too_much(source: Source, most: int) -> UnreadableFile:
    return UnreadableFile(
        f"{source.title} unfolds to more than {most // 2**20:,} MB.",
        "Save the one sheet that holds the texts as CSV.",
    )


class _OpenXml:
    """How far the cells of a sheet in an .xlsx file reach, at most."""

    longest = 0

    def __init__(self, shared: "array[int]") -> None:
        self.rows = self.columns = self.unfolded = 0
        self._counted = 0
        self._number = self._across = 0
        self._shared = shared
        self._found = Findings()
        self._unseen = False

    @property
    def sheets(self) -> list[Findings]:
        """What is found in the one sheet."""
        self._found.width = self.columns
        return [self._found]

    def meet(self, text: bytes) -> None:
        self._found.errors += text.count(b' t="e"') + text.count(b" t='e'")
        for attributes in _HIDDEN_COLUMNS.findall(text)[:_MOST_HIDDEN]:
            ends = {name: int(digits) for name, digits in _FROM_TO.findall(attributes)}
            self._found.unseen.append((ends.get(b"min", 1), ends.get(b"max", 0)))
        self._found.uncomputed += len(_UNCOMPUTED.findall(text))
        if self._shared:
            known = len(self._shared)
            # whatever the type of the cell: a number counts as the text of that number, at most
            places = map(int, _SHARED.findall(text))
            self.unfolded += sum(self._shared[place] for place in places if place < known)
        for letters, digits, spelt in _REFERENCE.findall(text):
            self.rows = max(self.rows, _FAR if spelt else int(digits))
            self.columns = max(self.columns, _column(letters))
        # cells need not say where they stand: then it is next to the one before
        plain = _PREFIX.sub(b"<", text) if b":row" in text or b":c" in text else text
        for at, row in enumerate(plain.split(b"<row")):
            if at:
                number = _NUMBER.match(row)
                self._number = int(number[1]) if number else self._counted + 1
                self._counted += 1
                self._across = 0
                self._unseen = _HIDDEN.match(row) is not None
            if self._unseen and _HOLDS.search(row):  # a hidden row that holds something
                self._found.hidden, self._unseen = self._found.hidden + 1, False
            cells = sum(map(row.count, _CELL))
            self._across += cells
            self.columns = max(self.columns, self._across)
            if cells:  # rows of nothing reach nowhere
                self._counted = self._number
            self.rows = max(self.rows, self._counted)


class _OpenDocument:
    """How far the cells of sheets in an .ods file reach: to the last that holds something.

    sheets: what is found in each.
    """

    def __init__(self) -> None:
        self.rows = self.columns = self.unfolded = self.longest = 0
        self.sheets: list[Findings] = []
        self._found = Findings()  # in no sheet
        self._unseen = False
        self._columns = 0
        self._row = self._column = 0
        self._next = 1
        self._times = 0

    def meet(self, text: bytes) -> None:
        at, found = 0, self._found
        for tag in _TAG.finditer(text):
            self._meet_text(text, at, tag.start())
            at, self._times = tag.end(), 0
            what, attributes, table = tag.groups()
            if table:
                self._row, self._next, self._columns = 0, 1, 0
                self._found = found = Findings()
                self.sheets.append(found)
                continue
            repeated = _REPEATED.search(attributes)
            times = _count(repeated[1]) if repeated else 1
            if what == b"column":
                self._columns += times
                if len(found.unseen) < _MOST_HIDDEN and _UNSEEN.search(attributes):
                    found.unseen.append((self._columns - times + 1, self._columns))
            elif what == b"row":
                self._row += self._next
                self._next, self._column = times, 0
                self._unseen = _UNSEEN.search(attributes) is not None
            else:
                self._column += times
                if b"rows-spanned" in attributes and _SPANNED.search(attributes):
                    found.merged = True
                if b"formula" in attributes and b"value" not in attributes:
                    found.uncomputed += times * self._next
                if b"value" in attributes:
                    found.errors += b"error" in attributes and bool(_FAILED.search(attributes))
                    found.covered += times * self._next * (b":covered-" in tag[0][:16])
                    if self._unseen:  # a hidden row that holds something
                        found.hidden, self._unseen = found.hidden + self._next, False
                    found.width = max(found.width, self._column)
                    self._times = times * self._next
                    self.rows = max(self.rows, self._row + self._next)
                    self.columns = max(self.columns, self._column)
        self._meet_text(text, at, len(text))

    def _meet_text(self, text: bytes, start: int, stop: int) -> None:
        """Count what stands behind a tag; blanks stand there as how many they are."""
        self.unfolded += self._times * (stop - start)
        if (blanks := sum(map(_count, _SPACES.findall(text, start, stop)))) > 0:
            self.longest = max(self.longest, blanks)
            self.unfolded += max(1, self._times) * blanks


def _count(digits: bytes) -> int:
    """Return how often a cell is repeated; what is no plain number is taken for the worst."""
    return int(digits) if digits.isdigit() and len(digits) < 13 else _FAR


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def unread(source: Source, why: str) -> UnreadableFile:
    """Return the error for a workbook that the reader gives up, and why."""
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
