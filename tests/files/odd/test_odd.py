"""No file of the collection is misread in silence."""

import io
import sys

import pytest

from likewise.errors import UnreadableFile
from likewise.files.read import open_table
from tests.files.odd import cases, exports, others

CASES = [*cases.CASES, *others.CASES, *exports.CASES]


def spelt(rows):
    return [tuple(cell or "" for cell in row) for row in rows]


def test_there_are_many():
    assert len({case.name for case in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_odd_file_is_read_right_or_refused(tmp_path, case):
    path = tmp_path / case.name
    path.write_bytes(case.content)
    if case.refused:
        with pytest.raises(UnreadableFile) as raised:
            list(open_table(path, columns=True, **case.options).rows())
        assert case.refused in str(raised.value)
        return
    table = open_table(path, columns=True, **case.options)
    rows = [row.values for row in table.rows()]
    assert table.columns == case.columns
    assert spelt(rows) == spelt(case.rows)
    assert tuple(one.line for one in table.aside.first) == case.aside
    assert case.said in " ".join(table.notes)


def test_a_pipe_is_read_like_the_file(monkeypatch):
    for case in others.CASES:
        if not case.refused:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(case.content)))
            table = open_table("-", name=case.name, columns=True, **case.options)
            assert table.columns == case.columns, case.name
            assert spelt(row.values for row in table.rows()) == spelt(case.rows), case.name
            assert tuple(one.line for one in table.aside.first) == case.aside, case.name


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.aside and "byte" not in case.name],
    ids=lambda case: case.name,
)
def test_a_strict_reading_stops_at_the_damaged_line(tmp_path, case):
    path = tmp_path / case.name
    path.write_bytes(case.content)
    with pytest.raises(UnreadableFile, match=f"Line {case.aside[0]} of "):
        list(open_table(path, columns=True, strict=True, **case.options).rows())
