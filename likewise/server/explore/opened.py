"""A collection that the server has open, as rows from 0, with what was worked out of it."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from likewise.collections.measures.budget import VectorBudget
from likewise.collections.measures.comparison import EncoderComparison
from likewise.collections.measures.duplicates import Duplicates
from likewise.collections.search.search import plain
from likewise.collections.storage.positions import positions_of
from likewise.collections.storage.shard import GROUP_ROWS, ID, TEXT
from likewise.collections.view import CollectionView
from likewise.errors import InvalidOption, NotFound, shown
from likewise.files.vectors.columns import records
from likewise.maps import Map

MOST_KEPT = 4
"""Comparisons of a collection, each with some ten megabytes of neighbours, and duplicates."""

Made = TypeVar("Made")

Rows = npt.NDArray[np.int64]


@dataclass(eq=False)
class Opened:
    """A collection as it is at the moment, and what was worked out of it.

    view: what can be read of it; row i is its i-th text.
    maps: those that were made or read, by layout.
    comparisons: with other encoders, by what was asked; the latest few.
    budget: what smaller vectors lose, as it was measured last.
    duplicates: near ones, by the percentile from which texts count as such; the latest few.
    """

    view: CollectionView
    maps: dict[str, Map] = field(default_factory=dict)
    comparisons: dict[Hashable, EncoderComparison] = field(default_factory=dict)
    budget: VectorBudget | None = None
    duplicates: dict[Hashable, Duplicates] = field(default_factory=dict)

    def rows_of(self, ids: Sequence[str]) -> Rows:
        """Return the rows of texts by their ids."""
        snapshot = self.view.snapshot
        rows: Rows = np.searchsorted(snapshot.positions, positions_of(snapshot, ids))
        return rows

    def check(self, rows: Sequence[int]) -> Rows:
        """Return rows as an array.

        Raises:
            InvalidOption: one is beyond the last, as the collection may have changed, or is named
                twice: an answer is no larger than the collection.
        """
        wanted = np.asarray(rows, np.int64)
        if len(np.unique(wanted)) < len(wanted):
            raise InvalidOption("A row is named twice.", "Name each once.", param="rows")
        if len(wanted) and int(wanted.max()) >= self.view.count:
            raise InvalidOption(
                f"There is no row {int(wanted.max()):,}: the collection has {self.view.count:,}.",
                "Load it again; it may have changed.",
                param="rows",
            )
        return wanted

    def texts(self, rows: Rows) -> list[dict[str, Any]]:
        """Return rows with their texts and columns, ready for JSON."""
        snapshot = self.view.snapshot
        names = list(self.view.columns)
        table = records(snapshot.rows(snapshot.positions[rows], [ID, TEXT, *names]))
        return [
            {
                "row": int(row),
                "id": found[ID],
                "text": found[TEXT],
                "columns": {name: plain(found[name]) for name in names},
            }
            for row, found in zip(rows, table, strict=True)
        ]

    def parts(self, rows: Rows) -> Iterator[list[dict[str, Any]]]:
        """Yield the same, some rows at a time."""
        for start in range(0, len(rows), GROUP_ROWS):
            yield self.texts(rows[start : start + GROUP_ROWS])

    def map(self, layout: str) -> Map:
        """Return a map that was made.

        Raises:
            NotFound: it was not.
        """
        if layout not in self.maps:
            raise NotFound(
                "map", f"There is no map of {self.view.name} by {shown(layout)}.", "Make it first."
            )
        return self.maps[layout]


def kind_of(type_: Any) -> str:  # noqa: ANN401
    """Return what a column of an Arrow type holds: number, text, time or other."""
    import pyarrow.types as types

    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return "number"
    if types.is_date(type_) or types.is_timestamp(type_):
        return "time"
    text = types.is_string(type_) or types.is_large_string(type_) or types.is_boolean(type_)
    return "text" if text else "other"


def keep(latest: dict[Hashable, Made], asked: Hashable, made: Made) -> None:
    """Keep what was made among the latest few, in the place of the oldest."""
    latest.pop(asked, None)
    while len(latest) >= MOST_KEPT:
        latest.pop(next(iter(latest)))
    latest[asked] = made
