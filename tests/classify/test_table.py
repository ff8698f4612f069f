import pytest

from likewise.classify.data.checks import _misspelt, check_table, leakage
from likewise.classify.data.labels import check_known, classes_of
from likewise.classify.inputs import label_texts
from likewise.errors import InvalidLabels


def found(texts, labels):
    return {finding.kind: finding for finding in check_table(texts, labels)}


def test_clean_data_has_no_findings():
    assert found(["a", "b", "c", "d"], ["x", "y", "x", "y"]) == {}


def test_repeated_and_contradictory_texts():
    kinds = found(["Hi there", "hi  THERE", "ho", "hi there", "ho"], ["x", "x", "y", "y", "y"])
    assert kinds["duplicate"].rows == (4,)
    assert kinds["contradiction"].rows == (0, 1, 3)
    assert "'Hi there': 'x', 'y'" in kinds["contradiction"].message


def test_rare_labels_and_imbalance():
    kinds = found([str(n) for n in range(101)], ["x"] * 100 + ["y"])
    assert kinds["rare"].rows == (100,)
    assert "'x' has 100 examples and the rarest label 1" in kinds["imbalance"].message


def test_labels_that_differ_in_spelling_alone():
    kinds = found(["a", "b", "c", "d"], ["Card lost", "card_lost ", "other", "other"])
    assert kinds["label spelling"].rows == (0, 1)
    assert kinds["label spelling"].message.startswith("'Card lost' and 'card_lost ' differ")
    composed, apart = "caf\u00e9", "cafe\u0301"
    finding = found(["a", "b", "c", "d"], [composed, apart] * 2)["label spelling"]
    assert "look the same, but are made of other characters; they are learnt" in finding.message


@pytest.mark.parametrize(
    "other",
    ["follow\u2011up", "follow\u2010up", "follow-up\u200b", "\ufefffollow-up", "fol\u00adlow-up"],
)
def test_labels_that_look_the_same(other):
    finding = found(["a", "b", "c", "d"], ["follow-up", other] * 2)["label spelling"]
    assert "look the same, but are made of other characters; they are learnt" in finding.message
    assert found(["a", "b", "c", "d"], ["-", "\u200b"] * 2) == {}


@pytest.mark.parametrize(
    "names",
    [
        ("don't", "don\u2019t"),
        ("don't", "don\u00b4t"),  # an accent and a space to NFKC
        ("1", "1\u200b"),
        ("-1", "\u22121"),
        ("-1", "\u20131"),
        ("-", "\u2013"),
        ("\u2764", "\u2764\ufe0f"),
    ],
)
def test_apostrophes_numbers_and_signs_that_look_the_same(names):
    finding = found(["a", "b", "c", "d"], [*names, *names])["label spelling"]
    assert "look the same, but are made of other characters; they are learnt" in finding.message


@pytest.mark.parametrize("names", [("1", "-1"), ("-", "+"), ("-", "_"), ("\u20131", "1\u200b")])
def test_signs_tell_labels_apart(names):
    assert "label spelling" not in found(["a", "b", "c", "d"], [*names, *names])


@pytest.mark.parametrize("names", [("1", "1.0"), ("01", " 1"), ("1e3", "1000")])
def test_one_number_that_is_spelt_in_two_ways(names):
    finding = found(["a", "b", "c", "d"], [*names, *names])["label spelling"]
    assert finding.message.endswith("are the same number; they are learnt as different.")
    assert finding.rows == (0, 1, 2, 3)


@pytest.mark.parametrize("names", [("1", "-1"), ("10", "1_0"), ("nan", "inf"), ("1", "2")])
def test_numbers_that_are_not_the_same(names):
    assert found(["a", "b", "c", "d"], [*names, *names]) == {}


def test_leakage():
    finding = leakage(["a b", "c"], ["A  B", "d"])[0]
    assert finding.rows == (0,)
    assert leakage(["a"], ["b"]) == []


def test_numbers_sort_as_numbers():
    assert classes_of([10, 9, 2.5])[0] == [2.5, 9, 10]
    assert classes_of(["10", "9"])[0] == ["10", "9"]


def test_rows_are_named_in_errors_alone():
    asked = []  # each name reads the file again
    name = lambda place: asked.append(place) or f"line {place}"  # noqa: E731
    classes_of(["a", "b"] * 1_000, name)
    assert asked == []
    with pytest.raises(InvalidLabels, match="line 2 is missing"):
        classes_of(["a", "b", None], name)
    assert asked == [2]


def test_labels_in_words():
    assert label_texts(["card_arrival", "lostCard"], "auto") == ["card arrival", "lost Card"]
    assert label_texts([0, 1], "auto") is None
    assert label_texts(["A1", "B2"], "auto") is None
    many = [f"topic {letter}x" for letter in "abcdefghi"]
    assert label_texts([*many, "w2"], "auto") == [*many, "w2"]
    assert label_texts(["a", "b"], None) is None
    assert label_texts([0, 1], {0: "no", 1: "yes"}) == ["no", "yes"]


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("Praise ", "'praise'"),
        ("praise\u200b", "'praise'"),
        ("1", "1"),
        ("1.0", "1"),
        (2, None),
        ("\u200b", None),
    ],
)
def test_a_label_that_is_spelt_otherwise_is_told_from_one_that_is_unknown(label, known):
    classes = [1, 3] if known == "1" else ["complaint", "praise"]
    with pytest.raises(InvalidLabels, match="has not learned") as refused:
        check_known([classes[0], label], classes)
    other = "Leave such rows out, or train with examples of it."
    assert refused.value.remedy == (f"It has learned {known}: spell it alike." if known else other)


def test_look_alike_labels_are_found_in_one_pass():
    class Counted(list):
        passes = 0

        def __iter__(self):
            Counted.passes += 1
            return super().__iter__()

    few = Counted(f"{case} {n}" for n in range(2) for case in ("Up", "up"))
    _misspelt(few)
    passes, Counted.passes = Counted.passes, 0
    many = Counted(f"{case} {n}" for n in range(200) for case in ("Up", "up"))
    assert [one.rows for one in _misspelt(many)] == [(2 * n, 2 * n + 1) for n in range(200)]
    assert Counted.passes == passes
