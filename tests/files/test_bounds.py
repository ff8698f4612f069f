"""What unfolds: files of a few bytes that want gigabytes are one sentence, in flat memory."""

import contextlib
import gzip
import io
import itertools
import json
import os
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings, strategies

from likewise.errors import UnreadableFile
from likewise.files.names import unique_names
from likewise.files.options import Bounds
from likewise.files.raw.source import Source
from likewise.files.read import open_table, open_texts
from likewise.files.readers import parquet
from likewise.files.readers.pages import DICTIONARY, pages
from likewise.files.readers.spans import check_spans
from likewise.files.readers.unfolded import row_bytes, slices
from tests.files.readers.test_sheets import SHEET, book, packed
from tests.panics import PanicException

MEMORY = 1_000_000_000
"""Bytes of address space beside what the imports take: no bomb may need more."""


def dictionary_bomb(path):
    entry = pa.DictionaryArray.from_arrays(pa.array([0] * 1024, pa.int32()), ["a" * 4_000_000])
    table = pa.table({"text": entry, "label": pa.array(["x", "y"] * 512)})
    pq.write_table(table, path, compression="zstd", store_schema=False,
                   dictionary_pagesize_limit=100_000_000)  # fmt: skip


def list_bomb(path):
    column = pa.ListArray.from_arrays([0, 30_000_000], pa.nulls(30_000_000, pa.int8()))
    pq.write_table(pa.table({"text": ["a"], "list": column}), path, compression="zstd")


def alike(entry, values, ends=(0, 20_000, 40_000)):
    """Lists whose values are all one entry of a dictionary."""
    entries = pa.DictionaryArray.from_arrays(pa.array([0] * values, pa.int32()), [entry])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), entries)


def shared_bomb(path):
    pq.write_table(pa.table({"l": alike("b" * 100_000, 40_000)}), path, compression="zstd",
                   store_schema=False, dictionary_pagesize_limit=100_000_000)  # fmt: skip


def overlapping(path):
    """Lists that all name the same values: of 400 kB each of a thousand rows would have 40 MB."""
    times = 100
    values = alike("b" * 400_000, times, ends=(0, times)).values
    begin, sizes = pa.array([0] * 1_000, pa.int32()), pa.array([times] * 1_000, pa.int32())
    arrow(path, pa.table({"l": pa.ListViewArray.from_arrays(begin, sizes, values)}), "zstd")


def endless(content):
    return lambda path: path.write_bytes(gzip.compress(content))


BOMBS = {
    "dictionary.parquet": (dictionary_bomb, "unfolds to more than"),
    "list.parquet": (list_bomb, "values in the lists"),
    "shared.parquet": (shared_bomb, "Row 1 of"),
    "shared.arrow": (
        lambda p: arrow(p, pa.table({"l": alike("b" * 100_000, 40_000)}), "zstd"),
        "Row 1 of",
    ),
    "overlapping.arrow": (overlapping, "Row 1 of"),
    "line.txt.gz": (endless(b"a" * 18_000_000), "is longer than 16,777,216 characters"),
    "line.jsonl.gz": (endless(b'{"text": "' + b"a" * 18_000_000), "is longer than"),
    "line.csv.gz": (endless(b"text,n\n" + b"a" * 18_000_000), "is longer than"),
    "head.csv.gz": (endless(b"a" * 18_000_000), "is longer than"),
    "columns.csv": (
        lambda p: p.write_text("a," * 60_000 + "a\n" + "x\n" * 4_900),
        "60,001 columns",
    ),
    "names.csv": (lambda p: p.write_text("a," * 60_000 + "a\n"), "60,001 columns"),
}


