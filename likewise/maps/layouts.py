"""Neighbours to points: the layouts that a map can be drawn by.

Each layout is given the exact nearest neighbours, a start, and says how far it is. Sources:

- `tsne`: t-SNE (van der Maaten and Hinton 2008, JMLR 9) with the interpolation of Linderman et
  al. 2019 (Nature Methods 16) as openTSNE implements it, started from the first two principal
  components (Kobak and Berens 2019, Nature Communications 10), and drawn to each of a few
  neighbours alike (Damrich et al. 2024). It keeps the most neighbours of all that were tried.
- `umap`: UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) as fastumap implements it:
  half the time, more even islands, and about half the neighbours.
- `pca`: the first two principal components; at once, and true to what is far apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidOption, shown
from likewise.similarity import Neighbours
from likewise.types import Progress, Vectors

Points = npt.NDArray[np.float32]
"""float32, shape (n, 2): where each text lies; centred, the widest side from -1 to 1."""

Shown = Callable[[Points], None]
"""Called with the picture so far, while a layout is under way."""

EARLY_STEPS = 100
"""Steps of t-SNE in which like is drawn to like more strongly, as its authors advise."""

EXAGGERATION = 12
"""How much more strongly."""

ROUGH_STEPS = 400
"""Steps after these with forces interpolated from two points an interval, a third of the work."""

FINE_STEPS = 100
"""Steps at the end with forces interpolated from three, and a quarter of the learning rate.

