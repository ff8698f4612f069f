"""What type a column has: decided once, from the cells that are known, and widened if need be.

Cells of csv and tsv are characters. They are numbers to a column only where a number gives the
same characters back, or, behind a decimal point, the same worth: 007 and +5 stay text.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from likewise.files.cells import Cell, Value, is_missing

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE = re.compile(r"0|-?[1-9]\d{0,14}", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?([eE][+-]?\d{1,2})?", re.ASCII)
_EXACT_DIGITS = 15
"""Decimal digits that float64 always gives back."""
_EXACT = 2**53
"""Up to here float64 holds every whole number, so that a column of them may be widened."""


def type_of(values: Iterable[Value], before: "pa.DataType | None" = None) -> "pa.DataType":
    """Return the type that holds these cells, and those of the type that was decided before."""
    import pyarrow as pa

    found = pa.null() if before is None else before
    for kind in {_kind(value) for value in values}:
        found = widened(found, kind)
    return found


def widened(one: "pa.DataType", other: "pa.DataType") -> "pa.DataType":
    """Return the narrowest type that holds the values of both, text at worst."""
    import pyarrow as pa
    import pyarrow.types as is_

    if one == other or is_.is_null(other):
        return one
    if is_.is_null(one):
        return other
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    return pa.string()


def as_array(values: Sequence[Value], type_: "pa.DataType") -> "pa.Array":
    """Return cells as an array of a type that holds them; see `type_of`."""
    import pyarrow as pa

    if type_ == pa.string():
        return pa.array([_spelt(value) for value in values], type_)
    if any(isinstance(value, Cell) and value.array is not None for value in values):
        nothing = pa.nulls(1, type_)
        parts = [
            value.array.cast(type_) if isinstance(value, Cell) else nothing for value in values
        ]
        return pa.concat_arrays(parts)
    worth = [None if is_missing(value) else _worth(value, type_) for value in values]
    return pa.array(worth, type_)


def cells_of(array: Any) -> list[Value]:  # noqa: ANN401
    """Return the values of an array, or a chunked one, as cells."""
    import pyarrow.types as is_

    type_ = array.type
    if is_.is_temporal(type_):
        spelt = array.cast("string").to_pylist()
        return [
            None if text is None else Cell(text, array=_slice(array, place))
            for place, text in enumerate(spelt)
        ]
    values = array.to_pylist()
    if is_.is_nested(type_):
        return [None if v is None else Cell(_json(v), nested=True) for v in values]
    plain = (str, int, float, bool, type(None))
    return [value if isinstance(value, plain) else _odd(value) for value in values]


def python_values(array: Any) -> list[Any]:  # noqa: ANN401
    """Return the values of an array, or a chunked one, as Python has them.

    Times finer than a microsecond, which Python has not, are cut to it; without this Arrow asks
    for pandas, which need not be there.
    """
    import pyarrow as pa
    import pyarrow.types as is_

    type_ = array.type
    if is_.is_timestamp(type_) and type_.unit == "ns":
        array = array.cast(pa.timestamp("us", type_.tz), safe=False)
    elif is_.is_time64(type_) and type_.unit == "ns":
        array = array.cast(pa.time64("us"), safe=False)
    elif is_.is_duration(type_) and type_.unit == "ns":
        array = array.cast(pa.duration("us"), safe=False)
    try:
        values: list[Any] = array.to_pylist()
    except (OverflowError, ValueError):  # farther away than Python's own times: as they are spelt
        if is_.is_nested(type_):
            return [_nested(one) for one in array]
        values = array.cast(pa.string()).to_pylist()
    return values


def _nested(value: Any) -> Any:  # noqa: ANN401
    """Return an Arrow scalar that is nested as Python has it, None where it has it not."""
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return None


def records(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the rows of an Arrow table by the names of their columns; see `python_values`."""
    names = table.column_names
    columns = [python_values(table[name]) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _slice(array: Any, place: int) -> Any:  # noqa: ANN401
    """Return one value as an array."""
    one = array.slice(place, 1)
    return one.combine_chunks() if hasattr(one, "combine_chunks") else one


def _json(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, default=str)


def _odd(value: Any) -> Cell:  # noqa: ANN401
    return Cell(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def cast(array: Any, type_: "pa.DataType") -> Any:  # noqa: ANN401
    """Return an array, or a chunked one, as a wider type."""
    import pyarrow as pa

    if array.type == type_:
        return array
    if array.type == pa.float64() and type_ == pa.string():
        return pa.chunked_array(
            [pa.array([_spelt(v) for v in array.to_pylist()], type_)]
        ).combine_chunks()
    return array.cast(type_)


def _kind(value: Value) -> "pa.DataType":
    """Return the type of one cell alone."""
    import pyarrow as pa

    if is_missing(value):
        return pa.null()
    if isinstance(value, Cell):
        return _kind_of_cell(value)
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int):
        return pa.int64() if abs(value) <= _EXACT else pa.string()
    if isinstance(value, float):
        return pa.float64()
    return _kind_of_text(str(value))


def _kind_of_text(text: str) -> "pa.DataType":
    import pyarrow as pa

    if text in ("true", "false"):
        return pa.bool_()
    if _WHOLE.fullmatch(text):
        return pa.int64()
    if _DECIMAL.fullmatch(text) and sum(map(str.isdigit, text)) <= _EXACT_DIGITS:
        return pa.float64()
    return pa.string()


def _kind_of_cell(cell: Cell) -> "pa.DataType":
    """Times keep the type that a parquet file has for them; what is nested is JSON here."""
    import pyarrow as pa
    import pyarrow.types as is_

    if cell.array is not None and is_.is_temporal(cell.array.type):
        return cell.array.type
    return pa.string()


def _worth(value: Value, type_: "pa.DataType") -> Any:  # noqa: ANN401
    import pyarrow as pa

    if not isinstance(value, str):
        return float(value) if type_ == pa.float64() and value is not None else value
    if type_ == pa.bool_():
        return value == "true"
    return int(value) if type_ == pa.int64() else float(value)


def _spelt(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # 1 that has stood among numbers with a point is spelt as it was
        return str(int(value)) if value.is_integer() and abs(value) <= _EXACT else repr(value)
    return str(value)
