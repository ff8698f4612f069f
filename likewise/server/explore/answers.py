"""What is worked out of an opened collection for an answer; each function runs on a thread."""

import io
from collections import Counter
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from likewise.collections.search.filters import Filter
from likewise.collections.search.search import plain
from likewise.collections.storage.shard import ID, TEXT
from likewise.collections.view import CollectionView
from likewise.encoders.culprit import placed
from likewise.errors import InvalidOption, NotFound, shown
from likewise.files.rows import csv_rows, jsonl_rows
from likewise.files.vectors.columns import python_values
from likewise.files.vectors.encoded import base64_of
from likewise.maps.clusters import cluster_words
from likewise.maps.times import FEW_GROUPS, Seconds, seconds_of, written_times
from likewise.server.explore.opened import Opened, Rows, kind_of
from likewise.server.explore.schemas import SearchRequest
from likewise.server.http.envelope import said_of
from likewise.similarity import FlatIndex
from likewise.types import Reading

MOST_GROUPS = 1_000
"""Duplicate groups that an answer holds, and different values of a column that colour a map."""

MOST_NAME = 200
"""Characters of such a value that are shown."""

TYPICAL = 3
"""Texts that stand for a selection."""


def found(opened: Opened, view: CollectionView, asked: SearchRequest) -> dict[str, Any]:
    """Return what a search finds, ready for JSON; raises what `CollectionView.search` raises."""
    texts: dict[str, float] = {}
    for part in asked.query:
        texts[part.text] = texts.get(part.text, 0.0) + part.weight
    rows = opened.check([part.row for part in asked.like])
    ids = [row["id"] for row in opened.texts(rows)]
    asked_at = [[part.text for part in asked.query].index(text) for text in texts]
    with said_of("query"), placed(asked_at.__getitem__):
        result = view.search(
            texts,
            asked.k,
            like=dict(zip(ids, [part.weight for part in asked.like], strict=True)),
            filter=asked.filter,
            hybrid=asked.hybrid,
        )
    places = opened.rows_of([hit.id for hit in result.hits])
    read, notes = Reading(), []
    if texts:
        read.add(view.query_encoder.count_tokens(list(texts)))
        if prompt := view.query_encoder.identity.prefix:
            notes.append(f"{shown(prompt)} is put before the query.")
    return {
        "hits": [
            {
                "row": int(row),
                "id": hit.id,
                "text": hit.text,
                "similarity": round(hit.similarity, 6),
                "percentile": None if hit.percentile is None else round(hit.percentile, 2),
                "columns": {name: plain(value) for name, value in hit.columns.items()},
            }
            for row, hit in zip(places, result.hits, strict=True)
        ],
        "searched": result.searched,
        "total": result.total,
        "exact": result.exact,
        "notes": notes + read.notes(view.identity),
    }


def filtered(opened: Opened, text: str) -> dict[str, Any]:
    """Return the rows that pass a filter; raises `InvalidFilter`."""
    snapshot = opened.view.snapshot
    names = [ID, TEXT, *opened.view.columns]
    mask = Filter(text).mask(snapshot.column, names).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.asarray(mask, np.bool_)[snapshot.positions])
    return {"rows": base64_of(rows.astype("<i4")), "count": len(rows)}


def check_percentile(percentile: float) -> float:
    """Return a percentile from which texts can count as near-duplicates.

    Raises:
        InvalidOption: it is not between 50 and 100.
    """
    if not 50 <= percentile <= 100:
        raise InvalidOption(
            f"A percentile of {percentile:g} says nothing about duplicates.",
            "Choose one from 50 to 100.",
            param="percentile",
        )
    return percentile


def duplicates(opened: Opened, percentile: float) -> dict[str, Any]:
    """Return near-duplicates that were looked for, ready for JSON.

    Raises:
        InvalidOption: the percentile is not between 50 and 100.
        NotFound: nobody has looked for them.
    """
    result = opened.duplicates.get(check_percentile(percentile))
    if result is None:
        raise NotFound(
            "duplicates",
            f"Near-duplicates at {percentile:g} % were not looked for in {opened.view.name}.",
            "Look for them first.",
        )
    groups = result.groups[:MOST_GROUPS]
    ids = [group.id for group in groups]
    ids += [one.id for group in groups for one in group.duplicates]
    rows = dict(zip(ids, opened.rows_of(ids).tolist(), strict=True))
    return {
        "groups": [
            {
                "row": rows[group.id],
                "id": group.id,
                "text": group.text,
                "duplicates": [
                    {
                        "row": rows[one.id],
                        "id": one.id,
                        "text": one.text,
                        "similarity": round(one.similarity, 6),
                        "exact": one.exact,
                    }
                    for one in group.duplicates
                ],
            }
            for group in groups
        ],
        "found": len(result.groups),
        "duplicates": result.duplicates,
        "cosine": round(result.cosine, 6),
        "searched": result.searched,
    }


def map_of(opened: Opened, layout: str) -> dict[str, Any]:
    """Return what a map says of itself, ready for JSON."""
    made = opened.map(layout)
    return {
        "layout": made.layout,
        "count": len(made),
        "kept": round(made.share_kept, 4),
        "trustworthiness": round(made.trustworthiness, 4),
        "neighbours": made.neighbours.indices.shape[1],
        "generation": opened.view.generation,
        "levels": [
            [{"words": list(c.words), "typical": c.typical, "size": c.size} for c in level.clusters]
            for level in made.levels
        ],
    }


