"""Exact search beside the matrix products that it can't do without.

    python benchmarks/explore/search.py [--rows 100000] [--data DIR]

Each figure is the median of several runs in turn (A B A B …) in one process, so that a machine
whose speed drifts spoils no ratio. `product` is one NumPy product of the queries with all
vectors; `selection` is the product and `numpy.argpartition`, as one would write it by hand.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from likewise.similarity.search import FlatIndex

DIMS = 384
K = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=9)
    given = parser.parse_args()
    print("| vectors | queries | product | product and selection | FlatIndex | to product |")
    print("|--:|--:|--:|--:|--:|--:|")
    for rows in given.rows:
        vectors = unit(rows, 0)
        index = FlatIndex(vectors)
        for queries in (1, 50, 1_000):
            measure(vectors, index, queries, given.runs if queries < 1_000 else 3)


def measure(vectors: np.ndarray, index: FlatIndex, queries: int, runs: int) -> None:
    """Print one row of the table."""
    asked = unit(queries, 1)

    def product() -> np.ndarray:
        return asked @ vectors.T if queries > 1 else vectors @ asked[0]

    def selection() -> np.ndarray:
        return np.argpartition(asked @ vectors.T, -K, axis=1)[:, -K:]

    seconds = in_turn([product, selection, lambda: index.search(asked, K)], runs)
    cells = " | ".join(f"{1_000 * s:,.1f} ms" for s in seconds)
    print(f"| {len(vectors):,} | {queries:,} | {cells} | {seconds[2] / seconds[0]:.2f} |")


def in_turn(jobs: list[Callable[[], object]], runs: int) -> list[float]:
    """Return each job's median seconds."""
    taken: list[list[float]] = [[] for _ in jobs]
    for _ in range(runs + 1):
        for job, times in zip(jobs, taken, strict=True):
            began = time.perf_counter()
            job()
            times.append(time.perf_counter() - began)
    return [statistics.median(times[1:]) for times in taken]  # the first run warms up


def unit(rows: int, seed: int) -> np.ndarray:
    """Return random unit vectors; where they lie changes nothing for exact search."""
    vectors = np.random.default_rng(seed).standard_normal((rows, DIMS), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
