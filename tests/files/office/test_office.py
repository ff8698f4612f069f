"""What LibreOffice and Gnumeric save is read as a person sees it; `make` says how it was made."""

from pathlib import Path

import pytest

from likewise.files.read import open_table

HERE = Path(__file__).parent
TEXTS = [
    "the parcel arrived early; thank you",
    'she said "never again",\nand left',
    "grüße 🙂",
]
BOOKS = ["libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods", "gnumeric.xlsx", "gnumeric.ods"]
CSV = ["libreoffice-quoted.csv", "libreoffice-semicolons.csv", "libreoffice-unicode.csv"]


def column(table, name):
    return [value for _, value in table.column(name)]


@pytest.mark.parametrize("name", [*BOOKS, *CSV])
def test_texts_and_codes_are_those_of_the_sheet(name):
    table = open_table(HERE / name, sheet="Answers" if name in BOOKS else None)
    assert column(table, "text") == TEXTS
    assert column(table, "code") == ["007", "008", "009"]
    assert column(table, "key") == ["9007199254740993123", "00120", "=A1"]


@pytest.mark.parametrize("name", BOOKS)
def test_cells_of_spreadsheets_have_their_values(name):
    table = open_table(HERE / name, sheet="Answers")
    assert column(table, "day") == ["2026-02-03", "2026-02-04 15:30:00", "2026-02-05"]
    assert column(table, "share") == [0.125, 0.5, None]
    assert column(table, "sure") == [True, False, None]
    assert column(table, "total")[0] == 3


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice.xls", "gnumeric.xlsx"])
def test_merged_cells_give_their_value_to_each_row(name):
    table = open_table(HERE / name, sheet="Answers")
    assert column(table, "label") == ["praise", "praise", "question"]
    assert any("merged cells" in said for said in table.notes)


def test_merged_cells_that_are_not_known_are_said():
    table = open_table(HERE / "libreoffice.ods")
    assert column(table, "label") == ["praise", None, "question"]
    assert any("to its first row alone" in said for said in table.notes)


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice.ods", "libreoffice.xls"])
def test_a_hidden_sheet_is_not_taken(name):
    table = open_table(HERE / name)
    assert table.columns[1] == "text"
    assert any("hidden: 'Notes'" in said for said in table.notes)
