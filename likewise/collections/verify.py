"""Reads every byte of a collection and says what is wrong."""

import numpy as np

from likewise.collections.shards import ID, Shard, Snapshot
from likewise.errors import LikewiseError, shown
from likewise.files.vectors.embeddings import VECTOR, vectors_of


def verify(snapshot: Snapshot) -> list[str]:
    """Return what is wrong, a sentence each; files that can be made again are made again."""
    found = [said for shard in snapshot.shards for said in _verify_shard(shard)]
    if not found:
        found = _verify_ids(snapshot)
    return found


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
