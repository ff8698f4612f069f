"""Reads every byte of a collection and says what is wrong."""

import numpy as np

from likewise.collections.storage.items import Item, content_of
from likewise.collections.storage.shard import ID, TEXT, Shard
from likewise.collections.storage.shards import Snapshot
from likewise.errors import LikewiseError, shown
from likewise.files.vectors.embeddings import VECTOR, vectors_of
from likewise.types import are_unit

_ROWS = 8_192


def verify(snapshot: Snapshot) -> list[str]:
    """Return what is wrong, a sentence each; files that can be made again are made again."""
    found = [said for shard in snapshot.shards for said in _verify_shard(shard)]
    if not found:
        found = _verify_ids(snapshot)
    return found


def verify_rows(snapshot: Snapshot) -> list[str]:
    """Return what is wrong with rows that no file holds: hashes, vectors and ids are looked at."""
    wrong = []
    for start in range(0, len(snapshot.positions), _ROWS):
        part = snapshot.positions[start : start + _ROWS]
        rows = snapshot.rows(part, [ID, TEXT]).to_pylist()
        vectors = snapshot.vectors_at(part)
        units = are_unit(vectors)
        for at, (row, content) in enumerate(zip(rows, snapshot.contents(part), strict=True)):
            if content[:8] != content_of(Item(row[ID], row[TEXT]), ())[:8]:
                wrong.append(f"The text {shown(row[ID])} is not the one that was embedded.")
            if not units[at]:
                length = np.linalg.norm(vectors[at])
                wrong.append(f"The vector of {shown(row[ID])} has length {length:.4g}, not 1.")
    return [*wrong[:20], *_verify_ids(snapshot)]


def _verify_shard(shard: Shard) -> list[str]:
    """Check pages against their checksums, vectors, numbers of rows, and the file to be mapped."""
    same = True
    start = 0
    try:
        alive = shard.alive
        for batch in shard.file.batches():
            vectors = vectors_of(batch.column(VECTOR))
            # a file that was written wrong and one that has rotted look alike, so all is compared
            same &= np.array_equal(vectors, shard.vectors[start : start + len(batch)])
            start += len(batch)
    except LikewiseError as error:
        return [error.problem]
    if start != len(alive):
        return [f"'{shard.entry.name}.parquet' has another number of rows than the manifest says."]
    if not same:
        shard.vectors = shard.make_vectors()
    return []


def _verify_ids(snapshot: Snapshot) -> list[str]:
    import pyarrow.compute as pc

    counts = pc.value_counts(snapshot.ids)
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    return [f"The id {shown(one[ID])} is there twice." for one in _named(twice)]


def _named(counts: object) -> list[dict[str, str]]:
    return [{ID: one["values"]} for one in counts.to_pylist()[:20]]  # type: ignore[attr-defined]
