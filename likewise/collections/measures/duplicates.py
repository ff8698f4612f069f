"""Finds texts that a collection has several times, or nearly so.

Equal texts are found by their hashes. Of the different ones every pair is compared, in products
of two blocks of vectors; pairs above the threshold are joined into groups, so that in a group each
text is near to at least one other. The first that was added is the one to keep.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.collections.storage.shard import ID, TEXT, Positions
from likewise.collections.storage.shards import Snapshot
from likewise.errors import InvalidOption, shown
from likewise.similarity.cosine import pair_cosines
from likewise.similarity.search import FlatIndex
from likewise.types import Vectors

COSINE = 0.95
"""Similarity of near-duplicates where nothing else is said."""

ROWS, COLUMNS = 1_024, 8_192
"""Of a block of products: 32 MB of cosines."""

_MOST_EDGES = 4_000_000
"""Pairs that are held at a time: thousands of near-equal texts make millions of pairs."""

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Duplicate:
    """A text that need not be kept.

    similarity: cosine to the one that is kept. exact: whether the two are the same characters.
    """

    id: str
    text: str
    similarity: float
    exact: bool


@dataclass(frozen=True)
class DuplicateGroup:
    """A text to keep, and those that it stands for, nearest first."""

    id: str
    text: str
    duplicates: tuple[Duplicate, ...]


@dataclass(frozen=True)
class Duplicates(Sequence[DuplicateGroup]):
    """What was found; a sequence of groups, the largest first.

    groups: each with the text to keep.
    cosine: similarity from which two texts counted as near-duplicates.
    searched: texts that were looked at.
    kept: positions of the texts that remain when the duplicates go, rising.
    """

    groups: tuple[DuplicateGroup, ...]
    cosine: float
    searched: int
    kept: Positions

    @property
    def duplicates(self) -> int:
        """How many texts need not be kept."""
        return sum(len(group.duplicates) for group in self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401
        return self.groups[index]

    def __iter__(self) -> Iterator[DuplicateGroup]:
        return iter(self.groups)

    def to_dict(self) -> dict[str, Any]:
        """Return all but the positions, ready for JSON."""
        return {
            "searched": self.searched,
            "cosine": self.cosine,
            "duplicates": self.duplicates,
            "groups": [
                {
                    "id": group.id,
                    "text": group.text,
                    "duplicates": [
                        {
                            "id": one.id,
                            "text": one.text,
                            "similarity": round(one.similarity, 6),
                            "exact": one.exact,
                        }
                        for one in group.duplicates
                    ],
                }
                for group in self.groups
            ],
        }


def within(snapshot: Snapshot, cosine: float, progress: Report | None = None) -> Duplicates:
    """Return the texts that a collection has several times or nearly so.

    Raises:
        InvalidOption: the cosine is not above 0 and at most 1.
    """
    check_cosine(cosine)
    positions = snapshot.positions
    texts = _text_hashes(snapshot, positions)
    _, first, of_text = np.unique(texts, return_index=True, return_inverse=True)
    # representatives of equal texts, in the order in which they came
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    representatives = positions[first[order]]
    labels = np.arange(len(representatives))
    if cosine < 1 and len(representatives) > 1:
        labels = _connected(snapshot.vectors_at(representatives), cosine, progress)
    group_of = labels[place[of_text]]
    return _grouped(snapshot, positions, texts, group_of, cosine)


def across(
    snapshot: Snapshot, other: Snapshot, cosine: float, progress: Report | None = None
) -> Duplicates:
    """Return the texts of a collection that another one has, or nearly so.

    The texts to keep are those of the other collection; `kept` are positions in this one.

    Raises:
        InvalidOption: the cosine is not above 0 and at most 1.
    """
    check_cosine(cosine)
    mine, others = snapshot.positions, other.positions
    if not len(mine) or not len(others):
        return Duplicates((), cosine, len(mine), mine)
    my_texts, their_texts = _text_hashes(snapshot, mine), _text_hashes(other, others)
    order = np.argsort(their_texts, kind="stable")
    at = np.minimum(np.searchsorted(their_texts[order], my_texts), len(order) - 1)
    exact = their_texts[order][at] == my_texts
    partner = np.where(exact, others[order][at], -1)
    similarity = np.where(exact, 1.0, -1.0)
    if cosine < 1:
        rest = np.flatnonzero(~exact)
        index = FlatIndex(other.blocks, trusted=True)
        for start in range(0, len(rest), ROWS):
            part = rest[start : start + ROWS]
            found = index.search(snapshot.vectors_at(mine[part]), 1, allowed=other.alive)
            near = found.similarities[:, 0] >= cosine
            partner[part[near]] = found.indices[near, 0]
            similarity[part[near]] = found.similarities[near, 0]
            if progress:
                progress(min(start + ROWS, len(rest)), len(rest))
    there = np.flatnonzero(partner >= 0)
    groups = _paired(snapshot, other, mine[there], partner[there], similarity[there], exact[there])
    return Duplicates(groups, cosine, len(mine), mine[partner < 0])


def _connected(vectors: Vectors, cosine: float, progress: Report | None) -> Positions:
    """Return a label for each vector, equal for those that a chain of near pairs connects."""
    n = len(vectors)
    edges: list[tuple[Positions, Positions]] = []
    count = 0
    labels = np.arange(n)
    for start in range(0, n, ROWS):
        rows = vectors[start : start + ROWS]
        for column in range(start, n, COLUMNS):
            left, right = _near(rows, vectors[column : column + COLUMNS], cosine)
            apart = left + start < right + column
            edges.append((left[apart] + start, right[apart] + column))
            count += int(apart.sum())
            if count > _MOST_EDGES:
                labels = _joined(labels, edges)
                edges, count = [], 0
        if progress:
            # what is left shrinks: a row is compared with those behind it alone
            progress(n - (n - min(start + ROWS, n)) ** 2 // n, n)
    return _joined(labels, edges)


def _near(rows: Vectors, columns: Vectors, cosine: float) -> tuple[Positions, Positions]:
    """Return (row, column) of all pairs at least that similar."""
    hits = (rows @ columns.T >= cosine).reshape(-1)
    # few are true: eight at a time are looked at before any one is
    whole = len(hits) // 8 * 8
    words = np.flatnonzero(hits[:whole].view(np.uint64))
    near = (words[:, None] * 8 + np.arange(8)).reshape(-1)
    found = np.concatenate([near[hits[near]], whole + np.flatnonzero(hits[whole:])])
    left, right = np.divmod(found, len(columns))
    return left, right


def _joined(labels: Positions, edges: Sequence[tuple[Positions, Positions]]) -> Positions:
    """Return labels that are equal wherever the old ones were, or an edge connects two."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(labels)
    left = np.concatenate([np.arange(n), *(one for one, _ in edges)])
    right = np.concatenate([labels, *(other for _, other in edges)])
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    _, found = connected_components(graph, directed=False)
    # the label is the first member, as it is at the beginning
    _, first, inverse = np.unique(found, return_index=True, return_inverse=True)
    joined: Positions = first[inverse].astype(np.int64)
    return joined


