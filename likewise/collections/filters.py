"""A small language for which rows are meant: `year >= 2020 and lang = "en"`.

    filter     = and-part { "or" and-part }
    and-part   = not-part { "and" not-part }
    not-part   = "not" not-part | "(" filter ")" | test
    test       = column ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
               | column [ "not" ] "in" "(" value { "," value } ")"
               | column [ "not" ] "contains" text
               | column "is" [ "not" ] "missing"
    value      = number | text | true | false
    text       = "…" or '…', in which the mark itself is doubled
    column     = a name of letters, digits, _ . and -, or any name within `…`

It is parsed here and computed by Arrow; no part of it ever becomes SQL. A cell that is missing
passes no test but `!=`, `not in`, `not contains` and `is missing`, so `not` turns every answer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from likewise.errors import InvalidFilter, shown
from likewise.files.table import listed

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CHARACTERS = 10_000
MOST_DEPTH = 50
MOST_VALUES = 1_000

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
      | (?P<quoted>`[^`]+`)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<word>[^\W\d][\w.-]*)
      | (?P<sign><=|>=|!=|<>|==|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_COMPARED = {"=": "equal", "==": "equal", "!=": "equal", "<>": "equal",
             "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}  # fmt: skip
_WORDS = {"and", "or", "not", "in", "contains", "is", "missing", "null", "true", "false"}

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$"

Column = Callable[[str], "pa.ChunkedArray"]
"""Gives all values of a column."""

Literal = str | int | float | bool


@dataclass(frozen=True)
class _Test:
    column: str
    how: str
    values: tuple[Literal, ...] = ()


@dataclass(frozen=True)
class _Not:
    part: Any


@dataclass(frozen=True)
class _Joined:
    how: str
    parts: list[Any]


class Filter:
    """A parsed filter.

    Attributes:
        text: as it was written.
        columns: names of the columns that it looks at.

    Args:
        text: see the module.

    Raises:
        InvalidFilter: it is not a filter; says where.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        parser = _Parser(text)
        self._tree = parser.parse()
        self.columns = parser.columns

    def mask(self, column: Column, names: list[str]) -> Any:  # noqa: ANN401
        """Return which rows pass, an arrow array of bool without gaps.

        Args:
            column: gives a column by its name.
            names: of all columns that there are.

        Raises:
            InvalidFilter: there is no such column, or its type can't be compared so.
        """
        for name in self.columns:
            if name not in names:
                close = get_close_matches(name, names, 1)
                hint = f" Did you mean {shown(close[0])}?" if close else ""
                raise InvalidFilter(
                    f"There is no column {shown(name)} to filter by.",
                    f"Columns are {listed(names)}.{hint}",
                    param="filter",
                )
        return _evaluate(self._tree, column)


def _evaluate(node: Any, column: Column) -> Any:  # noqa: ANN401
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(node, _Not):
        return pc.invert(_evaluate(node.part, column))
    if isinstance(node, _Joined):
        join = pc.and_ if node.how == "and" else pc.or_
        mask = _evaluate(node.parts[0], column)
        for part in node.parts[1:]:
            mask = join(mask, _evaluate(part, column))
        return mask
    cells = column(node.column)
    try:
        return _tested(node, cells)
    except pa.ArrowException:  # of the types that others' tables have it compares only some
        raise _incomparable(node.column, cells, node.values[0]) from None


def _tested(test: _Test, cells: Any) -> Any:  # noqa: ANN401
    import pyarrow as pa
    import pyarrow.compute as pc

    if test.how == "missing":
        blank = pc.is_null(cells, nan_is_null=True)
        if pa.types.is_string(cells.type):
            blank = pc.or_(blank, pc.equal(pc.utf8_trim_whitespace(cells), "").fill_null(False))
        return blank
    if test.how == "contains":
        text = cells if pa.types.is_string(cells.type) else cells.cast(pa.string())
        found = pc.match_substring(text, str(test.values[0]), ignore_case=True)
        return found.fill_null(False)
    how = getattr(pc, "equal" if test.how == "in" else test.how)
    found = None
    for value in test.values:
        one = _compared(how, test.column, cells, value).fill_null(False)
        found = one if found is None else pc.or_(found, one)
    return found


def _compared(how: Any, name: str, cells: Any, value: Literal) -> Any:  # noqa: ANN401
    """Compare cells with one value, as what the two have in common."""
    import pyarrow as pa
    import pyarrow.types as is_

    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_.is_null(cells.type):
        return pa.nulls(len(cells), pa.bool_())
    if is_.is_string(cells.type):
        return how(_numbers(cells), float(value)) if is_number else how(cells, _spelt(value))
    if is_.is_boolean(cells.type) and isinstance(value, bool) and how.__name__ == "equal":
        return how(cells, value)
    if is_.is_integer(cells.type) and isinstance(value, int) and is_number:
        unsigned = is_.is_uint64(cells.type)
        if 0 <= value < 2**64 if unsigned else -(2**63) <= value < 2**63:
            return how(cells, pa.scalar(value, pa.uint64() if unsigned else pa.int64()))
    if (is_.is_integer(cells.type) or is_.is_floating(cells.type)) and is_number:
        # Arrow refuses whole numbers that float64 rounds, and halves of precision
        return how(cells.cast(pa.float64(), safe=False), float(value))
    if is_.is_temporal(cells.type) and isinstance(value, str):
        try:
            return how(cells, pa.scalar(value).cast(cells.type))
        except pa.ArrowException:
            pass
    raise _incomparable(name, cells, value)


def _incomparable(name: str, cells: Any, value: Literal) -> InvalidFilter:  # noqa: ANN401
    return InvalidFilter(
        f"Column {shown(name)} holds {cells.type}, which can't be compared with {shown(value)}.",
        "Texts stand in quotation marks, numbers do not; dates are written '2020-12-31'.",
        param="filter",
    )


