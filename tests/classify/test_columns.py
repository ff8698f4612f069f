"""Labelled texts from tables as people have them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.classify.data.columns import read_labelled
from likewise.classify.data.guesses import guess_columns
from likewise.errors import ColumnMissing, InvalidLabels, UnreadableFile
from likewise.files.read import open_table

GOOD = [(f"so very good {n}", "up") for n in range(4)]
BAD = [(f"quite bad {n}", "down") for n in range(4)]


def table_of(tmp_path, raw: str | bytes, name: str = "t.csv", **options):
    path = tmp_path / name
    path.write_bytes(raw.encode("utf-8") if isinstance(raw, str) else raw)
    return open_table(path, columns=True, **options)


def csv(rows=(*GOOD, *BAD), header: str = "text,label", end: str = "\n") -> str:
    return header + end + "".join(f"{text},{label}{end}" for text, label in rows)


@pytest.mark.parametrize(
    "raw",
    [
        csv().encode("utf-8-sig"),
        csv(end="\r\n").encode(),
        csv(end="\r").encode(),
        csv().encode("utf-16"),
        csv().replace(",", ";").encode(),
        csv().replace(",", "\t").encode(),
        csv(header=" text , label ").encode(),
        csv(header="TEXT,Label").encode(),
        csv(header='"text","label"').encode(),
        csv().rstrip("\n").encode(),
        csv().replace("quite", "\n\n\nquite", 1).encode(),
    ],
    ids=["BOM", "CRLF", "CR", "UTF-16", "semicolons", "tabs", "spaces in the header", "capitals",
         "quoted header", "no last newline", "blank lines"],
)  # fmt: skip
def test_a_table_however_it_is_written(tmp_path, raw):
    found = read_labelled(table_of(tmp_path, raw))
    assert list(zip(found.texts, found.answers, strict=True)) == [*GOOD, *BAD]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"two\nlines, and ""marks"""', 'two\nlines, and "marks"'),
        ("今日はとても良い日です", "今日はとても良い日です"),
        ("يوم سيء", "يوم سيء"),
        ("👩‍👩‍👧 hooray", "👩‍👩‍👧 hooray"),
        ("word " * 50_000, "word " * 50_000),
        ("'=1+1", "=1+1"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("  indented", "  indented"),
        ("NA", "NA"),
    ],
    ids=["newline", "Japanese", "Arabic", "emoji", "long", "formula", "tags", "spaces", "NA"],
)
def test_a_text_comes_as_it_stands(tmp_path, cell, text):
    found = read_labelled(
        table_of(tmp_path, csv([*GOOD, (cell, "up")])), text="text", label="label"
    )
    assert found.texts[-1] == text


@pytest.mark.parametrize(
    "label", ["😀", "良い", "up ", "UP", "001", "1.0", "NA", "null", "a | b", "x" * 999]
)
def test_a_label_comes_as_it_stands(tmp_path, label):
    found = read_labelled(table_of(tmp_path, csv([*GOOD, ("bad", label)])))
    assert found.answers[-1] == label


def test_labels_of_jsonl_keep_their_kind_and_null_is_left_out(tmp_path):
    rows = [{"text": "a b", "label": 1}, {"text": "c d", "label": None}, {"text": "e f"},
            {"text": "g h", "label": True}, {"text": "i j", "label": 2.5}]  # fmt: skip
    raw = "".join(json.dumps(row) + "\n" for row in rows)
    found = read_labelled(table_of(tmp_path, raw, "t.jsonl"), text="text", label="label")
    assert found.answers == [1, True, 2.5]
    assert [type(answer) for answer in found.answers] == [int, bool, float]
    assert "2 rows without label left out." in found.notes


def test_rows_are_counted_as_in_the_file(tmp_path):
    raw = csv([("", "up"), GOOD[0], ("  ", "up"), ("left", ""), BAD[0]])
    found = read_labelled(table_of(tmp_path, raw))
    assert found.rows == [2, 5]
    assert [found.row(0), found.row(1)] == [2, 5]
    assert "2 rows without text left out." in found.notes
    assert "1 row without label left out." in found.notes


def test_texts_may_be_numbers_beside_a_column_named_label(tmp_path):
    raw = csv([(n, "even" if n % 2 == 0 else "odd") for n in range(20)])
    found = read_labelled(table_of(tmp_path, raw))
    assert (found.text_column, found.answer_column) == ("text", "label")
    assert found.texts[:2] == ["0", "1"]
    guess = guess_columns(table_of(tmp_path, raw))
    assert (guess.text, guess.label, guess.why) == ("text", "label", None)


def test_a_topic_may_be_a_text(tmp_path):
    raw = "topic,stars\n" + "".join(f"what they said of {n},{n % 3}\n" for n in range(9))
    guess = guess_columns(table_of(tmp_path, raw))
    assert (guess.text, guess.label) == ("topic", "stars")