def _grouped(
    snapshot: Snapshot,
    positions: Positions,
    texts: npt.NDArray[np.uint64],
    group_of: Positions,
    cosine: float,
) -> Duplicates:
    order = np.argsort(group_of, kind="stable")
    starts = np.flatnonzero(np.diff(group_of[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    is_first = np.zeros(len(positions), np.bool_)
    is_first[order[starts]] = True
    keeper = np.repeat(order[starts], sizes)
    extra = order[~is_first[order]]
    kept_for = keeper[~is_first[order]]
    groups = _paired(
        *(snapshot, snapshot, positions[extra], positions[kept_for]),
        similarity=None,
        exact=texts[extra] == texts[kept_for],
    )
    return Duplicates(groups, cosine, len(positions), positions[is_first])


def _paired(
    snapshot: Snapshot,
    other: Snapshot,
    extra: Positions,
    kept: Positions,
    similarity: npt.NDArray[np.float64] | None,
    exact: npt.NDArray[np.bool_],
) -> tuple[DuplicateGroup, ...]:
    """Return groups from pairs of a text that need not be kept and the one that is."""
    cosines = _cosines(snapshot, other, extra, kept) if similarity is None else similarity
    mine = snapshot.rows(extra, [ID, TEXT]).to_pylist()
    keepers, of = np.unique(kept, return_inverse=True)
    theirs = other.rows(keepers, [ID, TEXT]).to_pylist()
    members: list[list[Duplicate]] = [[] for _ in keepers]
    for row, group, value, same in zip(mine, of.tolist(), cosines, exact, strict=True):
        near = 1.0 if same else float(value)
        members[group].append(Duplicate(row[ID], row[TEXT], near, bool(same)))
    groups = [
        DuplicateGroup(row[ID], row[TEXT], tuple(sorted(ones, key=lambda one: -one.similarity)))
        for row, ones in zip(theirs, members, strict=True)
    ]
    return tuple(sorted(groups, key=lambda group: -len(group.duplicates)))


def _cosines(
    snapshot: Snapshot, other: Snapshot, left: Positions, right: Positions
) -> npt.NDArray[np.float64]:
    found = np.empty(len(left), np.float64)
    for start in range(0, len(left), COLUMNS):
        part = slice(start, start + COLUMNS)
        found[part] = pair_cosines(snapshot.vectors_at(left[part]), other.vectors_at(right[part]))
    return found


def _text_hashes(snapshot: Snapshot, positions: Positions) -> npt.NDArray[np.uint64]:
    """Return a number for each text, equal for equal texts."""
    hashes = np.frombuffer(b"".join(snapshot.contents(positions)), np.uint64)
    return np.ascontiguousarray(hashes.reshape(-1, 2)[:, 0])


def check_cosine(cosine: float) -> None:
    """Raise `InvalidOption` unless a cosine is above 0 and at most 1."""
    if isinstance(cosine, bool) or not (isinstance(cosine, Real) and 0 < cosine <= 1):
        told = f"{cosine:g}" if isinstance(cosine, Real) else shown(cosine)
        raise InvalidOption(
            f"A cosine of {told} is no measure of duplicates.",
            "Choose one above 0 and up to 1, such as 0.95.",
            param="cosine",
        )
