"""What is found is what a full sort would find, and a filter means what it says."""

import stat
from contextlib import suppress
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.collections import Collection
from likewise.collections.search import words
from likewise.collections.search.filters import Filter
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import InvalidFilter, InvalidOption, UnknownId
from likewise.files import temporary

TEXTS = [f"text {number}" for number in range(200)]


@pytest.fixture
def filled(notes):
    """Two hundred texts, a third of them deleted, in several shards."""
    for start in range(0, 200, 40):
        part = range(start, start + 40)
        notes.add(
            [TEXTS[n] for n in part],
            ids=list(part),
            columns={
                "year": [2000 + n % 30 for n in part],
                "lang": [("en", "de")[n % 2] for n in part],
            },
        )
    notes.delete([n for n in range(200) if n % 3 == 0])
    return notes


def expected(query, k, keep=lambda n: True):
    alive = [n for n in range(200) if n % 3 and keep(n)]
    vectors = Sha256Encoder().encode([TEXTS[n] for n in alive]).vectors.astype(np.float64)
    cosines = vectors @ query
    order = np.argsort(-cosines, kind="stable")[:k]
    return [str(alive[i]) for i in order], cosines[order]


def vector(*weighted):
    total = sum(
        weight * Sha256Encoder().encode([text]).vectors[0].astype(np.float64)
        for text, weight in weighted
    )
    return total / np.linalg.norm(total)


def test_the_nearest_are_found_with_what_their_similarity_means(filled):
    found = filled.search("text 7", 5)
    ids, cosines = expected(vector(("text 7", 1)), 5)
    assert [hit.id for hit in found] == ids
    assert np.allclose([hit.similarity for hit in found], cosines, atol=1e-6)
    assert found[0].id == "7"
    assert found[0].similarity == 1
    assert found[0].percentile == 100
    assert found[0].columns == {"year": 2007, "lang": "de"}
    assert (found.searched, found.total, found.exact) == (133, 133, True)
    percentiles = [hit.percentile for hit in found]
    assert percentiles == sorted(percentiles, reverse=True)


def test_examples_weights_and_what_is_turned_away_from(filled):
    found = filled.search({"text 7": 2, "text 5": -1}, 3, like={"8": 0.5, 11: 1})
    query = vector(("text 7", 2), ("text 5", -1), ("text 8", 0.5), ("text 11", 1))
    ids, _ = expected(query, 3, lambda n: n not in (8, 11))
    assert [hit.id for hit in found] == ids


def test_neighbours_are_not_the_text_itself(filled):
    found = filled.neighbours(7, 200)
    assert len(found) == 132
    assert "7" not in [hit.id for hit in found]
    assert found.searched == 133


def test_a_filter_says_how_many_it_looked_at(filled):
    found = filled.search("text 7", 4, filter='year >= 2020 and lang = "en"')
    ids, _ = expected(vector(("text 7", 1)), 4, lambda n: 2000 + n % 30 >= 2020 and n % 2 == 0)
    assert [hit.id for hit in found] == ids
    assert found.searched == sum(n % 3 > 0 and n % 30 >= 20 and n % 2 == 0 for n in range(200))
    assert found.total == 133


def test_nothing_passes(filled):
    found = filled.search("text 7", filter="year > 3000")
    assert (list(found), found.searched) == ([], 0)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"query": ""}, InvalidOption, "nothing to search for"),
        ({}, InvalidOption, "nothing to search for"),
        ({"query": "a", "k": 0}, InvalidOption, "k is 0"),
        ({"query": "a", "k": 1.5}, InvalidOption, "k is 1.5"),
        ({"query": "a", "k": "3"}, InvalidOption, "k is '3'"),
        ({"query": "a", "k": True}, InvalidOption, "k is True"),
        ({"query": "a", "filter": 5}, InvalidFilter, "A filter is a text, and this is 5"),
        ({"query": {"a": 10**400}}, InvalidOption, "neither a list nor"),
        ({"like": "0"}, UnknownId, "no text with the id '0'"),
        ({"query": {"a": 1.0}, "like": {"7": float("nan")}}, InvalidOption, "not a number"),
        ({"query": {"text 7": 1.0}, "like": {"7": -1.0}}, InvalidOption, "cancel each other out"),
        ({"query": "a", "filter": "colour = 1"}, InvalidFilter, "no column 'colour'"),
        ({"query": "a", "filter": "yaer = 1"}, InvalidFilter, "Did you mean 'year'?"),
        ({"query": "a", "filter": ""}, InvalidFilter, "is empty"),
        ({"query": "a", "filter": "year = 'x'"}, InvalidFilter, "can't be compared with 'x'"),
        ({"query": "!?", "hybrid": True}, None, ""),
        ({"like": "7", "hybrid": True}, InvalidOption, "no words"),
    ],
)
def test_what_has_no_answer_is_an_error(filled, arguments, error, said):
    if error is None:
        assert len(filled.search(**arguments)) == 10
    else:
        with pytest.raises(error, match=said.replace("?", r"\?")):
            filled.search(**arguments)


