"""Spreadsheets: values, dates, merged cells, sheets, and what is too large or locked."""

import datetime as dt
import io
import re
import sys
import zipfile

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import LineBreak, P, Tab

from likewise.errors import InvalidOption, UnreadableFile
from likewise.files.oddities import oddities
from likewise.files.options import Bounds
from likewise.files.read import open_table, open_texts
from tests.files.values import values

ROWS = [("id", "text", "when"), (1, "good day", dt.datetime(2026, 1, 2)), (2, "bad, bad", None)]


def book(path, sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def test_a_workbook_is_read(tmp_path):
    table = open_table(book(tmp_path / "t.xlsx", {"Data": ROWS}))
    assert table.columns == ("id", "text", "when")
    assert values(table) == [(1, "good day", "2026-01-02"), (2, "bad, bad", None)]
    assert table.notes == []
    assert [text.text for text in open_texts(tmp_path / "t.xlsx")] == ["good day", "bad, bad"]


def test_a_workbook_comes_through_a_pipe(tmp_path, monkeypatch):
    content = book(tmp_path / "t.xlsx", {"Data": ROWS}).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert values(open_table("-")) == [(1, "good day", "2026-01-02"), (2, "bad, bad", None)]


def test_kinds_of_cells(tmp_path):
    row = (1.5, 2.0, True, dt.datetime(2026, 1, 2, 3, 4), dt.time(5, 6), "=1+1", "12", 2**40)
    path = book(tmp_path / "t.xlsx", {"S": [("a", "b", "c", "d", "e", "f", "g", "h"), row]})
    # a formula that no program has computed yet has no value
    assert values(open_table(path)) == [
        (1.5, 2, True, "2026-01-02 03:04:00", "05:06:00", None, "12", 2**40)
    ]


def test_the_first_sheet_that_is_not_hidden_is_read_and_said(tmp_path):
    path = book(
        tmp_path / "t.xlsx", {"Old": [("x",), (1,)], "Data": ROWS, "More": [("y",), ("z",)]}
    )
    made = openpyxl.load_workbook(path)
    made["Old"].sheet_state = "hidden"
    made.save(path)
    table = open_table(path)
    assert table.columns == ("id", "text", "when")
    assert "Sheet 'Data' of" in table.notes[0]
    assert "others: 'More'; hidden: 'Old'" in table.notes[0]
    assert open_table(path, sheet="More").columns == ("y",)
    assert open_table(path, sheet="1").columns == ("x",)
    with pytest.raises(InvalidOption, match="no sheet 'Nine'") as raised:
        open_table(path, sheet="Nine")
    assert "'Old', 'Data', 'More'" in raised.value.remedy


def test_merged_cells_give_their_value_to_each_row(tmp_path):
    path = book(tmp_path / "t.xlsx", {"S": [("text", "label"), ("a b", "up"), ("c d", None),
                                            ("e f", None), ("g h", "down")]})  # fmt: skip
    made = openpyxl.load_workbook(path)
    made["S"].merge_cells("B2:B4")
    made.save(path)
    table = open_table(path)
    assert [row[1] for row in values(table)] == ["up", "up", "up", "down"]
    assert "1 group of merged cells" in table.notes[0]


def test_a_title_blank_rows_and_columns_are_left_out(tmp_path):
    path = book(tmp_path / "t.xlsx", {"S": [
        (None, "Feedback 2026"), (), (None, "text", None, "label"), (None, "a b", None, "up"), (),
        (None, "c d", None, "down"),
    ]})  # fmt: skip
    table = open_table(path)
    assert table.columns == ("text", "label")
    assert values(table) == [("a b", "up"), ("c d", "down")]
    assert "'Feedback 2026'" in " ".join(table.notes)


def test_a_sheet_without_names(tmp_path):
    rows = [("I like it very much", "up"), ("I hate it a lot", "up"), ("what a day it was", "no")]
    path = book(tmp_path / "t.xlsx", {"S": rows})
    table = open_table(path)
    assert table.columns == ("column 1", "column 2")
    assert len(values(table)) == 3
    assert "--header" in table.notes[0]
    assert len(values(open_table(path, header=True))) == 2


def test_an_opendocument_sheet(tmp_path):
    made = OpenDocumentSpreadsheet()
    sheet = OdfTable(name="Data")
    for cells in (("text", "label"), ("good day", "up"), ("bad day", "down")):
        row = TableRow()
        for value in cells:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=value))
            row.addElement(cell)
        # as LibreOffice fills the rest of a sheet
        row.addElement(TableCell(numbercolumnsrepeated=16_382))
        sheet.addElement(row)
    rest = TableRow(numberrowsrepeated=1_048_573)
    rest.addElement(TableCell(numbercolumnsrepeated=16_384))
    sheet.addElement(rest)
    made.spreadsheet.addElement(sheet)
    made.save(tmp_path / "t.ods")
    table = open_table(tmp_path / "t.ods")
    assert table.columns == ("text", "label")
    assert values(table) == [("good day", "up"), ("bad day", "down")]


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "{}</sheetData></worksheet>"
)


