"""A similarity divided exactly among the tokens, where a vector is a sum over its tokens.

With mean pooling a text's vector is the sum of its tokens' outputs over the length of that sum.
So its cosine with another text's unit vector is the sum of one number for each token. Nothing is
left over, but what the engine's precision rounds.

These shares answer another question than leaving a word out: not what the similarity would be
without the word, but where in the vector it stands. A token's output has already read the other
words, so a share may belong in part to them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import Encoder, TokenParts
from likewise.types import Vectors

Span = tuple[int, int]
"""Start and end of a word in its text, in characters."""

_TINY = 0.1
"""Below this part of the largest value of its kind, a value's sign says nothing."""
_RANKED = 4
"""Words from which on ranks are compared: among fewer, half the list is a single step."""


@dataclass(frozen=True)
class Shares:
    """How the similarity is divided among one text's tokens; all of it adds up to the cosine.

    words: one for each word, in order.
    special: tokens that stand for no character (`[CLS]`, `[SEP]`) and those of a prefix.
    between: tokens between the words, such as punctuation.
    rounding: what precision leaves between the sum and the cosine.
    """

    words: tuple[float, ...]
    special: float
    between: float
    rounding: float

    def rest(self) -> dict[str, float]:
        """Return all but the words, ready for JSON."""
        rest = asdict(self)
        del rest["words"]
        return rest


def shares(
    pair: Sequence[str],
    words: Sequence[Sequence[Span]],
    encoder: Encoder,
    vectors: Vectors,
) -> tuple[Shares, Shares] | None:
    """Return the shares in both texts, None where the encoder's vectors are not sums over tokens.

    words: for each text where its words stand. vectors: float32, shape (2, dims), unit length.

    Raises:
        InvalidText: a text holds a lone surrogate.
    """
    split = encoder.token_parts(pair)
    if split is None:
        return None
    cosine = float(vectors[0].astype(np.float64) @ vectors[1].astype(np.float64))
    one, other = (
        _divide(parts, spans, facing, cosine)
        for parts, spans, facing in zip(split, words, vectors[::-1], strict=True)
    )
    return one, other


def disagreements(effects: Sequence[float], words: Sequence[float]) -> list[bool]:
    """Return for each word whether its effect and its share tell different stories.

    They do where the signs differ and neither is tiny, or where the ranks are half the list apart
    and one of the two is not tiny.
    """
    effect, share = _sign(effects), _sign(words)
    told = effect * share < 0
    if len(words) >= _RANKED:
        far = np.abs(_ranks(effects) - _ranks(words)) >= len(words) / 2
        told |= far & ((effect != 0) | (share != 0))
    return [bool(mark) for mark in told]


def _divide(
    parts: TokenParts, spans: Sequence[Span], facing: npt.NDArray[np.float32], cosine: float
) -> Shares:
    each = parts.parts.astype(np.float64) @ facing.astype(np.float64)
    starts, ends = parts.places.T
    words, taken = [], np.zeros(len(each), np.bool_)
    for start, end in spans:
        # a token goes to the first word that it touches
        inside = (starts < end) & (ends > start) & ~taken
        taken |= inside
        words.append(float(each[inside].sum()))
    special = ends == 0
    return Shares(
        tuple(words),
        float(each[special].sum()),
        float(each[~special & ~taken].sum()),
        cosine - float(each.sum()),
    )


def _sign(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return -1, 0 or 1 for each; 0 where a value is tiny beside the largest."""
    array = np.array(values, np.float64)
    return np.where(np.abs(array) > _TINY * np.abs(array).max(initial=0), np.sign(array), 0.0)


def _ranks(values: Sequence[float]) -> npt.NDArray[np.int64]:
    return np.argsort(np.argsort(-np.array(values), kind="stable"), kind="stable")
