"""How far two encoders agree about one collection: who is near to whom, in all dimensions.

The share of its nearest texts that a text keeps when the encoder changes is a measure of the two
spaces themselves, not of a picture of them: turning or mirroring one of them changes nothing.

Source: the mutual k-nearest-neighbour metric of Huh et al., "The Platonic representation
hypothesis", ICML 2024, arXiv:2405.07987. The interval is a percentile bootstrap over the texts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.collections.measures.intervals import bootstrap
from likewise.collections.storage.positions import positions_of
from likewise.collections.storage.scale import scale_of
from likewise.collections.storage.shard import ID, TEXT, Mask, Positions
from likewise.collections.storage.shards import Snapshot
from likewise.errors import InvalidOption, TooFewTexts
from likewise.similarity.cosine import ROUNDING, pair_cosines
from likewise.similarity.search import FlatIndex
from likewise.types import Identity, StageProgress, no_progress

NEIGHBOURS = 10
SAMPLE = 10_000
"""Texts whose neighbours are compared: the mean is known to about half a point then."""

_TOGETHER = 512
"""Texts whose neighbours are looked for at a time."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NearText:
    """A near text by one of two encoders.

    similarity: cosine by that encoder. shared: whether it is as near by the other one.
    """

    id: str
    text: str
    similarity: float
    shared: bool


@dataclass(frozen=True)
class Disagreement:
    """A text that two encoders see differently.

    overlap: share of its nearest texts that are the same, 0 to 1.
    neighbours: its nearest texts by the first encoder and by the second, nearest first.
    """

    id: str
    text: str
    overlap: float
    neighbours: tuple[tuple[NearText, ...], tuple[NearText, ...]]

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {
            "id": self.id,
            "text": self.text,
            "overlap": round(self.overlap, 4),
            "neighbours": [
                [
                    {
                        "id": one.id,
                        "text": one.text,
                        "similarity": round(one.similarity, 6),
                        "shared": one.shared,
                    }
                    for one in near
                ]
                for near in self.neighbours
            ],
        }


@dataclass(frozen=True, eq=False)
class EncoderComparison:
    """How far two encoders agree about the texts that both have read.

    encoders: the collection's, and the other one.
    k: nearest texts that were compared, of each text.
    texts: how many both have read.
    ids: of the texts that were asked about, in the collection's order.
    overlaps: float64, shape (len(ids),): share of the nearest texts of each that are the same.
    interval: of the mean overlap, 95 per cent.
    """

    encoders: tuple[Identity, Identity]
    k: int
    texts: int
    ids: tuple[str, ...]
    overlaps: Floats
    interval: tuple[float, float]
    _spaces: "tuple[_Space, _Space]"
    _order: Positions

    @property
    def overlap(self) -> float:
        """Mean share of the nearest texts that are the same, 0 to 1."""
        return float(self.overlaps.mean())

    def disagreements(self, count: int = 10) -> tuple[Disagreement, ...]:
        """Return the texts that the two see most differently, those first.

        Of texts with equally few neighbours in common those come first whose neighbours by one
        encoder are furthest by the other. Texts that both see alike are not among them.
        """
        rows = self._order[self.overlaps[self._order] < 1][:count]
        return tuple(self._disagreement(int(row)) for row in rows)

    def to_dict(self, disagreements: int = 10) -> dict[str, Any]:
        """Return what was measured, and so many disagreements, ready for JSON."""
        counts = np.bincount(np.round(self.overlaps * self.k).astype(int), minlength=self.k + 1)
        return {
            "encoders": [identity.to_dict() for identity in self.encoders],
            "k": self.k,
            "texts": self.texts,
            "asked": len(self.ids),
            "overlap": round(self.overlap, 4),
            "interval": [round(end, 4) for end in self.interval],
            "counts": counts.tolist(),
            "disagreements": [one.to_dict() for one in self.disagreements(disagreements)],
        }

    def _disagreement(self, row: int) -> Disagreement:
        mine, other = self._spaces
        words = mine.snapshot.rows(mine.positions[mine.asked[row : row + 1]], [ID, TEXT])
        (said,) = words.to_pylist()
        return Disagreement(
            said[ID],
            said[TEXT],
            float(self.overlaps[row]),
            (_told(mine, mine, other, row), _told(mine, other, mine, row)),
        )


@dataclass(eq=False)
class _Space:
    """The texts that both encoders have read, as one of them sees them.

    positions: in the snapshot, one for each common text, in the same order in both spaces.
    asked: which of the common texts are asked about.
    near: int64, shape (asked, k): the nearest common texts.
    similarities: their cosines. others: cosines of the other space's nearest, in this one.
    """

    snapshot: Snapshot
    positions: Positions
    asked: Positions
    near: Positions
    similarities: Floats
    others: Floats

    @property
    def least(self) -> Floats:
        """The cosine from which a text is as near as the k nearest, shape (asked, 1)."""
        return self.similarities[:, -1:] - ROUNDING

    @property
    def shared(self) -> Mask:
        """Which of the other space's nearest are as near in this one; of equals all are."""
        return self.others >= self.least

    @property
    def gaps(self) -> Floats:
        """How much further the other's nearest are, in deviations of random pairs."""
        scale = scale_of(self.snapshot)
        spread = float(scale.quantiles.std()) if scale is not None else 1.0
        further: Floats = self.similarities.mean(axis=1) - self.others.mean(axis=1)
        return further / max(spread, ROUNDING)


