"""Whatever bytes a file has: its texts, or one sentence; and what is written is read again."""

import gzip

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from likewise.errors import LikewiseError
from likewise.files.formats import READ, row_writer
from likewise.files.read import open_table, open_texts
from tests.fuzz.conftest import check_refusal, examples
from tests.fuzz.strategies import encodings, tables

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

ENDINGS = ["csv", "tsv", "jsonl", "txt", "parquet", "data", "csv.gz", "json", "xlsx", "zip"]


def read(path, **options):
    try:
        table = open_table(path, **options)
        rows = list(table.rows())
        texts = [text.text for text in open_texts(path, **options)]
    except LikewiseError as error:
        check_refusal(error)
        return None
    assert all(len(row.values) == len(table.columns) for row in rows)
    assert len(set(table.columns)) == len(table.columns)
    assert all(isinstance(text, str) for text in texts)
    return table, rows


@examples(150)
@given(
    content=tables(),
    ending=st.sampled_from(ENDINGS),
    format=st.one_of(st.none(), st.sampled_from(READ)),
    encoding=encodings,
    header=st.booleans(),
)
@example(content=b"{}\n{}", ending="jsonl", format=None, encoding=None, header=False)
@example(content=b"[{}]", ending="json", format=None, encoding=None, header=False)
def test_any_file(tmp_path_factory, content, ending, format, encoding, header):  # noqa: A002
    path = tmp_path_factory.mktemp("table") / f"t.{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    read(path, format=format, encoding=encoding, header=header)


@examples(60)
@given(content=tables(), written=st.sampled_from(["csv", "tsv", "jsonl", "parquet"]))
def test_what_is_written_is_read_again(tmp_path_factory, content, written):
    folder = tmp_path_factory.mktemp("table")
    (folder / "in.csv").write_bytes(content)
    found = read(folder / "in.csv")
    if found is None:
        return
    table, rows = found
    out = folder / f"out.{written}"
    try:
        with out.open("wb") as file, row_writer(written, file, table.columns, table.types) as write:
            write([row.values for row in rows])
    except LikewiseError:
        return
    again = read(out, format=written)
    if rows and written in ("parquet", "jsonl"):  # whether csv has names is guessed anew
        assert again is not None
        assert again[0].columns == table.columns
