"""What smaller vectors lose: the true neighbours that fewer numbers, or coarser ones, still find.

The figure is recall at 10: of the ten sentences that are nearest to each sentence of *general
English* by its whole vector, the share that is among the ten nearest by the smaller one. Smaller
vectors are made as in Kusupati et al. (2022), *Matryoshka Representation Learning*, by keeping the
first numbers, and as in Shakir et al. (2024), *Binary and Scalar Embedding Quantization*, by
keeping eight bits or the sign of each.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import Encoder
from likewise.similarity.background import topics_and_sentences
from likewise.types import Vectors

NEIGHBOURS = 10
STEPS = 24
"""Widths at which recall is measured, at most."""

LEAST = 8
"""The fewest numbers that are tried; widths are multiples of it, so that signs fill bytes."""


@dataclass(frozen=True, eq=False)
class Sizes:
    """Recall at 10 of smaller vectors, for one encoder.

    sentences: how many sentences look for their neighbours among each other.
    dims: the widths that were tried, rising to the whole one.
    recall: 0 to 1 at each width, by the precision of the numbers: `float32`, `int8` and `bit`.
    """

    sentences: int
    dims: list[int]
    recall: dict[str, list[float]]

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "sentences": self.sentences,
            "neighbours": NEIGHBOURS,
            "dims": self.dims,
            "recall": self.recall,
        }


def sizes(encoder: Encoder) -> Sizes:
    """Return what smaller vectors of an encoder find among the sentences of *general English*.

    Takes about as long as embedding 400 short texts.

    Raises:
        EncoderError: the encoder can't embed them.
    """
    return measure_sizes(encoder.encode(topics_and_sentences()[1]).vectors)


Floats = npt.NDArray[np.floating[Any]]


def measure_sizes(vectors: Vectors) -> Sizes:
    """Return what smaller copies of unit vectors, shape (n, dims), find of their neighbours."""
    whole = vectors.shape[1]
    tried = np.unique((np.linspace(LEAST, whole, STEPS) // LEAST).astype(int) * LEAST)
    dims = [*(int(width) for width in tried if width < whole), whole]
    true = _nearest(vectors)
    recall: dict[str, list[float]] = {"float32": [], "int8": [], "bit": []}
    for width in dims:
        kept = vectors[:, :width]
        most = np.abs(kept).max(axis=1, keepdims=True)
        coarse = np.round(kept / np.where(most == 0, 1, most) * 127)
        signs = np.where(kept < 0, np.float32(-1), np.float32(1))
        for name, smaller in (("float32", kept), ("int8", coarse), ("bit", signs)):
            length = np.linalg.norm(smaller, axis=1, keepdims=True)
            found = _nearest(smaller / np.where(length == 0, 1, length))
            recall[name].append(round(_shared(true, found), 4))
    return Sizes(len(vectors), dims, recall)


def _nearest(vectors: Floats) -> npt.NDArray[np.intp]:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS]


def _shared(true: npt.NDArray[np.intp], found: npt.NDArray[np.intp]) -> float:
    return float((true[:, :, None] == found[:, None, :]).any(axis=2).mean())
