"""None of these: whether a text is like the texts that a model has learnt from.

Three detectors look at it. *Neighbours*: the mean cosine to the five nearest training texts (Sun et
al. 2022, Out-of-distribution detection with deep nearest neighbors). *Density*: the distance to the
nearest class in units of the spread within classes (Lee et al. 2018, A simple unified framework
for detecting out-of-distribution samples: Mahalanobis). *Confidence*: the largest probability of a
strongly penalised model (Hendrycks & Gimpel 2017, A baseline for detecting misclassified and
out-of-distribution examples). The first two see what is far from everything known, the third what
is between the known; with two classes the third is blind, with many it sees most.

Each detector's score becomes the share of the model's own texts, held out, that score as low; the
logarithms of the shares are added with weights (Fisher 1925, Statistical methods for research
workers; weights: Good 1955, On the weighted combination of significance tests). The energy (Liu et
al. 2020) and the relative distance (Ren et al. 2021) were tried and gain too little beside these
three: `benchmarks/classify/README.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats, Rows
from likewise.classify.learn.heads import Head
from likewise.classify.learn.softmax import FeatureBlocks, softmax
from likewise.types import Vectors

Detector = Literal["neighbours", "density", "confidence"]
DETECTORS: tuple[Detector, ...] = get_args(Detector)

NEAREST = 5

_TOGETHER = 1_024
_GROUP = 16


@dataclass(frozen=True, eq=False)
class Novelty:
    """What is needed to say whether texts are like those learnt from.

    weights: of each detector that counts, above 0, in sum 1.
    references: for each of them the scores of held-out own texts, sorted, float32 (n,).
    combined: combined scores of these texts, sorted, float64 (n,); empty where no text could be
        held out, so that nothing is ever turned away.
    neighbours: float32 (m, dims), unit length. means: float32 (k, dims). whitening: float32
        (dims, dims). cautious: the head whose confidence is asked. Each is None where its
        detector does not count.
    """

    weights: Mapping[Detector, float]
    references: Mapping[Detector, Vectors]
    combined: Floats
    neighbours: Vectors | None = None
    means: Vectors | None = None
    whitening: Vectors | None = None
    cautious: Head | None = None

    def scores(self, vectors: Vectors) -> dict[Detector, Floats]:
        """Return what each detector that counts says, higher for what is known: float64 (n,)."""
        found: dict[Detector, Floats] = {}
        for name in self.weights:
            if name == "neighbours" and self.neighbours is not None:
                found[name] = nearness(vectors, self.neighbours)
            elif name == "density" and self.means is not None and self.whitening is not None:
                found[name] = density(vectors, self.means, self.whitening)
            elif self.cautious is not None:
                found[name] = confidence(self.cautious, vectors)
        return found

    def typicality(self, vectors: Vectors) -> Floats:
        """Return how like the own texts each text is, at most 0, lower for what is foreign."""
        return combine(self.scores(vectors), self.references, self.weights)

    def between(self, rate: float) -> tuple[float, float] | None:
        """Return between which shares of new own texts are turned away where `rate` is asked for.

        The middle 95 % of the share below a rank among n held-out texts, whose distribution is
        Beta(rank, n + 1 − rank): with 100 texts 1.6 to 9.9 % for 5 %, with 1,000 3.7 to 6.4 %.
        In 100 draws 89 shares lay within (`benchmarks/classify/README.md`): it is a guide.
        None where nothing is ever turned away.

        Source: Vovk 2012, Conditional validity of inductive conformal predictors.
        """
        from scipy.stats import beta

        n = len(self.combined)
        rank = int(rate * (n + 1))
        if not rank:
            return None
        low, high = beta(rank, n + 1 - rank).ppf([0.025, 0.975])
        return float(low), float(high)

    def fits(self, vectors: Vectors, rate: float) -> npt.NDArray[np.bool_]:
        """Return whether each text is like the own ones, of which the share `rate` is not.

        Source: Vovk et al. 2005, Algorithmic learning in a random world: the conformal quantile.
        """
        rank = int(rate * (len(self.combined) + 1))
        if not rank:  # too few were held out for so small a share
            return np.ones(len(vectors), np.bool_)
        found: npt.NDArray[np.bool_] = self.typicality(vectors) >= self.combined[rank - 1]
        return found


def combine(
    scores: Mapping[Detector, Floats],
    references: Mapping[Detector, npt.NDArray[np.floating]],
    weights: Mapping[Detector, float],
) -> Floats:
    """Return the weighted sum of the logarithms of each detector's share of lower own texts."""
    total = np.zeros(len(next(iter(scores.values()))))
    for name, weight in weights.items():
        reference = references[name]
        # in the reference's own precision, or an own text would not be found among its equals
        values = scores[name].astype(reference.dtype)
        below = np.searchsorted(reference, values, side="right")
        total += weight * np.log((below + 1) / (len(reference) + 1))
    return total


def nearness(
    vectors: Vectors,
    reference: Vectors,
    groups: Rows | None = None,
    reference_groups: Rows | None = None,
) -> Floats:
    """Return the mean cosine of each vector to its nearest in the reference: float64, (n,).

    Args:
        vectors: float32, shape (n, dims), unit length.
        reference: float32, shape (m, dims), unit length, m at least 1.
        groups: shape (n,); with `reference_groups`, what is of the same group is passed over.
        reference_groups: shape (m,).
    """
    k = min(NEAREST, len(reference))
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        cosines = vectors[part] @ reference.T
        if groups is not None and reference_groups is not None:
            cosines[groups[part, None] == reference_groups] = -1
        found[part] = largest(cosines, k).mean(axis=1, dtype=np.float64)
    return found


def largest(values: Vectors, k: int) -> Vectors:
    """Return the k largest of each row, in any order: shape (n, k).

    They lie in the k groups of columns whose maxima are largest: only these are selected from.
    """
    n, columns = values.shape
    groups = columns // _GROUP
    if groups > _GROUP * k:
        grouped = values[:, : groups * _GROUP].reshape(n, _GROUP, groups)
        best = np.argpartition(grouped.max(axis=1), -k, axis=1)[:, -k:]
        chosen = np.take_along_axis(grouped, best[:, None, :], axis=2).reshape(n, -1)
        values = np.concatenate([chosen, values[:, groups * _GROUP :]], axis=1)
    found: Vectors = np.partition(values, -k, axis=1)[:, -k:]
    return found


def density(vectors: Vectors, means: Vectors, whitening: Vectors) -> Floats:
    """Return minus the squared distance to the nearest mean, in whitened space: float64 (n,)."""
    centres = means @ whitening
    norms = np.square(centres).sum(axis=1)
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), _TOGETHER):
        points = vectors[start : start + _TOGETHER] @ whitening
        squares = np.square(points).sum(axis=1)
        found[start : start + _TOGETHER] = (2 * points @ centres.T - norms).max(axis=1) - squares
    return found


def confidence(head: Head, vectors: Vectors) -> Floats:
    """Return the largest probability that a head gives: float64, (n,)."""
    found: Floats = softmax(head.logits(FeatureBlocks(vectors))).max(axis=1)
    return found
