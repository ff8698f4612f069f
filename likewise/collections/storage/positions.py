"""Where texts stand in a collection, by their ids."""

from collections.abc import Sequence

import numpy as np

from likewise.collections.storage.items import is_whole
from likewise.collections.storage.shard import Positions
from likewise.collections.storage.shards import Snapshot
from likewise.errors import UnknownId, shown

_FEW = 8


def positions_of(snapshot: Snapshot, ids: Sequence[str]) -> Positions:
    """Return the position of each id, -1 where it is not there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(snapshot) or not len(ids):
        return np.full(len(ids), -1, np.int64)
    if not all(map(is_whole, ids)):  # half a character is in no id
        found = np.full(len(ids), -1, np.int64)
        whole = [place for place, id_ in enumerate(ids) if is_whole(id_)]
        found[whole] = positions_of(snapshot, [ids[place] for place in whole])
        return found
    if snapshot.finder is not None:
        return snapshot.finder.find(ids)
    if len(ids) <= _FEW:  # to look through all is less than to hash all
        masks = (pc.equal(snapshot.ids, pa.scalar(id_, pa.string())) for id_ in ids)
        at = [pc.index(mask, pa.scalar(True)).as_py() for mask in masks]
        return np.array([-1 if one < 0 else snapshot.positions[one] for one in at], np.int64)
    places = pc.index_in(pa.array(ids, pa.string()), value_set=snapshot.ids)
    found = places.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(found >= 0, snapshot.positions[found], -1)


def known_positions(snapshot: Snapshot, ids: Sequence[str]) -> Positions:
    """Return the position of each id.

    Raises:
        UnknownId: one is not there.
    """
    places = positions_of(snapshot, ids)
    if (places < 0).any():
        missing = ids[int(np.flatnonzero(places < 0)[0])]
        raise UnknownId(
            f"The collection has no text with the id {shown(missing)}.",
            "Search for it, or look at the ids: `likewise search --json`.",
            param="id",
        )
    return places


def contents_at(snapshot: Snapshot, places: Positions) -> list[bytes | None]:
    """Return the hashes of the texts at these positions, None for a position of -1."""
    there = np.flatnonzero(places >= 0)
    found: list[bytes | None] = [None] * len(places)
    hashes = snapshot.contents(places[there])
    for index, value in zip(there, hashes, strict=True):
        found[index] = value
    return found
