"""A column's type holds all of its cells, and text that only looks like a number stays text."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.files.read import open_table
from likewise.files.vectors.columns import as_array, cast, type_of, widened


@pytest.mark.parametrize(
    ("cells", "type_", "found"),
    [
        (["1", "", "-20"], pa.int64(), [1, None, -20]),
        (["1", "2.50"], pa.float64(), [1.0, 2.5]),
        (["007", "8"], pa.string(), ["007", "8"]),
        (["+5"], pa.string(), ["+5"]),
        (["-0"], pa.float64(), [-0.0]),
        (["1e3"], pa.float64(), [1000.0]),
        ([" 1"], pa.string(), [" 1"]),
        (["0.1234567890123456789"], pa.string(), ["0.1234567890123456789"]),
        (["9999999999999999999"], pa.string(), ["9999999999999999999"]),
        (["true", "false", None], pa.bool_(), [True, False, None]),
        (["True"], pa.string(), ["True"]),
        (["true", "1"], pa.string(), ["true", "1"]),
        ([1, 2.5, None], pa.float64(), [1.0, 2.5, None]),
        ([1, "a", 2.5, True], pa.string(), ["1", "a", "2.5", "true"]),
        ([2**53, 0.5], pa.float64(), [2.0**53, 0.5]),
        ([2**53 + 1, 0.5], pa.string(), [str(2**53 + 1), "0.5"]),
        (["1234567890123456"], pa.string(), ["1234567890123456"]),
        ([2**70], pa.string(), [str(2**70)]),
        (["NaN", "inf"], pa.string(), ["NaN", "inf"]),
        (["١٢"], pa.string(), ["١٢"]),
        (["", None], pa.null(), [None, None]),
    ],
)
def test_the_type_of_cells(cells, type_, found):
    assert type_of(cells) == type_
    assert as_array(cells, type_).to_pylist() == found
    # in two halves it is the same
    assert type_of(cells[1:], type_of(cells[:1])) == type_


def test_times_keep_their_type(tmp_path):
    when = pa.array([dt.date(2020, 1, 1), None])
    pq.write_table(pa.table({"when": when, "l": [[1], []]}), tmp_path / "x.parquet")
    rows = [row.values for row in open_table(tmp_path / "x.parquet").rows()]
    whens, lists = zip(*rows, strict=True)
    assert type_of(whens) == pa.date32()
    assert as_array(whens, pa.date32()).to_pylist() == when.to_pylist()
    assert as_array(lists, type_of(lists)).to_pylist() == ["[1]", "[]"]


simple = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)
)


@settings(deadline=None)
@given(st.lists(simple, max_size=8))
def test_every_cell_fits_into_the_type_of_all(cells):
    type_ = type_of(cells)
    assert len(as_array(cells, type_)) == len(cells)


TYPES = [pa.null(), pa.bool_(), pa.int64(), pa.float64(), pa.string(), pa.date32()]


@pytest.mark.parametrize("one", TYPES)
@pytest.mark.parametrize("other", TYPES)
def test_widening_holds_both_and_does_not_depend_on_the_order(one, other):
    wide = widened(one, other)
    assert wide == widened(other, one)
    for type_ in (one, other):
        assert cast(pa.nulls(2, type_), wide).type == wide


def test_what_was_narrow_is_cast_without_a_change():
    assert cast(pa.array([1, None]), pa.float64()).to_pylist() == [1.0, None]
    assert cast(pa.array([1, None]), pa.string()).to_pylist() == ["1", None]
    assert cast(pa.array([1.5, 1e300]), pa.string()).to_pylist() == ["1.5", "1e+300"]
    assert cast(pa.array([True, None]), pa.string()).to_pylist() == ["true", None]
