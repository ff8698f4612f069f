"""A map as one file: it opens offline, asks no server, and can be sent to anybody."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import orjson

from likewise.errors import PageMissing
from likewise.files.vectors.encoded import base64_of
from likewise.maps.map import Map
from likewise.maps.times import FEW_GROUPS, times_of
from likewise.similarity.shown import one_line

MOST_CHARACTERS = 400
"""Of a text that the file carries: enough to know it again; 100,000 texts are then 40 MB."""

MOST_TITLE = 200

MOST_GROUPS = 1_000
"""Different values of a column that still colour a map; of more, no one is to be told apart."""


def as_html(
    made: Map,
    texts: Sequence[str],
    *,
    title: str,
    columns: Mapping[str, Sequence[Any]] | None = None,
) -> str:
    """Return the map as an HTML document with everything in it.

    Texts and column names are data in it, never markup: the document says so by its content
    security policy, and its script makes text nodes of them.

    Args:
        made: the map.
        texts: its n texts; of long ones the first 400 characters go along.
        title: the document's heading.
        columns: names of columns and their n values, to colour the map by.

    Raises:
        PageMissing: this installation has no built viewer.
    """
    document = _file("standalone.html")
    about = {
        "title": one_line(title, MOST_TITLE),
        "layout": made.layout,
        "encoder": made.identity.name,
        "kept": round(made.share_kept, 4),
        "trustworthiness": round(made.trustworthiness, 4),
        "neighbours": made.neighbours.indices.shape[1],
        "texts": [text[:MOST_CHARACTERS] for text in texts],
        "points": base64_of(made.points.astype("<f4")),
        "shares": base64_of(np.round(made.kept * 255).astype(np.uint8)),
        "near": base64_of(made.neighbours.indices.astype("<i4")),
        "levels": [
            {
                "labels": base64_of(level.labels.astype("<i4")),
                "clusters": [
                    {"words": c.words, "typical": c.typical, "size": c.size} for c in level.clusters
                ],
            }
            for level in made.levels
        ],
        "columns": [
            column
            for name, values in (columns or {}).items()
            if (column := _column(name, list(values))) is not None
        ],
    }
    # no text can end the data block: "<" is an escape in it
    data = orjson.dumps(about).decode().replace("<", "\\u003c")
    for mark, content in (
        ("/*style*/", _file("standalone.css")),
        ("/*script*/", _file("standalone.js").replace("</script", "<\\/script")),
        ("/*data*/", data),
    ):
        document = document.replace(mark, content, 1)
    return document


def _column(name: str, values: list[Any]) -> dict[str, Any] | None:
    """Return a column that the map can be coloured by; None where nearly each value is another."""
    held = [value for value in values if value is not None]
    numbers = [value for value in held if isinstance(value, int | float) and value == value]
    if held and len(numbers) == len(held) and not any(isinstance(v, bool) for v in held):
        return {"name": name, "kind": "number", "values": values}
    words = [None if value is None else str(value)[:MOST_CHARACTERS] for value in values]
    different = len(set(words))
    if different > FEW_GROUPS and (seconds := times_of(values)) is not None:
        return {"name": name, "kind": "time", "values": seconds.tolist()}
    if different > min(MOST_GROUPS, max(2, len(words) // 2)):
        return None
    return {"name": name, "kind": "group", "values": words}


def _file(name: str) -> str:
    try:
        return (files("likewise.maps") / "viewer" / name).read_text("utf-8")
    except FileNotFoundError:
        raise PageMissing(
            "The viewer of maps is not built.",
            "Run `make play`, or `pip install .` in the checkout.",
        ) from None
