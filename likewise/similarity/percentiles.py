"""What a cosine similarity means: how many unrelated pairs are less similar.

A cosine of 0.5 is high for one encoder and low for another. So each encoder gets a *scale*:
the distribution of its cosines over unrelated pairs of a *background*, pairs of sentences
about two different topics. The background is named wherever the scale is shown, because it
matters as much as the encoder does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.errors import IncompatibleVectors, TooFewTexts
from likewise.similarity.cosine import check_vectors, pair_cosines
from likewise.types import Identity, Vectors

Rows = npt.NDArray[np.int64]

MOST_PAIRS = 200_000
"""Pairs that a scale is measured on: a share of them is exact to 0.1 points, standard error."""

_AT_A_TIME = 2**14

DECIMALS = 12
"""Of a cosine; float32 vectors give about seven."""

LEVELS = np.concatenate([np.linspace(0, 99, 496), np.linspace(99.01, 100, 100)])
"""Percentages at which a scale knows its quantile: finer at the top, where related texts lie."""


@dataclass(frozen=True, eq=False)
class Scale:
    """The cosines of unrelated pairs, as quantiles.

    background: name of the texts that the pairs come from.
    pairs: how many pairs were measured.
    digest: identity digest of the encoder that embedded them.
    quantiles: float64, shape (596,), rising: cosine at each of `LEVELS` per cent.
    """

    background: str
    pairs: int
    digest: str
    quantiles: npt.NDArray[np.float64]

    def percentiles(
        self, cosines: npt.NDArray[np.floating], identity: Identity
    ) -> npt.NDArray[np.float64]:
        """Return the share of unrelated pairs that are less similar, in per cent.

        Monotone: a higher cosine never has a lower percentile. Of pairs that are exactly as
        similar, half count as less.

        Args:
            cosines: any shape, within [-1, 1].
            identity: the encoder that made the vectors.

        Returns:
            float64, same shape, 0 to 100.

        Raises:
            IncompatibleVectors: the scale was measured with another encoder.
        """
        if identity.digest != self.digest:
            raise IncompatibleVectors(
                f"The scale was measured with the encoder {self.digest[:12]}, the similarities "
                f"with {identity.name} ({identity.digest[:12]}).",
                "Make a scale with the same encoder: general_english(encoder).",
            )
        # values nearer to each other than a cosine is exact are one, or the slope is infinite
        known, asked = np.round(self.quantiles, DECIMALS), np.round(cosines, DECIMALS)
        values, first, count = np.unique(known, return_index=True, return_counts=True)
        levels = (LEVELS[first] + LEVELS[first + count - 1]) / 2
        found: npt.NDArray[np.float64] = np.interp(asked, values, levels, left=0, right=100)
        return found

    def cosine_at(self, percentile: float) -> float:
        """Return the cosine that this share of unrelated pairs, in per cent, stays below."""
        return float(np.interp(percentile, LEVELS, self.quantiles))

    def to_dict(self) -> dict[str, Any]:
        """Return what a reader of a percentile must know, ready for JSON."""
        return {"name": self.background, "pairs": self.pairs, "digest": self.digest}


def measure(background: str, vectors: Vectors, topics: Sequence[str], identity: Identity) -> Scale:
    """Make a scale from pairs of texts that have different topics.

    All pairs count where there are at most 200,000, else as many drawn at random, always the
    same ones: then each percentile is exact to about a tenth of a point.

    Args:
        background: name of the texts.
        vectors: float32 or float16, shape (n, dims), unit length; a memory map is read in parts.
        topics: n names; texts of one topic are never an unrelated pair. Give each text a topic
            of its own where no topics are known.
        identity: the encoder that made the vectors.

    Raises:
        InvalidVectors: not unit vectors.
        TooFewTexts: there are not two texts of different topics.
    """
    _, topic = np.unique(np.asarray(topics), return_inverse=True)
    if len(topic) < 2 or (topic == topic[0]).all():
        raise TooFewTexts(
            "A scale needs two texts on different topics.", "Give more texts.", param="topics"
        )
    left, right = _pairs(topic)
    cosines = np.empty(len(left), np.float64)
    for start in range(0, len(left), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        one, other = (check_vectors(vectors[rows[part]]) for rows in (left, right))
        cosines[part] = pair_cosines(one, other)
    return Scale(background, len(left), identity.digest, np.quantile(cosines, LEVELS / 100))


def _pairs(topic: Rows) -> tuple[Rows, Rows]:
    """Return two columns of rows that have different topics: all such pairs, or a sample."""
    n = len(topic)
    if n * (n - 1) // 2 <= MOST_PAIRS:
        left, right = np.triu_indices(n, 1)
        unrelated = topic[left] != topic[right]
        return left[unrelated], right[unrelated]
    # sorted by topic, the rows of another topic are those before and behind the own ones
    order = np.argsort(topic, kind="stable")
    sizes = np.bincount(topic)
    starts = np.cumsum(sizes) - sizes
    random = np.random.default_rng(0)
    others = (n - sizes[topic]).astype(np.float64)  # each pair is as likely as any other
    left = random.choice(n, MOST_PAIRS, p=others / others.sum())
    size, start = sizes[topic[left]], starts[topic[left]]
    place = random.integers(0, n - size)
    return left, order[place + np.where(place >= start, size, 0)]
