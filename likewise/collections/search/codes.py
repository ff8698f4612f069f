"""A faster scan of large collections: one byte a number, and the best ranked again exactly.

Each large shard has its vectors once more as 8-bit codes, a quarter of the size, in a file that can
be made again. A search compares the query with all codes, takes more candidates than it needs, and
computes their cosines from the vectors themselves. What is found is nearly always what is nearest;
how often is measured on texts of the collection and said with every answer.

The scan is faiss's (`IndexScalarQuantizer` of signed bytes), the optional package `faiss-cpu`:
query and vectors are both rounded to steps of a 127th of their largest number, so that all is
integers, in a third of the time of codes that are turned into floats. Source: Douze et al., "The
Faiss library", 2024, arXiv:2401.08281.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from likewise.collections.storage.shard import Mask, Positions, Shard
from likewise.collections.storage.shards import Snapshot
from likewise.errors import InvalidOption, LikewiseError
from likewise.files.write import replacing
from likewise.similarity.cosine import pair_cosines
from likewise.similarity.search import FlatIndex
from likewise.types import Vectors

LEAST_ROWS = 65_536
"""Rows of a shard below which its vectors are compared as they are, in a few milliseconds."""

CANDIDATES = 4
"""As many times as are wanted are looked at exactly."""

_AT_A_TIME = 65_536
_STEPS = 127
_TRIED, _NEAREST = 100, 10
_FILE = "recall.json"

Quick = Callable[[Vectors, int, Mask | None], tuple[Positions, npt.NDArray[np.float32]]]


def nearest(
    snapshot: Snapshot, query: Vectors, k: int, allowed: Mask | None
) -> tuple[Positions, npt.NDArray[np.float32]]:
    """Return positions and exact cosines of the `k` best candidates, most similar first.

    Args:
        snapshot: the collection.
        query: float32, shape (1, dims), unit length.
        k: how many, at least 1.
        allowed: bool, shape (n,): rows that may be found; by default all.

    Raises:
        InvalidOption: faiss is not installed.
    """
    faiss = load_faiss()
    found = [np.zeros(0, np.int64)]
    for number, shard in enumerate(snapshot.shards):
        start, end = snapshot.starts[number : number + 2]
        may = None if allowed is None else allowed[start:end]
        if shard.entry.rows < LEAST_ROWS:
            index = FlatIndex(shard.vectors, trusted=True)
            places = index.search(query, CANDIDATES * k, allowed=may).indices[0]
        else:
            places = _scan(faiss, shard, query, CANDIDATES * k, may)
        found.append(places + start)
    positions = np.concatenate(found)
    vectors = snapshot.vectors_at(positions)
    cosines = pair_cosines(np.repeat(query, len(positions), axis=0), vectors).astype(np.float32)
    order = np.lexsort((positions, -cosines))[:k]
    return positions[order], cosines[order]


def recall(snapshot: Snapshot, quick: Quick) -> float:
    """Return the share of the ten true nearest that are found, on texts of the collection.

    It is measured once for each state of the collection, on up to a hundred texts.

    Args:
        snapshot: the collection.
        quick: the search, called with a query, k and the rows that may be found.
    """
    path = snapshot.folder / _FILE
    state = {"uid": snapshot.manifest.uid, "generation": snapshot.manifest.generation}
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = orjson.loads(path.read_bytes())
        if {name: said[name] for name in state} == state:
            return float(said["recall"])
    positions = snapshot.positions
    if not len(positions):
        return 1.0
    tried = np.random.default_rng(0).choice(positions, min(_TRIED, len(positions)), replace=False)
    queries = snapshot.vectors_at(tried)
    index = FlatIndex(snapshot.blocks, trusted=True)
    k = min(_NEAREST, len(positions))
    true = index.search(queries, k, allowed=snapshot.alive)
    # of equal vectors either is right
    least = true.similarities[:, -1] - 1e-6
    hits = sum(
        int((quick(query[None], k, snapshot.alive)[1] >= worst).sum())
        for query, worst in zip(queries, least, strict=True)
    )
    share = hits / (k * len(tried))
    with suppress(LikewiseError), replacing(path, links=False) as file:
        file.write(orjson.dumps({**state, "recall": share}))
    return share


def load_faiss() -> Any:  # noqa: ANN401
    """Return faiss.

    Raises:
        InvalidOption: it is not installed.
    """
    try:
        import faiss
    except ImportError:
        raise InvalidOption(
            "The fast scan needs faiss, which is not installed.",
            "pip install 'likewise[fast]', or search without --fast.",
            param="fast",
        ) from None
    return faiss


def _scan(faiss: Any, shard: Shard, query: Vectors, k: int, may: Mask | None) -> Positions:  # noqa: ANN401
    index = shard.codes if shard.codes is not None else _index(faiss, shard)
    shard.codes = index
    options = {}
    if may is not None and not may.all():
        # faiss keeps a pointer to the bits alone, so they have to live as long as the search
        bits = np.packbits(may, bitorder="little")
        chosen = faiss.IDSelectorBitmap(bits)
        options["params"] = faiss.SearchParameters(sel=chosen)
    rounded = _rounded(query, float(np.abs(query).max()))
    places: Positions = index.search(rounded, min(k, shard.entry.rows), **options)[1][0]
    return places[places >= 0].astype(np.int64)


def _index(faiss: Any, shard: Shard) -> Any:  # noqa: ANN401
    """Return the index of a shard's codes, made anew where there is none that fits."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file, save

    rows, dims = shard.vectors.shape
    path = shard.folder / f"{shard.entry.name}.codes"
    with suppress(OSError, SafetensorError, ValueError, KeyError):
        kept = load_file(path)
        if kept["signed"].shape == (rows, dims) and kept["signed"].dtype == np.uint8:
            made = _empty(faiss, dims)
            faiss.copy_array_to_vector(kept["signed"].reshape(-1), made.codes)
            made.ntotal = rows
            return made
    made = _empty(faiss, dims)
    vectors = shard.finite_vectors()
    parts = range(0, rows, _AT_A_TIME)
    largest = max(float(np.abs(vectors[at : at + _AT_A_TIME]).max()) for at in parts)
    for at in parts:
        made.add(_rounded(vectors[at : at + _AT_A_TIME], largest))
    codes = faiss.vector_to_array(made.codes).reshape(rows, dims)
    with suppress(LikewiseError), replacing(Path(path), links=False) as file:
        file.write(save({"signed": codes}))
    return made


def _empty(faiss: Any, dims: int) -> Any:  # noqa: ANN401
    kind = faiss.ScalarQuantizer.QT_8bit_direct_signed
    return faiss.IndexScalarQuantizer(dims, kind, faiss.METRIC_INNER_PRODUCT)


def _rounded(vectors: Vectors, largest: float) -> Vectors:
    """Return vectors in whole steps, as floats, the largest number as `_STEPS` of them."""
    wide = np.asarray(vectors, np.float32)
    return np.ascontiguousarray(np.round(wide * (_STEPS / max(largest, 1e-12))))
