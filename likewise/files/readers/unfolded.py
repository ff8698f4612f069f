"""How many bytes the rows of arrow's columns take when every value is written out.

A value may stand in a file once and be that of every row, or of every place in a list: as an entry
of a dictionary, as a run, or where lists overlap. So a few hundred bytes may be gigabytes, and it
is counted where they lead before one of them is made.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Sizes = npt.NDArray[np.int64]

_MOST_FIXED = 8
"""Bytes that a number or a time counts for: it is written in about as many characters."""
_MARKS = 2
"""Bytes that a list or a record counts for, be it empty."""
_ENOUGH = 2**40
"""More bytes than any row may take count for so many: lists in lists multiply beyond 64 bits."""
_MOST_VALUES = 2**48
"""More values than are anywhere: a file may say that it has them, and need no bytes for it."""


def slices(columns: Sequence[Any], rows: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield (first row, number of rows) of slices that are made into cells at a time.

    Args:
        columns: arrow arrays, shape (n,) each.
        rows: of a slice, at most.
        most: bytes that a slice of more than one row takes.
    """
    count = len(columns[0]) if columns else 0
    ends = _summed(sum((row_bytes(column) for column in columns), np.zeros(count, np.int64)))
    start = 0
    while start < count:
        before = ends[start - 1] if start else 0
        fitting = int(np.searchsorted(ends, before + most, side="right"))
        end = min(max(fitting, start + 1), start + rows, count)
        yield start, end - start
        start = end


def row_bytes(column: Any) -> Sizes:  # noqa: ANN401
    """Return about how many bytes each row takes, shape (n,), read-only.

    Raises:
        MemoryError: the column says that it has more values than any memory holds.
    """
    import pyarrow.types as is_

    kind = column.type
    if len(column) > _MOST_VALUES:
        raise MemoryError(f"it says that a column has {len(column):,} values")
    if is_.is_dictionary(kind):
        return _of_entries(column)
    if is_.is_run_end_encoded(kind):
        return _everywhere(row_bytes(column.values), len(column))
    if is_.is_map(kind):
        return _in_lists(row_bytes(column.keys) + row_bytes(column.items), *_spans(column))
    if is_list(kind):
        return _in_lists(row_bytes(column.values), *_spans(column))
    if is_.is_struct(kind):
        fields = [row_bytes(column.field(at)) for at in range(kind.num_fields)]
        return np.minimum(sum(fields, np.full(len(column), _MARKS, np.int64)), _ENOUGH)
    if is_.is_union(kind):
        fields = [row_bytes(column.field(at)) for at in range(kind.num_fields)]
        return _everywhere(np.concatenate([np.zeros(1, np.int64), *fields]), len(column))
    if isinstance(kind, _extension()):
        return row_bytes(column.storage)
    return _of_plain(column)


def is_list(type_: Any) -> bool:  # noqa: ANN401
    """Return whether a row of this type is a list."""
    import pyarrow.types as is_

    lists = (is_.is_list, is_.is_large_list, is_.is_fixed_size_list, is_.is_list_view,
             is_.is_large_list_view)  # fmt: skip
    return any(test(type_) for test in lists)


def _of_plain(column: Any) -> Sizes:  # noqa: ANN401
    import pyarrow.compute as pc
    import pyarrow.types as is_

    kind = column.type
    texts = (is_.is_string, is_.is_large_string, is_.is_binary, is_.is_large_binary)
    if any(test(kind) for test in texts):
        lengths = pc.fill_null(pc.binary_length(column), 0)
        return _numbers(lengths)
    if is_.is_string_view(kind) or is_.is_binary_view(kind):
        return _view_lengths(column)
    if is_.is_fixed_size_binary(kind):
        return _everywhere(np.array([kind.byte_width]), len(column))
    try:
        width = min(_MOST_FIXED, max(1, kind.bit_width // 8))
    except ValueError:  # of no width: nothing but nulls
        width = 1
    return _everywhere(np.array([width]), len(column))


def _of_entries(column: Any) -> Sizes:  # noqa: ANN401
    import pyarrow as pa
    import pyarrow.compute as pc

    entries = pa.array(row_bytes(column.dictionary))
    return _numbers(pc.fill_null(pc.take(entries, column.indices), 0))


def _view_lengths(column: Any) -> Sizes:  # noqa: ANN401
    views = column.buffers()[1]
    if views is None:
        return np.zeros(len(column), np.int64)
    begin = column.offset
    held = np.frombuffer(views, np.int32).reshape(-1, 4)[begin : begin + len(column), 0]
    return np.maximum(held, 0).astype(np.int64)


def _spans(column: Any) -> tuple[Sizes, Sizes]:  # noqa: ANN401
    """Return where each row's values begin and end among those of all rows."""
    import pyarrow.types as is_

    count = len(column)
    if is_.is_fixed_size_list(column.type):
        places = (np.arange(count + 1, dtype=np.int64) + column.offset) * column.type.list_size
        return places[:-1], places[1:]
    offsets = _numbers(column.offsets)
    if is_.is_list_view(column.type) or is_.is_large_list_view(column.type):
        sizes = _numbers(column.sizes.fill_null(0))
        return offsets[:count], offsets[:count] + sizes
    return offsets[:count], offsets[1 : count + 1]


def _in_lists(values: Sizes, begin: Sizes, end: Sizes) -> Sizes:
    if values.strides == (0,) and len(values):  # all alike: no sum over what may be a billion
        most = _ENOUGH // max(1, int(values[0]))
        inside: Sizes = np.clip(end - begin, 0, most + 1) * values[0]
    else:
        sums: Sizes = np.concatenate([np.zeros(1, np.int64), _summed(values)])
        begin, end = np.clip(begin, 0, len(values)), np.clip(end, 0, len(values))
        inside = np.maximum(0, sums[end] - sums[begin])
    return np.minimum(_MARKS + inside, _ENOUGH)


def _summed(sizes: Sizes) -> Sizes:
    """Return the sums up to each of some sizes, so large ones cut that no sum overflows."""
    sums: Sizes = np.cumsum(np.minimum(sizes, 2**62 // max(1, len(sizes))))
    return sums


def _numbers(column: Any) -> Sizes:  # noqa: ANN401
    found: Sizes = column.to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _everywhere(sizes: Sizes, count: int) -> Sizes:
    """Return the largest of some sizes for each row, in the room of one."""
    return np.broadcast_to(np.int64(sizes.max(initial=0)), (count,))


def _extension() -> type:
    import pyarrow as pa

    kind: type = pa.BaseExtensionType
    return kind
