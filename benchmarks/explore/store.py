"""Collections of many rows: adding, opening, searching, duplicates, and the memory that they take.

    python benchmarks/explore/store.py [--rows 100000 1000000] [--work DIR]

Vectors are random and of unit length, 384 numbers each, for times depend on their number alone.
Each row has a text of some 60 characters and two columns. A collection is opened and searched in
processes of their own; memory is what stays resident there at most, files that are mapped included.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from likewise.collections import Collection
from likewise.collections.storage.items import Item
from likewise.types import Identity

DIMS = 384
PART = 4_096
IDENTITY = Identity("random", "", "0" * 64, "", "random", DIMS, 0, "none")
WORDS = ["index", "river", "engine", "violet", "margin", "copper", "tunnel", "ballad"]


def parts(rows: int) -> Iterator[tuple[list[Item], np.ndarray, np.ndarray]]:
    """Yield items and vectors; every hundredth is a near-duplicate of the one before it."""
    random = np.random.default_rng(0)
    for start in range(0, rows, PART):
        count = min(PART, rows - start)
        vectors = random.standard_normal((count, DIMS), np.float32)
        vectors[1::100] = vectors[: len(vectors[1::100]) * 100 : 100]
        vectors[1::100] += random.standard_normal(vectors[1::100].shape, np.float32) / 10
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        chosen = random.integers(0, len(WORDS), (count, 8))
        items = [
            Item(
                str(start + row),
                f"{start + row} " + " ".join(WORDS[word] for word in chosen[row]),
                (2000 + row % 25, ("en", "de", "fr")[row % 3]),
                start + row,
            )
            for row in range(count)
        ]
        yield items, vectors, np.zeros(count, bool)


def added(folder: Path, rows: int) -> dict[str, float]:
    """Add rows and say how long it took and how much memory."""
    made = Collection.create(folder, IDENTITY)
    began = time.perf_counter()
    made.add_embedded(parts(rows), IDENTITY, ["year", "lang"])
    seconds = time.perf_counter() - began
    files = sum(entry.stat().st_size for entry in folder.iterdir())
    return {"seconds": seconds, "bytes": files, "memory": memory()}


def looked(folder: Path) -> dict[str, float]:
    """Open a collection and search it."""
    began = time.perf_counter()
    one = Collection.open(folder)
    opened = time.perf_counter() - began
    at_open = memory()
    began = time.perf_counter()
    one.neighbours(0)
    first = time.perf_counter() - began
    vectors = one.snapshot.blocks
    query = np.asarray(vectors[0][5], np.float32)
    ids = iter(range(1, 10_000))
    found = in_turn(
        {
            "product": lambda: [block @ query for block in vectors],
            "search": lambda: one.neighbours(next(ids)),
            "filtered": lambda: one.search(like=next(ids), filter='year >= 2020 and lang = "en"'),
        },
        7,
    )
    return {"open": opened, "memory at open": at_open, "first": first, **found, "memory": memory()}


def words(folder: Path) -> dict[str, float]:
    """Search by words, which makes their index first."""
    from likewise.collections.search.words import best_by_words

    one = Collection.open(folder)
    began = time.perf_counter()
    best_by_words(one.snapshot, "violet tunnel", 10, None)
    made = time.perf_counter() - began
    found = in_turn({"words": lambda: best_by_words(one.snapshot, "17 violet", 10, None)}, 5)
    return {"index": made, **found}


def looked_after(folder: Path) -> dict[str, float]:
    """Verify, delete and compact."""
    one = Collection.open(folder)
    took = {}
    for what, job in {
        "verify": one.verify,
        "delete 1,000": lambda: one.delete(range(0, 10_000, 10)),
        "compact": one.compact,
        "export": lambda: one.to_arrow(),
    }.items():
        began = time.perf_counter()
        job()
        took[what] = time.perf_counter() - began
    return {**took, "memory": memory()}


def duplicated(folder: Path) -> dict[str, float]:
    """Find all near-duplicates."""
    one = Collection.open(folder)
    began = time.perf_counter()
    found = one.duplicates(cosine=0.95)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "found": found.duplicates, "memory": memory()}


def in_turn(jobs: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Return each job's median seconds; they take turns, so that a slow minute spoils no ratio."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(runs + 1):
        for name, job in jobs.items():
            began = time.perf_counter()
            job()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def memory() -> int:
    """Return the bytes that were resident at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def fast(folder: Path) -> dict[str, float]:
    """Search by codes, which makes them first, and measures what they find."""
    one = Collection.open(folder)
    began = time.perf_counter()
    share = one.search(like=0, fast=True).recall
    made = time.perf_counter() - began
    query = np.asarray(one.snapshot.blocks[0][5], np.float32)
    ids = iter(range(1, 10_000))
    found = in_turn(
        {
            "product": lambda: [block @ query for block in one.snapshot.blocks],
            "exact": lambda: one.neighbours(next(ids)),
            "fast": lambda: one.search(like=next(ids), fast=True),
        },
        7,
    )
    return {"codes": made, **found, "recall": share or 0.0}


JOBS = {
    "fast": fast,
    "look": looked,
    "words": words,
    "look after": looked_after,
    "duplicates": duplicated,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--only", nargs="*", default=list(JOBS))
    parser.add_argument("--job", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job == "add":
        print(json.dumps(added(given.work, given.rows[0])))
    elif given.job:
        print(json.dumps(JOBS[given.job](given.work)))
    else:
        with tempfile.TemporaryDirectory(dir=given.work) as folder:
            for rows in given.rows:
                where = Path(folder) / str(rows)
                print(f"{rows:,} rows")
                for job in ["add", *given.only]:
                    print(" ", job, shown(alone(job, where, rows)), flush=True)


def alone(job: str, where: Path, rows: int) -> dict[str, float]:
    """Run one job in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--job", job, "--work", str(where), "--rows", str(rows)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def shown(found: dict[str, float]) -> str:
    """Return figures with units."""
    cells = []
    for name, value in found.items():
        if "memory" in name or name == "bytes":
            cells.append(f"{name} {value / 1e6:,.0f} MB")
        elif name == "recall":
            cells.append(f"{name} {value:.4f}")
        elif name == "found":
            cells.append(f"{name} {value:,.0f}")
        else:
            cells.append(f"{name} {1_000 * value:,.1f} ms")
    return " · ".join(cells)


if __name__ == "__main__":
    main()
