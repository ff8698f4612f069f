"""What can be read from a collection: texts, vectors, what is near to what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.collections.adding import positions_of
from likewise.collections.prompts import query_prompt
from likewise.collections.scale import scale_of
from likewise.collections.search import Query, SearchResult, search
from likewise.collections.shards import ID, TEXT, Snapshot
from likewise.errors import InvalidOption, UnknownId, shown
from likewise.files.vectors.embeddings import VECTOR
from likewise.settings import Settings
from likewise.types import EmbeddedTexts, Identity, Vectors, check_same

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from likewise.collections.duplicates import Duplicates
    from likewise.encoders import Encoder
    from likewise.similarity.percentiles import Scale

Id = str | int
"""Names a text for ever; a whole number is the same id as its digits."""

Texts = str | Sequence[str] | Mapping[str, float]
Ids = Id | Sequence[Id] | Mapping[str, float] | Mapping[Id, float]


class CollectionView:
    """A collection as it was when it was opened."""

    def __init__(
        self,
        folder: Path,
        snapshot: Snapshot,
        encoder: "Encoder | str | None",
        settings: Settings,
    ) -> None:
        self.path = folder
        self._snapshot = snapshot
        self._given = encoder
        self._settings = settings
        self._loaded: Encoder | None = None
        self._for_queries: Encoder | None = None

    @property
    def name(self) -> str:
        """The name, which is that of its folder."""
        return self.path.name

    @property
    def identity(self) -> Identity:
        """The encoder of all vectors in it."""
        return self._snapshot.manifest.identity

    @property
    def encoder(self) -> "Encoder":
        """The encoder that embeds new texts and queries, loaded when it is first asked for.

        Raises:
            EncoderError: it can't be had.
            IncompatibleVectors: the one that was named gives other vectors.
        """
        if self._loaded is None:
            from likewise.encoders import resolve

            encoder = resolve(self._given, identity=self.identity, settings=self._settings)
            check_same(self.identity, encoder.identity)
            self._loaded = encoder
        return self._loaded

    @property
    def query_encoder(self) -> "Encoder":
        """The encoder for queries: the same, but for the prompt that its authors give them.

        A model that was trained with `query: ` and `passage: ` finds more where each stands before
        what it is for. An encoder that was given as an object is used as it is.
        """
        prompt = query_prompt(self.encoder, self.identity)
        if prompt == self.identity.prefix or not isinstance(self._given, str | None):
            return self.encoder
        if self._for_queries is None:
            from likewise.encoders import resolve

            identity = replace(self.identity, prefix=prompt)
            self._for_queries = resolve(self._given, identity=identity, settings=self._settings)
        return self._for_queries

    @property
    def columns(self) -> dict[str, "pa.DataType"]:
        """The user's columns and their types, in order."""
        return dict(self._snapshot.manifest.columns)

    @property
    def count(self) -> int:
        """How many texts there are."""
        return self._snapshot.manifest.alive

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"<Collection {self.name!r}: {self.count:,} texts, {self.identity.name}>"

    @property
    def generation(self) -> int:
        """A number that rises with every change, to tell what was computed from which state."""
        return self._snapshot.manifest.generation

    @property
    def snapshot(self) -> Snapshot:
        """What was opened: the shards, for code that works on parts of them."""
        return self._snapshot

    @property
    def ids(self) -> list[str]:
        """All ids, in the order in which the texts came; so are `vectors` and `texts()`."""
        found: list[str] = self._snapshot.ids.to_pylist()
        return found

    @property
    def vectors(self) -> Vectors:
        """The vectors, float32, shape (n, dims), in the order of `ids`.

        They are a memory map where all rows are in one file and none was deleted since, which
        `compact` sees to up to some 250,000 rows, and a copy otherwise.
        """
        snapshot = self._snapshot
        if len(snapshot.shards) == 1 and snapshot.alive is None:
            return snapshot.shards[0].vectors
        return snapshot.vectors_at(snapshot.positions)

    @property
    def scale(self) -> "Scale | None":
        """The cosines of its own random pairs; None where it has fewer than two texts."""
        return scale_of(self._snapshot)

    def texts(self, ids: Sequence[Id] | None = None) -> list[str]:
        """Return the texts with these ids, by default all, in order.

        Raises:
            UnknownId: one is not there.
        """
        found: list[str] = self.rows(ids, columns=[])[TEXT].to_pylist()
        return found

    def embedded(self, ids: Sequence[Id] | None = None) -> EmbeddedTexts:
        """Return texts with these ids, by default all, with their vectors and what made them.

        A classifier trains on them without embedding anything again:
        `likewise.Classifier().fit(notes.embedded(), labels)`.

        Raises:
            UnknownId: one is not there.
        """
        positions = None if ids is None else self._positions([str(i) for i in ids])
        vectors = self.vectors if positions is None else self._snapshot.vectors_at(positions)
        return EmbeddedTexts(vectors, tuple(self.texts(ids)), self.identity)

    def rows(
        self, ids: Sequence[Id] | None = None, columns: Sequence[str] | None = None
    ) -> "pa.Table":
        """Return id, text and columns of the texts with these ids, by default all, in order.

        Raises:
            UnknownId: one is not there.
            InvalidOption: there is no such column.
        """
        names = list(self.columns) if columns is None else list(columns)
        for name in names:
            if name not in self.columns:
                raise InvalidOption(
                    f"The collection has no column {shown(name)}.",
                    f"It has {', '.join(map(shown, self.columns)) or 'none'}.",
                    param="columns",
                )
        positions = (
            self._snapshot.positions if ids is None else self._positions([str(i) for i in ids])
        )
        return self._snapshot.rows(positions, [ID, TEXT, *names])

    def refresh(self) -> None:
        """Take in what was changed since it was opened, by whomever."""
        self._snapshot = Snapshot.read(self.path, self._snapshot)

    def search(
        self,
        query: Texts = (),
        k: int = 10,
        *,
        like: Ids = (),
        filter: str | None = None,  # noqa: A002
        hybrid: bool = False,
        fast: bool = False,
    ) -> SearchResult:
        """Return the texts that are nearest to a query, exactly.

        Args:
            query: a text, several, or several with weights, of which one below zero turns away.
            k: how many.
            like: ids of texts that count as a part of the query, with weights or without; they
                are not found themselves.
            filter: which rows may be found, e.g. `year >= 2020 and lang = "en"`; see
                `likewise.collections.filters`.
            hybrid: let the words of the query count as well, by BM25 and reciprocal rank fusion.
            fast: compare codes of a quarter of the size, and only the best in full precision;
                worth it from some 300,000 texts. Needs faiss: `pip install 'likewise[fast]'`.

        Raises:
            InvalidOption: there is nothing to search for, or `k` is under 1.
            InvalidFilter: the filter can't be understood.
            UnknownId: an id is not there.
        """
        texts = {text: weight for text, weight in _weighted(query).items() if text.strip()}
        ids = {str(key): weight for key, weight in _weighted(like).items()}
        words = " ".join(text for text, weight in texts.items() if weight > 0)
        if hybrid and not words:
            raise InvalidOption(
                "There are no words to search for.", "Give a text as well.", param="hybrid"
            )
        return search(
            self._snapshot,
            Query(texts, ids),
            k,
            encoder=self.query_encoder if texts else None,
            filter=filter,
            words=words if hybrid else None,
            fast=fast,
        )

    def neighbours(self, id: Id, k: int = 10) -> SearchResult:  # noqa: A002
        """Return the texts that are nearest to one of the collection.

        Raises:
            UnknownId: it is not there.
        """
        return self.search(like=id, k=k)

    def duplicates(
        self,
        other: "CollectionView | None" = None,
        *,
        cosine: float | None = None,
        percentile: float | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Duplicates":
        """Find texts that are the same or nearly so.

        Args:
            other: find the texts of this collection that are in that one already; by default
                those that this one has several times.
            cosine: similarity from which two texts are near-duplicates, by default 0.95; 1 finds
                equal texts alone.
            percentile: the same, as the share of the collection's own random pairs that are less
                similar, in per cent.
            progress: called as `progress(done, total)`, in texts.

        Raises:
            IncompatibleVectors: the other collection is of another encoder.
        """
        from likewise.collections.duplicates import COSINE, across, within

        if percentile is not None and self.scale is not None:
            cosine = min(1.0, self.scale.cosine_at(percentile))
        cosine = COSINE if cosine is None else cosine
        if other is None:
            return within(self._snapshot, cosine, progress)
        check_same(self.identity, other.identity)
        return across(self._snapshot, other.snapshot, cosine, progress)

    def to_arrow(self, *, vectors: bool = True) -> "pa.Table":
        """Return everything as an Arrow table: id, text, the columns, and `vector`."""
        import pyarrow as pa

        table = self.rows()
        if not vectors:
            return table
        flat = pa.array(np.ascontiguousarray(self.vectors).reshape(-1))
        column = pa.FixedSizeListArray.from_arrays(flat, self.identity.dims)
        return table.append_column(VECTOR, column)

    def to_pandas(self, *, vectors: bool = False) -> "pd.DataFrame":
        """Return id, text and columns as a pandas data frame, which must be installed."""
        _needs("pandas")
        frame: pd.DataFrame = self.to_arrow(vectors=vectors).to_pandas()
        return frame

    def to_polars(self, *, vectors: bool = False) -> "pl.DataFrame":
        """Return id, text and columns as a Polars data frame, which must be installed."""
        polars = _needs("polars")
        frame: pl.DataFrame = polars.from_arrow(self.to_arrow(vectors=vectors))
        return frame

    def _positions(self, ids: Sequence[str]) -> Any:  # noqa: ANN401
        places = positions_of(self._snapshot, ids)
        if (places < 0).any():
            missing = ids[int(np.flatnonzero(places < 0)[0])]
            raise UnknownId(
                f"The collection has no text with the id {shown(missing)}.",
                "Look at its ids: `likewise search` shows them.",
                param="id",
            )
        return places


def _weighted(given: Any) -> dict[Any, float]:  # noqa: ANN401
    """Return what was given once, several times or with weights as a mapping to weights."""
    if isinstance(given, Mapping):
        return {key: float(weight) for key, weight in given.items()}
    if isinstance(given, str | int):
        return {given: 1.0}
    weights: dict[Any, float] = {}
    for key in given:
        weights[key] = weights.get(key, 0.0) + 1.0
    return weights


def _needs(package: str) -> Any:  # noqa: ANN401
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError:
        raise InvalidOption(
            f"{package} is not installed.", f"pip install {package}", param=package
        ) from None
