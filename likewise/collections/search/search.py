"""Finds the texts of a collection that are nearest to a query, exactly.

A query is a sum of unit vectors with weights: of texts, and of texts of the collection by their
ids; what has a negative weight is turned away from. Words and vectors are joined by reciprocal
rank fusion.

Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual
rank learning methods", SIGIR 2009, with their constant of 60.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.collections.search.filters import Filter
from likewise.collections.storage.positions import known_positions
from likewise.collections.storage.scale import scale_of
from likewise.collections.storage.shard import ID, TEXT, Mask, Positions
from likewise.collections.storage.shards import Snapshot
from likewise.errors import InvalidOption, shown
from likewise.files.vectors.columns import records
from likewise.similarity.percentiles import Scale
from likewise.similarity.search import FlatIndex
from likewise.types import Vectors

if TYPE_CHECKING:
    from likewise.encoders import Encoder

_RANK_CONSTANT = 60
_FUSED = 100
"""Best texts of either list that are joined, at least."""

_LEAST_LENGTH = 1e-6


@dataclass(frozen=True)
class Hit:
    """A text that was found.

    similarity: cosine to the query.
    percentile: share of the collection's random pairs that are less similar, in per cent; None
        where it has fewer than two texts.
    columns: the user's columns, by name.
    words_rank: place among the texts by their words, from 1; None where none of them is in it, or
        words did not count.
    """

    id: str
    text: str
    similarity: float
    percentile: float | None
    columns: Mapping[str, Any] = field(default_factory=dict)
    words_rank: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        said: dict[str, Any] = {
            "id": self.id,
            "text": self.text,
            "similarity": round(self.similarity, 6),
            "percentile": None if self.percentile is None else round(self.percentile, 2),
            **({} if self.words_rank is None else {"words_rank": self.words_rank}),
        }
        return {**said, "columns": {name: plain(value) for name, value in self.columns.items()}}


@dataclass(frozen=True)
class SearchResult(Sequence[Hit]):
    """What was found, best first; a sequence of `Hit`.

    hits: the texts.
    searched: texts that were compared with the query.
    total: texts in the collection; the others did not pass the filter.
    exact: whether every one of the searched was compared in full precision.
    recall: where not, the share of the ten true nearest that such a search finds, as measured on
        texts of the collection.
    """

    hits: tuple[Hit, ...]
    searched: int
    total: int
    exact: bool = True
    recall: float | None = None

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401
        return self.hits[index]

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {
            "searched": self.searched,
            "total": self.total,
            "exact": self.exact,
            **({} if self.recall is None else {"recall": round(self.recall, 4)}),
            "hits": [hit.to_dict() for hit in self.hits],
        }


@dataclass(frozen=True)
class Query:
    """What is looked for: texts, and ids of texts in the collection, with weights.

    texts: weight of each text. ids: weight of each id.
    """

    texts: Mapping[str, float] = field(default_factory=dict)
    ids: Mapping[str, float] = field(default_factory=dict)

    def vector(self, snapshot: Snapshot, encoder: "Encoder | None") -> Vectors:
        """Return the query's unit vector, shape (1, dims).

        Raises:
            InvalidOption: it is empty, or what it asks for cancels out.
            UnknownId: an id is not in the collection.
        """
        if not self.texts and not self.ids:
            raise InvalidOption(
                "There is nothing to search for.", "Give a text or the id of one.", param="query"
            )
        weights = np.array([*self.texts.values(), *self.ids.values()], np.float64)
        if not np.isfinite(weights).all():
            raise InvalidOption("A weight is not a number.", "Use 1, 0.5 or -1.", param="weight")
        # only their ratios count, and sums of the largest would be infinite
        weights /= np.abs(weights).max() or 1.0
        parts = []
        if self.texts:
            assert encoder is not None  # noqa: S101 - the collection loads it where there are texts
            parts.append(encoder.encode(list(self.texts)).vectors)
        if self.ids:
            places = known_positions(snapshot, list(self.ids))
            parts.append(snapshot.vectors_at(places))
        vector = weights @ np.concatenate(parts).astype(np.float64)
        length = float(np.linalg.norm(vector))
        if length < _LEAST_LENGTH * max(1.0, float(np.abs(weights).sum())):
            raise InvalidOption(
                "The texts searched for cancel each other out.",
                "Give the texts to steer away from a smaller weight.",
                param="weight",
            )
        return (vector / length).astype(np.float32)[None]


def search(
    snapshot: Snapshot,
    query: Query,
    k: int,
    *,
    encoder: "Encoder | None",
    filter: str | None = None,  # noqa: A002
    words: str | None = None,
    fast: bool = False,
) -> SearchResult:
    """Return the `k` nearest texts to a query; those that it names by id are not among them.

    Args:
        snapshot: the collection.
        query: what is looked for.
        k: how many, at least 1.
        encoder: the collection's own; may be None where the query has no texts.
        filter: which rows may be found; see `likewise.collections.search.filters`.
        words: text whose words count as well, by BM25.
        fast: compare codes of a quarter of the size first; see `likewise.collections.search.codes`.

    Raises:
        InvalidOption, InvalidFilter, UnknownId: see `Query.vector` and `Filter`.
    """
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
        raise InvalidOption(f"k is {shown(k)}.", "Ask for at least 1 text.", param="k")
    vector = query.vector(snapshot, encoder)
    allowed = _allowed(snapshot, filter)
    searched = len(snapshot) if allowed is None else int(allowed.sum())
    if query.ids:
        allowed = np.ones(len(snapshot), np.bool_) if allowed is None else allowed.copy()
        allowed[known_positions(snapshot, list(query.ids))] = False
    most = k if words is None else max(k, _FUSED)
    positions, cosines, share = _nearest(snapshot, vector, most, allowed, fast=fast)
    ranks: dict[int, int] = {}
    if words is not None:
        by_words = _by_words(snapshot, words, most, allowed)
        ranks = {int(position): rank for rank, position in enumerate(by_words, 1)}
        positions = _fused(positions, by_words)[:k]
        cosines = np.clip(snapshot.vectors_at(positions) @ vector[0], -1, 1)
    hits = _hits(snapshot, positions, cosines, scale_of(snapshot), ranks)
    return SearchResult(hits, searched, len(snapshot.positions), not fast, share)


def _nearest(
    snapshot: Snapshot, vector: Vectors, k: int, allowed: Mask | None, *, fast: bool
) -> tuple[Positions, Vectors, float | None]:
    """Return (positions, cosines, recall); the last one is None where the search is exact."""
    from likewise.collections.search import codes

    if not fast:
        if snapshot.finder is not None:
            return (*snapshot.finder.nearest(vector, k, allowed, fast=False), None)
        index = FlatIndex(snapshot.blocks, trusted=True)
        found = index.search(vector, k, allowed=allowed)
        return found.indices[0], found.similarities[0], None
    quick = (
        partial(codes.nearest, snapshot)
        if snapshot.finder is None
        else partial(snapshot.finder.nearest, fast=True)
    )
    return (*quick(vector, k, allowed), codes.recall(snapshot, quick))


def _by_words(snapshot: Snapshot, words: str, k: int, allowed: Mask | None) -> Positions:
    from likewise.collections.search.words import best_by_words

    if snapshot.finder is not None:
        return snapshot.finder.best_by_words(words, k, allowed)
    return best_by_words(snapshot, words, k, allowed)


def _fused(*lists: Positions) -> Positions:
    """Return all positions by the sum of 1 / (60 + rank) over the lists, best first."""
    scores: dict[int, float] = {}
    for ranked in lists:
        for rank, position in enumerate(ranked.tolist(), 1):
            scores[position] = scores.get(position, 0.0) + 1 / (_RANK_CONSTANT + rank)
    return np.array(sorted(scores, key=lambda position: -scores[position]), np.int64)


def _hits(
    snapshot: Snapshot,
    positions: Positions,
    cosines: Vectors,
    scale: Scale | None,
    ranks: Mapping[int, int],
) -> tuple[Hit, ...]:
    names = list(snapshot.manifest.columns)
    rows = records(snapshot.rows(positions, [ID, TEXT, *names]))
    shares = (
        [None] * len(rows)
        if scale is None
        else scale.percentiles(cosines, snapshot.manifest.identity).tolist()
    )
    return tuple(
        Hit(
            row[ID],
            row[TEXT],
            float(cosine),
            share,
            {name: row[name] for name in names},
            ranks.get(int(position)),
        )
        for row, cosine, share, position in zip(rows, cosines, shares, positions, strict=True)
    )


def _allowed(snapshot: Snapshot, filter: str | None) -> Mask | None:  # noqa: A002
    """Return which rows may be found, shape (n,); None where all may."""
    if filter is None:
        return snapshot.alive
    names = [ID, TEXT, *snapshot.manifest.columns]
    mask = Filter(filter).mask(snapshot.column, names)
    passed: Mask = np.asarray(mask.to_numpy(zero_copy_only=False), np.bool_)
    return passed if snapshot.alive is None else passed & snapshot.alive


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return a cell as JSON has it."""
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
