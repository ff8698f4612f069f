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
from likewise.similarity.cosine import cosine_matrix
from likewise.types import Identity, Vectors

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

    def to_dict(self) -> dict[str, Any]:
        """Return what a reader of a percentile must know, ready for JSON."""
        return {"name": self.background, "pairs": self.pairs, "digest": self.digest}


def measure(background: str, vectors: Vectors, topics: Sequence[str], identity: Identity) -> Scale:
    """Make a scale from all pairs of texts that have different topics.

    Args:
        background: name of the texts.
        vectors: float32, shape (n, dims), unit length.
        topics: n names; texts of one topic are never an unrelated pair. Give each text a topic
            of its own where no topics are known.
        identity: the encoder that made the vectors.

    Raises:
        InvalidVectors: not unit vectors.
        TooFewTexts: there are not two texts of different topics.
    """
    _, topic = np.unique(np.asarray(topics), return_inverse=True)
    matrix = cosine_matrix(vectors)
    rows, columns = np.nonzero(np.triu(topic[:, None] != topic[None, :]))
    if not len(rows):
        raise TooFewTexts(
            "A scale needs two texts of different topics.", "Give more texts.", param="topics"
        )
    quantiles = np.quantile(matrix[rows, columns].astype(np.float64), LEVELS / 100)
    return Scale(background, len(rows), identity.digest, quantiles)
