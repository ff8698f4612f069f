import base64
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.encoders.base import Encoder
from likewise.errors import InvalidOption, InvalidText, TooFewTexts, TooManyTexts
from likewise.similarity import background
from likewise.similarity.compare import MOST_TEXTS, compare
from likewise.similarity.shown import bar, one_line, percent

CATS = ["the cat sleeps", "a cat sleeps", "my dog barks", "the cat sleeps"]


def test_the_best_are_those_most_similar_to_the_first(words):
    assert isinstance(words, Encoder)
    comparison = compare(CATS, words)
    assert comparison.best == [3]
    assert comparison.similarities[3] == 1
    assert comparison.similarities[0] == 1
    assert comparison.nearest == [3, 0, 0, 0]


def test_ties_are_all_named(words):
    comparison = compare(["red blue", "blue red", "green", "red blue"], words)
    assert comparison.best == [1, 3]


def test_to_dict_is_the_contract(words):
    comparison = compare(CATS, words)
    answer = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert sorted(answer) == [
        "background", "best", "encoder", "kept", "landmarks", "matrix", "runtime", "texts", "unit",
    ]  # fmt: skip
    assert answer["encoder"] == words.identity.to_dict()
    assert answer["background"]["name"] == "general English"
    assert answer["background"]["digest"] == words.identity.digest
    assert answer["background"]["pairs"] > 50_000
    assert [text["text"] for text in answer["texts"]] == CATS
    assert answer["matrix"][1][2] == answer["matrix"][2][1]
    for index, text in enumerate(answer["texts"]):
        assert sorted(text) == [
            "embedding", "likeness", "nearest", "percentile", "point", "similarity", "text",
            "tokens", "truncated", "unknown",
        ]  # fmt: skip
        assert text["tokens"] == 3
        assert text["similarity"] == answer["matrix"][0][index]
        vector = np.frombuffer(base64.b64decode(text["embedding"]), "<f4")
        np.testing.assert_array_equal(vector, comparison.encoding.vectors[index])
        assert len(text["point"]) == 2
    assert answer["texts"][0]["similarity"] == 1
    assert answer["texts"][0]["percentile"] == 100


def test_one_text_is_fine(words):
    answer = compare(["alone"], words).to_dict()
    assert answer["best"] == []
    assert answer["matrix"] == [[1.0]]
    assert answer["texts"][0]["nearest"] is None
    assert answer["texts"][0]["point"] == [0, 0]
    assert answer["kept"] == 1


def test_identical_texts(words):
    answer = compare(["same"] * 5, words).to_dict()
    assert answer["matrix"] == [[1.0] * 5] * 5
    assert answer["best"] == [1, 2, 3, 4]
    assert [text["nearest"] for text in answer["texts"]] == [1, 0, 0, 0, 0]


def test_cut_off_texts_say_so(words):
    comparison = compare(["short", "one two three four five six seven eight nine"], words)
    assert [text["truncated"] for text in comparison.to_dict()["texts"]] == [False, True]
    assert "[cut off]" in repr(comparison)
    assert "[cut off]" in comparison._repr_html_()


def test_previous_keeps_the_picture(words):
    texts = ["red blue", "green grey", "white black brown", "pink"]
    upside_down = -compare(texts, words).plane.points
    again = compare(texts, words, previous=upside_down.tolist())
    np.testing.assert_allclose(again.plane.points, upside_down, atol=1e-6)
    with pytest.raises(InvalidOption, match="1 points for 4 texts"):
        compare(texts, words, previous=[[0, 0]])


