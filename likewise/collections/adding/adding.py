"""Puts texts into a collection: skips what is there already, and embeds only what is new.

A text is known by its id. The hashes that stand beside it tell whether it, or only something in
its other columns, has changed since; a text that has not keeps its vector.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import TYPE_CHECKING

import numpy as np

from likewise.collections.storage.items import Item, content_of
from likewise.collections.storage.positions import contents_at, positions_of
from likewise.collections.storage.shard import CONTENT, ID, TEXT, TRUNCATED, Mask, Positions
from likewise.encoders.stream import embed_stream
from likewise.errors import EncoderError
from likewise.files.vectors.columns import as_array, type_of
from likewise.files.vectors.embeddings import VECTOR
from likewise.types import Reading, TokenCounts

if TYPE_CHECKING:
    import pyarrow as pa

    from likewise.collections.storage.writer import Writer
    from likewise.encoders import Encoder
    from likewise.types import Vectors


LOOKED_UP = 4_096
"""Texts that are looked up at a time."""


@dataclass
class Added:
    """What became of the texts that were to be added."""

    new: int = 0
    updated: int = 0
    """Their text, or something in their other columns, had changed."""
    unchanged: int = 0
    """They were there already."""
    reading: Reading = field(default_factory=Reading)
    """How the encoder read those of the new and updated whose vectors were not there yet."""
    left_out: list[tuple[int, str]] = field(default_factory=list)
    """Rows that could not be embedded, with the reason."""

    @property
    def truncated(self) -> int:
        """Texts of which the encoder read a part only."""
        return self.reading.cut_off

    @property
    def with_unknown(self) -> int:
        """Texts with tokens that the encoder does not know."""
        return self.reading.with_unknown

    @property
    def done(self) -> int:
        """All of them."""
        return self.new + self.updated + self.unchanged + len(self.left_out)


class Adding:
    """One job of adding; `run` may be stopped at any moment, and what is finished is kept."""

    def __init__(
        self,
        writer: "Writer",
        encoder: "Encoder | None",
        columns: Sequence[str],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.result = Added()
        self._writer = writer
        self._encoder = encoder
        self._columns = columns
        self._progress = progress
        self._others: dict[str, Item] = {}  # by id: changed, but not in their texts
        self._sent: set[str] = set()  # ids of what is being embedded
        self._gone: list[str] = []  # parts that texts had before, or texts before they were cut

    def run(self, items: Iterable[Item]) -> Added:
        """Add the items; each slice is on the disk when the next is begun."""
        assert self._encoder is not None  # noqa: S101 - given wherever texts are embedded
        for part in embed_stream(
            self._to_embed(items),
            self._encoder,
            text=lambda item: item.text,
            left_out=self._leave_out,
        ):
            self._keep(part.items, part.encoding.vectors, part.encoding.truncated)
            self.result.reading.add(part.encoding)
        self._keep_others()
        gone, self._gone = list(dict.fromkeys(self._gone)), []
        places = positions_of(self._writer.snapshot, gone)
        if len(gone):
            self._writer.change(deleted=places[places >= 0])
        return self.result

    def run_embedded(self, parts: Iterable[tuple[list[Item], "Vectors", Mask]]) -> Added:
        """Add items whose vectors are there already; see `run`."""
        for items, vectors, truncated in parts:
            fresh = {id(item) for item in self._to_embed(items)}
            rows = [row for row, item in enumerate(items) if id(item) in fresh]
            cut, none = truncated[rows], np.zeros(len(rows), np.int32)
            self.result.reading.add(TokenCounts(none, cut, none))  # their tokens are not counted
            self._keep([items[row] for row in rows], vectors[rows], cut)
        return self.result

    def _to_embed(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items whose texts have no vector yet."""
        source = iter(items)
        while part := _latest(islice(source, LOOKED_UP)):
            part = self._without_ends(part)
            snapshot = self._writer.snapshot
            places = positions_of(snapshot, [item.id for item in part])
            known = contents_at(snapshot, places)
            for item, before in zip(part, known, strict=True):
                now = content_of(item, self._columns)
                if item.id in self._sent:  # what is there is older than what is on its way
                    yield item
                elif before == now and item.id not in self._others:
                    self.result.unchanged += 1
                elif before is not None and before[:8] == now[:8]:
                    self._others[item.id] = item
                else:
                    self._sent.add(item.id)
                    yield item
            if len(self._others) >= LOOKED_UP:
                self._keep_others()
            self._report()

    def _without_ends(self, items: list[Item]) -> list[Item]:
        """Note what a text that is cut had before and has no more; return the other items."""
        ends = [item.id for item in items if not item.text]
        wholes = [end.rpartition("#")[0] for end in ends]  # as they were added without cutting
        there = positions_of(self._writer.snapshot, wholes) >= 0
        self._gone += compress(wholes, there)
        there = positions_of(self._writer.snapshot, ends) >= 0
        for end in compress(ends, there):
            document, _, number = end.rpartition("#")
            later = int(number)
            while positions_of(self._writer.snapshot, [f"{document}#{later}"])[0] >= 0:
                self._gone.append(f"{document}#{later}")
                later += 1
        return [item for item in items if item.text]

    def _keep(self, items: list[Item], vectors: "Vectors", truncated: Mask) -> None:
        self._keep_others()  # of one id they came earlier
        self._sent.clear()
        if not items:
            return
        items, rows = _latest_rows(items)
        vectors, cut = vectors[rows], truncated[rows]
        places = positions_of(self._writer.snapshot, [item.id for item in items])
        self._put(items, vectors, cut, places)

    def _keep_others(self) -> None:
        items, self._others = list(self._others.values()), {}
        if not items:
            return
        snapshot = self._writer.snapshot
        places = positions_of(snapshot, [item.id for item in items])
        cut = snapshot.rows(places, [TRUNCATED])[TRUNCATED].to_numpy()
        self._put(items, snapshot.vectors_at(places), cut, places)

    def _put(
        self, items: list[Item], vectors: "Vectors", truncated: Mask, places: Positions
    ) -> None:
        cells = list(zip(*(item.values for item in items), strict=True)) or [()] * 0
        types = {
            name: type_of(column) for name, column in zip(self._columns, cells, strict=bool(cells))
        }
        self._writer.widen(types)
        there = places[places >= 0]
        rows = rows_table(self._writer.manifest.columns, items, self._columns, vectors, truncated)
        self._writer.change(rows, there)
        self.result.updated += len(there)
        self.result.new += len(items) - len(there)
        self._report()

    def _leave_out(self, item: Item, error: EncoderError) -> None:
        self.result.left_out.append((item.where, error.problem))

    def _report(self) -> None:
        if self._progress:
            self._progress(self.result.done)


