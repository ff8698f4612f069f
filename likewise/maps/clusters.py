"""Groups of like texts at several levels, and what each is about.

Clusters are found in all dimensions, not in the picture, so a torn map tears no cluster. Many
small groups (mini-batch k-means; Sculley 2010) are joined by Ward's method (1963) on their
centres, which gives a tree; each level cuts it once, so a fine cluster lies within a coarse one.
Measured on labelled questions (`benchmarks/explore`), this agrees with people's labels better than
density clustering, takes seconds, and leaves no text out as noise.

What a cluster is about is said by class-based TF-IDF (Grootendorst 2022, arXiv:2203.05794): words
that are frequent in it and rare elsewhere; and by its typical text, the nearest to its centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from likewise.types import Vectors

LEVELS = (8, 32, 128)
"""Clusters at most on each level, coarse to fine."""

_MICRO = 512
_MICRO_TEXTS = 12
"""Texts in a micro-cluster at the least, on average."""

WORDS = 4
"""Words that name a cluster."""

_CHARACTERS = 2_000
"""Of a text that its words are taken from."""

_MOST_TEXTS = 100_000
"""Texts whose words are counted; of more, an even sample."""

Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Cluster:
    """A group of like texts.

    words: what it is about, most telling first; empty where its texts hold no words.
    typical: index of the text that is nearest to its centre.
    size: how many texts.
    """

    words: tuple[str, ...]
    typical: int
    size: int


@dataclass(frozen=True, eq=False)
class Level:
    """A division of all texts.

    labels: int32, shape (n,), the cluster of each text; clusters are numbered by size.
    clusters: the clusters, largest first.
    """

    labels: Labels
    clusters: tuple[Cluster, ...]


def find_clusters(vectors: Vectors, texts: Sequence[str]) -> tuple[Level, ...]:
    """Return the levels, coarse to fine; fewer where there are few different texts.

    Args:
        vectors: float32, shape (n, dims), unit length.
        texts: the n texts, for their words.
    """
    n = len(vectors)
    if n == 0:
        return ()
    micro, centres = _micro_clusters(vectors)
    levels = []
    found = 0
    for most in LEVELS:
        labels = _by_size(_joined(centres, most)[micro])
        count = int(labels.max()) + 1
        if count > found:
            levels.append(Level(labels, _described(labels, vectors, texts)))
        found = count
    return tuple(levels)


def _micro_clusters(vectors: Vectors) -> tuple[Labels, Vectors]:
    """Return (which small group each text is in, their centres of unit length)."""
    from sklearn.cluster import MiniBatchKMeans

    n = len(vectors)
    different = len(np.unique(vectors, axis=0)) if n <= 4 * _MICRO else n
    count = max(1, min(_MICRO, n // _MICRO_TEXTS, different))
    kmeans = MiniBatchKMeans(count, random_state=0, n_init=1, batch_size=4_096)
    labels = kmeans.fit_predict(vectors)
    used, labels = np.unique(labels, return_inverse=True)
    centres = kmeans.cluster_centers_[used]
    lengths = np.linalg.norm(centres, axis=1, keepdims=True)
    return labels.astype(np.int32), np.asarray(centres / np.maximum(lengths, 1e-12), np.float32)


def _joined(centres: Vectors, count: int) -> Labels:
    """Return which of at most `count` clusters each small group belongs to."""
    if count >= len(centres):
        return np.arange(len(centres), dtype=np.int32)
    from scipy.cluster.hierarchy import fcluster, linkage

    joined = fcluster(linkage(centres, "ward"), count, "maxclust")
    return np.asarray(joined - 1, np.int32)


def _by_size(labels: Labels) -> Labels:
    """Return labels numbered anew, the largest cluster 0; of equals, the one that comes first."""
    values, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    place = np.empty(len(values), np.int32)
    place[order] = np.arange(len(values))
    return place[np.searchsorted(values, labels)]


def _described(labels: Labels, vectors: Vectors, texts: Sequence[str]) -> tuple[Cluster, ...]:
    words = cluster_words(labels, texts)
    described = []
    for number, named in enumerate(words):
        rows = np.flatnonzero(labels == number)
        members = np.asarray(vectors[rows], np.float32)
        centre = members.mean(axis=0)
        typical = int(rows[int((members @ centre).argmax())])
        described.append(Cluster(named, typical, len(rows)))
    return tuple(described)


def cluster_words(labels: Labels, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return for each cluster the words that it is about, by class-based TF-IDF.

    Args:
        labels: int32, shape (n,), from 0 without gaps.
        texts: the n texts.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    count = int(labels.max()) + 1
    rows = range(0, len(texts), -(-len(texts) // _MOST_TEXTS))
    vectorizer = CountVectorizer(
        stop_words=list(ENGLISH_STOP_WORDS),
        token_pattern=r"(?u)\b[^\W\d_]\w{2,}\b",  # noqa: S106 - a pattern, no password
        binary=True,
    )
    try:
        seen = vectorizer.fit_transform(texts[row][:_CHARACTERS] for row in rows)
    except ValueError:  # scikit-learn's word for: there are no words
        return [()] * count
    of_row = labels[np.asarray(rows)]
    from scipy.sparse import csr_matrix

    member = csr_matrix(
        (np.ones(len(of_row)), (of_row, np.arange(len(of_row)))), (count, len(of_row))
    )
    of_cluster = np.asarray((member @ seen).todense())
    share = of_cluster / np.maximum(1, np.bincount(of_row, minlength=count))[:, None]
    total = of_cluster.sum(axis=0)
    rarity = np.log1p(total.sum() / count / np.maximum(1, total))
    weight = share * rarity
    names = vectorizer.get_feature_names_out()
    best = np.argsort(-weight, axis=1, kind="stable")[:, :WORDS]
    return [tuple(str(names[w]) for w in row if weight[c, w] > 0) for c, row in enumerate(best)]
