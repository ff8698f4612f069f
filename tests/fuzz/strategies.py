"""Inputs that nobody meant: values, changes of values that were right, tables, bytes."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

FORMULAS = ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", ";=1", "'=1"]

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *("", " ", "\x00", "\ud800", "\u202e", "\ufeff", "\x1b[2J", "a" * 10_000, "\r\n"),
            *("NaN", "null", "true", "1e999", "0x10", "../..", "/dev/zero", "http://127.0.0.1:9/v1/x"),
            *FORMULAS,
        ]
    ),
)  # fmt: skip

numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**31, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400]),
    st.floats(allow_nan=True, allow_infinity=True),
)

leaves = st.one_of(st.none(), st.booleans(), numbers, texts)


def deep(levels: int) -> list[Any]:
    """Return a list in a list in a list."""
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


values = st.one_of(
    st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)
        ),
        max_leaves=8,
    ),
    # made anew each time: `changed` changes what it is given
    st.sampled_from([100, 3_000]).map(deep),
    st.just(3_000).map(lambda count: [0] * count),
    st.just(300).map(lambda count: {str(n): n for n in range(count)}),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where each value inside a JSON value stands, by keys and indices."""
    if len(at) > 20:
        return [at]
    inside = list(value.items()) if isinstance(value, dict) else []
    inside = list(enumerate(value[:20])) if isinstance(value, list) else inside
    return [at, *(place for key, one in inside for place in places(one, (*at, key)))]


@st.composite
def changed(draw: Any, right: Any) -> Any:
    """Return a JSON value that was right but for one to three places."""
    made = copy.deepcopy(right)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(made)))
        if not place:
            return draw(values)
        holder = made
        for key in place[:-1]:
            holder = holder[key]
        if draw(st.booleans()) and isinstance(holder, dict):
            del holder[place[-1]]
        else:
            holder[place[-1]] = draw(values)
    return made


def json_of(value: Any) -> bytes:
    """Return JSON as a program writes it that does not look."""
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return b"[" * 100_000


@st.composite
def damaged(draw: Any, right: bytes) -> bytes:
    """Return bytes that were right: cut, or with a few of them changed or put in."""
    made = bytearray(right)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(made)))
        made[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=6))
    return bytes(made[: draw(st.integers(0, len(made)))] if draw(st.booleans()) else made)


marks = ['"', '""', 'a"b', "'", ",", ";", "\t", "|", "\n", "a\nb"]
cells = st.one_of(texts, st.sampled_from(marks))


@st.composite
def tables(draw: Any) -> bytes:
    """Return something that is nearly csv, tsv, JSON lines or text."""
    rows = draw(st.lists(st.lists(cells, max_size=5), max_size=6))
    if draw(st.booleans()):
        lines = [
            json_of(draw(st.one_of(st.just(row), st.just(dict(enumerate(row))), values))).decode()
            for row in rows
        ]
    else:
        quote = draw(st.sampled_from(["", '"', "'"]))
        separator = draw(st.sampled_from([",", ";", "\t", "|", ", "]))
        lines = [separator.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\x00\n", "\u2028"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "utf-32", "cp1252", "utf-7", "utf-8-sig"]))
    text = end.join(lines) + draw(st.sampled_from(["", end]))
    return draw(damaged(text.encode(encoding, "replace")))


encodings = st.one_of(
    st.none(),
    st.sampled_from(
        [
            *("utf-8", "utf-7", "utf-16", "cp1252", "shift_jis", "", "\x00", "x" * 300),
            *("idna", "punycode", "unicode_escape", "raw_unicode_escape"),
            *("rot13", "hex", "zip", "base64", "undefined", "mbcs"),
        ]
    ),
)
