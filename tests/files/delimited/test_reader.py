"""csv and tsv: what real files look like."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import UnreadableFile
from likewise.files.aside import Aside
from likewise.files.delimited.reader import DelimitedReader
from likewise.files.guard import guard
from likewise.files.oddities import oddities
from likewise.files.read import open_table, open_texts
from tests.files.values import values


@pytest.fixture
def read(tmp_path):
    def reading(content: str | bytes, name: str = "t.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_table(path, **options)

    return reading


@pytest.mark.parametrize(
    ("delimiter", "words"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_other_separators_are_found_and_said(read, delimiter, words):
    table = read(f"a{delimiter}b\none, two{delimiter}2\n")
    assert values(table) == [("one, two", "2")]
    assert table.notes[0].endswith(f"has {words} between its cells.")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_many_blank_lines_are_passed_over_and_counted(read, monkeypatch, newline):
    monkeypatch.setattr("likewise.files.raw.source.PIECE", 20_001)
    many = 60_000 // len(newline)
    lines = ["text,n", "one,1", *[""] * many, "two,2,3", *[""] * many, "three,3", ""]
    table = read(newline.join(lines))
    assert [(row.number, *row.values) for row in table.rows()] == [
        (1, "one", "1"),
        (3, "three", "3"),
    ]
    assert [one.line for one in table.aside.first] == [many + 3]
    assert table.place(3).endswith(f"(line {2 * many + 4:,})")


def test_what_follows_an_open_mark_is_taken_piece_by_piece(read, monkeypatch):
    sizes = []
    careful = DelimitedReader._careful

    def watched(self, data, *args, **options):
        sizes.append(len(data))
        return careful(self, data, *args, **options)

    monkeypatch.setattr("likewise.files.raw.source.PIECE", 1_000)
    monkeypatch.setattr(DelimitedReader, "_careful", watched)
    table = read("text,n\n" + '"b, c",1\n' * 5_000 + '"open,0\n' + "a,1\n" * 10_000)
    assert values(table) == [("b, c", "1")] * 5_000 + [("a", "1")] * 10_000
    assert [one.line for one in table.aside.first] == [5_002]
    whole = sizes.index(max(sizes))  # the end of the mark was looked for everywhere
    assert sizes[whole] > 40_000 > 2_000 >= max(sizes[whole + 1 :])


def test_separators_within_quoted_names_do_not_count(read):
    table = read('"a;b;c;d",e\n1,2\n')
    assert table.columns == ("a;b;c;d", "e")
    assert table.notes == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(read, newline):
    content = newline.join(["text,n", '"two', 'lines",1', "", "b,2", ""])
    assert values(read(content)) == [(f"two{newline}lines", "1"), ("b", "2")]


def test_repeated_and_empty_column_names_are_told_apart(read):
    table = read("text,text,,text 2, text \na,b,c,d,e\n")
    assert table.columns == ("text", "text 2", "column 3", "text 2 2", "text 3")
    assert table.notes == [
        "Column 2 is named 'text' like one before it; it is read as 'text 2'.",
        "Column 4 is named 'text 2' like one before it; it is read as 'text 2 2'.",
        "Column 5 is named 'text' like one before it; it is read as 'text 3'.",
    ]


def test_rows_with_fewer_or_more_cells_are_set_aside_and_said(read, tmp_path):
    table = read('text,label\n1\n"two\nlines",a\nHello, world,b\nx,c\n')
    assert values(table) == [("two\nlines", "a"), ("x", "c")]
    assert [row.number for row in table.rows()] == [2, 4]
    assert table.aside.count == 2
    assert table.aside.first == [
        Aside(2, "has 1 cell, but there are 2 columns", "1"),
        Aside(5, "has 3 cells, but there are 2 columns", "Hello, world,b"),
    ]
    assert oddities(table) == [
        f"2 rows of '{tmp_path / 't.csv'}' set aside, lines 2, 5; "
        "the first has 1 cell, but there are 2 columns."
    ]


def test_strict_stops_at_the_first_damaged_row(read):
    with pytest.raises(UnreadableFile, match=r"Line 4 of .* has 3 cells, but there are 2 columns"):
        list(read('text,label\n"two\nlines",a\nHello, world,b\n', strict=True).rows())
    with pytest.raises(UnreadableFile, match=r"Line 3 of .* has a quotation mark that is never"):
        list(read('a,b\n1,x\n2,"y\n3,z\n4,"w, w"\n', strict=True).rows())


def test_ten_lines_are_named_and_all_are_kept_for_who_wants_them(read):
    table = read("text,label\n" + "x,y\n" * 30 + "x\n" * 12)
    kept = []
    table.aside.keep = kept.append
    assert len(values(table)) == 30
    assert [one.line for one in kept] == list(range(32, 44))
    assert "lines 32, 33, 34, 35, 36, 37, 38, 39, 40, 41 …;" in table.aside.sentences()[0]


def test_empty_cells_at_the_end_of_a_row_do_no_harm(read):
    assert values(read("a,b\n1,2,,\n")) == [("1", "2")]


def test_a_quotation_mark_that_is_never_closed_costs_its_row_alone(read):
    table = read('a,b\n1,"x, y"\n2,"y\n3,z\n4,"w"v\n5,"q"\n')
    assert values(table) == [("1", "x, y"), ("3", "z"), ("5", "q")]
    assert [(one.line, one.reason) for one in table.aside.first] == [
        (3, "has a quotation mark that is never closed"),
        (5, "goes on after a closing quotation mark"),
    ]


def test_quotation_marks_within_a_text_are_text(read):
    assert values(read('a,b\n1,say "hi" twice\n2,"say ""hi"""\n')) == [
        ("1", 'say "hi" twice'),
        ("2", 'say "hi"'),
    ]


