"""Why a text gets its label: examples near it, and the words that decided."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from likewise.classify.arrays import Rows
from likewise.classify.data.labels import Label
from likewise.classify.learn.heads import LinearHead
from likewise.classify.model import ClassModel, Examples
from likewise.similarity.search import top_k
from likewise.types import Encoding, Vectors

MOST_WORDS = 100
"""Words that are left out one by one; a longer text is explained by its first ones."""

_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Neighbour:
    """A training text near the explained one."""

    text: str
    label: Label
    similarity: float


@dataclass(frozen=True)
class Weight:
    """How much a word says for the predicted label: above 0 for it, under 0 against it."""

    word: str
    weight: float


@dataclass(frozen=True)
class Explanation:
    """Why a label was given.

    same, other: nearest training texts with the predicted label, and with another one.
    words: fall of the label's probability when a word is left out, largest first. It is what
    leaving out does, not what the word means: two words that say the same hide each other.
    terms: exact shares of words and pairs of words in the label's logit, where the model has any.
    """

    label: Label
    probability: float
    same: tuple[Neighbour, ...]
    other: tuple[Neighbour, ...]
    words: tuple[Weight, ...]
    terms: tuple[Weight, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


def explain(
    model: ClassModel,
    text: str,
    vector: Vectors,
    neighbours: int,
    encode: Callable[[Sequence[str]], Encoding],
) -> Explanation:
    """Explain one prediction; `encode` embeds the text with a word left out."""
    probabilities = model.probabilities(vector[None], [text])[0]
    chosen = int(model.decide(probabilities[None])[0])
    label = model.classes[chosen]
    same, other = _neighbours(model, vector, label, neighbours)
    return Explanation(
        label=label,
        probability=float(probabilities[chosen]),
        same=same,
        other=other,
        words=_left_out(model, text, chosen, float(probabilities[chosen]), encode),
        terms=_terms(model, text, chosen),
    )


def nearest(
    examples: Examples, vector: Vectors, k: int, rows: Rows | None = None
) -> tuple[Neighbour, ...]:
    """Return the k training texts (of those in `rows`, if given) nearest to a vector (dims,)."""
    among = np.arange(len(examples.texts)) if rows is None else rows
    places, similarities = top_k(vector[None], examples.vectors[among], k)
    return tuple(
        Neighbour(examples.texts[among[place]], examples.answers[among[place]], float(cosine))
        for place, cosine in zip(places[0], similarities[0], strict=True)
    )


def _neighbours(
    model: ClassModel, vector: Vectors, label: Label, k: int
) -> tuple[tuple[Neighbour, ...], tuple[Neighbour, ...]]:
    examples = model.examples
    if examples is None:
        return (), ()
    own = np.array([answer == label for answer in examples.answers])
    same, other = (np.flatnonzero(rows) for rows in (own, ~own))
    return nearest(examples, vector, k, same), nearest(examples, vector, k, other)


def _left_out(
    model: ClassModel,
    text: str,
    chosen: int,
    whole: float,
    encode: Callable[[Sequence[str]], Encoding],
) -> tuple[Weight, ...]:
    words = list(_WORD.finditer(text))[:MOST_WORDS]
    if len(words) < 2:
        return ()
    without = [(text[: word.start()] + text[word.end() :]).strip() for word in words]
    left = model.probabilities(encode(without).vectors, without)[:, chosen]
    found = [
        Weight(word.group(), whole - float(rest)) for word, rest in zip(words, left, strict=True)
    ]
    return tuple(sorted(found, key=lambda weight: -weight.weight))


def _terms(model: ClassModel, text: str, chosen: int) -> tuple[Weight, ...]:
    head, words = model.fitted.head, model.fitted.words
    if words is None or not isinstance(head, LinearHead) or head.linear.sparse is None:
        return ()
    features = words.features([text])
    # a share against the mean class: the softmax is blind to what all classes have in common
    weights = head.linear.sparse[features.indices]
    shares = features.data * (weights[:, chosen] - weights.mean(axis=1))
    found = [
        Weight(str(words.terms[column]), float(share))
        for column, share in zip(features.indices, shares, strict=True)
    ]
    return tuple(sorted(found, key=lambda weight: -abs(weight.weight)))
