"""What a collection's vectors would cost with fewer dimensions and bits, and what is lost by it.

Each form is measured on the collection itself: texts of it are the queries, and of their ten true
nearest, by exact search of the float32 vectors, those are counted that are among the ten nearest
in the smaller form. Stored vectors are reduced, queries stay float32, as engines do that keep
codes. int8 spreads 256 steps between the least and the largest value of each dimension; binary
keeps the signs.

Sources: dimensions, A. Kusupati et al., "Matryoshka representation learning", NeurIPS 2022, where
the model was trained so, and otherwise the principal axes of the collection's own vectors; codes,
as `quantize_embeddings` of sentence-transformers makes them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from likewise.collections.measures.intervals import bootstrap
from likewise.collections.storage.shards import Snapshot
from likewise.errors import EncoderError, InvalidOption, TooFewTexts
from likewise.similarity.cosine import ROUNDING
from likewise.similarity.search import FlatIndex
from likewise.types import Identity, StageProgress, Vectors, no_progress

if TYPE_CHECKING:
    from likewise.collections.view import CollectionView

Form = Literal["float32", "float16", "int8", "binary"]

FORMS: dict[Form, int] = {"float32": 32, "float16": 16, "int8": 8, "binary": 1}
"""Bits of a number."""

NEAREST = 10
CANDIDATES = 40
"""How many are looked at where the nearest by a small form are ranked again by whole vectors."""

QUERIES = 500
LEAST_DIMS = 32

_FITTED_ON = 20_000
_ROWS = 16_384

Reduce = Callable[[Vectors], Vectors]


@dataclass(frozen=True)
class BudgetRow:
    """One form of the vectors.

    dims: numbers of a vector. form: of a number.
    bytes: of all vectors together.
    recall: share of the ten true nearest that are among its ten nearest.
    interval: of the recall, 95 per cent, over the queries.
    rescored: share of them among its forty nearest, which is what is found where these are ranked
        again by the whole vectors.
    """

    dims: int
    form: Form
    bytes: int
    recall: float
    interval: tuple[float, float]
    rescored: float

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {
            "dims": self.dims,
            "form": self.form,
            "bytes": self.bytes,
            "recall": round(self.recall, 4),
            "interval": [round(end, 4) for end in self.interval],
            "rescored": round(self.rescored, 4),
        }


@dataclass(frozen=True)
class VectorBudget(Sequence[BudgetRow]):
    """What each form of a collection's vectors costs and finds; a sequence of `BudgetRow`.

    rows: most dimensions first, and most bits.
    shortened: how vectors lose dimensions: `matryoshka`, the first ones, where the model was
        trained so, else `principal components`, those of the collection.
    encoder: of the vectors.
    texts: in the collection. asked: texts that were searched by.
    k: true nearest of each, by exact search.
    """

    rows: tuple[BudgetRow, ...]
    shortened: str
    encoder: Identity
    texts: int
    asked: int
    k: int

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401
        return self.rows[index]

    def __iter__(self) -> Iterator[BudgetRow]:
        return iter(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {
            "shortened": self.shortened,
            "encoder": self.encoder.to_dict(),
            "texts": self.texts,
            "asked": self.asked,
            "k": self.k,
            "rows": [row.to_dict() for row in self.rows],
        }


def budget(
    collection: "CollectionView",
    *,
    dims: Sequence[int] = (),
    widths: Sequence[int] = (),
    queries: int = QUERIES,
    progress: StageProgress = no_progress,
) -> VectorBudget:
    """Return what each form of the vectors costs and finds; see `CollectionView.budget`.

    Args:
        collection: whose vectors.
        dims: numbers of dimensions to measure; by default `widths`, or halves down to 32.
        widths: those that the model was trained for.
        queries: texts to search by, always the same.
        progress: called as `progress(what, done, total)`.
    """
    snapshot, own = collection.snapshot, collection.identity.dims
    wanted = sorted({own, *(dims or widths or _halves(own))}, reverse=True)
    if queries < 1 or any(not 1 <= one <= own for one in wanted):
        raise InvalidOption(
            f"Vectors of {collection.identity.name} have {own} dimensions.",
            f"Measure 1 to {own} of them, with at least one query.",
            param="dims",
        )
    count = len(snapshot.positions)
    if count < 2:
        raise TooFewTexts(
            f"{collection.name} has {count} texts.",
            "Add more: a text needs another to be close to.",
        )
    chosen = np.random.default_rng(0).choice(count, min(queries, count), replace=False)
    asked = snapshot.positions[np.sort(chosen)]
    k = min(NEAREST, count - 1)
    is_trained = bool(widths) and set(wanted) <= {own, *widths}
    axes = None if is_trained else _axes(snapshot)
    work = _Work(snapshot, asked, k, progress, len(wanted) * len(FORMS) + 1)
    rows = []
    for width in wanted:
        reduce = _reduced(width, None if width == own else axes)
        for form, bits in FORMS.items():
            recall, rescored = work.measure(reduce, form)
            rows.append(
                BudgetRow(
                    width,
                    form,
                    count * ((width * bits + 7) // 8),
                    float(recall.mean()),
                    bootstrap(recall),
                    float(rescored.mean()),
                )
            )
    shortened = "matryoshka" if is_trained else "principal components"
    return VectorBudget(tuple(rows), shortened, collection.identity, count, len(asked), k)


def trained_widths(collection: "CollectionView") -> tuple[int, ...]:
    """Return the shorter widths that the collection's encoder was trained for, none if unknown.

    To measure vectors that are there the encoder itself is not needed, and may be out of reach.
    """
    try:
        return collection.encoder.capabilities.widths
    except EncoderError:
        return ()


def _halves(dims: int) -> list[int]:
    found = [dims]
    while found[-1] // 2 >= min(LEAST_DIMS, dims):
        found.append(found[-1] // 2)
    return found


def _axes(snapshot: Snapshot) -> npt.NDArray[np.float32]:
    """Return the principal axes of the vectors about the origin, a column each, largest first.

    About the origin, for what is to be kept is the product of two vectors, not their distance from
    a centre.
    """
    positions = snapshot.positions
    if len(positions) > _FITTED_ON:
        drawn = np.random.default_rng(1).choice(len(positions), _FITTED_ON, replace=False)
        positions = positions[np.sort(drawn)]
    sample = snapshot.vectors_at(positions).astype(np.float64)
    _, axes = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(axes[:, ::-1], np.float32)


def _reduced(width: int, axes: npt.NDArray[np.float32] | None) -> Reduce:
    """Return what makes vectors of `width` dimensions, of unit length again."""

    def reduce(vectors: Vectors) -> Vectors:
        short = vectors[:, :width] if axes is None else vectors @ axes[:, :width]
        lengths = np.linalg.norm(short, axis=1, keepdims=True)
        made: Vectors = short / np.maximum(lengths, np.float32(1e-12))
        return made

    return reduce


class _Work:
    """The queries with their true nearest, against which each form is measured."""

    def __init__(
        self,
        snapshot: Snapshot,
        asked: npt.NDArray[np.int64],
        k: int,
        progress: StageProgress,
        steps: int,
    ) -> None:
        self._snapshot = snapshot
        self._asked = asked
        self._k = k
        self._queries = snapshot.vectors_at(asked)
        self._progress = progress
        self._step, self._steps = 0, steps
        index = FlatIndex(snapshot.blocks, trusted=True)
        found = index.search(self._queries, k + 1, allowed=snapshot.alive)
        # the text itself is one of the k + 1, or as near as the last of them
        self._least = found.similarities[:, -1] - ROUNDING
        self._tell()

    def measure(
        self, reduce: Reduce, form: Form
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the recall of each query, and that among more candidates."""
        queries = reduce(self._queries)
        coded = _coder(form, lambda: reduce(self._sample))
        candidates = min(CANDIDATES, len(self._snapshot.positions) - 1)
        best = np.full((len(queries), candidates), -np.inf, np.float32)
        where = np.full((len(queries), candidates), -1, np.int64)
        for positions in self._parts():
            scores = queries @ coded(reduce(self._snapshot.vectors_at(positions))).T
            scores[self._asked[:, None] == positions] = -np.inf
            scores = np.concatenate([best, scores], axis=1)
            places = np.concatenate(
                [where, np.broadcast_to(positions, (len(queries), len(positions)))], axis=1
            )
            top = np.argpartition(-scores, candidates - 1, axis=1)[:, :candidates]
            best = np.take_along_axis(scores, top, axis=1)
            where = np.take_along_axis(places, top, axis=1)
        order = np.argsort(-best, axis=1, kind="stable")
        found = self._truly_near(np.take_along_axis(where, order, axis=1))
        self._tell()
        k = self._k
        return found[:, :k].sum(axis=1) / k, np.minimum(found.sum(axis=1), k) / k

    def _truly_near(self, where: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return which of the found are as near as the true k nearest; of equals all are."""
        vectors = self._snapshot.vectors_at(where.reshape(-1))
        cosines = np.einsum(
            "qcd,qd->qc", vectors.reshape(*where.shape, vectors.shape[1]), self._queries
        )
        near: npt.NDArray[np.bool_] = cosines >= self._least[:, None]
        return near

    def _parts(self) -> Iterator[npt.NDArray[np.int64]]:
        for start in range(0, len(self._snapshot.positions), _ROWS):
            yield self._snapshot.positions[start : start + _ROWS]

    @cached_property
    def _sample(self) -> Vectors:
        positions = self._snapshot.positions
        drawn = np.random.default_rng(2).permutation(len(positions))[:_FITTED_ON]
        return self._snapshot.vectors_at(positions[np.sort(drawn)])

    def _tell(self) -> None:
        self._step += 1
        self._progress("Measuring what smaller vectors find", self._step, self._steps)


def _coder(form: Form, sample: Callable[[], Vectors]) -> Reduce:
    """Return what gives vectors as they come out of a form, float32."""
    if form == "float16":
        return lambda vectors: vectors.astype(np.float16).astype(np.float32)
    if form == "binary":
        return lambda vectors: np.where(vectors > 0, np.float32(1), np.float32(-1))
    if form == "int8":
        some = sample()
        low, high = some.min(axis=0), some.max(axis=0)
        step = np.maximum((high - low) / 255, np.float32(1e-12))

        def coded(vectors: Vectors) -> Vectors:
            codes = np.clip(np.round((vectors - low) / step), 0, 255)
            made: Vectors = codes * step + low
            return made

        return coded
    return lambda vectors: vectors