def test_an_empty_collection_and_one_of_one_text(notes):
    assert list(notes.search("a")) == []
    assert list(notes.search("a", hybrid=True)) == []
    notes.add(["a"])
    (hit,) = notes.search("a")
    assert (hit.similarity, hit.percentile) == (1.0, None)
    assert list(notes.neighbours(hit.id)) == []


def test_all_texts_equal(notes):
    notes.add(["same"] * 20)
    found = notes.search("same", 5)
    assert [hit.similarity for hit in found] == [1.0] * 5
    assert {hit.percentile for hit in found} == {50.0}


def test_words_count_where_they_are_asked_for(notes):
    notes.add(
        ["how to revert a commit", "boiling eggs", "Café Müller", "commits, commits, commits"],
        ids=["a", "b", "c", "d"],
    )
    found = notes.search("commit", 4, hybrid=True)
    ranks = {hit.id: hit.words_rank for hit in found}
    assert {ranks["a"], ranks["d"]} == {1, 2}
    assert ranks["b"] is ranks["c"] is None
    assert {hit.id for hit in found[:2]} <= {"a", "b", "c", "d"}
    assert notes.search("cafe muller", 1, hybrid=True)[0].words_rank == 1
    for odd in ('"', "a AND OR NOT", "text: *", "NEAR(a b)", "') or 1=1 --", "ß" * 5_000):
        notes.search(odd, 2, hybrid=True)


SCRIPTS = {
    "a word of a Chinese sentence": ("深度学习很有趣", "学习", "学好习惯"),
    "a single character": ("深度学习很有趣", "趣", "今天天气好"),
    "beyond the first plane": ("𠮷野家の牛丼", "𠮷野", "野菜"),
    "Japanese": ("新しいプログラミング言語", "言語を", "語り言"),
    "half its width": ("新しいﾌﾟﾛｸﾞﾗﾐﾝｸﾞ", "プログ", "ミルク"),
    "Korean with an ending": ("고양이를 좋아해요", "고양이", "이양고"),
    "Korean in parts": (normalize("NFD", "고양이를"), "고양이", "강아지"),
    "between Latin letters": ("git回滚提交error", "回滚", "滚回"),
    "Latin between them": ("git回滚提交error", "error", "提交"),
    "Thai": ("แมวดำนอนหลับ", "แมว", "มดแดง"),
    "Hindi, whose vowels are marks": ("हिन्दी भाषा", "हिन्दी", "हनद"),
    "Arabic with its points": ("كِتَابٌ جديد", "كتاب", "قلم"),
    "Hebrew with its points": ("שָׁלוֹם", "שלום", "ספר"),
    "of double width": ("Ｃａｆé", "cafe", "tea"),
}


@pytest.mark.parametrize(("text", "query", "other"), SCRIPTS.values(), ids=SCRIPTS)
def test_words_are_found_in_every_script(notes, text, query, other):
    notes.add([other, text], ids=["other", "wanted"])
    found = notes.search(query, 2, hybrid=True)
    assert {hit.id: hit.words_rank for hit in found} == {"wanted": 1, "other": None}


