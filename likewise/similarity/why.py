"""Which words made two texts similar: what happens to the similarity without each of them.

Leave-one-out is exact about its own question, "what if this word were not there", for every
encoder. It is not a division of the similarity: the effects of all words need not add up to it,
because an encoder reads each word in the light of the others. Where the encoder's vectors are
sums over tokens, the exact division stands beside it; see `likewise.similarity.shares`.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

from likewise.encoders.base import Encoder
from likewise.encoders.column import texts_of
from likewise.encoders.culprit import placed
from likewise.errors import InvalidText, TooLong
from likewise.similarity.cosine import cosine_matrix
from likewise.similarity.shares import Shares, disagreements, shares

WORD = re.compile(r"\w+(?:['’\-]\w+)*")

MOST_WORDS = 64
"""Words in one text: each costs an embedding of the whole text."""


@dataclass(frozen=True)
class Word:
    """A word of a text, and what it does for the similarity.

    start, end: its place in the text, in characters.
    effect: similarity of the two texts minus their similarity without this word; above 0 the
        word brings them together, below 0 it holds them apart.
    share: what its tokens add to the similarity, None where the encoder's vectors are not sums.
    disagrees: whether effect and share tell different stories.
    """

    text: str
    start: int
    end: int
    effect: float
    share: float | None = None
    disagrees: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Why:
    """The words of two texts with their effects, and the similarity of the two as they are.

    `shares` holds what goes to no word, None where the encoder's vectors are not sums over tokens.
    """

    similarity: float
    words: tuple[tuple[Word, ...], tuple[Word, ...]]
    shares: tuple[Shares, Shares] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        words = [[word.to_dict() for word in side] for side in self.words]
        rest = self.shares and [side.rest() for side in self.shares]
        return {"similarity": self.similarity, "words": words, "shares": rest}


def which_words(one: str, other: str, encoder: Encoder) -> Why:
    """Return what each word of two texts does for their similarity, in one `encode`.

    Where the encoder can split its vectors, the words' exact shares stand beside their effects.

    Method: leave-one-out (occlusion; Zeiler & Fergus 2014, *Visualizing and understanding
    convolutional networks*, for images; Li, Monroe & Jurafsky 2016 for words).

    Raises:
        InvalidText: a text has no word, or holds a lone surrogate.
        TooLong: a text has more than `MOST_WORDS` words.
    """
    pair = texts_of((one, other))
    places = [_words(text, name) for text, name in zip(pair, ("one", "other"), strict=True)]
    without = [
        _without(text, word) for text, words in zip(pair, places, strict=True) for word in words
    ]
    split = 2 + len(places[0])
    # a text that fails without a word is the one that the word was taken from
    with placed(lambda at: at if at < 2 else int(at >= split)):
        vectors = encoder.encode([*pair, *without]).vectors
    matrix = cosine_matrix(vectors)
    whole = float(matrix[0, 1])
    # each shortened text is compared with the other text, which is whole
    left = [whole - float(cosine) for cosine in matrix[1, 2:split]]
    right = [whole - float(cosine) for cosine in matrix[0, split:]]
    spans = [[word.span() for word in words] for words in places]
    divided = shares(pair, spans, encoder, vectors[:2])
    one_side, other_side = (
        _told(words, effects, divided and divided[side])
        for side, (words, effects) in enumerate(zip(places, (left, right), strict=True))
    )
    return Why(whole, (one_side, other_side), divided)


def _words(text: str, name: str) -> list[re.Match[str]]:
    words = list(WORD.finditer(text))
    if not words:
        raise InvalidText("The text has no words.", "Write at least one.", param=name)
    if len(words) > MOST_WORDS:
        raise TooLong(
            f"The text has {len(words):,} words; the most is {MOST_WORDS}.",
            "Look at a sentence or two of it.",
            param=name,
        )
    return words


def _without(text: str, word: re.Match[str]) -> str:
    """Return the text without the word, and without the space that would stand twice."""
    before, after = text[: word.start()], text[word.end() :]
    return before + (after.lstrip(" ") if before.endswith(" ") or not before else after)


def _told(
    words: list[re.Match[str]], effects: list[float], divided: Shares | None
) -> tuple[Word, ...]:
    each = divided.words if divided else [None] * len(words)
    marks = disagreements(effects, divided.words) if divided else [False] * len(words)
    return tuple(
        Word(
            word.group(),
            *word.span(),
            effect=round(effect, 7),
            share=None if share is None else round(share, 7),
            disagrees=mark,
        )
        for word, effect, share, mark in zip(words, effects, each, marks, strict=True)
    )
