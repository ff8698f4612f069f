"""Making, keeping and extending a map."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from likewise.errors import IncompatibleVectors, InvalidOption, UnreadableFile, shown
from likewise.files.write import replacing
from likewise.maps.clusters import Cluster, Level, find_clusters
from likewise.maps.faithful import neighbours_kept, trustworthiness
from likewise.maps.layouts import LAYOUTS, Points, Shown, layout_named
from likewise.similarity import FlatIndex, Neighbours
from likewise.types import Identity, StageProgress, Vectors, no_progress

NEIGHBOURS = 15
"""True neighbours that a layout is fed with, and that a map is judged by."""

DEFAULT = "tsne"

_VERSION = 1
_TYPES = {
    "points": np.float32,
    "kept": np.float32,
    "neighbours": np.int64,
    "similarities": np.float32,
    "keys": np.uint64,
}
_METADATA = "likewise.map"


@dataclass(frozen=True, eq=False)
class Map:
    """Texts in two dimensions, and how far the picture can be trusted; row i belongs to text i.

    `Collection.map` makes one.

    Attributes:
        points: float32, shape (n, 2), centred, the widest side from -1 to 1.
        kept: float32, shape (n,): the share of each text's true neighbours that is near it here.
        neighbours: the true neighbours in all dimensions, k of each text: `indices`, int64, and
            `similarities`, float32, cosines, both of shape (n, k).
        levels: divisions of the texts into clusters, coarse to fine: `labels`, int32, shape (n,),
            and `clusters`, each with its `words`, the row of its most `typical` text and its
            `size`.
        layout: name of the layout.
        trustworthiness: how few strangers stand near a text, 0 to 1 (Venna and Kaski 2001).
        identity: the encoder that made the vectors.
        keys: uint64, shape (n,): tells texts of a collection again; zeros where nobody has to.
    """

    points: Points
    kept: npt.NDArray[np.float32]
    neighbours: Neighbours
    levels: tuple[Level, ...]
    layout: str
    trustworthiness: float
    identity: Identity
    keys: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.points)

    @property
    def share_kept(self) -> float:
        """The share of all true neighbours that are near their text in the picture, 0 to 1."""
        return float(self.kept.mean()) if len(self.kept) else 1.0

    def place(self, index: FlatIndex, vectors: Vectors) -> Points:
        """Return where further texts lie; no text of the map moves.

        Each is put at the median of its neighbours' places, as openTSNE starts new points
        (Poličar, Stražar and Zupan 2024): among the larger part of them, where they are torn.

        Args:
            index: the vectors of the map's texts.
            vectors: float32, shape (m, dims), those of the further texts.

        Returns:
            float32, shape (m, 2).
        """
        if not len(self) or not len(vectors):
            return np.zeros((len(vectors), 2), np.float32)
        near = index.search(vectors, min(NEIGHBOURS, len(self)))
        placed: Points = np.median(self.points[near.indices], axis=1).astype(np.float32)
        return placed

    def save(self, path: Path, *, links: bool = True) -> None:
        """Write the map to one file: safetensors, whole or not at all.

        Args:
            path: the file.
            links: whether a link at that place is followed.

        Raises:
            UnwritableFile: no space or no permission.
        """
        from safetensors.numpy import save

        arrays: dict[str, npt.NDArray[Any]] = {
            "points": self.points,
            "kept": self.kept,
            "neighbours": self.neighbours.indices.astype(np.int64),
            "similarities": self.neighbours.similarities,
            "keys": self.keys,
            **{f"level {i}": level.labels for i, level in enumerate(self.levels)},
        }
        about = {
            "version": _VERSION,
            "layout": self.layout,
            "trustworthiness": self.trustworthiness,
            "encoder": self.identity.to_dict(),
            "clusters": [[asdict(c) for c in level.clusters] for level in self.levels],
        }
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        with replacing(path, links=links) as file:
            file.write(save(arrays, {_METADATA: orjson.dumps(about).decode()}))

    @classmethod
    def open(cls, path: Path, identity: Identity) -> "Map":
        """Return the map that `save` wrote.

        Args:
            path: its file.
            identity: the encoder of the vectors that the map is to be of.

        Raises:
            UnreadableFile: it is not a map, is damaged, or of a later version of Likewise.
            IncompatibleVectors: it is a map of another encoder's vectors.
        """
        arrays, about = _read(path)
        if about["encoder"].get("digest") != identity.digest:
            raise IncompatibleVectors(
                f"The map {shown(str(path), 200)} is of vectors of "
                f"{shown(about['encoder'].get('name'))}, not of {identity.name}.",
                "Make the map again.",
            )
        levels = tuple(
            Level(
                arrays[f"level {number}"],
                tuple(Cluster(tuple(c["words"]), c["typical"], c["size"]) for c in clusters),
            )
            for number, clusters in enumerate(about["clusters"])
        )
        return cls(
            points=arrays["points"],
            kept=arrays["kept"],
            neighbours=Neighbours(arrays["neighbours"], arrays["similarities"]),
            levels=levels,
            layout=about["layout"],
            trustworthiness=about["trustworthiness"],
            identity=identity,
            keys=arrays["keys"],
        )


def make_map(
    vectors: npt.NDArray[np.floating],
    texts: Sequence[str],
    identity: Identity,
    *,
    layout: str = DEFAULT,
    threads: int = 0,
    progress: StageProgress = no_progress,
    picture: Shown | None = None,
) -> Map:
    """Make a map of texts from their vectors.

    Args:
        vectors: float32 or float16, shape (n, dims), unit length; may be memory-mapped.
        texts: the n texts, for the words that name clusters.
        identity: the encoder that made the vectors.
        layout: a name in `LAYOUTS`: `tsne`, `umap` or `pca`.
        threads: of the layout, 0 for all cores.
        progress: called as `progress(what, done, total)`.
        picture: called with the points so far, while the layout is under way.

    Raises:
        InvalidOption: there is no such layout, or the texts are not as many as the vectors.
        InvalidVectors: not unit vectors.
    """
    drawn_by = layout_named(layout)
    if len(texts) != len(vectors):
        raise InvalidOption(
            f"There are {len(texts):,} texts and {len(vectors):,} vectors.",
            "Give each text its vector.",
            param="texts",
        )
    index = FlatIndex(vectors)
    neighbours = exact_neighbours(index, progress)
    whole = index.take(np.arange(len(index)))
    points = drawn_by.draw(
        whole, neighbours, threads, lambda done, total: progress("Layout", done, total), picture
    )
    progress("Clusters", 0, 1)
    levels = find_clusters(whole, texts)
    progress("Clusters", 1, 1)
    return Map(
        points=points,
        kept=neighbours_kept(points, neighbours),
        neighbours=neighbours,
        levels=levels,
        layout=layout,
        trustworthiness=trustworthiness(index, points, NEIGHBOURS),
        identity=identity,
        keys=np.zeros(len(vectors), np.uint64),
    )


def exact_neighbours(index: FlatIndex, progress: StageProgress) -> Neighbours:
    """Return the exact neighbours of all texts, in parts that progress can count."""
    n = len(index)
    k = min(NEIGHBOURS, max(0, n - 1))
    if k == 0:
        return Neighbours(np.zeros((n, 0), np.int64), np.zeros((n, 0), np.float32))
    indices = np.empty((n, k), np.int64)
    similarities = np.empty((n, k), np.float32)
    for start in range(0, n, 2_048):
        rows = np.arange(start, min(n, start + 2_048))
        found = index.neighbours(k, rows)
        indices[rows], similarities[rows] = found.indices, found.similarities
        progress("Neighbours", int(rows[-1]) + 1, n)
    return Neighbours(indices, similarities)


def _is_level(labels: npt.NDArray[Any], clusters: list[dict[str, Any]], n: int) -> bool:
    """Return whether a division of n texts names clusters that there are, and texts in them."""
    return (
        labels.shape == (n,)
        and labels.dtype == np.int32
        and bool(((labels >= 0) & (labels < len(clusters))).all())
        and all(
            isinstance(c["words"], list)
            and all(isinstance(word, str) for word in c["words"])
            and type(c["typical"]) is type(c["size"]) is int
            and 0 <= c["typical"] < n
            and 0 <= c["size"] <= n
            for c in clusters
        )
    )


def _read(path: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the arrays and what is said about them, checked against one another."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            about = orjson.loads((file.metadata() or {})[_METADATA])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        n = len(arrays["points"])
        k = arrays["neighbours"].shape[1]
        whole = (
            about["version"] == _VERSION
            and about["layout"] in LAYOUTS
            and arrays["points"].shape == (n, 2)
            and arrays["kept"].shape == arrays["keys"].shape == (n,)
            and arrays["neighbours"].shape == arrays["similarities"].shape == (n, k)
            and k == min(NEIGHBOURS, max(0, n - 1))
            and all(arrays[name].dtype == type_ for name, type_ in _TYPES.items())
            and all(np.isfinite(arrays[name]).all() for name in ("points", "kept", "similarities"))
            and bool(((arrays["neighbours"] >= 0) & (arrays["neighbours"] < max(1, n))).all())
            and isinstance(about["trustworthiness"], float)
            and isinstance(about["clusters"], list)
            and all(
                _is_level(arrays[f"level {i}"], clusters, n)
                for i, clusters in enumerate(about["clusters"])
            )
            and isinstance(about["encoder"], dict)
        )
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        whole = False
    if not whole:
        raise UnreadableFile(
            f"{shown(str(path), 200)} is not a map that this version of Likewise made.",
            "Delete it and make the map again.",
        )
    return arrays, about