@pytest.mark.parametrize(
    ("texts", "error", "said"),
    [
        ([], TooFewTexts, "no texts to compare"),
        (["a", " \t\n"], InvalidText, "Text 2 is blank"),
        (["a", ""], InvalidText, "Text 2 is blank"),
        (["a", "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"], InvalidText, "Text 2 is blank"),
        (["a", None], InvalidText, "Text 2 is not a string but NoneType"),
        (["a", "\ud800"], InvalidText, "lone surrogate U+D800"),
        ("one string", InvalidText, "Texts come as a list"),
        (["x"] * (MOST_TEXTS + 1), TooManyTexts, "2,001 texts are too many"),
        (["x"] * 10_000, TooManyTexts, "10,000 texts are too many"),
    ],
)
def test_what_has_no_answer_says_why_and_what_to_do(words, texts, error, said):
    with pytest.raises(error) as caught:
        compare(texts, words)
    assert said in caught.value.problem
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert words.encoded == 0


def test_the_most_texts_work(words):
    texts = [f"word{index} and word{index % 7}" for index in range(MOST_TEXTS)]
    comparison = compare(texts, words)
    assert comparison.matrix.shape == (MOST_TEXTS, MOST_TEXTS)
    assert f"… {MOST_TEXTS - 20} more" in repr(comparison)


def test_repr_is_a_table(words):
    lines = repr(compare(["red blue", "red green", "grey"], words)).splitlines()
    assert lines[0] == "words · 3 texts"
    assert lines[1].split() == ["similarity", "like", "text"]
    assert lines[2].split() == ["first", "red", "blue"]
    assert lines[3].startswith("★")
    assert "0.50 ██████" in lines[3]
    assert lines[3].endswith("red green")
    assert lines[-1].startswith("like: ")
    assert len({line.index(text) for line, text in zip(
        lines[1:5], ["text", "red blue", "red green", "grey"], strict=True)}) == 1  # fmt: skip


class Tags(HTMLParser):
    """Counts tags, and fails on one that is not closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_html_is_escaped_and_needs_nothing_from_outside(words):
    evil = "<script>alert('x')</script> & \"<img src=x onerror=y>\""
    html = compare([evil, evil + " 2"], words)._repr_html_()
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "img" not in tags.seen
    assert "http" not in html
    assert "<script>alert('x')</script> & \"<img" in tags.text


def test_control_characters_do_not_reach_the_terminal(words):
    text = repr(compare(["a\x1b[31m\r\nb\x00\u202ec", "d"], words))
    assert not set("\x1b\r\x00\u202e") & set(text)
    assert "a·[31m b··c" in text


@given(st.text(), st.integers(2, 80))
def test_one_line_is_one_printable_line(text, width):
    line = one_line(text, width)
    assert len(line) <= width
    assert all(char.isprintable() or char == "\u200d" for char in line)


def test_one_line_shortens_long_texts_only():
    assert one_line("word " * 3) == "word word word"
    assert one_line("x" * 60) == "x" * 60
    assert one_line("x" * 61) == "x" * 59 + "…"
    assert one_line(" " * 5_000_000 + "end") == "…"
    assert one_line("👩‍👩‍👧 שלום") == "👩‍👩‍👧 שלום"


@pytest.mark.parametrize(
    ("similarity", "drawn"), [(1, "█" * 12), (0.5, "█" * 6), (0, ""), (-0.7, ""), (0.05, "▋")]
)
def test_bar(similarity, drawn):
    assert bar(similarity) == drawn


@pytest.mark.parametrize(
    ("percentile", "shown"),
    [(100, ">99 %"), (99.01, ">99 %"), (99, "99 %"), (50.9, "50 %"), (0, "<1 %")],
)
def test_percent(percentile, shown):
    assert percent(percentile) == shown


def test_the_scale_is_made_once(words):
    compare(["a"], words)
    made = words.encoded
    compare(["b", "c"], words)
    assert words.encoded == made + 2
    assert made == len(background.topics_and_sentences()[1]) + 3 * 120 + 1


def test_names_and_the_default_encoder(monkeypatch, own):
    assert compare(["a", "b"], "sha256").identity.name == "sha256"
    monkeypatch.setattr(own, "encoder", "sha256")
    assert compare(["a", "b"]).identity.name == "sha256"
