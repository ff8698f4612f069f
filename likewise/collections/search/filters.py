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
    column     = a name of letters, digits, _ . and -, or any name within `…`, doubled likewise

Dates and times are texts (ISO 8601): '2020-12-31', '2020-12-31T10:00+02:00'; without a zone, UTC.
A column of text is compared as it is written, so there all should be in one zone.

It is parsed here and computed by Arrow; no part of it ever becomes SQL. A cell that is missing
passes no test but `!=`, `not in`, `not contains` and `is missing`, so `not` turns every answer.
"""

from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches
from functools import reduce
from typing import TYPE_CHECKING, Any

from likewise.collections.search.filter_parser import Joined, Literal, Not, Parser, Test
from likewise.collections.search.text_cells import TextCells
from likewise.errors import InvalidFilter, shown
from likewise.files.names import listed

if TYPE_CHECKING:
    import pyarrow as pa

Column = Callable[[str], "pa.ChunkedArray"]
"""Gives all values of a column."""


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
        parser = Parser(text)
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

    if isinstance(node, Not):
        return pc.invert(_evaluate(node.part, column))
    if isinstance(node, Joined):
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


def _tested(test: Test, cells: Any) -> Any:  # noqa: ANN401
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
    text = TextCells(cells) if pa.types.is_string(cells.type) else None
    found = None
    for value in test.values:
        one = text.compared(how, value) if text else _compared(how, test.column, cells, value)
        one = one.fill_null(False)
        found = one if found is None else pc.or_(found, one)
    return found


def _compared(how: Any, name: str, cells: Any, value: Literal) -> Any:  # noqa: ANN401
    """Compare cells with one value, as what the two have in common."""
    import pyarrow as pa
    import pyarrow.types as is_

    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_.is_null(cells.type):
        return pa.nulls(len(cells), pa.bool_())
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
        for types in ([cells.type], [_without_zone(cells.type), cells.type]):
            with suppress(pa.ArrowException):
                return how(cells, reduce(pa.Scalar.cast, types, pa.scalar(value)))
    raise _incomparable(name, cells, value)


def _without_zone(type_: Any) -> Any:  # noqa: ANN401
    """Return the type of times of which nobody says where: Arrow takes them for UTC."""
    import pyarrow as pa

    return pa.timestamp(type_.unit) if pa.types.is_timestamp(type_) else type_


def _incomparable(name: str, cells: Any, value: Literal) -> InvalidFilter:  # noqa: ANN401
    return InvalidFilter(
        f"Column {shown(name)} holds {cells.type}, which can't be compared with {shown(value)}.",
        "Put texts in quotation marks, but not numbers; write dates as '2020-12-31'.",
        param="filter",
    )
