"""What an encoder did not read or know of a collection's texts, counted anew.

A collection keeps the vectors, and texts that are all unknown tokens have one and the same.
"""

from typing import TYPE_CHECKING

import numpy as np

from likewise.collections.storage.shard import TEXT, TRUNCATED, Positions
from likewise.types import Reading, TokenCounts

if TYPE_CHECKING:
    from likewise.collections.contents import CollectionContents
    from likewise.collections.measures.duplicates import Duplicates
    from likewise.encoders import Encoder

MOST_COUNTED = 20_000
"""Texts whose tokens are counted, spread over the collection: half a second's work."""


def notes_on(
    view: "CollectionContents", encoder: "Encoder | None", positions: Positions | None = None
) -> list[str]:
    """Return what a reader of a collection's vectors should know, a sentence each.

    Args:
        view: the collection.
        encoder: its encoder, None where that is not here: then only what was cut off is known; or
            another one, that reads its texts too.
        positions: the texts that matter; None for all.
    """
    snapshot = view.snapshot
    every = snapshot.positions if positions is None else positions
    looked_at = every[:: -(-len(every) // MOST_COUNTED) or 1]
    rows = snapshot.rows(looked_at, [TEXT, TRUNCATED])
    cut = rows[TRUNCATED].to_numpy()
    none = np.zeros(len(rows), np.int32)
    counts = TokenCounts(none, cut, none)
    identity = view.identity if encoder is None else encoder.identity
    if encoder is not None:
        counts = encoder.count_tokens(rows[TEXT].to_pylist())
        if identity.digest == view.identity.digest:
            counts = counts._replace(truncated=cut)
    reading = Reading()
    reading.add(counts)
    notes = reading.notes(identity)
    return notes if len(looked_at) == len(every) else [f"In a sample: {said}" for said in notes]


def notes_on_near(
    view: "CollectionContents", encoder: "Encoder | None", found: "Duplicates"
) -> list[str]:
    """Return the same for texts that are near-duplicates without being equal."""
    from likewise.collections.storage.positions import positions_of

    ids = [
        id_
        for group in found.groups
        if (near := [one.id for one in group.duplicates if not one.exact])
        for id_ in (group.id, *near)
    ]
    places = positions_of(view.snapshot, ids)
    notes = notes_on(view, encoder, places[places >= 0])
    return [f"Of the near-duplicates, {said}" for said in notes]
