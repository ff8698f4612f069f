"""Tables that other programs write come back cell for cell; one damaged row costs no other."""

import csv
import io
import random
import tempfile
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.files.delimited import reader
from likewise.files.guard import unguard
from likewise.files.oddities import oddities
from likewise.files.read import open_table

NAMES = ["id", "text", "label"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
number_like = st.one_of(st.integers(0, 99).map(str), st.sampled_from(["", "1\n2", " 7", "x"]))
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


DIALECTS = [
    {},
    {"quoting": csv.QUOTE_ALL},
    {"quoting": csv.QUOTE_NONNUMERIC},
    {"lineterminator": "\n"},
    {"delimiter": ";"},
    {"delimiter": "\t", "quoting": csv.QUOTE_ALL},
    {"delimiter": "|", "lineterminator": "\n"},
]


@settings(max_examples=200, deadline=None)
@given(dialect=st.sampled_from(DIALECTS), found=rows)
def test_what_pythons_csv_writes(dialect, found):
    found = numbered(found)
    if dialect.get("lineterminator") == "\n":  # Python's csv puts no marks around \r then
        found = [tuple(cell.replace("\r", "") for cell in row) for row in found]
    _, back = read(spelt([NAMES, *found], **dialect).encode())
    assert back == unguarded(found)


@settings(max_examples=40, deadline=None)
@given(found=rows)
def test_what_a_spreadsheet_saves_with_semicolons_and_a_mark(found):
    found = [(a, b.replace("\r", ""), c) for a, b, c in numbered(found)]
    table, back = read(spelt([NAMES, *found], delimiter=";").encode("utf-8-sig"))
    assert table.columns == tuple(NAMES)
    assert back == unguarded(found)
    assert table.spelling.mark
    assert table.spelling.separator == ";"


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=200, deadline=None)
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


@settings(max_examples=80, deadline=None)
@given(
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    found=st.lists(
        st.tuples(st.one_of(odd, st.sampled_from(["a", "text", "\ufeffa"])), odd, number_like),
        min_size=1,
        max_size=20,
    ),
    beyond=st.sampled_from([[], [""], ["", ""]]),
    places=st.sampled_from([None, (1,), (0, 2), ()]),
)
def test_blocks_give_what_careful_reading_gives(separator, end, found, beyond, places):
    lines = [["a", "text", "n"], *([*row, *beyond] for row in found)]
    content = spelt(lines, delimiter=separator, lineterminator=end).encode()
    told = []
    for worth in (0, len(content) + 1):
        with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
            patch.setattr(reader, "_WORTH", worth)
            path = Path(folder) / "t.csv"
            path.write_bytes(content)
            table = open_table(path, separator=separator, header=True)
            parts = list(table.parts(places))
            numbers = [number for part in parts for number in part.numbers]
            cells = [[*chain(*held)] for held in zip(*(part.cells for part in parts), strict=True)]
            told.append((numbers, cells, table.columns, table.counts, table.aside.first))
    assert told[0] == told[1]
