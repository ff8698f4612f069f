"""What a similarity means within a collection: the cosines of its own random pairs."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import orjson

from likewise.collections.storage.shards import Snapshot
from likewise.errors import LikewiseError
from likewise.files.write import replacing
from likewise.similarity.percentiles import LEVELS, Scale, measure

BACKGROUND = "this collection"
SAMPLE_ROWS = 10_000
"""Rows whose pairs are drawn: as many as can be read from a cold disk within a second."""

_FILE = "scale.json"


def scale_of(snapshot: Snapshot) -> Scale | None:
    """Return the scale of a collection's random pairs, None where it has fewer than two texts.

    It is kept beside the shards, and made again when the collection has changed.
    """
    if snapshot.scale is None and len(snapshot.positions) >= 2:
        snapshot.scale = _known_or_made(snapshot)
    return snapshot.scale


def _known_or_made(snapshot: Snapshot) -> Scale:
    path = snapshot.folder / _FILE
    known = _read(path, snapshot)
    if known is not None:
        return known
    rows = snapshot.positions
    if len(rows) > SAMPLE_ROWS:
        chosen = np.random.default_rng(0).choice(len(rows), SAMPLE_ROWS, replace=False)
        rows = rows[np.sort(chosen)]
    vectors = snapshot.vectors_at(rows)
    topics = [str(row) for row in rows]
    scale = measure(BACKGROUND, vectors, topics, snapshot.manifest.identity)
    # a reader may have no right to write
    with suppress(LikewiseError), replacing(path, links=False) as file:
        said = {
            "uid": snapshot.manifest.uid,
            "generation": snapshot.manifest.generation,
            **scale.to_dict(),
            "quantiles": scale.quantiles.tolist(),
        }
        file.write(orjson.dumps(said))
    return scale


def _read(path: Path, snapshot: Snapshot) -> Scale | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = orjson.loads(path.read_bytes())
        quantiles = np.array(said["quantiles"], np.float64)
        manifest = snapshot.manifest
        if (
            (said["uid"], said["generation"]) == (manifest.uid, manifest.generation)
            and said["digest"] == manifest.identity.digest
            and quantiles.shape == LEVELS.shape
            and bool((np.diff(quantiles) >= 0).all())
        ):
            return Scale(BACKGROUND, int(said["pairs"]), said["digest"], quantiles)
    return None
