"""Heads: what stands on top of the vectors and turns them into classes.

Every head is a few arrays and a formula in NumPy, so a saved one needs neither pickle nor the
library that trained it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from likewise.classify.learn.softmax import FeatureBlocks, Linear
from likewise.types import Vectors

Arrays = dict[str, npt.NDArray[Any]]

LANDMARKS = 2_000
"""Training texts that the kernel compares with; with fewer texts it is exact."""

JITTER = 1e-4
"""Added to the landmarks' kernel matrix, which equal or near texts make singular in float32."""


class Head(Protocol):
    """Scores classes (or, with one column, predicts a number)."""

    kind: ClassVar[str]

    def logits(self, blocks: FeatureBlocks) -> Vectors:
        """Return float32 of shape (n, k)."""

    def arrays(self) -> Arrays:
        """Return what `read` needs to make the same head."""


@dataclass(frozen=True, eq=False)
class LinearHead:
    """Logistic regression on embeddings, on words, or on both."""

    kind: ClassVar[str] = "linear"
    linear: Linear

    def logits(self, blocks: FeatureBlocks) -> Vectors:
        """See `Head`."""
        return self.linear.logits(blocks)

    def arrays(self) -> Arrays:
        """See `Head`."""
        found: Arrays = {"dense": self.linear.dense, "bias": self.linear.bias}
        return found if self.linear.sparse is None else {**found, "sparse": self.linear.sparse}

    @classmethod
    def read(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "LinearHead":
        """Make a head from what `arrays` gave."""
        return cls(Linear(arrays["dense"], arrays.get("sparse"), arrays["bias"]))


@dataclass(frozen=True, eq=False)
class KernelMap:
    """Vectors by how near they are to landmarks: a Gaussian (RBF) kernel, exp(−γ·distance²).

    The Nyström method (Williams & Seeger 2001): a linear head on these features is the kernel
    machine restricted to the landmarks, and exact where all training texts are landmarks.

    landmarks: float32, shape (m, dims). whiten: float32, shape (m, m). gamma: the γ.
    """

    landmarks: Vectors
    whiten: Vectors
    gamma: float

    @classmethod
    def of(cls, vectors: Vectors, gamma: float, seed: int = 0) -> "KernelMap":
        """Choose landmarks among the vectors at random."""
        chosen = np.random.default_rng(seed).permutation(len(vectors))[:LANDMARKS]
        landmarks = vectors[np.sort(chosen)]
        inner = _gauss(landmarks, landmarks, gamma).astype(np.float64)
        inner[np.diag_indices_from(inner)] += JITTER
        whiten = np.linalg.inv(np.linalg.cholesky(inner)).T
        return cls(landmarks, np.ascontiguousarray(whiten, np.float32), gamma)

    def features(self, vectors: Vectors) -> Vectors:
        """Return float32 of shape (n, m)."""
        found: Vectors = _gauss(vectors, self.landmarks, self.gamma) @ self.whiten
        return found


def _gauss(left: Vectors, right: Vectors, gamma: float) -> Vectors:
    """Kernel of unit vectors, whose squared distance is 2 − 2·cosine."""
    found: Vectors = np.exp(np.float32(2 * gamma) * (left @ right.T - 1))
    return found


@dataclass(frozen=True, eq=False)
class KernelHead:
    """A linear head on kernel features: near texts weigh more than far ones."""

    kind: ClassVar[str] = "kernel"
    kernel: KernelMap
    linear: Linear

    def logits(self, blocks: FeatureBlocks) -> Vectors:
        """See `Head`."""
        return self.linear.logits(FeatureBlocks(self.kernel.features(blocks.dense)))

    def arrays(self) -> Arrays:
        """See `Head`."""
        return {
            "landmarks": self.kernel.landmarks,
            "whiten": self.kernel.whiten,
            "gamma": np.array([self.kernel.gamma]),
            "dense": self.linear.dense,
            "bias": self.linear.bias,
        }

    @classmethod
    def read(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "KernelHead":
        """Make a head from what `arrays` gave."""
        kernel = KernelMap(arrays["landmarks"], arrays["whiten"], float(arrays["gamma"][0]))
        return cls(kernel, Linear(arrays["dense"], None, arrays["bias"]))


KINDS: dict[str, Any] = {head.kind: head for head in (LinearHead, KernelHead)}
"""Every kind of head, by the name that it is saved under."""