def test_an_index_that_told_words_apart_otherwise_is_made_anew(notes, monkeypatch):
    notes.add(["深度学习", "今天"], ids=["wanted", "other"])
    with monkeypatch.context() as earlier:
        earlier.setattr(words, "_VERSION", "1")
        earlier.setattr(words, "spaced", str)
        assert notes.search("学习", hybrid=True)[0].words_rank is None
    assert {hit.id: hit.words_rank for hit in notes.search("学习", hybrid=True)}["wanted"] == 1


def test_reciprocal_rank_fusion_is_the_sum_over_both_lists(notes):
    notes.add([f"word{n % 7} common text {n}" for n in range(60)], ids=list(range(60)))
    found = notes.search("word3 common", 10, hybrid=True)
    by_vector = [hit.id for hit in notes.search("word3 common", 60)]
    by_words = {hit.id: hit.words_rank for hit in notes.search("word3 common", 60, hybrid=True)}
    scores = {
        id_: 1 / (61 + rank) + (1 / (60 + by_words[id_]) if by_words.get(id_) else 0)
        for rank, id_ in enumerate(by_vector)
    }
    best = sorted(scores.values(), reverse=True)[:10]
    assert np.allclose([scores[hit.id] for hit in found], best)


def test_words_follow_what_is_added_deleted_and_compacted(notes):
    notes.add(["apple pie", "pear cake"], ids=[1, 2])
    first = notes.search("apple", 2, hybrid=True)
    assert {hit.id: hit.words_rank for hit in first} == {"1": 1, "2": None}
    notes.add(["apple tart"], ids=[3])
    notes.delete([1])
    ranks = {hit.id: hit.words_rank for hit in notes.search("apple", 3, hybrid=True)}
    assert ranks == {"3": 1, "2": None}
    notes.compact()
    ranks = {hit.id: hit.words_rank for hit in notes.search("apple", 3, hybrid=True)}
    assert ranks == {"3": 1, "2": None}


def test_an_index_of_words_is_made_in_one_file_that_is_claimed_and_no_more_open(notes, monkeypatch):
    notes.add(["apple pie", "pear cake"], ids=[1, 2])
    notes.search("apple", hybrid=True)
    (notes.path / "words.sqlite3").chmod(0o600)
    notes.add(["apple tart"], ids=[3])
    left = notes.path / ".likewise-of-a-killed-process.tmp"
    left.touch()
    before, fill, meanwhile = set(notes.path.iterdir()) - {left}, words._fill, []

    def look(connection, wanted):
        with connection:
            fill(connection, wanted)
            meanwhile.extend(set(notes.path.iterdir()) - before)
            monkeypatch.setattr(temporary, "_tidied", set())
            temporary.tidy(notes.path)  # as another process would

    monkeypatch.setattr(temporary, "_tidied", set())
    monkeypatch.setattr(words, "_fill", look)
    assert notes.search("tart", 1, hybrid=True)[0].words_rank == 1
    assert [stat.S_IMODE(path.stat().st_mode) for path in notes.path.glob("words.*")] == [0o600]
    [made] = meanwhile
    assert made.name.startswith(".likewise-")
    assert set(notes.path.iterdir()) == before


def test_a_damaged_index_of_words_is_made_again(notes):
    notes.add(["apple pie", "pear cake"], ids=[1, 2])
    notes.search("apple", hybrid=True)
    (notes.path / "words.sqlite3").write_bytes(b"no database at all" * 100)
    assert notes.search("apple", hybrid=True)[0].words_rank == 1


ROWS = [
    {"n": 1, "s": "x", "f": 0.5, "b": True, "t": "10"},
    {"n": 2, "s": "y", "f": None, "b": False, "t": "9"},
    {"n": None, "s": None, "f": 2.5, "b": None, "t": " "},
    {"n": -3, "s": 'with "marks"', "f": -1.0, "b": True, "t": "abc"},
]


