"""A sound table, polluted in one place: all other rows stay exact, and the damage is told.

The kinds are those of Pollock (Vitagliano et al., Pollock: A Data Loading Benchmark, PVLDB 16,
2023), made anew here at the first, a middle and the last row.
"""

import codecs

import pytest

from likewise.files.oddities import oddities
from likewise.files.read import open_table

NAMES = ("id", "text", "label")
ROWS = [
    ("1", "the parcel arrived early, thank you", "praise"),
    ("2", "my invoice is wrong", "complaint"),
    ("3", "how do I change my address", "question"),
    ("4", 'she said "never again" and left', "complaint"),
    ("5", "great; really great", "praise"),
    ("6", "two lines\nin one cell", "question"),
    ("7", "nobody answers the phone", "complaint"),
    ("8", "the last one", "praise"),
]


def line(cells, separator=",", mark='"', escape=None, *, every=False):
    found = []
    for cell in cells:
        if every or any(sign in cell for sign in (separator, mark, "\n")):
            cell = mark + cell.replace(mark, (escape or mark) + mark) + mark
        found.append(cell)
    return separator.join(found)


HEADER = line(NAMES)
LINES = [line(row) for row in ROWS]


def document(lines, end="\n"):
    return end.join([HEADER, *lines]) + end


def replaced(at, new):
    return document([*LINES[:at], new, *LINES[at + 1 :]])


def inserted(at, *new):
    return document([*LINES[:at], *new, *LINES[at:]])


DAMAGED = {
    "a cell more": lambda at: replaced(at, LINES[at] + ",more"),
    "a separator more": lambda at: replaced(at, LINES[at].replace(",", ",,", 1)),
    "a cell less": lambda at: replaced(at, line(ROWS[at][:2])),
    "an id alone": lambda at: replaced(at, ROWS[at][0]),
    "other separators": lambda at: replaced(at, line(ROWS[at], ";")),
    "a mark never closed": lambda at: replaced(
        at, f'{ROWS[at][0]},"{ROWS[at][1].replace(chr(34), "")},{ROWS[at][2]}'
    ),
    "a stray mark": lambda at: replaced(at, f'{ROWS[at][0]},"stray" mark,{ROWS[at][2]}'),
}
"""The row is lost, and this is told."""

HARMLESS = {
    "separators at the end": lambda at: replaced(at, LINES[at] + ",,"),
    "an empty line": lambda at: inserted(at, ""),
    "a line of spaces": lambda at: inserted(at, "   "),
    "marks around all": lambda at: replaced(at, line(ROWS[at], every=True)),
    "another end of line": lambda at: replaced(at, LINES[at] + "\r"),
}
"""Every row is there."""

TOLD = {
    "the names again": lambda at: inserted(at + 1, HEADER),
    "a comment": lambda at: inserted(at, "# a comment"),
    "a footnote": lambda at: inserted(at + 1, "Source: the statistics office"),
    "a line that parts": lambda at: inserted(at, "--------"),
    "another table": lambda at: inserted(at, "", "city,people", "Rome,2", "Oslo,1", ""),
}
"""Every row is there, and what else stands there is told."""

OTHER_CELLS = {
    "single marks": lambda at: replaced(at, line(ROWS[at], mark="'", every=True)),
    "escaped marks": lambda at: replaced(at, line(ROWS[at], escape="\\", every=True)),
    "a zero byte": lambda at: replaced(at, line(("\0" + ROWS[at][0], *ROWS[at][1:]))),
    "a mark of byte order": lambda at: replaced(at, "\ufeff" + LINES[at]),
    "right to left": lambda at: replaced(at, line((ROWS[at][0], "\u202bא\u202c", ROWS[at][2]))),
    "a decimal comma": lambda at: replaced(at, line(("1,5", *ROWS[at][1:]))),
}
"""The row may be read otherwise or lost; the others are there."""

WHOLE = {
    "two rows of names": f"{HEADER}\n{document(LINES)}",
    "a title": f"Report of the year\n{document(LINES)}",
    "a title with a comma": f"Report, of the year\n{document(LINES)}",
    "a title and empty lines": f"Report of the year\n\n\n{document(LINES)}",
    "no end of the last line": document(LINES)[:-1],
    "ends of Windows": document(LINES, "\r\n"),
    "empty lines between": HEADER + "\n\n" + "\n\n".join(LINES) + "\n\n",
    "two marks of byte order": "\ufeff\ufeff" + document(LINES),
    "semicolons": "\n".join(line(row, ";") for row in [NAMES, *ROWS]),
    "tabs": "\n".join(line(row, "\t") for row in [NAMES, *ROWS]),
    "carets": "\n".join(line(row, "^") for row in [NAMES, *ROWS]),
    "single marks": "\n".join(line(row, mark="'", every=True) for row in [NAMES, *ROWS]),
    "escapes": "\n".join(line(row, escape="\\", every=True) for row in [NAMES, *ROWS]),
    "UTF-16": codecs.BOM_UTF16_LE + document(LINES).encode("utf-16-le"),
}


@pytest.fixture
def read(tmp_path):
    def reading(content):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        table = open_table(path)
        found = [row.values for row in table.rows()]
        assert table.columns == NAMES
        return found, [*table.notes, *oddities(table)]

    return reading


def others(at):
    return [*ROWS[:at], *ROWS[at + 1 :]]


places = pytest.mark.parametrize("at", [0, 4, len(ROWS) - 1])


@places
@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_row_is_lost_alone_and_told(read, kind, at):
    found, said = read(DAMAGED[kind](at))
    assert found == others(at)
    assert any("set aside" in one for one in said)


@places
@pytest.mark.parametrize("kind", HARMLESS)
def test_what_does_no_harm_costs_no_row(read, kind, at):
    assert read(HARMLESS[kind](at))[0] == ROWS


@places
@pytest.mark.parametrize("kind", TOLD)
def test_what_is_no_row_is_told(read, kind, at):
    found, said = read(TOLD[kind](at))
    assert found == ROWS
    assert said


@places
@pytest.mark.parametrize("kind", OTHER_CELLS)
def test_a_row_of_other_cells_changes_no_other(read, kind, at):
    found, _ = read(OTHER_CELLS[kind](at))
    assert [row for row in found if row in ROWS] in (others(at), ROWS)
    assert len(found) <= len(ROWS)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_table_that_is_written_otherwise_is_read_whole(read, kind):
    assert read(WHOLE[kind])[0] == ROWS