Of 63,666 texts 0.456 of the true neighbours were kept after 200 rough steps, 0.470 after 300, 0.478
after 400, and 0.483 after these, which take as long as all before (`benchmarks/explore`).
"""

_BETWEEN_PICTURES = 25
"""Steps between two calls of progress, and of `shown`."""

_FEW = 10
"""Fewer texts than this have no layout but their principal components."""

_SMALL = 2_000
"""Up to here the exact tree is faster than interpolation, and one thread than two that wait."""


@dataclass(frozen=True)
class MapLayout:
    """A way to draw a map."""

    name: str
    about: str
    """What it is good for, in a sentence."""
    draw: Callable[[Vectors, Neighbours, int, Progress | None, Shown | None], Points]
    """(vectors, neighbours, threads, progress, shown) -> points."""


def principal_components(vectors: Vectors) -> Points:
    """Return the first two principal components, float32, shape (n, 2).

    They are found from the covariance, so a million vectors need no second copy of themselves.
    The sign of each is chosen so that its largest value is positive: the same on every machine.
    """
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2), np.float32)
    mean = np.mean(vectors, axis=0, dtype=np.float64)
    covariance = np.zeros((vectors.shape[1],) * 2)
    for start in range(0, len(vectors), 65_536):
        part = np.asarray(vectors[start : start + 65_536], np.float64) - mean
        covariance += part.T @ part
    _, directions = np.linalg.eigh(covariance)
    axes = directions[:, ::-1][:, :2]
    points = np.zeros((len(vectors), 2))
    for start in range(0, len(vectors), 65_536):
        part = np.asarray(vectors[start : start + 65_536], np.float64) - mean
        points[start : start + len(part), : axes.shape[1]] = part @ axes
    largest = points[np.abs(points).argmax(axis=0), [0, 1]]
    return framed(points * np.where(largest < 0, -1, 1))


def framed(points: npt.NDArray[np.floating]) -> Points:
    """Return points centred, with the widest side from -1 to 1."""
    if not len(points):
        return np.zeros((0, 2), np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    half = float((high - low).max()) / 2 or 1.0
    return np.asarray((points - (low + high) / 2) / half, np.float32)


def _pca(
    vectors: Vectors,
    neighbours: Neighbours,  # noqa: ARG001 - every layout is given the same
    threads: int,  # noqa: ARG001
    progress: Progress | None,
    shown: Shown | None,  # noqa: ARG001
) -> Points:
    points = principal_components(vectors)
    if progress:
        progress(1, 1)
    return points


def _tsne(
    vectors: Vectors,
    neighbours: Neighbours,
    threads: int,
    progress: Progress | None,
    shown: Shown | None,
) -> Points:
    start = principal_components(vectors)
    if len(vectors) < _FEW:
        return start
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import Uniform

    done, steps = 0, EARLY_STEPS + ROUGH_STEPS + FINE_STEPS

    if shown:
        shown(start)  # at once; what t-SNE makes of it takes over

    def told(_: int, __: float, embedding: Any) -> None:  # noqa: ANN401
        nonlocal done
        done += _BETWEEN_PICTURES
        if progress:
            progress(min(done, steps), steps)
        if shown:
            shown(framed(np.asarray(embedding)))

    small = len(vectors) < _SMALL
    embedding = TSNEEmbedding(
        _spread(start),
        Uniform(knn_index=_Known(neighbours), symmetrize="mean"),
        negative_gradient_method="bh" if small else "fft",
        n_jobs=1 if small else threads or -1,
        random_state=0,
        callbacks=[told],
        callbacks_every_iters=_BETWEEN_PICTURES,
    )
    rough = {"n_interpolation_points": 2, "inplace": True}
    embedding.optimize(EARLY_STEPS, exaggeration=EXAGGERATION, **rough)
    embedding.optimize(ROUGH_STEPS, **rough)
    embedding.optimize(FINE_STEPS, learning_rate=len(vectors) / 4, inplace=True)
    return framed(np.asarray(embedding))


def _umap(
    vectors: Vectors,
    neighbours: Neighbours,
    threads: int,  # noqa: ARG001 - its kernel is single-threaded, hence the same everywhere
    progress: Progress | None,
    shown: Shown | None,  # noqa: ARG001 - it tells nothing before its end
) -> Points:
    start = principal_components(vectors)
    if len(vectors) < _FEW:
        return start
    import fastumap

    own = np.arange(len(vectors))[:, None]
    indices = np.concatenate([own, neighbours.indices], axis=1)
    distances = np.concatenate([np.zeros(own.shape), distances_of(neighbours)], axis=1)
    points = fastumap.umap_project(
        np.asarray(vectors, np.float64),
        2,
        n_neighbors=indices.shape[1],
        metric="cosine",
        precomputed_knn=(indices, distances),
        init=_spread(start) * 1e5,
        random_state=0,
    )
    if progress:
        progress(1, 1)
    return framed(np.asarray(points, np.float64))


def distances_of(neighbours: Neighbours) -> npt.NDArray[np.float64]:
    """Return the Euclidean distances between unit vectors of these cosines, float64."""
    return np.sqrt(np.maximum(0.0, 2 - 2 * neighbours.similarities.astype(np.float64)))


def _spread(points: Points) -> npt.NDArray[np.float64]:
    """Return a start for t-SNE: tiny, as it wants it, and no two texts at one place.

    Points at one place never part: every force between them is zero.
    """
    noise = np.random.default_rng(0).normal(size=points.shape) * 1e-2
    wide = points + noise * np.maximum(points.std(), 1e-3)
    return np.asarray(1e-4 * wide / max(float(wide[:, 0].std()), 1e-12), np.float64)


class _Known:
    """Neighbours that are known already, in the form that openTSNE asks an index for them."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self.n_samples, self.k = neighbours.indices.shape

    def build(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        return self._neighbours.indices, distances_of(self._neighbours)


LAYOUTS = {
    layout.name: layout
    for layout in (
        MapLayout("tsne", "Keeps the most neighbours; far apart means little.", _tsne),
        MapLayout("umap", "Quicker, with islands further apart, and fewer neighbours kept.", _umap),
        MapLayout("pca", "At once; keeps large distances, hardly any neighbours.", _pca),
    )
}


def layout_named(name: str) -> MapLayout:
    """Return the layout of that name.

    Raises:
        InvalidOption: there is none.
    """
    if name not in LAYOUTS:
        raise InvalidOption(
            f"There is no layout {shown(name)}.",
            f"Choose one of {', '.join(LAYOUTS)}.",
            param="layout",
        )
    return LAYOUTS[name]
