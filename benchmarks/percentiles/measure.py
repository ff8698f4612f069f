"""Are percentiles among unrelated pairs true? Kolmogorov–Smirnov distances on held-out pairs.

    python benchmarks/percentiles/measure.py --data DIR [--write]

Pairs are drawn where both texts are sure to be unrelated: from two different corpora, or two
rows of one corpus at random. The percentile of such a pair on a true scale is uniform between
0 and 100; the distance of the found distribution from that is printed for each mixture. DIR is
a folder with one folder for each corpus, as the names below say; none of it is needed to use
or test Likewise.
"""

import argparse
import csv
import json
import os
import platform
import time
from pathlib import Path

import numpy as np

from likewise.encoders import load
from likewise.settings import settings
from likewise.similarity.background import general_english, make

CORPORA = {
    "wiki_sents": ("wiki_sents/all.csv", "text"),
    "stsb": ("stsb/test.csv", "sentence1"),
    "emobank": ("emobank/test.csv", "text"),
    "clinc150": ("clinc150/test.csv", "text"),
    "banking77": ("banking77/test.csv", "text"),
    "tldr": ("tldr/all.csv", "text"),
    "arxiv_ml": ("arxiv_ml/all.csv", "text"),
}
GENERAL = ["wiki_sents", "stsb", "emobank", "clinc150"]
"""Corpora of many topics; the others are each about one thing."""
SAMPLE = 1_000
PAIRS = 100_000
HERE = Path(__file__).parent


def texts_of(data: Path, path: str, column: str) -> list[str]:
    """Return a fixed random sample of the texts of a corpus, each at most once."""
    with (data / path).open(encoding="utf-8", newline="") as file:
        texts = sorted({row[column] for row in csv.DictReader(file) if row[column].strip()})
    chosen = np.random.default_rng(0).permutation(len(texts))[:SAMPLE]
    return [texts[index] for index in chosen]


def distance(percentiles: np.ndarray) -> float:
    """Return the Kolmogorov–Smirnov distance from uniform on 0 to 100."""
    ordered = np.sort(percentiles) / 100
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()))


def pairs_between(left: np.ndarray, right: np.ndarray, pairs: int, seed: int) -> np.ndarray:
    """Return the cosines of random pairs of rows; a row is never paired with itself."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(0, len(left), pairs), rng.integers(0, len(right), pairs)
    if left is right:
        columns = (rows + rng.integers(1, len(left), pairs)) % len(left)
    return (left[rows] * right[columns]).sum(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="write results.json and results.md")
    options = parser.parse_args()
    encoder = load("minilm")
    scale = general_english(encoder, settings())
    started = time.perf_counter()
    make(encoder)
    seconds = time.perf_counter() - started
    vectors = {
        name: encoder.encode(texts_of(options.data, *where)).vectors
        for name, where in CORPORA.items()
    }

    rows = []

    def add(kind: str, cosines: np.ndarray) -> None:
        percentiles = scale.percentiles(cosines, encoder.identity)
        rows.append({
            "pairs": kind,
            "ks": round(distance(percentiles), 4),
            "mean cosine": round(float(cosines.mean()), 4),
            "over 50 %": round(float((percentiles > 50).mean()), 4),
            "over 95 %": round(float((percentiles > 95).mean()), 4),
            "over 99 %": round(float((percentiles > 99).mean()), 4),
        })  # fmt: skip

    general = np.concatenate([vectors[name] for name in GENERAL])
    every = np.concatenate(list(vectors.values()))
    add("general corpora mixed", pairs_between(general, general, PAIRS, 1))
    add("all seven corpora mixed", pairs_between(every, every, PAIRS, 2))
    names = list(CORPORA)
    crossed = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    add("two different corpora of seven", np.concatenate([
        pairs_between(vectors[a], vectors[b], PAIRS // len(crossed), 3) for a, b in crossed
    ]))  # fmt: skip
    for name in names:
        add(f"within {name}", pairs_between(vectors[name], vectors[name], PAIRS, 4))

    lines = [f"| {' | '.join(rows[0])} |", "|---" * len(rows[0]) + "|"]
    lines += [f"| {' | '.join(str(value) for value in row.values())} |" for row in rows]
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"minilm {encoder.runtime.precision}, identity {encoder.identity.digest[:12]}; "
        f"scale of {scale.pairs:,} pairs, remade in {seconds:.2f} s"
    )
    print("\n".join([*lines, "", machine]))
    if options.write:
        (HERE / "results.json").write_text(
            json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n", "utf-8"
        )
        (HERE / "results.md").write_text("\n".join([*lines, "", machine]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
