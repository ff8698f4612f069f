"""What a person may say about how a file is to be read, instead of leaving it to a guess."""

from dataclasses import dataclass
from typing import TypedDict

from likewise.errors import InvalidOption, shown

_SEPARATORS = {
    "comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|",
    "space": " ", "colon": ":",
}  # fmt: skip
_NO_QUOTES = ("none", "")


@dataclass(frozen=True)
class Bounds:
    """How much a file may unfold into; what is larger is refused before it fills the memory.

    Attributes:
        columns: in a table; the default is what a spreadsheet has.
        characters: in one cell or line.
        cells: rows × columns of the whole table, None where rows are streamed.
        unfolded: bytes of the whole file, unpacked, None where they are streamed.
        whole: characters of a JSON document, which is never streamed.
    """

    columns: int = 16_384
    characters: int = 16 * 1024 * 1024
    cells: int | None = None
    unfolded: int | None = None
    whole: int = 512 * 1024 * 1024


class ReadingOptions(TypedDict, total=False):
    """The options of `likewise.files.read.open_table`; its docstring says what each means."""

    format: str | None
    encoding: str | None
    separator: str | None
    quotes: str | None
    header: bool | None
    sheet: str | None
    strict: bool
    bounds: Bounds


@dataclass(frozen=True)
class Options:
    """The same, as readers of formats take them; None is left to a guess.

    Attributes:
        separator: one character between cells.
        quotes: one character around cells, or empty where marks are text.
        header: whether the first row names the columns.
        sheet: the name of a spreadsheet's sheet, or its number from 1.
        strict: whether the first row that can't be understood is an error.
        bounds: how much the file may unfold into.
    """

    separator: str | None = None
    quotes: str | None = None
    header: bool | None = None
    sheet: str | None = None
    strict: bool = False
    bounds: Bounds = Bounds()

    def __post_init__(self) -> None:
        """Take names for characters.

        Raises:
            InvalidOption: the separator or the mark is not a single character, or both are one.
        """
        if self.separator is not None:
            mark = _SEPARATORS.get(self.separator.lower(), self.separator)
            if len(mark) != 1 or mark in "\r\n\"'":
                raise InvalidOption(
                    f"{shown(self.separator)} can't stand between cells.",
                    "Name one character, such as ';' or tab.",
                    param="separator",
                )
            object.__setattr__(self, "separator", mark)
        if self.quotes is not None:
            quote = "" if self.quotes.lower() in _NO_QUOTES else self.quotes
            if len(quote) > 1 or quote in ("\r", "\n", "\\", self.separator) or not quote.isascii():
                raise InvalidOption(
                    f"{shown(self.quotes)} can't stand around cells.",
                    "Name one character, such as '\"', or none where marks are part of the text.",
                    param="quotes",
                )
            object.__setattr__(self, "quotes", quote)
