"""A collection as Python code sees it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from likewise.collections.adding.adding import Added, Adding
from likewise.collections.contents import Id
from likewise.collections.prompts import document_prompt
from likewise.collections.storage.items import (
    Item,
    check_column_names,
    check_item,
    content_ids,
    ids_of,
    plain_cells,
)
from likewise.collections.storage.lock import WAIT_SECONDS
from likewise.collections.storage.manifest import Manifest
from likewise.collections.storage.positions import known_positions
from likewise.collections.storage.shard import TEXT, Mask
from likewise.collections.storage.stores import existing_store, store_of
from likewise.collections.storage.writer import Writer
from likewise.collections.view import CollectionView
from likewise.encoders.column import texts_of
from likewise.errors import InvalidOption, shown
from likewise.files.cells import Value
from likewise.files.vectors.columns import cells_of
from likewise.files.vectors.embeddings import Precision
from likewise.settings import Settings
from likewise.settings import settings as process_settings
from likewise.types import Identity, Vectors, check_same

if TYPE_CHECKING:
    from likewise.encoders import Encoder


class Collection(CollectionView):
    """Texts with their vectors, ids and columns, kept in a folder.

    Make one with `Collection.create` or open one with `Collection.open`. Many processes can read at
    the same time, even while one of them adds; what you opened stays as it was until `refresh`.

    >>> notes = likewise.Collection.create("notes")
    >>> notes.add(["undo a commit", "boil an egg"], columns={"year": [2020, 2021]})
    >>> notes.search("git reset", filter="year < 2021")[0].text
    'undo a commit'
    """

    @classmethod
    def create(
        cls,
        name: str | Path,
        encoder: "Encoder | Identity | str | None" = None,
        *,
        precision: Precision = "float32",
        settings: Settings | None = None,
    ) -> "Collection":
        """Make an empty collection.

        Args:
            name: a name in your folder of collections, a path, which contains a slash, or an
                address in PostgreSQL: `postgresql://user@host/database?collection=NAME`.
            encoder: an encoder, the name of one, or the identity of one, which is loaded when it is
                needed; by default the one that the settings name. An encoder given by name uses the
                prompt for documents if its authors gave it one.
            precision: of the vectors on disk: `float32`, or `float16`, which takes half the space.
            settings: by default those of the process.

        Raises:
            CollectionExists: there is already a collection of that name, or the folder holds
                something else.
            EncoderError: the encoder can't be loaded.
        """
        from likewise.encoders import load, resolve

        if precision not in get_args(Precision):
            raise InvalidOption(
                f"There is no precision {shown(precision)}.",
                f"Choose one of {', '.join(get_args(Precision))}.",
                param="precision",
            )
        settings = settings or process_settings()
        store = store_of(name, settings)
        if isinstance(encoder, Identity):
            store.make(Manifest(encoder, {}, precision))
            return cls(store, store.read(), None, settings)
        chosen = resolve(encoder, settings=settings)
        given: Encoder | str | None = encoder
        if isinstance(encoder, str | None) and not chosen.identity.prefix:
            prompt = document_prompt(chosen)
            chosen = load(encoder, prefix=prompt, settings=settings) if prompt else chosen
        store.make(Manifest(chosen.identity, {}, precision))
        return cls(store, store.read(), given, settings)

    @classmethod
    def open(
        cls,
        name: str | Path,
        *,
        encoder: "Encoder | str | None" = None,
        settings: Settings | None = None,
    ) -> "Collection":
        """Open an existing collection.

        Args:
            name: as for `create`.
            encoder: the encoder for new texts and queries, if it has a different name here from the
                one that the collection recorded; it must give the same vectors. It is loaded when
                it is needed.
            settings: by default those of the process.

        Raises:
            CollectionMissing: there is none.
            DamagedCollection: a file of it is missing, or not as it was written.
        """
        settings = settings or process_settings()
        store = existing_store(name, settings)
        return cls(store, store.read(), encoder, settings)

    def add(
        self,
        texts: Iterable[str],
        *,
        ids: Iterable[Id] | None = None,
        columns: Mapping[str, Sequence[Value]] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Added:
        """Add texts. Texts that are already there are skipped, changed ones are replaced.

        Finished texts are on disk before the next few thousand are begun, so if the job is stopped,
        calling it again picks up where it left off.

        Args:
            texts: n of them, in any form that `Encoder.encode` takes.
            ids: the id of each text; by default a hash of the text. They are kept as text: 1 and
                "1" are one id. Of several texts with one id the last is kept.
            columns: n cells for each column to keep along with the texts.
            progress: called with the number of texts that are done.

        Raises:
            InvalidText: a text is not a string, is blank, or an id is.
            InvalidOption: the number of ids or cells is not that of the texts, or a column can't
                have that name.
            CollectionBusy: another process is changing it and does not finish in time.
        """
        items = _items(texts, ids, columns or {})
        return self.add_items(items, list(columns or {}), progress=progress)

    def add_items(
        self,
        items: Iterable[Item],
        columns: Sequence[str],
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Added:
        """Add a stream of texts with their ids and cells; see `add`."""
        encoder = self.encoder
        with self._writing() as writer:
            return Adding(writer, encoder, columns, progress).run(items)

    def add_embedded(
        self,
        parts: Iterable[tuple[list[Item], Vectors, Mask]],
        identity: Identity,
        columns: Sequence[str],
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Added:
        """Add a stream of texts that already have vectors; see `add`.

        Args:
            parts: items, their vectors (float32, shape (n, dims), unit length), and which of them
                the encoder read only in part.
            identity: the encoder that made the vectors.
            columns: names of the items' values.
            progress: called with the number of texts that are done.

        Raises:
            IncompatibleVectors: the vectors are not from the collection's encoder.
        """
        check_same(self.identity, identity)
        with self._writing() as writer:
            return Adding(writer, None, columns, progress).run_embedded(parts)

    def update(
        self,
        ids: Sequence[Id],
        *,
        texts: Sequence[str] | None = None,
        columns: Mapping[str, Sequence[Value]] | None = None,
    ) -> Added:
        """Change the texts or the cells of existing ids; everything else stays.

        Of several changes of one id the last is kept.

        Raises:
            UnknownId: an id is not there; nothing is changed then.
            InvalidOption: texts or columns are not as many as ids.
            CollectionBusy: another process is changing it and does not finish in time.
        """
        encoder, named = self.encoder, ids_of(ids)
        with self._writing() as writer:
            self._snapshot = writer.snapshot  # with what others changed before
            table = self.rows(named)
            # as cells, which keep the types of their columns
            cells = {name: cells_of(table[name]) for name in self.columns} | dict(columns or {})
            items = _items(table[TEXT].to_pylist() if texts is None else texts, named, cells)
            return Adding(writer, encoder, list(cells)).run(items)

    def delete(self, ids: Iterable[Id]) -> int:
        """Delete texts for good. Return how many were deleted.

        Raises:
            UnknownId: an id is not there; nothing is deleted then.
        """
        wanted = list(dict.fromkeys(ids_of(ids)))
        with self._writing() as writer:
            self._snapshot = writer.snapshot
            writer.change(deleted=known_positions(self._snapshot, wanted))
        return len(wanted)

    def compact(self) -> None:
        """Rewrite the collection as a few large files, without what was deleted."""
        with self._writing() as writer:
            writer.compact()

    def verify(self) -> list[str]:
        """Read every byte and return what is wrong, a sentence each; empty if all is well.

        Files that can be rebuilt are rebuilt.
        """
        self.refresh()
        return self._store.verify(self._snapshot)

    def _writing(self) -> "_Writing":
        return _Writing(self)


def _items(
    texts: Iterable[str], ids: Iterable[Id] | None, columns: Mapping[str, Sequence[Value]]
) -> list[Item]:
    """Return texts with their ids and cells; raises what `Collection.add` raises."""
    every = texts_of(texts, param="texts")
    check_column_names(list(columns))
    cells = [plain_cells(column, name) for name, column in columns.items()]
    named = content_ids(every) if ids is None else ids_of(ids)
    for what, length in [("ids", len(named)), *zip(columns, map(len, cells), strict=True)]:
        if length != len(every):
            raise InvalidOption(
                f"There are {len(every):,} texts, but {length:,} {shown(what)}.",
                "Give one for each text.",
                param="ids" if what == "ids" else "columns",
            )
    values = zip(*cells, strict=True) if cells else iter([()] * len(every))
    items = [
        Item(id_, text, tuple(row), number)
        for number, (id_, text, row) in enumerate(zip(named, every, values, strict=True), 1)
    ]
    for item in items:
        check_item(item)
    return items


class _Writing:
    """A writer whose collection sees what it has changed when it ends, however it ends."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._writer = collection.store.writer(WAIT_SECONDS)

    def __enter__(self) -> Writer:
        return self._writer.__enter__()

    def __exit__(self, *error: Any) -> None:  # noqa: ANN401
        self._collection._snapshot = self._writer.snapshot
        self._writer.__exit__(*error)
