"""Sheets in .ods files: each kind of cell, what is repeated, merged or hidden, and its bounds."""

import zipfile

import pytest

from likewise.errors import UnreadableFile
from likewise.files.read import open_table
from tests.files.values import values

SPACES = " ".join(
    f'xmlns:{short}="urn:{name}"'
    for short, name in {
        "office": "oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }.items()
)


def text(content, more=""):
    return (
        f'<table:table-cell office:value-type="string"{more}><text:p>{content}</text:p>'
        "</table:table-cell>"
    )


def cell(kind, value, shown="shown"):
    return (
        f'<table:table-cell office:value-type="{kind}" {value}><text:p>{shown}</text:p>'
        "</table:table-cell>"
    )


def row(*cells, more=""):
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


NONE = "<table:table-cell/>"
NAMES = row(text("text"), text("a"), text("b"))
LAST = row(text("last"), text("u"), text("v"))


@pytest.fixture
def read(tmp_path):
    def reading(*rows):
        with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("META-INF/manifest.xml", "<manifest/>")
            sheet = f'<table:table table:name="S">{"".join(rows)}</table:table>'
            archive.writestr(
                "content.xml",
                f"<office:document-content {SPACES}><office:body><office:spreadsheet>{sheet}"
                "</office:spreadsheet></office:body></office:document-content>",
            )
        return open_table(tmp_path / "t.ods")

    return reading


def test_kinds_of_cells(read):
    names = ("text", "share", "sum", "yes", "no", "day", "at", "long")
    table = read(
        row(*map(text, names)),
        row(
            text("x y"),
            cell("percentage", 'office:value="0.125"', "12.5 %"),
            cell("currency", 'office:currency="EUR" office:value="12.5"', "12,50 €"),
            cell("boolean", 'office:boolean-value="true"'),
            cell("boolean", 'office:boolean-value="false"'),
            cell("date", 'office:date-value="2026-02-03"', "3.2.26"),
            cell("date", 'office:date-value="2026-02-03T15:30:00"', "3.2.26"),
            cell("time", 'office:time-value="PT05H06M07S"', "5:06"),
        ),
    )
    assert table.columns == names
    at = "2026-02-03 15:30:00"
    assert values(table) == [("x y", 0.125, 12.5, True, False, "2026-02-03", at, "05:06:07")]
    assert table.notes == []


def test_rows_and_cells_that_are_repeated(read):
    table = read(
        NAMES,
        row(text("x"), text("u"), text("v"), more=' table:number-rows-repeated="3"'),
        row(NONE, more=' table:number-rows-repeated="5"'),
        row(text("y"), text("w", ' table:number-columns-repeated="2"')),
        row(text("z"), '<table:table-cell table:number-columns-repeated="16383"/>'),
        row(NONE, more=' table:number-rows-repeated="1048000"'),
    )
    assert values(table) == [("x", "u", "v")] * 3 + [("y", "w", "w"), ("z", None, None)]


@pytest.mark.parametrize(
    "times",
    [
        '"1000000000"',
        '"99999999999999999999"',
        "'1000000000'",
        '"&#49;000000000"',
        '" 1000000000"',
        '"-1"',
    ],
)
def test_repeats_beyond_all_bounds_are_refused(read, times):
    again = f" table:number-rows-repeated={times}"
    across = f" table:number-columns-repeated={times}"
    hidden = f"<table:table-cell table:formula='a>b'{across} office:value-type='float'/>"
    for rows in (
        row(text("x"), more=again),
        row(text("x"), text("u", across)),
        row(NONE, more=again) + row(text("x")),
        row(text("x"), hidden),
    ):
        with pytest.raises(UnreadableFile, match=r"spans .* cells; the most is 20,000,000"):
            read(NAMES, rows, LAST)


@pytest.mark.parametrize("mark", ['"', "'"])
def test_merged_cells_are_said(read, mark):
    merged = text("x", ' table:number-rows-spanned="2" table:number-columns-spanned="1"')
    merged = merged.replace('"', mark)
    covered = "<table:covered-table-cell/>"
    table = read(NAMES, row(merged, text("u"), text("v")), row(covered, text("u"), text("v")))
    assert values(table) == [("x", "u", "v"), (None, "u", "v")]
    assert "merged cells: each gives its value to its first row alone" in table.notes[0]


@pytest.mark.parametrize("mark", ['"', "'"])
def test_errors_and_formulas_are_said(read, mark):
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
    )
    shared = (
        '<table:table-cell table:formula="of:=[.A2]" office:value-type="float" office:value="2"/>'
    )
    unknown = '<table:table-cell table:formula="of:=1+1"/>'
    error = error.replace('"', mark)
    table = read(NAMES, row(text("x"), error, shared), row(text("y"), unknown, shared))
    assert values(table) == [("x", None, 2), ("y", None, 2)]
    assert ["1 cell of" in said for said in table.notes] == [True, True]
    assert "an error such as #N/A" in table.notes[0]
    assert "whose value was not stored" in table.notes[1]