@pytest.fixture
def table(notes):
    names = list(ROWS[0])
    notes.add(
        [f"text {n}" for n in range(4)],
        ids=list(range(4)),
        columns={name: [row[name] for row in ROWS] for name in names}
        | {"two words": ["a", "b", "c", "d"]},
    )
    return notes


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("n = 1", [0]),
        ("n == 1", [0]),
        ("n != 1", [1, 2, 3]),
        ("n <> 1", [1, 2, 3]),
        ("not n = 1", [1, 2, 3]),
        ("n < 2", [0, 3]),
        ("n >= -3", [0, 1, 3]),
        ("n > 1.5", [1]),
        ("n in (1, 2)", [0, 1]),
        ("n not in (1, 2)", [2, 3]),
        ("n is missing", [2]),
        ("n is not missing", [0, 1, 3]),
        ("N = 1", None),
        ("s = 'x' or s = 'y'", [0, 1]),
        ('s = "with ""marks"""', [3]),
        ("s contains 'MARKS'", [3]),
        ("s not contains 'x'", [1, 2, 3]),
        ("f > 0 and n = 1", [0]),
        ("f > 0 or n = 2", [0, 1, 2]),
        ("n = 2 or f > 0 and n = 1", [0, 1]),
        ("(n = 2 or f > 0) and n = 1", [0]),
        ("not (n = 2 or f > 0)", [3]),
        ("NOT n = 2 AND b = TRUE", [0, 3]),
        ("b = false", [1]),
        ("b != true", [1, 2]),
        ("t > 9", [0]),
        ("t >= '9'", [1, 3]),
        ("t is missing", [2]),
        ("`two words` = 'b'", [1]),
        ("id = '2'", [2]),
        ("id = 2", [2]),
        ("text contains '3'", [3]),
        ("s = '1; drop table x; --'", []),
        ("n = 1e0", [0]),
    ],
)
def test_a_filter_means_what_it_says(table, text, rows):
    if rows is None:
        with pytest.raises(InvalidFilter):
            table.search("a", filter=text)
        return
    found = table.search("a", filter=text)
    assert sorted(int(hit.id) for hit in found) == rows
    assert found.searched == len(rows)