def test_tsv_without_quoting_is_found_and_said(read):
    table = read('id\ttext\n1\t"Well," he said\n2\t"open\n', "t.tsv")
    assert values(table) == [("1", '"Well," he said'), ("2", '"open')]
    assert table.notes[0].startswith("Quotation marks in ")


def test_tsv_of_a_spreadsheet_is_unquoted(read):
    table = read('id\ttext\n1\t"a\tb"\n2\t"say ""hi"""\n', "t.tsv")
    assert values(table) == [("1", "a\tb"), ("2", 'say "hi"')]
    assert table.notes == []


def test_without_header_all_rows_are_data(read):
    table = read("one,1\ntwo,2\n", header=False)
    assert table.columns == ("column 1", "column 2")
    assert values(table) == [("one", "1"), ("two", "2")]
    assert [row.number for row in table.rows()] == [1, 2]


def test_nul_and_control_characters_are_kept(read):
    assert values(read("text,n\na\0b\x07,1\n")) == [("a\0b\x07", "1")]


def test_a_huge_cell_is_read(read):
    huge = "word " * 1_000_000
    assert values(read(f"text,n\n{huge},1\n")) == [(huge, "1")]


def test_guards_are_taken_off_and_counted(read, tmp_path):
    assert values(read("text\n'=1+1\n'tis\n''@x\n")) == [("=1+1",), ("'tis",), ("'@x",)]
    texts = open_texts(tmp_path / "t.csv")
    list(texts)
    assert texts.oddities() == [
        "2 cells read without the apostrophe that guards them from spreadsheets."
    ]


cells = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.text("'=+-@\t\r\n\0\",;")),
    max_size=8,
)


@given(cells)
def test_what_was_written_safely_is_read_back(rows):
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerows([("a", "b"), *(map(guard, row) for row in rows)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(content.getvalue().encode())
        assert values(open_table(path)) == rows


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("text,label\n", False),
        ("words,number\n", False),
        ("a,b\n", True),
        ("where is it,question\n", True),
    ],
)
def test_names_that_are_a_guess_are_said(read, first, said):
    rows = "some words,1\nmore words,2\n" if "number" in first else "good,up\nbad,question\n"
    table = read(first + rows)
    assert any("is taken for the names" in note for note in table.notes) == said


@pytest.mark.parametrize(("mark", "word"), [(" ", "space"), (":", "colon")])
def test_one_column_that_could_be_several_is_said(read, mark, word):
    table = read("".join(f"{n}{mark}w{n}\n" for n in range(9)), header=False)
    assert table.columns == ("column 1",)
    assert any(f"--separator {word} reads it so" in note for note in table.notes)


@given(
    st.lists(
        st.sampled_from(
            [
                "Good",
                "it rains",
                "Dear ,",
                "Sincerely,",
                'He said "no"',
                '"',
                "x; y, z",
                "P.S.",
                "a|b",
            ]
        ),
        min_size=3,
        max_size=20,
    )
)
def test_texts_alone_come_back_as_they_were_written(texts):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["text"], *([text] for text in texts)])
        table = open_table(path)
        assert values(table) == [(text,) for text in texts]
        assert table.columns == ("text",)


def test_a_log_without_names_is_no_row_names_table(read):
    table = read("2024-01-01 10:00:00,1 INFO a\n2024-01-01 10:00:01,1 WARN b, c\n" * 3)
    assert "2024-01-01 10:00:00" not in table.columns


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "shift_jis"])
def test_blocks_of_every_encoding(read, encoding):
    word = "字引" if encoding == "shift_jis" else "grüße €"
    content = "id,text\n" + "".join(f'{n},"{word}, ""{n}"""\n' for n in range(20_000))
    table = read(content.encode(encoding), encoding=None if encoding == "utf-16" else encoding)
    assert [value for _, value in table.column("text")] == [f'{word}, "{n}"' for n in range(20_000)]
    assert table.aside.count == 0


def test_separators_in_a_few_texts_that_stand_in_no_marks_are_kept(read):
    lines = ["Dear John,", "how are you, Bob", "fine", "good", "Sincerely,", "bye"]
    table = read("text\n" + "\n".join(lines) + "\n")
    assert values(table) == [(line,) for line in lines]
    assert "is read as one column, for its first line names one" in table.notes[0]
    table = read('text\n"how are you, Bob"\n' + "fine\n" * 5 + "a,\n")  # this one has marks
    assert values(table)[-1] == ("a",)
