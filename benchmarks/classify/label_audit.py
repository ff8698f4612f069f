"""The label audit: of as many suspicious labels as were turned, how many are turned ones?

    python benchmarks/classify/label_audit.py --data DIR [--draws 3] [--write]

3,000 texts of each set, of which 5 % get another label at random. The model judges them out of
fold, as `Classifier` does with embeddings and words, and `likewise.classify.evaluate.audit` hears
it, the nearest texts and the texts that share most words. Beside it stand single witnesses and
other ways to join them. `label_audit.md` holds the table.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from likewise.classify.data.normalise import groups_of
from likewise.classify.evaluate import audit
from likewise.classify.learn.candidates import Samples, Setting
from likewise.classify.learn.search import splits_of
from likewise.classify.learn.softmax import softmax
from likewise.classify.learn.tfidf import TermCounts
from likewise.classify.learn.threads import one_thread_each
from likewise.encoders import resolve

HERE = Path(__file__).parent
TEXTS, FLIPPED = 3_000, 0.05
Named = tuple[str, list[str], list[str]]


def sets(data: Path) -> Iterator[Named]:
    """Yield names, texts and labels."""

    def rows(file: str) -> list[dict[str, str]]:
        with (data / file).open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    def mixed(labels: list[str]) -> list[str]:
        place = {label: at for at, label in enumerate(sorted(set(labels)))}
        return [f"group {place[label] % 6}" for label in labels]

    commands = [row for row in rows("clinc150/train.csv") if row["label"] != "oos"]
    texts = [row["text"] for row in commands]
    yield "CLINC150, six mixed groups", texts, mixed([row["label"] for row in commands])
    domains = sorted({row["domain"] for row in commands})[:6]
    six = [row for row in commands if row["domain"] in domains]
    yield "CLINC150, six domains", [r["text"] for r in six], [r["domain"] for r in six]
    bank = rows("banking77/train.csv")
    texts, labels = [row["text"] for row in bank], [row["label"] for row in bank]
    yield "Banking77, six mixed groups", texts, mixed(labels)
    yield "Banking77, 77 labels", texts, labels
    pages = rows("tldr/all.csv")
    names, counts = np.unique([row["label"] for row in pages], return_counts=True)
    usual = [row for row in pages if row["label"] in set(names[counts >= 40].tolist())]
    yield "tldr, platforms", [r["text"] for r in usual], [r["label"] for r in usual]
    scored = [(row["text"], float(row["score"])) for row in rows("emobank/train.csv")]
    clear = [(text, "low" if v < 3 else "high") for text, v in scored if abs(v - 3) >= 0.4]
    yield "EmoBank, low and high valence", [t for t, _ in clear], [label for _, label in clear]


def measure(texts: list[str], labels: list[str], draws: int) -> dict[str, float]:
    chosen = np.random.default_rng(3).permutation(len(texts))[:TEXTS]
    texts = [texts[row] for row in chosen]
    names, truth = np.unique([labels[row] for row in chosen], return_inverse=True)
    vectors = resolve("minilm", cached=True).encode(texts).vectors
    counts, groups, k = TermCounts.of(texts), groups_of(texts), len(names)
    found: dict[str, list[float]] = {}
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        turned = rng.permutation(len(truth))[: int(FLIPPED * len(truth))]
        given = truth.astype(np.int64)
        given[turned] = (given[turned] + rng.integers(1, k, len(turned))) % k
        samples = Samples(vectors, given, groups, k, counts)
        splits = splits_of(samples, 5)
        rows = np.concatenate([split.held_out for split in splits])
        both = Setting("both", C=10.0, words=1.0)
        chances = softmax(np.concatenate([split.logits(both) for split in splits]))
        said = audit.suspects(chances, rows, samples)
        near, sharing = audit.votes(samples, rows)
        own, places = given[rows], np.arange(len(rows))
        classes = [own == label for label in range(k)]
        usual = np.array([chances[one, label].mean() for label, one in enumerate(classes)])
        ways = {
            "model": chances,
            "nearest texts": near,
            "texts of shared words": sharing,
            "model, by each label's mean (confident learning)": chances / usual,
            "model · nearest": chances * near,
        }
        for name, table in ways.items():
            order = np.argsort(table[places, own] / table.max(axis=1), kind="stable")
            found.setdefault(name, []).append(_right(rows[order[: len(turned)]], turned))
        margins = [table[places, own] / table.max(axis=1) for table in (chances, near)]
        ranks = sum(np.argsort(np.argsort(one, kind="stable")) for one in margins)
        order = np.argsort(ranks, kind="stable")[: len(turned)]
        found.setdefault("mean rank of model and nearest", []).append(_right(rows[order], turned))
        first = np.array([one.row for one in said[: len(turned)]])
        found.setdefault("**Likewise**", []).append(_right(first, turned))
    return {name: 100 * float(np.mean(values)) for name, values in found.items()}


def _right(rows: np.ndarray, turned: np.ndarray) -> float:
    return float(np.isin(turned, rows).mean())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="update label_audit.md")
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with one_thread_each():
        for name, texts, labels in sets(options.data):
            results[name] = measure(texts, labels, options.draws)
            print(name, results[name], flush=True)
    ways = list(next(iter(results.values())))
    lines = [
        f"{100 * FLIPPED:.0f} % of {TEXTS:,} labels (of all where there are fewer) turned at",
        "random: of as many most suspicious ones so many are turned ones, in per cent, means of",
        f"{options.draws} draws.",
        "",
        f"| way | {' | '.join(results)} | mean |",
        f"|---|{'--:|' * (len(results) + 1)}",
        *(
            f"| {way} | {' | '.join(f'{one[way]:.1f}' for one in results.values())} | "
            f"{np.mean([one[way] for one in results.values()]):.1f} |"
            for way in ways
        ),
    ]  # fmt: skip
    print("\n".join(lines))
    if options.write:
        (HERE / "label_audit.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