def packed(path, inner, changed):
    """Copy a workbook with another content of one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed if name == inner else old.read(name))
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("rows", [
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "<row><c><v>1</v></c></row>" * 100_000 + "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>",
    "<row><c r='A1'><v>1</v></c></row><row><c r = 'XFD1048576'><v>1</v></c></row>",
    '<row r="1048576">' + "<c><v>1</v></c>" * 100 + '</row><row r="1"><c><v>1</v></c></row>',
], ids=["far", "uncounted", "single", "numbered"])  # fmt: skip
def test_a_sheet_that_spans_billions_of_cells_is_refused(tmp_path, rows):
    path = book(tmp_path / "t.xlsx", {"Data": ROWS})
    packed(path, "xl/worksheets/sheet1.xml", SHEET.format(rows))
    with pytest.raises(UnreadableFile, match=r"spans .* cells; the most is 20,000,000"):
        open_table(path)


def test_a_sheet_that_unfolds_into_too_much_is_refused(tmp_path):
    path = book(tmp_path / "t.xlsx", {"Data": ROWS})
    packed(path, "xl/theme/theme1.xml", b" " * 60_000_000)
    with pytest.raises(UnreadableFile, match="unfolds to more than"):
        open_table(path, bounds=Bounds(unfolded=50_000_000))
    book(path, {"Data": ROWS})
    with pytest.raises(UnreadableFile, match=r"unfolds to more|spans"):
        open_table(path, bounds=Bounds(cells=4))


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_damaged_workbooks_are_one_sentence(tmp_path, content):
    (tmp_path / "t.xlsx").write_bytes(content)
    with pytest.raises(UnreadableFile):
        open_table(tmp_path / "t.xlsx")


def test_an_empty_sheet_is_refused_and_passed_over(tmp_path):
    with pytest.raises(UnreadableFile, match=r"Sheet 'Data' of .* holds no row"):
        open_table(book(tmp_path / "t.xlsx", {"Data": []}))
    table = open_table(book(tmp_path / "t.xlsx", {"Cover": [], "Data": ROWS}))
    assert table.columns == ("id", "text", "when")
    assert "Sheet 'Data' of" in table.notes[0]
    with pytest.raises(UnreadableFile, match="Sheet 'Cover' of"):
        open_table(tmp_path / "t.xlsx", sheet="Cover")


def test_errors_formulas_without_values_and_hidden_rows_are_said(tmp_path):
    path = book(tmp_path / "t.xlsx", {"S": [("text", "n"), ("a b", "#N/A"), ("c d", "=A2"),
                                            ("e f", 3)]})  # fmt: skip
    made = openpyxl.load_workbook(path)
    made["S"].row_dimensions[4].hidden = True
    made["S"].auto_filter.ref = "A1:B4"
    made.save(path)
    table = open_table(path)
    assert values(table) == [("a b", None), ("c d", None), ("e f", 3)]
    assert [note.split(" of ")[0] for note in table.notes] == ["1 hidden row", "1 cell", "1 cell"]
    assert "an error such as #N/A" in table.notes[1]
    assert "a formula whose value was not stored" in table.notes[2]


def test_names_below_a_name_of_several_columns(tmp_path):
    path = book(tmp_path / "t.xlsx", {"S": [("id", "what", None), (None, "text", "label"),
                                            (1, "a b", "up"), (2, "c d", "down")]})  # fmt: skip
    made = openpyxl.load_workbook(path)
    made["S"].merge_cells("A1:A2")
    made["S"].merge_cells("B1:C1")
    made.save(path)
    table = open_table(path)
    assert table.columns == ("id", "text", "label")
    assert values(table) == [(1, "a b", "up"), (2, "c d", "down")]
    assert "'id what'" in " ".join(table.notes)


def shared(path):
    """One text of 30,000 characters in a hundred cells, which stands in the file once."""
    return book(path, {"S": [("text",), *[("word " * 6_000,)] * 100]})


def repeated(path):
    """A cell of 3,000 characters that is a thousand, in one tag."""
    document = OpenDocumentSpreadsheet()
    table = OdfTable(name="S")
    for text, times in (("text", "1"), ("word " * 600, "1000")):
        row = TableRow(numberrowsrepeated=times)
        cell = TableCell(valuetype="string")
        cell.addElement(P(text=text))
        row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(path)
    return path


@pytest.mark.parametrize(
    ("make", "name", "rows"), [(shared, "t.xlsx", 100), (repeated, "t.ods", 1_000)]
)
def test_a_text_that_many_cells_share_counts_for_each(tmp_path, make, name, rows):
    path = make(tmp_path / name)
    assert path.stat().st_size < 20_000
    assert len(list(open_table(path, bounds=Bounds(unfolded=4_000_000)).rows())) == rows
    with pytest.raises(UnreadableFile, match="unfolds to more than 1 MB"):
        open_table(path, bounds=Bounds(unfolded=1_500_000))


def test_breaks_and_tabs_within_a_paragraph_part_words(tmp_path):
    sheet = OdfTable(name="Data")
    for text in ("text", "one"):
        row, cell, paragraph = TableRow(), TableCell(valuetype="string"), P(text=text)
        if text == "one":
            for made in (LineBreak(), Tab()):
                paragraph.addElement(made)
                paragraph.addText("more")
        cell.addElement(paragraph)
        row.addElement(cell)
        sheet.addElement(row)
    made = OpenDocumentSpreadsheet()
    made.spreadsheet.addElement(sheet)
    made.save(tmp_path / "t.ods")
    assert values(open_table(tmp_path / "t.ods")) == [("one\nmore\tmore",)]


def test_hidden_columns_and_long_numbers(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["text", "secret", "number"])
    sheet.append(["good day", "s", 1234567890123450000.0])
    sheet.column_dimensions["B"].hidden = True
    sheet.column_dimensions["Z"].hidden = True
    book.save(tmp_path / "t.xlsx")
    table = open_table(tmp_path / "t.xlsx")
    assert [row.values for row in table.rows()] == [("good day", "s", 1234567890123450000)]
    assert isinstance(table.sample[0].values[2], int)
    assert table.notes == [f"1 hidden column of {str(tmp_path / 't.xlsx')!r} read like all others."]


def test_long_numbers_whose_last_digits_may_be_lost_are_said(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [("text", "id", "x"), ("one", 568883383628111872, 1e30), ("two", -(2**53), 0.1)]
    for row in [*rows, ("three", 4111111111111111, 2), ("four", "568883383628111872", 3)]:
        sheet.append(row)
    path = tmp_path / "t.xlsx"
    book.save(path)
    table = open_table(path)
    assert [row.values[1] for row in table.rows()][2:] == [4111111111111111, "568883383628111872"]
    assert oddities(table) == [
        f"2 cells of {str(path)!r} with a number of 16 digits or more, of which the last may be "
        "lost: spreadsheets keep 15. Write such numbers as text."
    ]
    list(table.parts([0]))  # of what is not read nothing is said
    assert oddities(table) == []


@pytest.mark.parametrize(("folder", "attribute"), [(b"/xl/", rb'="\1"'), (b"", rb"='\1'")])
def test_nothing_is_said_of_a_sheet_that_is_not_read(tmp_path, folder, attribute):
    other = [("text", "n"), ("good day", "=1+1"), ("x", "#N/A")]
    path = book(tmp_path / "t.xlsx", {"a>b & c": other, "Data": [("text", "n"), ("one", 1)]})
    made = openpyxl.load_workbook(path)
    made["a>b & c"].row_dimensions[2].hidden = True
    made["a>b & c"].row_dimensions[9].hidden = True  # there is nothing in it
    made["a>b & c"].column_dimensions["A"].hidden = True
    made.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:  # from the workbook on, too
        for name, data in parts.items():
            if name.endswith("workbook.xml.rels"):
                assert b'"/xl/worksheets' in data
                data = data.replace(b'"/xl/', b'"' + folder)
            if "worksheets/sheet" in name:
                data = re.sub(rb'="([^"]*)"', attribute, data)
            archive.writestr(name, data)
    assert open_table(path, sheet="Data").notes == []
    said = [note.split(" of ")[0] for note in open_table(path, sheet="1").notes]
    assert said == ["1 hidden column", "1 hidden row", "1 cell", "1 cell"]