def test_no_label_column(tmp_path):
    with pytest.raises(ColumnMissing, match="no column that looks like labels"):
        read_labelled(table_of(tmp_path, "text\na b\nc d\n"))
    assert guess_columns(table_of(tmp_path, "text\na b\nc d\n")).why == (
        "The table has only one column, 'text'. Labels need a column of their own."
    )


@pytest.mark.parametrize("target", ["3,5", "nan", "many", "true", "1e999"])
def test_what_is_no_number(tmp_path, target):
    raw = csv([(text, 1) for text, _ in GOOD], "text,stars") + f'the last,"{target}"\n'
    with pytest.raises(InvalidLabels, match=r"Row 5 of .* \(line 6\) has"):
        read_labelled(table_of(tmp_path, raw), target="stars")


def test_a_wrong_encoding_names_the_byte(tmp_path):
    raw = csv([*GOOD, ("café", "up")]).encode("cp1252")
    with pytest.raises(UnreadableFile, match=f"line 6, byte {raw.index(0xE9) + 1} is 0xE9"):
        read_labelled(table_of(tmp_path, raw))
    found = read_labelled(table_of(tmp_path, raw, encoding="cp1252"))
    assert found.texts[-1] == "café"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            {},
            "--text and --label name others, --target 'stars' predicts numbers instead of labels.",
        ),
        ({"target": "stars"}, "numbers from 'stars'; --text names another."),
        ({"label": "stars"}, "labels from 'stars'; --text names another."),
        (
            {"text": "text"},
            "--label names another, --target 'stars' predicts numbers instead of labels.",
        ),
    ],
)
def test_the_options_that_name_other_columns(tmp_path, named, said):
    rows = "".join(f"good thing {row},{row % 5}\n" for row in range(20))
    (tmp_path / "a.csv").write_text(f"text,stars\n{rows}")
    [note] = read_labelled(open_table(tmp_path / "a.csv"), **named).notes
    assert note.startswith("Texts are read from column 'text', ")
    assert note.endswith(said)


def test_two_numbers_are_labels(tmp_path):
    rows = "".join(f"good thing {row},{row % 2}\n" for row in range(20))
    (tmp_path / "a.csv").write_text(f"text,spam\n{rows}")
    assert "--target" not in read_labelled(open_table(tmp_path / "a.csv")).notes[0]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_lists_are_several_labels(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    texts, labels = ["one text", "another text", "a third"], [["b"], ["b", "a"], []]
    if ending == "parquet":
        pq.write_table(pa.table({"text": texts, "label": labels}), path)
    else:
        rows = [{"text": t, "label": y} for t, y in zip(texts, labels, strict=True)]
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = read_labelled(open_table(path), text="text", label="label")
    assert found.sets == [("b",), ("a", "b"), ()]
    assert found.spelling.kind == "list"
    with pytest.raises(InvalidLabels, match=r"Row 1 of .* has a list in column 'label'") as error:
        read_labelled(open_table(path), text="text", label="label", several=False)
    assert "leave out --no-multi" in error.value.remedy


def test_a_list_among_labels_and_among_numbers(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": "a", "label": "billing"}\n{"text": "b", "label": ["angry"]}\n', encoding="utf-8"
    )
    found = read_labelled(open_table(path), text="text", label="label")
    assert found.sets == [("billing",), ("angry",)]
    path.write_text('{"text": "a", "n": [1, 2]}\n', encoding="utf-8")
    with pytest.raises(InvalidLabels, match=r"Row 1 of .* has a list in column 'n'"):
        read_labelled(open_table(path), text="text", target="n")


def test_rows_that_a_person_did_not_accept_teach_nothing(tmp_path):
    from likewise.classify.data.look import look

    said = ["accept", "reject", "Accept", "IGNORE", "accept ", "Reject"]
    rows = [
        {"text": f"good day {at}", "label": "up", "answer": answer}
        for at, answer in enumerate(said)
    ]
    table = table_of(tmp_path, "\n".join(map(json.dumps, rows)), "t.jsonl")
    found = read_labelled(table)
    assert found.texts == ["good day 0", "good day 2", "good day 4"]
    sentence = (
        "3 rows without an accepted label: their 'answer' is reject or ignore, and nothing is "
        "learned from them."
    )
    assert sentence in found.notes
    assert sentence in look(table).notes
    # where these are the labels themselves, or an answer is something else, all are learned from
    assert len(read_labelled(table, label="answer").texts) == 6
    other = table_of(tmp_path, "text,label,answer\na b,x,accept\nc d,y,yes it is\n")
    assert len(read_labelled(other).texts) == 2


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (["2026-01-01", 2025], "line 2.* has the number 2025 in column 'day', where .* have dates"),
        ([7, 8, "2026-01-01"], "line 3.* has the date '2026-01-01' .*, where rows .* have numbers"),
    ],
)
def test_times_are_all_dates_or_all_numbers(tmp_path, days, said):
    path = tmp_path / "a.jsonl"
    rows = [{"text": f"t{row}", "label": "x", "day": day} for row, day in enumerate(days)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(InvalidLabels, match=said):
        read_labelled(open_table(path), text="text", label="label", time="day")
