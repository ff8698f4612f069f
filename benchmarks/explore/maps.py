"""Neighbours and layouts of a collection, beside the products alone and umap-learn.

    apt-cache dumpavail | python benchmarks/explore/maps.py --debian > debian.jsonl
    likewise add debian.jsonl --collection debian
    python -m venv peers && peers/bin/pip install umap-learn numpy
    python benchmarks/explore/maps.py debian --peers peers/bin/python [--rows 20000]

Every layout gets the same exact neighbours, 15 of each text. `products` is all products of blocks
of the vectors, without choosing from them. Kept is the share of true neighbours that are among as
many nearest in the picture, trustworthiness that of `likewise.maps.faithful`, which agrees with
scikit-learn (tests/maps).
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

K = 15

UMAP = """
import sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
import umap
X, indices, distances = (np.load(f"{sys.argv[1]}/{name}.npy") for name in "xid")
began = time.perf_counter()
made = umap.UMAP(n_neighbors=indices.shape[1], metric="cosine",
                 precomputed_knn=(indices, distances)).fit_transform(X)
print(time.perf_counter() - began)
np.save(f"{sys.argv[1]}/umap.npy", made)
"""


def debian() -> None:
    """Print a row for each package that `apt-cache dumpavail` describes, once."""
    seen = set()
    for block in sys.stdin.read().split("\n\n"):
        name = re.search(r"^Package: (.+)$", block, re.M)
        about = re.search(r"^Description(?:-en)?: (.+)$", block, re.M)
        if name and about and name[1] not in seen:
            seen.add(name[1])
            print(json.dumps({"id": name[1], "text": about[1].strip()}))


def products(vectors: np.ndarray) -> float:
    """Return the seconds of all products in blocks as large as the search takes."""
    began = time.perf_counter()
    for start in range(0, len(vectors), 512):
        queries = vectors[start : start + 512]
        for other in range(0, len(vectors), 4_096):
            queries @ vectors[other : other + 4_096].T
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", nargs="?", default="debian")
    parser.add_argument("--debian", action="store_true")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--peers", help="Python that has umap-learn.")
    parser.add_argument("--only", nargs="*", default=["neighbours", "tsne", "umap", "umap-learn"])
    given = parser.parse_args()
    if given.debian:
        debian()
        return
    from likewise.collections import Collection
    from likewise.maps.layouts import LAYOUTS, distances_of
    from likewise.maps.map import exact_neighbours
    from likewise.similarity import FlatIndex

    opened = Collection.open(given.collection)
    vectors = np.ascontiguousarray(opened.vectors[: given.rows])
    index = FlatIndex(vectors)
    began = time.perf_counter()
    neighbours = exact_neighbours(index, lambda *_: None)
    seconds = time.perf_counter() - began
    print(f"{len(vectors):,} texts; neighbours {seconds:.1f} s", flush=True)
    if "neighbours" in given.only:
        alone = products(vectors)
        print(f"products alone {alone:.1f} s, ratio {seconds / alone:.2f}", flush=True)
    for name in ("tsne", "umap", "pca"):
        if name in given.only:
            first: list[float] = []
            began = time.perf_counter()
            shown = lambda _, began=began, first=first: first.append(time.perf_counter() - began)  # noqa: E731
            points = LAYOUTS[name].draw(vectors, neighbours, 0, None, shown)
            judged(name, time.perf_counter() - began, points, neighbours, index)
            if first:
                print(f"  first picture after {first[0]:.1f} s", flush=True)
    if given.peers and "umap-learn" in given.only:
        with tempfile.TemporaryDirectory() as folder:
            own = np.arange(len(vectors))[:, None]
            np.save(Path(folder) / "x.npy", vectors)
            np.save(Path(folder) / "i.npy", np.concatenate([own, neighbours.indices], axis=1))
            cosine = 1 - neighbours.similarities
            distances = np.concatenate([np.zeros(own.shape), cosine], axis=1)
            assert distances_of(neighbours).shape == cosine.shape
            np.save(Path(folder) / "d.npy", np.maximum(distances, 0).astype(np.float32))
            done = subprocess.run(
                [given.peers, "-c", UMAP, folder], check=True, capture_output=True, text=True
            )
            points = np.load(Path(folder) / "umap.npy")
            judged("umap-learn", float(done.stdout.split()[-1]), points, neighbours, index)


def judged(
    name: str, seconds: float, points: np.ndarray, neighbours: object, index: object
) -> None:
    """Print what became of the neighbours."""
    from likewise.maps.faithful import neighbours_kept, trustworthiness

    kept = float(neighbours_kept(points, neighbours).mean())
    trust = trustworthiness(index, np.asarray(points), K)
    print(f"{name}: {seconds:.1f} s, kept {kept:.3f}, trustworthiness {trust:.3f}", flush=True)


if __name__ == "__main__":
    main()
