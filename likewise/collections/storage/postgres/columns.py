"""The user's columns as a database holds them, and back, without loss.

A column of the table is named by the place of the user's column and by what it holds, so that one
that is widened gets a new column, and readers of an earlier state still find theirs.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def sql_columns(columns: Mapping[str, "pa.DataType"]) -> dict[str, str]:
    """Return the name that each of the user's columns has in the table."""
    return {
        name: f"c{place}_{kind_of(type_).split()[0]}"
        for place, (name, type_) in enumerate(columns.items())
    }


def kind_of(type_: "pa.DataType") -> str:
    """Return the SQL type that holds an Arrow type; times are whole numbers of their unit."""
    import pyarrow.types as is_

    if is_.is_boolean(type_):
        return "boolean"
    if is_.is_integer(type_) or is_.is_temporal(type_):
        return "bigint"
    return "double precision" if is_.is_floating(type_) else "text"


def stored(array: Any) -> list[Any]:  # noqa: ANN401
    """Return the cells of an Arrow array as Python values of `kind_of` its type."""
    import pyarrow as pa
    import pyarrow.types as is_

    if is_.is_temporal(array.type):
        array = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64())
    values: list[Any] = array.to_pylist()
    return values


def loaded(values: Sequence[Any], type_: "pa.DataType") -> "pa.Array":
    """Return an Arrow array of what `stored` gave."""
    import pyarrow as pa
    import pyarrow.types as is_

    if is_.is_temporal(type_):
        whole = pa.int32() if type_.bit_width == 32 else pa.int64()
        return pa.array(values, whole).cast(type_)
    return pa.array(values, type_)
