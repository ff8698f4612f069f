"""Tables that other programs write come back cell for cell; one damaged row costs no other."""

import csv
import io
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.files.delimited import blocks
from likewise.files.guard import unguard
from likewise.files.read import open_table
from likewise.files.table import oddities

NAMES = ["id", "text", "label"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
odd = st.text(st.sampled_from("ab \",;\t\n|'é\u2028=-"), max_size=10)
rows = st.lists(
    st.tuples(st.one_of(texts, odd), st.sampled_from(["up", "down", ""])), min_size=1, max_size=9
)


def read(content: bytes, name: str = "t.csv", **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        table = open_table(path, **options)
        return table, [row.values for row in table.rows()]


def unguarded(found):
    return [tuple(unguard(cell) for cell in row) for row in found]


def numbered(found):
    return [(str(number), *row) for number, row in enumerate(found, 1)]


def spelt(lines, **dialect):
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows(lines)
    return out.getvalue()


@pytest.mark.parametrize(
    "dialect",
    [
        {},
        {"quoting": csv.QUOTE_ALL},
        {"quoting": csv.QUOTE_NONNUMERIC},
        {"lineterminator": "\n"},
        {"delimiter": ";"},
        {"delimiter": "\t", "quoting": csv.QUOTE_ALL},
        {"delimiter": "|", "lineterminator": "\n"},
    ],
    ids=str,
)
@settings(max_examples=60, deadline=None)
@given(found=rows)
def test_what_pythons_csv_writes(dialect, found):
    found = numbered(found)
    if dialect.get("lineterminator") == "\n":  # Python's csv puts no marks around \r then
        found = [tuple(cell.replace("\r", "") for cell in row) for row in found]
    _, back = read(spelt([NAMES, *found], **dialect).encode())
    assert back == unguarded(found)


@settings(max_examples=60, deadline=None)
@given(found=rows)
def test_what_a_spreadsheet_saves_with_semicolons_and_a_mark(found):
    found = [(a, b.replace("\r", ""), c) for a, b, c in numbered(found)]
    table, back = read(spelt([NAMES, *found], delimiter=";").encode("utf-8-sig"))
    assert table.columns == tuple(NAMES)
    assert back == unguarded(found)
    assert table.spelling.mark
    assert table.spelling.separator == ";"


@settings(max_examples=60, deadline=None)
@given(found=rows)
def test_what_duckdb_copies(found):
    # it puts marks around what needs them and around nothing that is empty, and ends lines in \n
    def cell(value):
        needs = any(mark in value for mark in '",\n\r')
        return '"' + value.replace('"', '""') + '"' if needs else value

    found = numbered(found)
    content = "".join(",".join(map(cell, row)) + "\n" for row in [NAMES, *found])
    _, back = read(content.encode())
    assert back == unguarded(found)


@settings(max_examples=60, deadline=None)
@given(found=rows)
def test_what_pandas_writes_with_its_index(found):
    lines = [["", "text", "label"]]
    lines += [[str(n), text.replace("\r", ""), label] for n, (text, label) in enumerate(found)]
    table, back = read(spelt(lines, lineterminator="\n").encode())
    assert table.columns == ("column 1", "text", "label")
    assert back == unguarded([tuple(line) for line in lines[1:]])


PLAIN = st.lists(
    st.tuples(
        st.text(st.sampled_from('abc "",é\n'), min_size=1, max_size=12), st.sampled_from("xyz")
    ),
    min_size=4,
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(
    found=PLAIN,
    at=st.integers(0, 99),
    place=st.integers(0, 99),
    what=st.sampled_from(['"', ",", "delete", "cut", '""']),
    seed=st.integers(0, 9),
)
def test_damage_in_one_row_leaves_all_others_and_is_told(found, at, place, what, seed):
    found = numbered(
        [(f"{text}{random.Random(seed).choice(['', ' end'])}", label) for text, label in found]
    )
    lines = [spelt([row], lineterminator="\n") for row in found]
    at %= len(lines)
    whole = lines[at]
    place %= len(whole)
    if what == "cut":
        lines[at] = whole[:place] + "\n"
    elif what == "delete":
        lines[at] = whole[:place] + whole[place + 1 :]
        if whole[place] == "\n" and place == len(whole) - 1:
            return  # two rows in one line: damage to both
    else:
        lines[at] = whole[:place] + what + whole[place:]
    head = spelt([NAMES], lineterminator="\n") + '0,"a ""quoted"", text",x\n'
    table, back = read((head + "".join(lines)).encode())
    others = unguarded([("0", 'a "quoted", text', "x"), *found[:at], *found[at + 1 :]])
    assert [row for row in back if row in others] == others
    # what else was read is told, or it is the damaged row, still one with three cells
    strange = [row for row in back if row not in others]
    assert len(strange) <= 1 or table.notes or oddities(table)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@settings(max_examples=100, deadline=None)
@given(found=st.lists(st.lists(odd, min_size=2, max_size=2), min_size=1, max_size=20))
def test_blocks_give_what_careful_reading_gives(separator, found):
    content = spelt([["a", "text"], *found], delimiter=separator, lineterminator="\n").encode()
    options = {"separator": separator, "header": True}
    fast, one = read(content, **options)
    before = blocks.block
    try:
        blocks.block = lambda *_, **__: None
        slow, other = read(content, **options)
    finally:
        blocks.block = before
    assert one == other
    assert fast.counts == slow.counts