def test_a_bomb_is_one_sentence_in_flat_memory(tmp_path):
    for name, (make, _) in BOMBS.items():
        make(tmp_path / name)
    # one process for all: what each needs beside the imports is not freed for the next
    code = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from likewise.errors import LikewiseError
        from likewise.files.read import open_table, open_texts
        import pyarrow.parquet, pyarrow.compute, pyarrow.csv, numpy
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + int(sys.argv[1]), now + int(sys.argv[1])))
        for path in sys.argv[2:]:
            try:
                for _ in open_table(path, columns=True).rows():
                    pass
            except LikewiseError as error:
                print(Path(path).name, error.problem)
    """)
    paths = [str(tmp_path / name) for name in BOMBS]
    done = subprocess.run(
        [sys.executable, "-c", code, str(MEMORY), *paths],
        capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"ARROW_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert {name: said in told.get(name, "") for name, (_, said) in BOMBS.items()} == dict.fromkeys(
        BOMBS, True
    ), done.stdout


@pytest.mark.parametrize("name", ["t.txt", "t.csv", "t.tsv", "t.jsonl", "t.json"])
@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" ", b"\t\n"], ids=repr)
def test_blank_lines_without_end_are_refused(tmp_path, monkeypatch, name, blank):
    monkeypatch.setattr("likewise.files.raw.source._BLANK", 500_000)
    row = b'{"text": "one"}\n' if name.startswith("t.json") else b"text,label\none,a\n"
    lines = row + blank * (1_600_000 // len(blank)) + b"\n" + row
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(lines, 1))
    with pytest.raises(UnreadableFile, match="500,000 blank characters with hardly anything"):
        list(open_table(tmp_path / f"{name}.gz", columns=True).rows())


def test_an_open_mark_before_a_long_table_costs_its_row(tmp_path):
    rows = "".join(f"{n},{'some words ' * 10},x\n" for n in range(6_000))
    (tmp_path / "t.csv").write_text(f'id,text,label\n0,"open,x\n{rows}')
    table = open_table(tmp_path / "t.csv", bounds=Bounds(characters=300_000))
    assert sum(1 for _ in table.column("text")) == 6_000
    assert [one.line for one in table.aside.first] == [2]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"text,n\n" + (b"a,1\n" * 3 + b"a,1,2,3\n") * 200),
        ("t.jsonl", b'{"text":"a"}\n' * 600 + b"{\n" * 200),
    ],
)
def test_rows_that_are_set_aside_have_a_bound_where_cells_have_one(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert sum(1 for _ in open_table(path, columns=True).rows()) == 600
    with pytest.raises(UnreadableFile, match=r"more than 100 rows that can't be understood"):
        for _ in open_table(path, columns=True, bounds=Bounds(cells=2_000)).rows():
            pass


def test_names_are_made_different_in_one_go():
    names, notes = unique_names(["a"] * 50_000)
    assert len(set(names)) == 50_000
    assert names[-1] == "a 50000"
    assert len(notes) == 6
    taken = [f"a {n}" for n in range(2, 20_000)]
    names, _ = unique_names([*taken, *["a"] * 20_000])
    assert len(set(names)) == len(names)


def test_cells_and_lists_are_counted_before_they_are_made(tmp_path):
    pq.write_table(pa.table({f"c{n}": [0] * 3_000 for n in range(1_000)}), tmp_path / "t.parquet")
    with pytest.raises(UnreadableFile, match="3,000,000 cells; the most is 2,000,000"):
        open_table(tmp_path / "t.parquet", bounds=Bounds(cells=2_000_000))
    (tmp_path / "t.json").write_text(json.dumps([{}] * 300))
    with pytest.raises(UnreadableFile, match="more than 200 objects and lists"):
        open_table(tmp_path / "t.json", bounds=Bounds(cells=200))


def inline(path, text):
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{said}</t></is></c></row>'
        for row, said in enumerate(("text", "short", text), 1)
    )
    packed(book(path, {"S": [("text",)]}), "xl/worksheets/sheet1.xml", SHEET.format(cells))


def shared(path, text):
    texts = f"<sst><si><t>text</t></si><si><t>{text}</t></si></sst>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", texts)
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("[Content_Types].xml", "<Types/>")  # by this a workbook is known


def of_text(text):
    return pa.table({"text": ["short", text]})


CELLS = {
    "t.json": lambda path, text: path.write_text(json.dumps([{"text": "short"}, {"text": text}])),
    "t.jsonl": lambda path, text: path.write_text(f'{{"text": "short"}}\n{{"text": "{text}"}}'),
    "nested.json": lambda path, text: path.write_text(
        json.dumps([{"text": "short"}, {"text": ["a"] * (len(text) // 4 + 1)}])
    ),
    "t.parquet": lambda path, text: pq.write_table(of_text(text), path),
    "dictionary.parquet": lambda path, text: pq.write_table(
        pa.table({"text": pa.array(["short", text]).dictionary_encode()}), path
    ),
    "nested.parquet": lambda path, text: pq.write_table(
        pa.table({"text": [["a"], ["a"] * (len(text) // 5 + 1)]}), path
    ),
    "t.feather": lambda path, text: feather.write_feather(of_text(text), str(path)),
    "t.xlsx": lambda path, text: book(path, {"S": [("text",), ("short",), (text,)]}),
    "inline.xlsx": inline,
    "t.txt": lambda path, text: path.write_text(f"short\n{text}\n"),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_longer_than_any_text_is_one_sentence_in_every_format(tmp_path, name):
    bounds = Bounds(characters=2_000)
    CELLS[name](tmp_path / name, "x" * 1_900)
    assert len(list(open_table(tmp_path / name, bounds=bounds).rows())) == 2
    CELLS[name](tmp_path / name, "x" * 2_100)
    with pytest.raises(UnreadableFile, match="longer than 2,000 characters"):
        list(open_table(tmp_path / name, bounds=bounds).rows())


def test_a_cell_of_a_sheet_is_measured_before_it_is_made(tmp_path):
    for make in (inline, shared):
        make(tmp_path / "t.xlsx", "x" * 4_000_000)
        source = Source(tmp_path / "t.xlsx", bounds=Bounds(characters=300_000))
        with source.seekable() as file, pytest.raises(UnreadableFile, match="longer than 300,000"):
            check_spans(file, source, source.bounds)


SHEET_LISTS = {
    "xl/workbook.xml": '<sheet name="S" r:id="r1"/>',
    "xl/_rels/workbook.xml.rels": '<Relationship Id="r1" Target="worksheets/sheet1.xml"/>',
}


TAGS = ("<row ", "<c><v ", "<f ", "<table:table-row ", "</f>" + " " * 9_999)


@pytest.mark.parametrize(
    ("member", "again"),
    [
        *itertools.product(("xl/worksheets/sheet1.xml", "content.xml"), TAGS),
        *zip(SHEET_LISTS, ("<sheet ", "<Relationship Id='"), strict=True),
    ],
)
def test_tags_without_end_are_looked_at_once(tmp_path, member, again):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("xl/sharedStrings.xml", "<sst><si/></sst>")
        for name, known in SHEET_LISTS.items():
            made.writestr(name, known + (again * (1_000_000 // len(again))) * (name == member))
        if member not in SHEET_LISTS:
            made.writestr(member, again * (1_000_000 // len(again)))
    source = Source(book(tmp_path / "t.xlsx", {"Data": [["text"]]}))
    with held as file:
        found = check_spans(file, source, source.bounds)
    assert not any(one.hidden for one in found)
    assert len(found) == (member != "content.xml")


@pytest.mark.parametrize("again", ["-", "=", ".", " ", "_ ", "|", "+", "-|", '"', "a@", "(0"])
@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.md", "t.json"])
def test_a_long_line_of_signs_is_looked_at_once(tmp_path, name, again):
    line = "a" + again * (300_000 // len(again)) + "b,"
    (tmp_path / name).write_text(f"{line}\n{again * 100_000}x\n--|--\n{line}\n")
    with contextlib.suppress(UnreadableFile):
        assert sum(1 for _ in open_table(tmp_path / name).rows()) < 5


def test_the_name_of_a_column_is_no_text(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps([{"n" * 3_000: "a"}]))
    with pytest.raises(UnreadableFile, match="whose name has 3,000 characters"):
        open_table(tmp_path / "t.json", bounds=Bounds(characters=2_000))


FAR = {
    "single quotes": "<row r='1'><c r='A1'><v>0</v></c></row><row><c r='XFD9000000'/></row>",
    "small letters": '<row r="1"><c r="a1"><v>0</v></c></row><row><c r="xfd9000000"/></row>',
    "blanks": '<row r="1"><c r = "A1"><v>0</v></c></row><row r\n=\t"9"><c r= "XFDA9000000"/></row>',
    "many figures": '<row r="4294967295"><c r="ZZZZZZ4294967295"><v>1</v></c></row>',
    "row alone": '<row r="1"><c><v>1</v></c><c/></row><row r="4000000000"><c><v>1</v></c></row>',
    "entity": '<row r="1"><c r="&#65;1"><v>0</v></c></row>',
    "prefix": "<x:row><x:c><x:v>1</x:v></x:c></x:row>" * 9_000 + "<x:row>" + "<x:c/>" * 9_000,
    "long row": "<row/>" * 60 + "<row>" + "<c/>" * 600_000 + "</row>",
}  # fmt: skip


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR)
def test_no_way_to_write_a_place_hides_how_far_a_sheet_reaches(tmp_path, rows):
    packed(
        book(tmp_path / "t.xlsx", {"S": [("a",)]}), "xl/worksheets/sheet1.xml", SHEET.format(rows)
    )
    with pytest.raises(UnreadableFile, match=r"spans .* cells; the most is"):
        open_table(tmp_path / "t.xlsx")


CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="S"><table:table-row><table:table-cell {} office:value-type="string">'
    "<text:p>a</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
    "</office:body></office:document-content>"
)


@pytest.mark.parametrize(
    "said",
    ['="1000000000"', "='1000000000'", ' = "18446744073709551615"', '="&#49;000000000"', '="-1"'],
)
def test_no_way_to_write_a_number_hides_how_often_a_cell_is_repeated(tmp_path, said):
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", CONTENT.format(f"table:number-columns-repeated{said}"))
    with pytest.raises(UnreadableFile, match=r"spans .* cells; the most is"):
        open_table(tmp_path / "t.ods")


@pytest.mark.parametrize("many", ["1000000000", "18446744073709551616", "&#49;000000000", "70000"])
def test_blanks_of_a_cell_are_counted_before_they_are_made(tmp_path, many):
    blanks = f"<text:p>a<text:s text:c='{many}'/>b"
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", CONTENT.format("").replace("<text:p>a", blanks))
    with pytest.raises(UnreadableFile, match=r"longer than 20,000 characters|unfolds to more"):
        open_table(tmp_path / "t.ods", bounds=Bounds(characters=20_000))


def test_a_visitors_file_is_not_cut_into_countless_parts(tmp_path):
    pq.write_table(pa.table({"text": ["a"] * 300}), tmp_path / "t.parquet", row_group_size=1)
    assert len(list(open_table(tmp_path / "t.parquet").rows())) == 300
    with pytest.raises(UnreadableFile, match="cut into 300 parts"):
        open_table(tmp_path / "t.parquet", bounds=Bounds(cells=20_000))


def test_a_library_that_panics_is_one_sentence(tmp_path, monkeypatch):
    def panic(_):
        raise PanicException("capacity overflow")

    monkeypatch.setattr("python_calamine.CalamineWorkbook.from_filelike", panic)
    with pytest.raises(UnreadableFile, match="can't be read as a spreadsheet"):
        open_table(book(tmp_path / "t.xlsx", {"S": [("a",)]}))


def arrow(path, table, compression=None, *, stream=False):
    opener = pa.ipc.new_stream if stream else pa.ipc.new_file
    how = pa.ipc.IpcWriteOptions(compression=compression)
    with opener(str(path), table.schema, options=how) as file:
        file.write_table(table)


ZEROS = pa.table({"a": np.zeros(100_000), "text": ["a"] * 100_000})
MANY = pa.nulls(200_000)
AGAIN = pa.RunEndEncodedArray.from_arrays(pa.array([900_000], pa.int32()), ["a" * 500])
LISTS = pa.FixedSizeListArray.from_arrays(pa.nulls(3_000), 3_000)
UNFOLD = {
    "zstd.arrow": (lambda path: arrow(path, ZEROS, "zstd"), "A part of .* unpacks to 1,[23]"),
    "lz4.arrow": (lambda path: arrow(path, ZEROS, "lz4"), "A part of .* unpacks to"),
    "stream.arrow": (lambda p: arrow(p, ZEROS, "zstd", stream=True), "A part of .* unpacks to"),
    "t.feather": (lambda p: feather.write_feather(ZEROS, str(p)), "unfolds to more than"),
    "nulls.arrow": (lambda path: arrow(path, pa.table({"text": MANY})), "unfolds to more than"),
    "again.arrow": (lambda path: arrow(path, pa.table({"text": AGAIN})), "unfolds to more than"),
    "list.arrow": (
        lambda path: arrow(path, pa.table({"text": LISTS})),
        "a list of more than 2,000",
    ),
    "nulls.parquet": (
        lambda path: pq.write_table(pa.table({"text": MANY}), path),
        "unfolds to more than",
    ),
    "page.parquet": (
        lambda path: pq.write_table(
            pa.table({"text": ["a" * 10_000] * 300}),
            path,
            compression="zstd",
            use_dictionary=False,
            data_page_size=10**8,
        ),
        "A part of .* unpacks to",
    ),
}


@pytest.mark.parametrize("name", UNFOLD)
def test_what_unpacks_at_once_is_measured_before_it_is(tmp_path, name):
    make, said = UNFOLD[name]
    make(tmp_path / name)
    bounds = Bounds(characters=2_000, unfolded=1_000_000)
    with pytest.raises(UnreadableFile, match=said):
        for _ in open_table(tmp_path / name, columns=True, bounds=bounds).parts(None):
            pass


def test_a_value_that_all_rows_share_is_copied_for_some_rows_at_a_time(tmp_path):
    shared = pa.DictionaryArray.from_arrays(np.zeros(500, np.int32), ["a" * 1_000_000])
    views = pa.array(["a" * 1_000_000] * 90).cast(pa.string_view())
    for column, rows in ((shared, 500), (views, 90)):
        arrow(tmp_path / "t.arrow", pa.table({"text": column}), "zstd")
        parts = [len(part.numbers) for part in open_table(tmp_path / "t.arrow").parts(None)]
        assert max(parts) <= 67
        assert sum(parts) == rows
    wide = pa.array([b"a" * 1_000_000] * 70, pa.binary(1_000_000))
    pq.write_table(pa.table({"wide": wide}), tmp_path / "t.parquet", compression="zstd")
    table = open_table(tmp_path / "t.parquet", columns=True)
    assert max(len(part.numbers) for part in table.parts(None)) <= 67


NESTED = {
    "lists": pa.array([["a", "b"], None, ["b", None], []], pa.list_(pa.large_string())),
    "deeper": pa.array(
        [[["a"], []], [], None, [["b", None], None]], pa.list_(pa.list_(pa.string()))
    ),
    "pairs": pa.array([[("a", "b")], [], None, [("b", None)]], pa.map_(pa.string(), pa.string())),
    "records": pa.array([[{"a": "b", "n": 1}], [], None, [{"a": None, "n": 2}]]),
    "in record": pa.array([{"a": ["b"]}, None, {"a": None}, {"a": []}]),
    "bytes": pa.array([[b"\xff"], [b"a"], [], None]),
    "views": pa.array([["a", "b"], None, ["b", None], []], pa.list_(pa.string_view())),
    "list views": pa.array([["a", "b"], None, ["b", None], []], pa.list_view(pa.string())),
    "text": pa.array(["a", "b", None, "a"]),
}


@pytest.mark.parametrize("stored", [True, False])
def test_lists_that_are_read_by_their_entries_are_the_same(tmp_path, monkeypatch, stored):
    pq.write_table(pa.table(NESTED), tmp_path / "t.parquet", store_schema=stored)

    def rows(places):
        table = open_table(tmp_path / "t.parquet", columns=True)
        found = [[*zip(*part.cells, strict=True)] for part in table.parts(places)]
        cells = [row for part in found for row in part]
        return cells, [[getattr(cell, "array", None) for cell in row] for row in cells]

    every = [None, [0], [2, 6], [6, 1]]
    expected = [rows(places) for places in every]
    monkeypatch.setattr(parquet, "BATCH", 1)
    assert [rows(places) for places in every] == expected


@settings(max_examples=50)
@given(strategies.data())
def test_what_a_row_takes_is_known_before_it_is_made(data):
    value = strategies.none() | strategies.text("ab", max_size=9)
    cells = data.draw(strategies.lists(strategies.none() | strategies.lists(value, max_size=4)))
    lists = pa.array(cells, pa.list_(pa.string()))
    entries = pa.ListArray.from_arrays(lists.offsets, lists.values.dictionary_encode())
    record = pa.StructArray.from_arrays([lists], ["l"]) if cells else lists
    start = data.draw(strategies.integers(0, len(cells)))
    sizes = [2 + sum(len(text or "") for text in cell or []) for cell in cells[start:]]
    assert row_bytes(lists[start:]).tolist() == sizes
    assert row_bytes(entries[start:]).tolist() == sizes
    many = pa.array([len(cell or []) for cell in cells], pa.int32())
    views = pa.ListViewArray.from_arrays(lists.offsets[:-1], many, lists.values)
    assert row_bytes(views[start:]).tolist() == sizes
    if cells:
        assert row_bytes(record[start:]).tolist() == [2 + size for size in sizes]
    found = list(slices([lists], 3, 10))
    assert [first for first, _ in found] == [
        sum(n for _, n in found[:at]) for at in range(len(found))
    ]
    assert sum(rows for _, rows in found) == len(cells)
    whole = row_bytes(lists)
    assert all(rows == 1 or whole[at : at + rows].sum() <= 10 for at, rows in found)


def test_pages_are_as_large_as_the_reader_finds_them(tmp_path):
    texts = [f"{n} " * 50 for n in range(3_000)]
    for how in (
        {},
        {"use_dictionary": False},
        {"data_page_version": "2.0"},
        {"compression": "none"},
    ):
        table = pa.table({"text": texts, "n": range(3_000), "l": [[1, 2]] * 3_000})
        pq.write_table(table, tmp_path / "t.parquet", data_page_size=5_000, **how)
        with (
            pq.ParquetFile(tmp_path / "t.parquet") as file,
            (tmp_path / "t.parquet").open("rb") as raw,
        ):
            for place in range(file.metadata.num_columns):
                column = file.metadata.row_group(0).column(place)
                found = list(pages(raw, column))
                assert sum(size for _, size in found) <= column.total_uncompressed_size
                assert len(found) > 1 or place
                has = any(kind == DICTIONARY for kind, _ in found)
                assert has == (column.dictionary_page_offset is not None)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"   \n"])
@pytest.mark.parametrize("name", ["t.csv", "t.txt"])
def test_blank_lines_by_the_thousand(tmp_path, name, end):
    path = tmp_path / name
    many = 20_000
    path.write_bytes(b"id,text\n1,good day\n" + end * many + b"2,bad day\n" + end * many + b"3\n")
    texts = open_texts(path)
    held = [(text.row, text.text) for text in texts]
    if name == "t.csv":
        assert held == [(1, "good day"), (2, "bad day")]
        assert texts.table.aside.first[0].line == 2 * many + 4
    else:
        assert held[:2] == [(1, "id,text"), (2, "1,good day")]
        assert held[2:] == [(many + 3, "2,bad day"), (2 * many + 4, "3")]
        assert texts.missing == 2 * many


def test_what_lists_in_lists_take_is_counted_beyond_64_bits():
    size, column = 65_536, pa.array(["a"] * 65_536)
    begin = pa.array([0] * size, pa.int32())
    for times in (size, size, size, 16_384, 2):  # together 2 to the 63rd
        many = pa.array([times] * size, pa.int32())
        column = pa.ListViewArray.from_arrays(begin, many, column)
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2**47]), pa.array(["a" * size]))
    ends = pa.array([0] + [2**47] * size)
    record = pa.StructArray.from_arrays([column, pa.LargeListArray.from_arrays(ends, runs)], "ab")
    assert row_bytes(column).min() > 10**12
    assert row_bytes(record.field(1))[0] > 10**12
    assert row_bytes(record).min() > 10**12
    few = itertools.islice(slices([column, record], 9, 10**9), 3)
    assert [rows for _, rows in few] == [1, 1, 1]


def test_a_file_that_says_it_has_more_values_than_there_are(tmp_path):
    lists = pa.LargeListArray.from_arrays(pa.array([0, 77_777]), pa.nulls(77_777))
    table, path = pa.table({"text": ["x"], "l": lists}), tmp_path / "t.arrow"
    with pa.ipc.new_stream(path, table.schema) as stream:
        stream.write_table(table)
    said = path.read_bytes()
    path.write_bytes(said.replace((77_777).to_bytes(8, "little"), (2**62).to_bytes(8, "little")))
    with pytest.raises(UnreadableFile, match="has 4,611,686,018,427,387,904 values"):
        list(open_table(path, columns=True).rows())
