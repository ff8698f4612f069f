"""What a table of a collection is ordered by: a column, or the similarity to a query."""

from typing import Any

from likewise.collections.search.search import Query
from likewise.collections.storage.shard import ID, TEXT
from likewise.collections.view import CollectionView
from likewise.errors import InvalidOption, shown
from likewise.files.vectors.encoded import base64_of
from likewise.server.explore.opened import Opened, kind_of
from likewise.server.explore.schemas import SearchRequest
from likewise.similarity import FlatIndex


def ordered(opened: Opened, name: str, *, down: bool = False) -> dict[str, Any]:
    """Return all rows from the least of a column to the greatest, or the other way round.

    What is missing comes last either way, and text is ordered whatever its case.

    Raises:
        InvalidOption: there is no such column, or its cells have no order.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    view = opened.view
    if name not in (ID, TEXT, *view.columns):
        raise InvalidOption(
            f"The collection has no column {shown(name)}.",
            f"It has {', '.join(map(shown, (ID, TEXT, *view.columns)))}.",
            param="column",
        )
    cells = view.rows(columns=[] if name in (ID, TEXT) else [name])[name]
    if kind_of(cells.type) == "other":
        raise InvalidOption(
            f"The cells of {shown(name)} are neither numbers nor text.",
            "Order by another column.",
            param="column",
        )
    in_words = pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)
    keys = pc.utf8_lower(cells) if in_words else cells
    keys = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    order = pc.array_sort_indices(keys, order="descending" if down else "ascending").to_numpy()
    return {"rows": base64_of(order.astype("<i4")), "count": len(order)}


def similarities(opened: Opened, view: CollectionView, asked: SearchRequest) -> dict[str, Any]:
    """Return the similarity of every row to a query; raises what `CollectionView.search` raises."""
    texts: dict[str, float] = {}
    for part in asked.query:
        if part.text.strip():
            texts[part.text] = texts.get(part.text, 0.0) + part.weight
    rows = opened.check([part.row for part in asked.like])
    ids = [row["id"] for row in opened.texts(rows)]
    weights = dict(zip(ids, [part.weight for part in asked.like], strict=True))
    vector = Query(texts, weights).vector(view.snapshot, view.query_encoder if texts else None)
    cosines = FlatIndex(view.snapshot.blocks, trusted=True).scores(vector)[0]
    return {"values": base64_of(cosines[view.snapshot.positions].astype("<f4"))}
