"""Cuts long texts where sentences end, into parts that an encoder reads whole."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from likewise.collections.storage.items import Item

if TYPE_CHECKING:
    from likewise.encoders import Encoder

COLUMNS = ("document", "chunk")
"""What is said of a part: the id of its text, and its number, from 1."""

_TOGETHER = 256
"""Texts that are tokenised at a time."""

_SENTENCE = re.compile(
    r"(?<=[.!?…])[\"'”’»)\]]*\s+"  # the end of a sentence in most languages
    r"|(?<=[。！？])"  # which needs no blank in these
    r"|\n\s*\n+"  # a paragraph
)


def columns_of_parts(columns: Sequence[str]) -> list[str]:
    """Return the columns of texts that are cut, behind whose own stand those of the parts."""
    own = []
    for name in COLUMNS:
        new, number = name, 2
        while new in columns:
            new, number = f"{name} {number}", number + 1
        own.append(new)
    return [*columns, *own]


def chunked(items: Iterable[Item], encoder: "Encoder") -> Iterator[Item]:
    """Yield each text as parts of as many whole sentences as the encoder reads at a time.

    A sentence that is longer than that is cut between words. Behind the last part of a text
    stands an item without text, which takes the place of parts that it had before.
    """
    source = iter(items)
    while some := list(islice(source, _TOGETHER)):
        parts = split([item.text for item in some], encoder)
        for item, texts in zip(some, parts, strict=True):
            for number, text in enumerate(texts, 1):
                values = (*item.values, item.id, number)
                yield Item(f"{item.id}#{number}", text, values, item.where)
            yield Item(f"{item.id}#{len(texts) + 1}", "", (), item.where)


def split(texts: Sequence[str], encoder: "Encoder") -> list[list[str]]:
    """Return the parts of each text, which together are all of it but for blanks between them."""
    most = encoder.identity.max_tokens
    if not most:
        return [[text] for text in texts]
    cut = encoder.count_tokens(texts).truncated
    return [
        _parts(text, most, encoder) if long else [text]
        for text, long in zip(texts, cut.tolist(), strict=True)
    ]


def _parts(text: str, most: int, encoder: "Encoder") -> list[str]:
    frame = int(encoder.count_tokens([""]).tokens[0])
    pieces = [piece for piece in _sentences(text) if piece.strip()]
    lengths = [int(n) - frame for n in encoder.count_tokens(pieces).tokens]
    parts: list[str] = []
    held, used = "", 0
    for piece, length in zip(pieces, lengths, strict=True):
        if length > most - frame:
            parts += [held] if held else []
            parts += _halves(piece, most, encoder)
            held, used = "", 0
        elif used + length > most - frame:
            parts.append(held)
            held, used = piece, length
        else:
            held, used = held + piece, used + length
    return [part.strip() for part in [*parts, held] if part.strip()]


def _sentences(text: str) -> list[str]:
    """Return the sentences, each with the blanks behind it."""
    ends = [match.end() for match in _SENTENCE.finditer(text)]
    starts = [0, *ends]
    return [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True)]


def _halves(text: str, most: int, encoder: "Encoder") -> list[str]:
    """Cut a sentence between words, or between characters where it is a single word."""
    text = text.strip()
    # what is far too long is not counted in full: an encoder looks at its beginning only
    if len(text) < 2 or not bool(encoder.count_tokens([text]).truncated[0]):
        return [text]
    middle = len(text) // 2
    before, after = text.rfind(" ", 1, middle), text.find(" ", middle)
    near = [place for place in (before, after) if 0 < place < len(text) - 1]
    at = min(near, key=lambda place: abs(place - middle)) if near else middle
    return _halves(text[:at], most, encoder) + _halves(text[at:], most, encoder)