def test_hidden_rows_are_read_and_counted(read):
    table = read(
        NAMES,
        row(text("x"), text("u"), text("v"), more=' table:visibility="collapse"'),
        row(text("y"), more=' table:visibility="filter" table:number-rows-repeated="2"'),
        LAST,
        row(NONE, more=' table:visibility="collapse" table:number-rows-repeated="1000"'),
    )
    assert [cells[0] for cells in values(table)] == ["x", "y", "y", "last"]
    assert table.notes[0].startswith("3 hidden rows of")


def test_a_cell_is_its_own_text_alone(read):
    several = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a note</text:p>'
        "</office:annotation><text:p>one</text:p><text:p>two <text:span>three</text:span><text:s "
        'text:c="3"/>end</text:p></table:table-cell>'
    )
    grouped = f"<table:table-row-group>{LAST}</table:table-row-group>"
    table = read(f"<table:table-header-rows>{NAMES}</table:table-header-rows>", row(several),
                 grouped)  # fmt: skip
    assert [cells[0] for cells in values(table)] == ["one\ntwo three   end", "last"]


def test_covered_cells_that_hold_something_are_said(read):
    merged = text("x", ' table:number-rows-spanned="1" table:number-columns-spanned="2"')
    below = text("old").replace("table:table-cell", "table:covered-table-cell")
    table = read(NAMES, row(merged, below, text("v")), LAST)
    assert values(table)[0] == ("x", "old", "v")
    assert table.notes[0].endswith("read although merged cells cover it.")
    assert table.notes[0].startswith("1 cell of")


def test_hidden_columns_are_counted_where_they_hold_cells(read):
    columns = (
        '<table:table-column-group><table:table-column table:number-columns-repeated="1"/>'
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="1"/>'
        "</table:table-column-group><table:table-column/><table:table-column "
        'table:visibility="collapse" table:number-columns-repeated="16381"/>'
    )
    table = read(columns, NAMES, LAST)
    assert values(table) == [("last", "u", "v")]
    said = next(note for note in table.notes if "hidden" in note)
    assert said.startswith("1 hidden column of")


def test_nothing_is_said_of_a_sheet_that_is_not_read(read):
    merged = text("x", ' table:number-rows-spanned="2"')
    covered = text("old").replace("table:table-cell", "table:covered-table-cell")
    rows = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>',
        NAMES,
        row(merged, text("u"), text("v"), more=' table:visibility="collapse"'),
        row(covered, "<table:table-cell calcext:value-type='error' office:value-type='string'/>"),
        row(text("y"), '<table:table-cell calcext:value-type="error" table:formula="a"/>'),
    )
    after = '</table:table><table:table table:name="T">'
    table = read(NAMES, LAST, after, *rows)
    assert values(table) == [("last", "u", "v")]
    assert table.notes == [note for note in table.notes if note.startswith("Sheet 'S' of")]
    other = [note.split("t.ods' ")[1] for note in read(*rows, after, NAMES, LAST).notes[1:]]
    assert [note.split(" ")[0] for note in other] == ["has", "read", "read", "read", "with"]
