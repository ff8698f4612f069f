"""What a word is to a search by words, in every script.

Chinese, Japanese, Korean, Thai and others put no blanks between words, or not between all. Each
of their characters stands alone in the index, and of a query each two neighbours are looked for as
a phrase: that finds what an index of pairs finds, and single characters too.

Source: `CJKBigramFilter` of Apache Lucene, whose pairs may match one by one; before it, as there,
each character has one form (Unicode's NFKC) and no accent.
"""

import re
import unicodedata
from itertools import groupby, pairwise

MOST_TERMS = 64

SIGNS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"  # Han
    "\uac00-\ud7a3"  # Hangul
)
"""Characters of scripts without blanks between words, as a class of a regular expression."""

POINTS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
"""Accents, and the points of Hebrew and Arabic: a word is the same with and without."""

_SIGN = re.compile(f"[{SIGNS}]")
_POINT = re.compile(f"[{POINTS}]")


def spaced(text: str) -> str:
    """Return a text for an index that tells words apart by what is no letter, digit or mark."""
    return text if text.isascii() else _SIGN.sub(r" \g<0> ", _plain(text))


def terms_of(text: str) -> list[tuple[str, ...]]:
    """Return what of a query is looked for: words, and pairs of characters side by side."""
    found: dict[tuple[str, ...], None] = {}
    for kind, characters in groupby(_plain(text.lower()), _kind):
        word = "".join(characters)
        if kind == "signs" and len(word) > 1:
            found.update(dict.fromkeys(pairwise(word)))
        elif kind is not None:
            found[(word,)] = None
    return list(found)[:MOST_TERMS]


def _plain(text: str) -> str:
    """Return a text with one form of each character, without accents."""
    if text.isascii():
        return text
    bare = _POINT.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare)


def _kind(character: str) -> str | None:
    if _SIGN.match(character):
        return "signs"
    return "word" if character == "_" or unicodedata.category(character)[0] in "LNM" else None
