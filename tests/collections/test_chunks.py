"""Parts of a text are all of it, end where sentences do, and are read whole."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.collections.adding.chunks import chunked, columns_of_parts, split
from likewise.collections.storage.items import Item
from likewise.types import TokenCounts

MOST = 10


class Counting:
    """Counts a token for each four characters of a word, and two around a text."""

    identity = SimpleNamespace(max_tokens=MOST)

    def count_tokens(self, texts):
        counts = [2 + sum(-(-len(word) // 4) for word in text.split()) for text in texts]
        tokens = np.array(counts, np.int32)
        return TokenCounts(tokens, tokens > MOST, np.zeros(len(counts), np.int32))


def parts(text):
    return split([text], Counting())[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Short.", ["Short."]),
        ("One two. Three for. Five six. Ten.", ["One two. Three for. Five six. Ten."]),
        (
            "One two three. Four five six. Seven ate. Nine ten. Over.",
            ["One two three. Four five six.", "Seven ate. Nine ten. Over."],
        ),
        ("一二三四五六七八。一二三四五六七八。一二三四五六七八九十一二三四五六七八九十。",
         ["一二三四五六七八。一二三四五六七八。", "一二三四五六七八九十一二三四五六七八九十。"]),
        ("a b c d e f g h\n\ni j k", ["a b c d e f g h", "i j k"]),
        ("x" * 50, ["x" * 25, "x" * 25]),
    ],
)  # fmt: skip
def test_where_texts_are_cut(text, found):
    assert parts(text) == found


words = st.text(st.sampled_from("abç.!?。\n “”é"), min_size=1, max_size=30)


@settings(deadline=None, max_examples=200)
@given(st.lists(words, max_size=12).map(" ".join))
def test_parts_are_all_of_a_text_and_none_is_cut_off(text):
    found = parts(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert not Counting().count_tokens(found).truncated.any()
    if not Counting().count_tokens([text]).truncated[0]:
        assert found == [text]


def test_each_part_says_what_it_is_a_part_of():
    items = [Item("a", "One two three. Four five six. Seven ate. Nine ten.", (1,), 7)]
    found = list(chunked(items, Counting()))
    assert [(item.id, item.values, item.where) for item in found] == [
        ("a#1", (1, "a", 1), 7),
        ("a#2", (1, "a", 2), 7),
        ("a#3", (), 7),
    ]
    assert found[-1].text == ""


def test_columns_of_parts_are_not_the_users():
    assert columns_of_parts(["chunk", "chunk 2", "x"]) == [
        *("chunk", "chunk 2", "x"),
        *("document", "chunk 3"),
    ]
