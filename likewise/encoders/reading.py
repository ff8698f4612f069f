"""How far into a text an encoder reads."""

import re

from likewise.encoders.base import Encoder
from likewise.encoders.column import texts_of

_AT_ONCE = 16
"""Prefixes counted in one call: a text of a megabyte is searched in six."""


_LONGEST = 64
"""Characters of a word that are looked at; a longer one is cut where the search ended."""


def characters_read(encoder: Encoder, text: str) -> int:
    """Return how many characters of a text are read; the rest has no effect on its vector.

    The longest prefix that is not cut off, found by counting the tokens of ever closer prefixes:
    that needs nothing of an encoder but its count. Where the count is an estimate, so is this.

    Raises:
        InvalidText: not a string, or it holds a lone surrogate.
    """
    texts_of([text])
    read, dropped = 0, len(text) + 1
    if not encoder.count_tokens([text]).truncated[0]:
        return len(text)
    while dropped - read > 1:
        step = max(1, (dropped - read) // (_AT_ONCE + 1))
        ends = list(range(read + step, dropped, step))[:_AT_ONCE]
        truncated = encoder.count_tokens([text[:end] for end in ends]).truncated
        for end, cut in zip(ends, truncated, strict=True):
            if cut:
                dropped = end
                break
            read = end
    return _whole_word(encoder, text, read)


def _whole_word(encoder: Encoder, text: str, read: int) -> int:
    """Return the end of the word that `read` falls into, where the word is read too.

    A part of a word may take more tokens than all of it: `sleep` is one, `sle` two.
    """
    word = re.match(r"\w*", text[read : read + _LONGEST])
    end = read + (word.end() if word else 0)
    if end == read or encoder.count_tokens([text[:end]]).truncated[0]:
        return read
    return end