def compared(
    snapshot: Snapshot,
    other: Snapshot,
    k: int = NEIGHBOURS,
    *,
    sample: int | None = SAMPLE,
    progress: StageProgress = no_progress,
) -> EncoderComparison:
    """Return how far the encoders of two collections agree about the texts that both have.

    Args:
        snapshot: the texts.
        other: the same texts, or some of them, under the same ids and by another encoder.
        k: nearest texts to compare, at least 1.
        sample: how many texts to compare, always the same ones; None for all.
        progress: called as `progress(what, done, total)`.

    Raises:
        InvalidOption: `k` or `sample` is no whole number from 1.
        TooFewTexts: they have fewer than two texts in common.
    """
    counts = [k] if sample is None else [k, sample]
    if any(not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1 for n in counts):
        raise InvalidOption("There is nothing to compare.", "Ask for at least 1.", param="k")
    mine, theirs = _common(snapshot, other)
    count = len(mine)
    if count < 2:
        raise TooFewTexts(
            f"The two collections have {count} texts in common.",
            "Compare collections of the same texts under the same ids, or name an encoder.",
        )
    k = min(k, count - 1)
    asked = np.arange(count)
    if sample is not None and sample < count:
        asked = np.sort(np.random.default_rng(0).choice(count, sample, replace=False))
    spaces = []
    for number, (space, positions) in enumerate([(snapshot, mine), (other, theirs)]):
        near, similarities = [], []
        for done, (rows, cosines) in _nearest(space, positions, asked, k):
            near.append(rows)
            similarities.append(cosines)
            progress("Comparing neighbours", number * len(asked) + done, 2 * len(asked))
        found = np.concatenate(near), np.concatenate(similarities).astype(np.float64)
        spaces.append(_Space(space, positions, asked, *found, np.zeros(0)))
    first, second = spaces
    first.others = _cosines(first, second.near)
    second.others = _cosines(second, first.near)
    overlaps = (first.shared.mean(axis=1) + second.shared.mean(axis=1)) / 2
    ids = first.snapshot.rows(mine[asked], [ID])[ID].to_pylist()
    return EncoderComparison(
        encoders=(snapshot.manifest.identity, other.manifest.identity),
        k=k,
        texts=count,
        ids=tuple(ids),
        overlaps=overlaps,
        interval=bootstrap(overlaps),
        _spaces=(first, second),
        _order=np.lexsort((-(first.gaps + second.gaps), overlaps)),
    )


def _common(snapshot: Snapshot, other: Snapshot) -> tuple[Positions, Positions]:
    """Return where the texts are that both have under one id, in either."""
    mine = snapshot.positions
    theirs = positions_of(other, snapshot.ids.to_pylist())
    there = theirs >= 0
    mine, theirs = mine[there], theirs[there]
    texts = zip(snapshot.contents(mine), other.contents(theirs), strict=True)
    same = np.array([one[:8] == another[:8] for one, another in texts], np.bool_)
    return mine[same], theirs[same]


def _nearest(
    snapshot: Snapshot, positions: Positions, asked: Positions, k: int
) -> Iterator[tuple[int, tuple[Positions, Floats]]]:
    """Yield (how many are done, (the nearest common texts, their cosines)), some at a time."""
    allowed = np.zeros(len(snapshot), np.bool_)
    allowed[positions] = True
    common = np.full(len(snapshot), -1, np.int64)
    common[positions] = np.arange(len(positions))
    index = FlatIndex(snapshot.blocks, trusted=True)
    for start in range(0, len(asked), _TOGETHER):
        own = positions[asked[start : start + _TOGETHER]]
        found = index.search(snapshot.vectors_at(own), k + 1, allowed=allowed)
        # a text is among its own k + 1 nearest, unless as many equal ones come before it
        itself = found.indices == own[:, None]
        itself[~itself.any(axis=1), -1:] = True
        shape = (len(own), k)
        near = common[found.indices[~itself].reshape(shape)]
        cosines = found.similarities[~itself].reshape(shape)
        yield start + len(own), (near, cosines.astype(np.float64))


def _cosines(space: _Space, near: Positions) -> Floats:
    """Return the cosines of these texts to those that are asked about, shape of `near`."""
    found = np.empty(near.shape, np.float64)
    for start in range(0, len(near), _TOGETHER):
        part = near[start : start + _TOGETHER]
        own = space.snapshot.vectors_at(space.positions[space.asked[start : start + _TOGETHER]])
        theirs = space.snapshot.vectors_at(space.positions[part.reshape(-1)])
        cosines = pair_cosines(np.repeat(own, part.shape[1], axis=0), theirs)
        found[start : start + _TOGETHER] = cosines.reshape(part.shape)
    return found


def _told(words: _Space, space: _Space, other: _Space, row: int) -> tuple[NearText, ...]:
    """Return the nearest of a text in a space, with their texts from the first one."""
    near = space.near[row]
    rows: Sequence[dict[str, str]] = words.snapshot.rows(
        words.positions[near], [ID, TEXT]
    ).to_pylist()
    return tuple(
        NearText(one[ID], one[TEXT], float(cosine), bool(same))
        for one, cosine, same in zip(rows, space.similarities[row], other.shared[row], strict=True)
    )
