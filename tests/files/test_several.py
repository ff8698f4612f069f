"""Several files as one table, and where rows go that are set aside."""

import pytest

from likewise.errors import FileMissing, UnreadableFile
from likewise.files.oddities import oddities
from likewise.files.read import open_table
from likewise.files.rejected import keeping_rejected
from likewise.files.several import (
    expanded,
    named_by_folders,
    open_several_texts,
    open_tables,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\none,x\ntwo\nthree,y\n")
    (tmp_path / "b.jsonl").write_text('{"text": "four", "note": 1}\n')
    (tmp_path / "c.csv.gz").write_bytes(b"")
    (tmp_path / "c.csv.gz").unlink()
    (tmp_path / ".hidden.csv").write_text("text\nno\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "a.csv.rejected.csv").write_text("line,reason,row\r\n")
    return tmp_path


def test_files_make_one_table(folder):
    table = open_tables([str(folder)])
    assert table.columns == ("text", "label", "note")
    assert [(row.number, row.values) for row in table.rows()] == [
        (1, ("one", "x", None)),
        (3, ("three", "y", None)),
        (4, ("four", None, 1)),
    ]
    assert table.notes[0] == "2 files are read as one table; its rows are counted through."
    assert [(one.line, one.raw) for one in table.aside.first] == [(3, "two")]
    assert "a.csv" in table.aside.first[0].reason
    texts = open_several_texts([str(folder / "b.jsonl"), str(folder / "a.csv")], column="text")
    assert [text.text for text in texts] == ["four", "one", "three"]
    assert texts.count() == 3


def test_patterns_folders_and_names(folder):
    a, b = str(folder / "a.csv"), str(folder / "b.jsonl")
    assert expanded([str(folder)]) == [a, b]
    assert expanded([str(folder / "*.jsonl"), a, b]) == [b, a]
    assert expanded(["-"]) == ["-"]
    with pytest.raises(FileMissing, match="No file matches"):
        expanded([str(folder / "*.tsv")])
    (folder / "empty").mkdir()
    with pytest.raises(UnreadableFile, match="is a folder without tables"):
        expanded([str(folder / "empty")])
    strange = folder / "[1].csv"
    strange.write_text("text\na\n")
    assert expanded([str(strange)]) == [str(strange)]


def test_a_strict_reading_of_several_files_stops(folder):
    with pytest.raises(UnreadableFile, match=r"Line 3 of .*a\.csv"):
        list(open_tables([str(folder)], strict=True).rows())


def test_rows_that_are_set_aside_are_kept_beside_the_output(tmp_path):
    (tmp_path / "t.csv").write_bytes(
        'text,label\né,x\n=1;"2",3,4\ncaf@,y\nö,y\n'.encode().replace(b"@", b"\xe9")
    )
    table = open_table(tmp_path / "t.csv")
    out = tmp_path / "out.csv"
    with keeping_rejected(table.aside, out):
        assert len(list(table.rows())) == 2
    kept = tmp_path / "out.csv.rejected.csv"
    found = open_table(kept)
    assert found.columns == ("line", "reason", "row")
    assert [(row.values[0], row.values[2]) for row in found.rows()] == [
        ("3", '=1;"2",3,4'),
        ("4", "caf\\udce9,y"),
    ]
    assert f"They are in {kept}." in oddities(table)[0]


def test_what_an_earlier_run_kept_is_forgotten_and_a_strangers_file_is_not(tmp_path):
    (tmp_path / "t.csv").write_text("text,label\na,x\nb\n")
    kept = tmp_path / "o.npy.rejected.csv"
    kept.write_text("mine\n")
    table = open_table(tmp_path / "t.csv")
    for _ in range(2):
        with keeping_rejected(table.aside, tmp_path / "o.npy"):
            list(table.rows())
    assert (tmp_path / "o.npy.rejected-1.csv").read_text() == "mine\n"
    assert len(list(tmp_path.glob("*rejected*"))) == 2
    (tmp_path / "t.csv").write_text("text,label\na,x\n")
    table = open_table(tmp_path / "t.csv")
    with keeping_rejected(table.aside, tmp_path / "o.npy"):
        list(table.rows())
    assert not kept.exists()
    assert (tmp_path / "o.npy.rejected-1.csv").exists()


def test_what_is_left_out_of_a_folder_is_said(folder):
    (folder / "picture.png").unlink()
    assert not any("Not read" in note for note in open_tables([str(folder)]).notes)
    (folder / "deeper").mkdir()
    (folder / "notes.pdf").write_bytes(b"%PDF-1.7")
    (folder / ".hidden").write_text("x")
    table = open_tables([str(folder)])
    assert f"Not read in folder {str(folder)!r}: 'deeper/', 'notes.pdf'; " in table.notes[-1]


@pytest.mark.parametrize(
    ("sign", "kind"),
    [
        ("_delta_log/00000000000000000000.json", "a Delta Lake table"),
        ("metadata/v1.metadata.json", "an Iceberg table"),
        (".hoodie/hoodie.properties", "a Hudi table"),
    ],
)
def test_a_folder_whose_log_tells_what_rows_are_left_is_named(folder, sign, kind):
    path = folder / sign
    path.parent.mkdir()
    path.write_text("{}")
    with pytest.raises(UnreadableFile, match=f"is {kind}, whose log"):
        open_tables([str(folder)])


def test_what_tells_of_a_saved_data_set_is_no_table(folder):
    before = [row.values for row in open_tables([str(folder)]).rows()]
    names = ("dataset_info.json", "state.json", "dataset_infos.json", "datapackage.json")
    for name in names:
        (folder / name).write_text('{"version": 1}')
    table = open_tables([str(folder)])
    assert [row.values for row in table.rows()] == before
    left_out = next(note for note in table.notes if note.startswith("Not read in folder"))
    assert all(f"{name!r}" in left_out for name in names)
    (folder / "dataset_info.json").unlink()  # then it may be anybody's
    assert len(list(open_tables([str(folder)]).rows())) == len(before) + 1


def test_the_folder_of_saved_splits_is_no_table(tmp_path):
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    (tmp_path / "train").mkdir()
    with pytest.raises(UnreadableFile, match="a folder without tables"):
        open_tables([str(tmp_path)])


def test_columns_that_folders_name_are_not_lost_in_silence(tmp_path):
    for label in ("up", "down"):
        folder = tmp_path / "year=2020" / f"label={label}"
        folder.mkdir(parents=True)
        (folder / "part-0.csv").write_text("text,year\none day,2020\n")
    pattern = str(tmp_path / "*" / "*" / "*.csv")
    said = "Not read: 'label', which folders name, as Spark and Hive write columns."
    assert open_tables([pattern]).notes[-1] == said
    assert said in open_tables([str(tmp_path / "year=2020" / "label=up" / "part-0.csv")]).notes
    assert named_by_folders(["a/b.csv", "-", "a=b.csv", "=x/a.csv"], ["text"]) == []