@pytest.mark.parametrize(
    "text",
    [
        "n", "n =", "= 1", "n = 1 and", "n = (1)", "n in 1", "n in ()", "n in (1", "(n = 1",
        "n = 1)", "n 1", "n = 1 2", "n = x", "n = '", "n = \"a", "n is", "n is 1", "n ~ 1",
        "n = 1; drop table x", "1 = 1", "or n = 1", "and = 1", "n = 1 -- x", "n like 'x'",
        "n = 1 || 2", "select * from x", "n = 99x", "(" * 100 + "n = 1" + ")" * 100,
        "n contains", "not", "n not = 1", "x" * 20_000, "n in (" + "1," * 2_000 + "1)", "``= 1",
        "n = \0", "n = 1\x00", "b < true", "n = true",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_one_sentence(table, text):
    with pytest.raises(InvalidFilter) as caught:
        table.search("a", filter=text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def oracle(node, row):
    how, *parts = node
    if how == "not":
        return not oracle(parts[0], row)
    if how in ("and", "or"):
        left, right = (oracle(part, row) for part in parts)
        return (left and right) if how == "and" else (left or right)
    name, value = parts
    cell = row[name]
    if how == "!=":
        return cell != value
    if cell is None:
        return False
    return {"=": cell == value, "<": cell < value, ">=": cell >= value}[how]


def written(node):
    how, *parts = node
    if how == "not":
        return f"not ({written(parts[0])})"
    if how in ("and", "or"):
        return f"({written(parts[0])}) {how} ({written(parts[1])})"
    value = parts[1]
    shown = '"' + value.replace('"', '""') + '"' if isinstance(value, str) else repr(value)
    return f"{parts[0]} {how} {shown}"


tests = st.one_of(
    st.tuples(st.sampled_from(["=", "!=", "<", ">="]), st.just("n"), st.integers(-4, 4)),
    st.tuples(st.sampled_from(["=", "!=", "<", ">="]), st.just("f"), st.floats(-3, 3)),
    st.tuples(
        st.sampled_from(["=", "!="]),
        st.just("s"),
        st.sampled_from(["x", "y", 'with "marks"', "", "'", "or"]),
    ),
)
trees = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=100)
@given(trees)
def test_any_filter_agrees_with_python(tree):
    columns = {name: pa.chunked_array([[row[name] for row in ROWS]]) for name in ROWS[0]}
    mask = Filter(written(tree)).mask(columns.__getitem__, list(columns))
    assert mask.to_pylist() == [oracle(tree, row) for row in ROWS]


def test_times_in_a_zone_are_compared_with_dates_and_names_have_any_mark():
    moments = pa.array([0, 86_400, None, -1], pa.timestamp("s", "Europe/Berlin"))
    columns = {"at": pa.chunked_array([moments]), "a`b": pa.chunked_array([moments])}

    def passed(text):
        return Filter(text).mask(columns.__getitem__, list(columns)).to_pylist()

    assert passed("at < '1970-01-01'") == [False, False, False, True]
    assert passed("at >= '1970-01-01T01:00+01:00'") == [True, True, False, False]
    assert passed("at = '1970-01-02T00:00'") == [False, True, False, False]
    assert passed("`a``b` is missing") == [False, False, True, False]
    with pytest.raises(InvalidFilter, match="can't be compared"):
        passed("at = 'noon'")


def test_whole_numbers_and_dates_in_text_are_compared_as_what_they_are():
    moments = ["2021-03-05 10:00", "2021-03-05T09:00", "05.03.2021", "2021-03-04"]
    columns = {
        "post": pa.chunked_array([["1790000000000000001", "1790000000000000002", "x", "+7.0"]]),
        "at": pa.chunked_array([moments]),
    }

    def passed(text):
        mask = Filter(text).mask(columns.__getitem__, list(columns)).to_pylist()
        return [place for place, passes in enumerate(mask) if passes]

    assert passed("post = 1790000000000000001") == [0]
    assert passed("post in (1790000000000000002, 7)") == [1, 3]
    assert passed("post > 1790000000000000001") == [1]
    assert passed("post < 1000.5") == [3]
    assert passed("at >= '2021-03-05T09:30'") == [0]
    assert passed("at >= '2020-01-01'") == [0, 1, 3]
    assert passed("at < '2021-03-05 09:30'") == [1, 3]
    assert passed("at = '2021-03-05T10:00'") == [0]
    assert passed("at != '2021-03-05T10:00'") == [1, 2, 3]
    assert passed("at >= '05.' and at < '06.'") == [2]


def test_a_filter_may_be_long_and_columns_of_any_type():
    big = 2**63
    columns = {
        "u": pa.chunked_array([pa.array([1, big, None], pa.uint64())]),
        "i": pa.chunked_array([pa.array([1, 2**60, None], pa.int64())]),
        "h": pa.chunked_array([pa.array([1.0, 2.5, None], pa.float32()).cast(pa.float16())]),
        "bytes": pa.chunked_array([pa.array([b"\xff", b"a", None])]),
        "list": pa.chunked_array([pa.array([[1], [2], None])]),
        "record": pa.chunked_array([pa.array([{"a": 1}, None, {"a": 2}])]),
    }

    def rows(text):
        return np.flatnonzero(Filter(text).mask(columns.__getitem__, list(columns))).tolist()

    assert rows(" or ".join(["u=1"] * 1_200)) == [0]
    assert rows(" and ".join(["u=1"] * 1_200)) == [0]
    assert rows("u > -1") == [0, 1]
    assert rows("u > 1.5") == [1]
    assert rows("u < 5e18") == [0]
    assert rows("i > 1.5") == [1]
    assert rows(f"i = {2**60 - 1}") == []
    assert rows("h >= 2.5") == [1]
    for text in ("bytes contains 'a'", "list contains 'a'", "record contains 'a'", "list = 1"):
        with pytest.raises(InvalidFilter, match="can't be compared"):
            rows(text)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_characters_are_a_filter_or_an_error(text):
    with suppress(InvalidFilter):
        Filter(text)


def test_many_look_while_one_adds(notes, where):
    notes.add(["a", "b"])
    reader = Collection.open("notes", settings=where)
    notes.add(["c"])
    notes.delete([notes.ids[0]])
    notes.compact()
    assert reader.texts() == ["a", "b"]
    assert [hit.text for hit in reader.search("a", 3)][:1] == ["a"]
    reader.refresh()
    assert reader.texts() == ["b", "c"]
