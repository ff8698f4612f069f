import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.classify.data.columns import read_labelled
from likewise.classify.data.label_sets import LabelSpelling, label_set, spelling_of
from likewise.classify.training_data import TrainingOptions, read
from likewise.errors import InvalidLabels, InvalidOption
from likewise.files.read import open_table

SETS = ["a|b", "b|c", "a", "c", "a|b|c", "c|a"]


@pytest.mark.parametrize("mark", ["|", ";", ",", "/", "\n", " | ", "; ", ", "])
def test_the_separator_is_guessed(mark):
    found = spelling_of([one.replace("|", mark) for one in SETS])
    assert found == LabelSpelling("separator", mark)
    assert found.read(f"b{mark}a", 1, "x") == ("a", "b")
    assert found.join(["a", "b"]) == f"a{mark}b"


@pytest.mark.parametrize(
    "cells",
    [
        ["New York, NY", "Boston, MA", "Austin, TX", "New York, NY"],
        ["Sales, north", "Sales, south", "Support, north", "Support, south"],
        ["Food, drink", "Home, garden", "Food", "Cars"],
        ["a|b", "c", "d"],  # once only: no way to tell
        ["yes", "no", "yes"],
        ["1/2", "3/4", "5"],
        [1, 2, 3],
        ["R&D", "Q&A", "R"],
    ],
)
def test_one_label_with_a_mark_in_it_stays_one(cells):
    assert spelling_of(cells) is None


def test_what_is_said_counts_more_than_a_guess():
    assert spelling_of(SETS, several=False) is None
    assert spelling_of(["a+b", "c", "d"], several=True) == LabelSpelling("separator", "+")
    assert spelling_of(["a::b", "c"], separator="::") == LabelSpelling("separator", "::")
    with pytest.raises(InvalidOption, match="No mark separates"):
        spelling_of(["a", "b"], several=True)
    with pytest.raises(InvalidOption, match="stands between no labels"):
        spelling_of(["a", "b"], separator=";")
    with pytest.raises(InvalidOption, match="--no-multi"):
        spelling_of(SETS, several=False, separator="|")
    with pytest.raises(InvalidOption, match="blank"):
        spelling_of(SETS, separator=" ")


def test_lists_are_json_or_pythons():
    assert spelling_of(['["a"]', '["a", "b"]', "[]"]) == LabelSpelling("list")
    assert spelling_of(["['a', 'b']", "['b']"]).read("['a', 'b']", 1, "x") == ("a", "b")
    assert LabelSpelling("list").read("[1, 2]", 1, "x") == ("1", "2")
    assert LabelSpelling("list").read("[]", 1, "x") == ()
    assert LabelSpelling("list").read("alone", 1, "x") == ("alone",)
    with pytest.raises(InvalidLabels, match=r"Row 7 .* no list of labels"):
        LabelSpelling("list").read('[{"a": 1}]', 7, "x")


@given(st.lists(st.text("abc ", min_size=1, max_size=3), max_size=4))
def test_what_is_joined_is_read_again(labels):
    for spelling in (LabelSpelling("separator", "; "), LabelSpelling("list")):
        known = label_set(labels)
        assert spelling.read(spelling.join(known), 1, "x") == known


def table(tmp_path, text, name="t.csv"):
    (tmp_path / name).write_text(text, "utf-8")
    return open_table(tmp_path / name, columns=True)


def test_a_table_with_several_labels_in_a_cell(tmp_path):
    rows = "".join(f"text {i},{one}\n" for i, one in enumerate(SETS * 3))
    found = read_labelled(table(tmp_path, "text,tags\n" + rows + "last,\n"))
    assert found.sets[:3] == [("a", "b"), ("b", "c"), ("a",)]
    assert found.answers[5] == "a|c"
    assert any("'|' between them; --no-multi" in note for note in found.notes)
    assert any("1 row without tags left out" in note for note in found.notes)


def test_columns_of_yes_and_no(tmp_path):
    text = "body,x,y\none,1,0\ntwo,yes,true\nthree,,0\nfour,,\nfive,no,1.0\n"
    found = read_labelled(table(tmp_path, text), columns=("x", "y"))
    assert found.text_column == "body"
    assert found.sets == [("x",), ("x", "y"), (), ("y",)]
    assert found.spelling.kind == "columns"
    with pytest.raises(
        InvalidLabels, match=r"Row 1 of .* has 'maybe' in column 'y', which is neither"
    ):
        read_labelled(table(tmp_path, "body,x,y\none,1,maybe\n", "u.csv"), columns=("x", "y"))


def test_tests_are_read_as_what_was_learnt_from(tmp_path):
    rows = "".join(f"text {i},{one}\n" for i, one in enumerate(SETS * 3))
    learnt = table(tmp_path, "text,tags\n" + rows)
    data = read(learnt, TrainingOptions(), table(tmp_path, "text,tags\nnew,c|b\n", "v.csv"))
    assert data.kind == "multi-label"
    assert data.classes == 3
    assert data.test.sets == [("b", "c")]
    with pytest.raises(InvalidLabels, match=r"Row 1 of .* \(line 2\) has the label 'd'"):
        read(learnt, TrainingOptions(), table(tmp_path, "text,tags\nnew,a|d\n", "w.csv"))


def test_what_several_labels_do_not_go_with(tmp_path):
    rows = "".join(f"text {i},{one}\n" for i, one in enumerate(SETS * 3))
    learnt = table(tmp_path, "text,tags\n" + rows)
    with pytest.raises(InvalidOption, match="--balanced is for one label"):
        read(learnt, TrainingOptions(class_weight="balanced"))
    with pytest.raises(InvalidOption, match="several labels each"):
        read(learnt, TrainingOptions(metric="accuracy"))
    assert read(learnt, TrainingOptions(multi=False)).kind == "classes"
    with pytest.raises(InvalidOption, match="micro-F1 is for several labels"):
        read(learnt, TrainingOptions(multi=False, metric="micro-F1"))
    with pytest.raises(InvalidOption, match="--multi is for labels"):
        TrainingOptions(target="n", multi=True)


def test_findings_of_sets(tmp_path):
    rows = ["one,a|b", "one,a", "two,a|c", "three,a|b", "four,a|b|rare"]
    text = "text,tags\n" + "\n".join(rows) + "\n"
    data = read(table(tmp_path, text), TrainingOptions(label_separator="|"))
    kinds = {one.kind: one for one in data.findings}
    assert "All texts have 'a'" in kinds["constant"].message
    assert kinds["contradiction"].rows == (0, 1)
    assert set(kinds["rare"].rows) == {2, 4}