def rows_table(
    types: Mapping[str, "pa.DataType"],
    items: Sequence[Item],
    columns: Sequence[str],
    vectors: "Vectors",
    truncated: Mask,
) -> "pa.Table":
    """Return items with their vectors as the rows that `Writer.change` takes."""
    import pyarrow as pa

    cells = zip(*(item.values for item in items), strict=True)
    arrays = {
        name: as_array(column, types[name]) for name, column in zip(columns, cells, strict=False)
    }
    content = [content_of(item, columns) for item in items]
    flat = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    return pa.table(
        {
            ID: pa.array([item.id for item in items], pa.string()),
            TEXT: pa.array([item.text for item in items], pa.string()),
            **arrays,
            TRUNCATED: pa.array(np.asarray(truncated, np.bool_)),
            CONTENT: pa.array(content, pa.binary(16)),
            VECTOR: pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
        }
    )


def _latest(items: Iterable[Item]) -> list[Item]:
    """Return items in order; of those with one id the latest, in the place of the first."""
    return list({item.id: item for item in items}.values())


def _latest_rows(items: list[Item]) -> tuple[list[Item], list[int]]:
    """Return items as `_latest` does, and where each of them stood."""
    rows = {item.id: row for row, item in enumerate(items)}
    kept = list(rows.values())
    return [items[row] for row in kept], kept
