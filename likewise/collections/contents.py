"""What is in a collection: texts, vectors, columns, and the encoder of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.collections.prompts import query_identity
from likewise.collections.storage.items import ids_of
from likewise.collections.storage.positions import known_positions
from likewise.collections.storage.scale import scale_of
from likewise.collections.storage.shard import ID, TEXT
from likewise.collections.storage.shards import Snapshot
from likewise.collections.storage.stores import CollectionStore
from likewise.errors import InvalidOption, MissingPackage, shown
from likewise.files.vectors.embeddings import VECTOR
from likewise.settings import Settings
from likewise.types import EmbeddedTexts, Identity, Vectors, check_same

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from likewise.encoders import Encoder
    from likewise.similarity.percentiles import Scale

Id = str | int
"""Names a text for ever; a whole number is the same id as its digits."""


class CollectionContents:
    """A collection as it was when it was opened."""

    def __init__(
        self,
        store: CollectionStore,
        snapshot: Snapshot,
        encoder: "Encoder | str | None",
        settings: Settings,
        *,
        for_queries: "Encoder | None" = None,
    ) -> None:
        self._store = store
        self._snapshot = snapshot
        self._given = encoder
        self._settings = settings
        self._loaded: Encoder | None = None
        self._for_queries = for_queries

    @property
    def name(self) -> str:
        """Its name, which is that of its folder."""
        return self._store.name

    @property
    def store(self) -> CollectionStore:
        """Where it is kept."""
        return self._store

    @property
    def path(self) -> Path:
        """Its folder; of one in a database that of what can be made again."""
        return self._store.path

    @property
    def aside(self) -> Path:
        """The folder for what can be made again: maps, scales, vectors of other encoders."""
        return self._snapshot.folder

    @property
    def identity(self) -> Identity:
        """The encoder that made all of its vectors."""
        return self._snapshot.manifest.identity

    @property
    def encoder(self) -> "Encoder":
        """The encoder that embeds new texts and queries, loaded when it is first needed.

        Raises:
            EncoderError: it can't be loaded.
            IncompatibleVectors: the encoder that was named gives different vectors.
        """
        if self._loaded is None:
            from likewise.encoders import resolve

            encoder = resolve(self._given, identity=self.identity, settings=self._settings)
            check_same(self.identity, encoder.identity)
            self._loaded = encoder
        return self._loaded

    @property
    def query_encoder(self) -> "Encoder":
        """The encoder for queries: the same one, with the prompt that its authors give for queries.

        A model that was trained with `query: ` and `passage: ` finds more if each is put before the
        texts that it is meant for. An encoder that you passed as an object is used as it is.
        """
        if self._for_queries is not None:
            return self._for_queries
        asking = query_identity(self.encoder, self.identity)
        if asking == self.identity or not isinstance(self._given, str | None):
            return self.encoder
        from likewise.encoders import resolve

        self._for_queries = resolve(self._given, identity=asking, settings=self._settings)
        return self._for_queries

    @property
    def columns(self) -> dict[str, "pa.DataType"]:
        """Your columns and their types, in order."""
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
        """A number that rises with every change, so that results can be tied to a state."""
        return self._snapshot.manifest.generation

    @property
    def snapshot(self) -> Snapshot:
        """The shards as they were opened, for code that works on them directly."""
        return self._snapshot

    @property
    def ids(self) -> list[str]:
        """All ids, in the order in which texts were added, as are `vectors` and `texts()`."""
        found: list[str] = self._snapshot.ids.to_pylist()
        return found

    @property
    def vectors(self) -> Vectors:
        """The vectors, float32, shape (n, dims), in the order of `ids`.

        They are memory-mapped and may not be written to: the file of a collection that has one
        and of which nothing was deleted since, and otherwise a copy in a temporary file, which is
        made once for each state of the collection. Up to 32 MB the copy is in memory.
        """
        return self._snapshot.whole

    @property
    def scale(self) -> "Scale | None":
        """The cosines of its own random pairs; None if it has fewer than two texts."""
        return scale_of(self._snapshot)

    def texts(self, ids: Sequence[Id] | None = None) -> list[str]:
        """Return the texts with these ids, by default all, in order.

        Raises:
            UnknownId: one is not there.
        """
        found: list[str] = self.rows(ids, columns=[])[TEXT].to_pylist()
        return found

    def embedded(self, ids: Sequence[Id] | None = None) -> EmbeddedTexts:
        """Return the texts with these ids, by default all, with vectors and encoder.

        A classifier trains on them without embedding anything a second time:
        `likewise.Classifier().fit(notes.embedded(), labels)`.

        Raises:
            UnknownId: one is not there.
        """
        positions = None if ids is None else known_positions(self._snapshot, ids_of(ids))
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
            self._snapshot.positions
            if ids is None
            else known_positions(self._snapshot, ids_of(ids))
        )
        return self._snapshot.rows(positions, [ID, TEXT, *names])

    def refresh(self) -> None:
        """Take in all changes since it was opened, whoever made them."""
        self._snapshot = self._store.read(self._snapshot)

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
        """Return id, text and columns as a pandas data frame; pandas must be installed."""
        _needs("pandas")
        frame: pd.DataFrame = self.to_arrow(vectors=vectors).to_pandas()
        return frame

    def to_polars(self, *, vectors: bool = False) -> "pl.DataFrame":
        """Return id, text and columns as a Polars data frame; Polars must be installed."""
        polars = _needs("polars")
        frame: pl.DataFrame = polars.from_arrow(self.to_arrow(vectors=vectors))
        return frame


def _needs(package: str) -> Any:  # noqa: ANN401
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError:
        raise MissingPackage(
            f"{package} is not installed.", f"Install it: pip install {package}."
        ) from None
