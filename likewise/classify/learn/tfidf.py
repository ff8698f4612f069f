"""Which words a text has: TF-IDF over single words and pairs of neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.types import Vectors

MOST_TERMS = 50_000
"""Terms that are kept, the most frequent: bounds the size of a model."""

MOST_WEIGHTS = 5_000_000
"""Terms × classes: the solver holds a dozen numbers for each."""

FEW_TEXTS = 500
"""Up to as many texts a term counts that occurs once; above, one that occurs twice."""

WORD = r"(?u)\b\w+\b"
"""What counts as a word."""


@dataclass(frozen=True, eq=False)
class TermCounts:
    """How often each term stands in each of n texts: CSR int32 (n, terms) and the terms."""

    table: Any
    terms: npt.NDArray[np.object_]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TermCounts":
        """Count all terms of all texts."""
        counter = _counter()
        try:
            table = counter.fit_transform(texts)
        except ValueError:  # no text has a word
            return cls(_no_terms(len(texts)), np.empty(0, object))
        # objects, not fixed widths: one endless word must not make all terms as wide
        return cls(table, np.asarray(counter.get_feature_names_out(), object))


@dataclass(frozen=True, eq=False)
class Tfidf:
    """The terms of a head, and how much each says.

    terms: v words and pairs of words, lower case.
    idf: float32, shape (v,), inverse document frequencies, smoothed, as scikit-learn has them.
    """

    terms: npt.NDArray[np.object_]
    idf: Vectors

    @classmethod
    def of(
        cls, counts: TermCounts, rows: npt.NDArray[np.integer], n_classes: int = 2
    ) -> "tuple[Tfidf, _Columns]":
        """Learn the terms from the texts in `rows`; also return where they are in `counts`."""
        most = min(MOST_TERMS, MOST_WEIGHTS // n_classes)
        part = counts.table[rows]
        texts_with = np.bincount(part.indices, minlength=part.shape[1])
        kept = np.flatnonzero(texts_with >= (2 if len(rows) > FEW_TEXTS else 1))
        if len(kept) > most:
            kept = np.sort(kept[np.argsort(-texts_with[kept], kind="stable")[:most]])
        idf = np.log((1 + len(rows)) / (1 + texts_with[kept])) + 1
        return cls(counts.terms[kept], idf.astype(np.float32)), kept

    def features(self, texts: Sequence[str]) -> Any:  # noqa: ANN401
        """Return TF-IDF features of texts: CSR float32, shape (n, v), rows of length 1 or 0."""
        if not len(self.terms):
            return _no_terms(len(texts))
        return self.weigh(self._counter.transform(texts))

    def weigh(self, counts: Any) -> Any:  # noqa: ANN401
        """Turn counts of these terms into features: 1 + log of the count, times idf, to length 1.

        Source: Salton & Buckley 1988, Term-weighting approaches in automatic text retrieval.
        """
        from sklearn.preprocessing import normalize

        features = counts.astype(np.float32)
        features.data = (1 + np.log(features.data)) * self.idf[features.indices]
        return normalize(features, copy=False) if features.nnz else features

    @cached_property
    def _counter(self) -> Any:  # noqa: ANN401
        return _counter(vocabulary={term: place for place, term in enumerate(self.terms.tolist())})


_Columns = npt.NDArray[np.int64]


def _no_terms(texts: int) -> Any:  # noqa: ANN401
    from scipy.sparse import csr_matrix

    return csr_matrix((texts, 0), dtype=np.float32)


def _counter(**options: Any) -> Any:  # noqa: ANN401
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(ngram_range=(1, 2), token_pattern=WORD, dtype=np.int32, **options)
