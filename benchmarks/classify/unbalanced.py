"""What `metric=` changes where labels are unbalanced.

    python benchmarks/classify/unbalanced.py --data DIR [--write]

DIR holds tldr (which platform a command's description belongs to: 11 labels, 4,390 texts of the
most frequent and 6 of the rarest) and clinc150 (here: one intent against all others, 1 in 150).
The same model each time, only the answers differ; held-out texts that had no part in training or
in tuning, several random halves.
"""

import argparse
import csv
import os
import platform
import statistics
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from likewise import Classifier
from likewise.classify.evaluate.decision import METRICS

HERE = Path(__file__).parent
SEEDS = 3
INTENT = "transfer"
Halves = tuple[list[str], list[str], list[str], list[str]]


def rows(data: Path, name: str, split: str) -> list[dict[str, str]]:
    with (data / name / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tldr(data: Path, seed: int) -> Halves:
    """Return texts and labels to train with, then those held out: half of each label."""
    table = rows(data, "tldr", "all")
    labels = np.array([row["label"] for row in table])
    order = np.random.default_rng(seed).permutation(len(labels))
    train = np.zeros(len(labels), bool)
    for label in set(labels):
        of = order[labels[order] == label]
        train[of[: len(of) // 2]] = True
    texts = np.array([row["text"] for row in table], object)
    return list(texts[train]), list(labels[train]), list(texts[~train]), list(labels[~train])


def intent(data: Path, seed: int) -> Halves:
    """Return CLINC150's own split, a half of its training texts drawn by `seed`."""
    train, test = rows(data, "clinc150", "train"), rows(data, "clinc150", "test")
    chosen = np.random.default_rng(seed).permutation(len(train))[: len(train) // 2]
    drawn = [train[row] for row in chosen]

    def two(table: list[dict[str, str]]) -> tuple[list[str], list[str]]:
        known = [row for row in table if row["label"] != "oos"]
        names = [INTENT if row["label"] == INTENT else "another" for row in known]
        return [row["text"] for row in known], names

    return (*two(drawn), *two(test))


SETS = {"tldr, 11 platforms": tldr, f"CLINC150, {INTENT!r} against the rest": intent}


def measure(data: Path) -> list[str]:
    """Return the lines of the table: means over the draws."""
    lines = []
    for title, split in SETS.items():
        found: dict[str, list[tuple[float, float, float]]] = {metric: [] for metric in METRICS}
        for seed in range(SEEDS):
            texts, labels, new, truth = split(data, seed)
            for metric in METRICS:
                said = Classifier(metric=metric).fit(texts, labels).predict(new)
                macro = f1_score(truth, said, average="macro", zero_division=0)
                balanced = balanced_accuracy_score(truth, said)
                found[metric].append((accuracy_score(truth, said), macro, balanced))
        for metric, each in found.items():
            means = (statistics.mean(column) for column in zip(*each, strict=True))
            cells = " | ".join(f"{100 * mean:.2f}" for mean in means)
            lines.append(f"| {title} | {metric} | {cells} |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="update unbalanced.md")
    options = parser.parse_args()
    head = [
        f"{platform.machine()}, {os.cpu_count()} cores; means of {SEEDS} draws, in per cent\n",
        "| set | `metric=` | accuracy | macro-F1 | balanced accuracy |",
        "|---|---|--:|--:|--:|",
    ]
    lines = head + measure(options.data)
    if options.write:
        (HERE / "unbalanced.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