def _numbers(cells: Any) -> Any:  # noqa: ANN401
    """Return the cells of text that are numbers, the others missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_number = pc.match_substring_regex(cells, _NUMBER).fill_null(False)
    kept = pc.if_else(is_number, pc.utf8_ltrim(pc.utf8_trim_whitespace(cells), "+"), None)
    return kept.cast(pa.float64())


def _spelt(value: Literal) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Parser:
    def __init__(self, text: str) -> None:
        self.columns: list[str] = []
        self._text = text
        if len(text) > MOST_CHARACTERS:
            raise InvalidFilter(
                f"The filter has {len(text):,} characters.",
                f"Write it with at most {MOST_CHARACTERS:,}.",
                param="filter",
            )
        self._tokens = self._read()
        self._at = 0
        self._depth = 0

    def parse(self) -> Any:  # noqa: ANN401
        if not self._tokens:
            raise InvalidFilter("The filter is empty.", "Write one: year >= 2020.", param="filter")
        tree = self._either()
        if self._at < len(self._tokens):
            raise self._unexpected("and, or, or the end")
        return tree

    def _read(self) -> list[tuple[str, str, int]]:
        tokens, at = [], 0
        rest = self._text.rstrip()
        while at < len(rest):
            match = _TOKEN.match(rest, at)
            if match is None:
                start = at + len(rest[at:]) - len(rest[at:].lstrip())
                raise InvalidFilter(
                    f"The filter can't be understood at character {start + 1}: "
                    f"{shown(rest[start:], 30)}.",
                    "Texts stand in quotation marks, names with blanks within `…`.",
                    param="filter",
                )
            kind = str(match.lastgroup)
            tokens.append((kind, match[kind], match.start(kind)))
            at = match.end()
        return tokens

    def _either(self) -> Any:  # noqa: ANN401
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise InvalidFilter(
                f"The filter is nested more than {MOST_DEPTH} deep.",
                "Use fewer brackets.",
                param="filter",
            )
        parts = [self._every()]
        while self._taken("or"):
            parts.append(self._every())
        self._depth -= 1
        return _Joined("or", parts)

    def _every(self) -> Any:  # noqa: ANN401
        parts = [self._one()]
        while self._taken("and"):
            parts.append(self._one())
        return _Joined("and", parts)

    def _one(self) -> Any:  # noqa: ANN401
        turned = False
        while self._taken("not"):
            turned = not turned
        if self._sign("("):
            tree = self._either()
            if not self._sign(")"):
                raise self._unexpected(")")
        else:
            tree = self._test()
        return _Not(tree) if turned else tree

    def _test(self) -> Any:  # noqa: ANN401
        name = self._column()
        if self._taken("is"):
            turned = self._taken("not")
            if not (self._taken("missing") or self._taken("null")):
                raise self._unexpected("missing")
            test: Any = _Test(name, "missing")
            return _Not(test) if turned else test
        turned = self._taken("not")
        if self._taken("in"):
            test = _Test(name, "in", self._values())
        elif self._taken("contains"):
            test = _Test(name, "contains", (self._value(),))
        else:
            sign = self._peek()
            if turned or sign is None or sign[1] not in _COMPARED:
                raise self._unexpected("= != < <= > >= in contains or is")
            self._at += 1
            turned = sign[1] in ("!=", "<>")
            test = _Test(name, _COMPARED[sign[1]], (self._value(),))
        return _Not(test) if turned else test

    def _column(self) -> str:
        token = self._peek()
        if token is None or token[0] not in ("word", "quoted"):
            raise self._unexpected("the name of a column")
        if token[0] == "word" and token[1].lower() in _WORDS:
            raise self._unexpected(f"the name of a column (write `{token[1]}` if it is one)")
        self._at += 1
        name = token[1].strip("`") if token[0] == "quoted" else token[1]
        if name not in self.columns:
            self.columns.append(name)
        return name

    def _values(self) -> tuple[Literal, ...]:
        if not self._sign("("):
            raise self._unexpected("(")
        values = [self._value()]
        while self._sign(","):
            values.append(self._value())
            if len(values) > MOST_VALUES:
                raise InvalidFilter(
                    f"The filter lists more than {MOST_VALUES:,} values.",
                    "List fewer.",
                    param="filter",
                )
        if not self._sign(")"):
            raise self._unexpected(", or )")
        return tuple(values)

    def _value(self) -> Literal:
        token = self._peek()
        if token is not None:
            kind, said, _ = token
            self._at += 1
            if kind == "text":
                return said[1:-1].replace(said[0] * 2, said[0])
            if kind == "number":
                return int(said) if re.fullmatch(r"[+-]?\d{1,20}", said) else float(said)
            if kind == "word" and said.lower() in ("true", "false"):
                return said.lower() == "true"
            self._at -= 1
        raise self._unexpected("a number, a text in quotation marks, true or false")

    def _peek(self) -> tuple[str, str, int] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _taken(self, word: str) -> bool:
        token = self._peek()
        found = token is not None and token[0] == "word" and token[1].lower() == word
        self._at += found
        return found

    def _sign(self, sign: str) -> bool:
        token = self._peek()
        found = token is not None and token[:2] == ("sign", sign)
        self._at += found
        return found

    def _unexpected(self, wanted: str) -> InvalidFilter:
        token = self._peek()
        where = (
            "at its end" if token is None else f"at character {token[2] + 1}: {shown(token[1], 30)}"
        )
        return InvalidFilter(
            f"The filter can't be understood {where}.", f"Expected here: {wanted}.", param="filter"
        )
