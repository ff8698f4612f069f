"""The models that are tried, and how each is fitted on some rows of the samples."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import Any, Literal

import numpy as np

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.learn.heads import Head, KernelHead, KernelMap, LinearHead
from likewise.classify.learn.sigmoid import Members, fit_sigmoid
from likewise.classify.learn.softmax import FeatureBlocks, Linear, fit_softmax
from likewise.classify.learn.tfidf import TermCounts, Tfidf
from likewise.types import Vectors

Candidate = Literal["words", "embeddings", "both"]

TITLES: dict[Candidate, str] = {
    "words": "words alone (TF-IDF)",
    "embeddings": "embeddings + logistic regression",
    "both": "embeddings + words",
}
"""Every candidate, from simple to complicated, as people read it."""


@dataclass(frozen=True)
class Setting:
    """One candidate with its constants.

    C: scikit-learn's C, the weight of the data against the penalty.
    words: factor of the TF-IDF features beside the embeddings.
    label_names: as how many more texts of its label each label's name counts; 0 for none.
    gamma: γ of the Gaussian kernel that embeddings are compared by; 0 for their plain products.
    """

    candidate: Candidate
    C: float = 10.0
    words: float = 0.0
    label_names: float = 0.0
    gamma: float = 0.0


@dataclass(frozen=True, eq=False)
class Samples:
    """What there is to learn from.

    vectors: float32, shape (n, dims), unit length.
    classes: int64, shape (n,), 0 to n_classes - 1.
    groups: int64, shape (n,); equal texts have the same number.
    counts: terms of the texts, None where only vectors are known.
    label_vectors: float32, shape (n_classes, dims), vectors of the labels' names, or None.
    weights: float64, shape (n,), of each text in the loss, in mean 1; None for equal weights.
    times: float64, shape (n,), larger is later; None where order does not matter.
    members: bool, shape (n, n_classes), where a text has several labels or none; `classes` are then
        what folds are dealt by, see `likewise.classify.learn.multilabel.strata`.
    keep_vectors: whether a model may hold the vectors, as a kernel does.
    grouped: whether `groups` holds more together than equal texts.
    """

    vectors: Vectors
    classes: Classes
    groups: Rows
    n_classes: int
    counts: TermCounts | None = None
    label_vectors: Vectors | None = None
    weights: Floats | None = None
    times: Floats | None = None
    members: Members | None = None
    keep_vectors: bool = True
    grouped: bool = False

    def __len__(self) -> int:
        return len(self.classes)

    def part(self, rows: Rows) -> "Samples":
        """Return the samples in `rows`, with all classes."""
        counts = self.counts and TermCounts(self.counts.table[rows], self.counts.terms)
        return replace(
            self,
            vectors=self.vectors[rows],
            classes=self.classes[rows],
            groups=self.groups[rows],
            counts=counts,
            weights=None if self.weights is None else self.weights[rows],
            times=None if self.times is None else self.times[rows],
            members=None if self.members is None else self.members[rows],
        )

    @property
    def size(self) -> int:
        """Texts × classes, with which the time of a fit grows."""
        return len(self) * self.n_classes

    @property
    def class_counts(self) -> Rows:
        """How many texts each class has: int64, shape (n_classes,)."""
        if self.members is not None:
            found: Rows = np.count_nonzero(self.members, axis=0).astype(np.int64)
            return found
        return np.bincount(self.classes, minlength=self.n_classes)


@dataclass(frozen=True, eq=False)
class FittedCandidate:
    """A fitted candidate: its head, and the terms that it knows (None without words)."""

    head: Head
    words: Tfidf | None

    def blocks(self, vectors: Vectors, texts: Sequence[str]) -> FeatureBlocks:
        """Return the features of texts as the head wants them."""
        return FeatureBlocks(vectors, None if self.words is None else self.words.features(texts))


class Split:
    """The features of one training part and one held-out part, made once for all candidates."""

    def __init__(self, samples: Samples, train: Rows, held_out: Rows) -> None:
        self.samples = samples
        self.train, self.held_out = train, held_out
        self.words: Tfidf | None = None
        self._sparse: tuple[Any, Any] | None = None
        self._counting = Lock()
        self._blocks: dict[Setting, tuple[FeatureBlocks, Classes, KernelMap | None]] = {}
        self._starts: dict[Setting, Linear] = {}

    def logits(self, setting: Setting) -> Vectors:
        """Fit on the training part, and score the held-out part: float32, shape (m, k)."""
        return self.scored(setting)[1]

    def scored(
        self, setting: Setting, *, tolerance: float = 1e-4
    ) -> tuple[FittedCandidate, Vectors]:
        """Fit on the training part; return the fit, and its scores of the held-out part (m, k)."""
        fitted = self.fit(setting, tolerance=tolerance)
        dense = self.samples.vectors[self.held_out]
        sparse = None if fitted.words is None else self._tfidf()[1]
        return fitted, fitted.head.logits(FeatureBlocks(dense, sparse))

    def fit(self, setting: Setting, *, tolerance: float = 3e-5) -> FittedCandidate:
        """Fit one candidate on the training part."""
        n_classes = self.samples.n_classes
        # what C means on all samples, so that a fit on a part is as confident
        penalty = 1 / (setting.C * len(self.samples))
        place = replace(setting, C=0.0)
        if place not in self._blocks:
            self._blocks[place] = self._linear_blocks(setting)
        blocks, classes, kernel = self._blocks[place]
        start = self._starts.get(place)
        if start is None and setting.candidate == "both":
            start = self._starts.get(replace(place, candidate="embeddings", words=0.0))
        if self.samples.members is None:
            linear = fit_softmax(
                blocks, classes, n_classes, penalty,
                weights=self._weights(setting, len(classes)), start=start, tolerance=tolerance,
            )  # fmt: skip
        else:
            own = self.samples.members[self.train]
            linear = fit_sigmoid(blocks, own, penalty, start=start, tolerance=tolerance)
        self._starts[place] = linear
        dense, sparse = linear.dense, linear.sparse
        if kernel is not None:
            return FittedCandidate(KernelHead(kernel, linear), None)
        if sparse is None:
            return FittedCandidate(LinearHead(linear), None)
        if setting.candidate == "words":
            dense = np.zeros((self.samples.vectors.shape[1], n_classes), np.float32)
        weighted = sparse * np.float32(setting.words or 1)
        return FittedCandidate(LinearHead(Linear(dense, weighted, linear.bias)), self.words)

    def _linear_blocks(self, setting: Setting) -> tuple[FeatureBlocks, Classes, KernelMap | None]:
        vectors, classes = self._vectors, self.samples.classes[self.train]
        n_classes = self.samples.n_classes
        sparse = None
        if setting.candidate != "embeddings":
            sparse = self._tfidf()[0] * np.float32(setting.words or 1)
        if setting.label_names and self.samples.label_vectors is not None:
            vectors = np.concatenate([vectors, self.samples.label_vectors])
            classes = np.concatenate([classes, np.arange(n_classes)])
            sparse = _with_empty_rows(sparse, n_classes)
        if setting.candidate == "words":
            vectors = np.zeros((len(classes), 0), np.float32)
        if setting.gamma:  # in place of the embeddings, and never beside words
            kernel = KernelMap.of(vectors, setting.gamma)
            return FeatureBlocks(kernel.features(vectors)), classes, kernel
        return FeatureBlocks(vectors, sparse), classes, None

    def _weights(self, setting: Setting, rows: int) -> Floats | None:
        """Return the weight of each row that is fitted; those of names are in mean texts."""
        names = rows - len(self.train)
        if self.samples.weights is None and (not names or setting.label_names == 1):
            return None
        own = np.ones(len(self.train))
        if self.samples.weights is not None:
            own = self.samples.weights[self.train]
        return np.concatenate([own, np.full(names, setting.label_names * own.mean())])

    @cached_property
    def _vectors(self) -> Vectors:
        found: Vectors = self.samples.vectors[self.train]
        return found

    def forget(self) -> None:
        """Let go of what was kept to make the next fit quick."""
        self._blocks.clear()
        self._starts.clear()
        self.__dict__.pop("_vectors", None)
        self._sparse = None

    def _tfidf(self) -> tuple[Any, Any]:
        with self._counting:  # candidates may be fitted side by side
            if self._sparse is None:
                counts = self.samples.counts
                assert counts is not None  # noqa: S101 - the search leaves words out without texts
                self.words, columns = Tfidf.of(counts, self.train, self.samples.n_classes)
                kept = counts.table[:, columns]
                self._sparse = (
                    self.words.weigh(kept[self.train]), self.words.weigh(kept[self.held_out])
                )  # fmt: skip
            return self._sparse


def _with_empty_rows(sparse: Any, rows: int) -> Any:  # noqa: ANN401
    if sparse is None:
        return None
    from scipy.sparse import csr_matrix, vstack

    return vstack([sparse, csr_matrix((rows, sparse.shape[1]), dtype=np.float32)], format="csr")