def map_part(opened: Opened, layout: str, part: str) -> bytes:
    """Return a part of a map as bytes, little-endian.

    Raises:
        NotFound: a map has no such part, or there is no such map.
    """
    made = opened.map(layout)
    parts: dict[str, npt.NDArray[Any]] = {
        "points": made.points,
        "kept": made.kept,
        **{f"level-{number}": level.labels for number, level in enumerate(made.levels)},
    }
    if part not in parts:
        raise NotFound("part", f"A map has no part {shown(part)}.", f"It has {', '.join(parts)}.")
    if part == "kept":
        return np.round(made.kept * 255).astype(np.uint8).tobytes()
    return parts[part].astype("<f4" if part == "points" else "<i4").tobytes()


def neighbours(opened: Opened, layout: str, row: int) -> dict[str, Any]:
    """Return a text's true neighbours, and which of them the map keeps near."""
    made = opened.map(layout)
    opened.check([row])
    near = made.neighbours.indices[row]
    k = len(near)
    distances = ((made.points - made.points[row]) ** 2).sum(axis=1)
    distances[row] = np.inf
    drawn = set(np.argpartition(distances, k - 1)[:k].tolist()) if 0 < k < len(made) else set()
    scale = opened.view.scale
    cosines = made.neighbours.similarities[row]
    shares = (
        [None] * k
        if scale is None
        else np.round(scale.percentiles(cosines, opened.view.identity), 2).tolist()
    )
    return {
        "text": opened.texts(np.array([row]))[0],
        "share": round(float(made.kept[row]), 4),
        "neighbours": [
            {
                **text,
                "similarity": round(float(cosine), 6),
                "percentile": share,
                "kept": int(other) in drawn,
            }
            for text, other, cosine, share in zip(
                opened.texts(near), near, cosines, shares, strict=True
            )
        ],
    }


def column(opened: Opened, name: str) -> dict[str, Any]:
    """Return a column as numbers, as times, or as groups by their names, the largest first.

    Raises:
        InvalidOption: there is no such column, or it has too many different values for colours.
    """
    view = opened.view
    if name not in view.columns:
        raise InvalidOption(
            f"The collection has no column {shown(name)}.",
            f"It has {', '.join(map(shown, view.columns)) or 'none'}.",
            param="column",
        )
    import pyarrow as pa

    cells = view.rows(columns=[name])[name]
    if kind_of(view.columns[name]) == "number":
        numbers = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
        values = np.asarray(numbers, "<f4")
        return {"kind": "number", "names": [], "values": base64_of(values)}
    if kind_of(view.columns[name]) == "time":
        return _as_times(seconds_of(cells))
    # no array of text: NumPy gives each value the room of the longest, and loses NUL at its end
    words = [str(value) if value is not None else "" for value in python_values(cells)]
    names = [name for name, _ in sorted(Counter(words).items(), key=lambda it: (-it[1], it[0]))]
    if len(names) > FEW_GROUPS and (seconds := written_times(cells)) is not None:
        return _as_times(seconds)
    if len(names) > MOST_GROUPS:
        raise InvalidOption(
            f"{shown(name)} has {len(names):,} different values, too many to tell apart by colour.",
            "Choose a column with fewer.",
            param="column",
        )
    rank = {name: place for place, name in enumerate(names)}
    return {
        "kind": "group",
        "names": [
            name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…" for name in names
        ],
        "values": base64_of(np.array([rank[word] for word in words], "<i4")),
    }


def _as_times(seconds: Seconds) -> dict[str, Any]:
    return {"kind": "time", "names": [], "values": base64_of(seconds.astype("<f8"))}


def described(opened: Opened, rows: Rows) -> dict[str, Any]:
    """Return the words that tell some texts from all others, and their most typical texts."""
    view = opened.view
    if not len(rows):
        return {"count": 0, "words": [], "typical": []}
    labels = np.ones(view.count, np.int32)
    labels[rows] = 0
    words = cluster_words(labels, view.texts()) if (labels == 1).any() else [()]
    index = FlatIndex(view.vectors, trusted=True)
    members = index.take(np.unique(rows))
    centre = members.mean(axis=0)
    order = np.argsort(-(members @ centre), kind="stable")[:TYPICAL]
    return {
        "count": len(rows),
        "words": list(words[0]),
        "typical": opened.texts(np.unique(rows)[order]),
    }


def exported(opened: Opened, rows: Rows, format_: Literal["csv", "jsonl"]) -> bytes:
    """Return rows as a file; no cell of a csv runs in a spreadsheet."""
    out = io.BytesIO()
    names = list(opened.view.columns)
    writer = csv_rows if format_ == "csv" else jsonl_rows
    with writer(out, [ID, TEXT, *names]) as write:
        for part in opened.parts(rows):
            write(
                [
                    [text["id"], text["text"], *(text["columns"][name] for name in names)]
                    for text in part
                ]
            )
    return out.getvalue()
