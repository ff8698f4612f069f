"""The maps of a collection: kept beside its shards, and extended when texts were added.

When the collection has changed since, texts that are still the same stay where they are and only
the others are placed; once a quarter of the texts were placed so, a map of the whole is due.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from likewise.collections.contents import CollectionContents
from likewise.errors import IncompatibleVectors, UnreadableFile, UnwritableFile
from likewise.files.write import writing
from likewise.maps import Map, make_map
from likewise.maps.extending import extended, keys_of
from likewise.maps.layouts import Shown
from likewise.types import StageProgress

MOST_PLACED = 0.25
"""Share of texts that may be placed into an older map, until it is made anew."""


def map_of(
    collection: CollectionContents,
    layout: str,
    *,
    anew: bool,
    threads: int,
    progress: StageProgress,
    picture: Shown | None,
) -> Map:
    """Return the map of a collection; see `CollectionView.map`."""
    vectors = collection.vectors
    keys = keys_of(collection.ids, vectors)
    before = None if anew else _kept(collection, layout)
    if before is not None:
        if np.array_equal(before.keys, keys):
            return before
        known = np.isin(keys, before.keys)
        if len(keys) and known.mean() >= 1 - MOST_PLACED:
            made = extended(before, keys, vectors, progress)
            _keep(collection, made)
            return made
    made = make_map(
        vectors,
        collection.texts(),
        collection.identity,
        layout=layout,
        threads=threads,
        progress=progress,
        picture=picture,
    )
    made = replace(made, keys=keys)
    _keep(collection, made)
    return made


def kept_layouts(collection: CollectionContents) -> list[str]:
    """Return the layouts of which there is a map, of this state of the collection or an earlier."""
    folder = collection.aside / "maps"
    return sorted(path.stem for path in folder.glob("*.map")) if folder.is_dir() else []


def _file(collection: CollectionContents, layout: str) -> Path:
    return collection.aside / "maps" / f"{layout}.map"


def _kept(collection: CollectionContents, layout: str) -> Map | None:
    """Return the map that is kept, None where it has to be made: a broken one is none."""
    path = _file(collection, layout)
    if not path.is_file():
        return None
    try:
        return Map.open(path, collection.identity)
    except (UnreadableFile, IncompatibleVectors):
        return None


def _keep(collection: CollectionContents, made: Map) -> None:
    path = _file(collection, made.layout)
    try:
        with writing(path):
            if path.parent.is_symlink():  # it leads out of the collection
                path.parent.unlink()
            path.parent.mkdir(mode=0o700, exist_ok=True)
        made.save(path, links=False)
    except UnwritableFile:
        # one that may only be read, or was removed meanwhile, has maps that last as long as the
        # process
        if collection.aside.is_dir() and collection.aside.stat().st_mode & 0o200:
            raise
