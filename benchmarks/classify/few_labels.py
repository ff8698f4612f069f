"""Few labels: `Classifier()` beside scikit-learn's logistic regression on the same embeddings.

    python benchmarks/classify/few_labels.py --data DIR [--only NAME,...] [--write]

Eight examples of each label are drawn five times, and as many models trained; each is asked the
whole test set, or 2,000 texts of it. `few_labels.json` holds what was measured, `few_labels.md` the
table; `--only` measures some sets again and keeps the others.
"""

import argparse
import csv
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from likewise import Classifier
from likewise.classify.data.moods import moods
from likewise.classify.evaluate.metrics import scores
from likewise.classify.learn.threads import one_thread_each
from likewise.encoders import resolve
from likewise.types import EmbeddedTexts

HERE = Path(__file__).parent
SHOTS, DRAWS, MOST_ASKED = 8, 5, 2_000
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Set:
    """Texts with labels, to draw examples from and to be asked."""

    name: str
    train: Pairs
    test: Pairs


def rows(data: Path, file: str) -> list[dict[str, str]]:
    with (data / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def sets(data: Path) -> Iterator[Set]:
    def pairs(file: str, label: str = "label") -> Pairs:
        found = rows(data, file)
        return [(row["text"], row[label]) for row in found if row["label"] != "oos"]

    bank = [pairs(f"banking77/{part}.csv") for part in ("train", "test")]
    yield Set("Banking77", *bank)
    ten = set(sorted({label for _, label in bank[0]})[:10])
    yield Set("Banking77's first 10", *([p for p in part if p[1] in ten] for part in bank))
    yield Set("CLINC150", *(pairs(f"clinc150/{part}.csv") for part in ("train", "test")))
    yield Set("CLINC150's 10 domains",
              *(pairs(f"clinc150/{part}.csv", "domain") for part in ("train", "test")))  # fmt: skip
    yield Set("moods", *halves(list(zip(*moods(), strict=True))))
    for scale, what in (("score", "valence"), ("arousal", "arousal")):
        parts = []
        for part in ("train", "test"):
            scored = [(r["text"], float(r[scale])) for r in rows(data, f"emobank/{part}.csv")]
            clear = [(t, v) for t, v in scored if abs(v - 3) >= 0.4]
            parts.append([(t, "low" if v < 3 else "high") for t, v in clear])
        yield Set(f"EmoBank: low and high {what}", *parts)
    pages = pairs("tldr/all.csv")
    labels, counts = np.unique([label for _, label in pages], return_counts=True)
    usual = set(labels[counts >= 40].tolist())
    yield Set("tldr: platforms with 40 pages and more",
              *halves([pair for pair in pages if pair[1] in usual]))  # fmt: skip


def halves(pairs: Pairs) -> tuple[Pairs, Pairs]:
    order = np.random.default_rng(0).permutation(len(pairs))
    middle = len(pairs) // 2
    return [pairs[row] for row in order[:middle]], [pairs[row] for row in order[middle:]]


def measure(one: Set) -> dict[str, float]:
    engine = resolve("minilm", cached=True)
    test = one.test
    if len(test) > MOST_ASKED:
        chosen = np.random.default_rng(1).permutation(len(test))[:MOST_ASKED]
        test = [test[row] for row in chosen]
    asked = engine.encode([text for text, _ in test]).vectors
    truth = [label for _, label in test]
    y = np.array([label for _, label in one.train])
    found: dict[str, list[float]] = {}
    for seed in range(DRAWS):
        order = np.random.default_rng(seed).permutation(len(y))
        drawn = np.concatenate([order[y[order] == label][:SHOTS] for label in np.unique(y)])
        texts = tuple(one.train[row][0] for row in drawn)
        vectors = engine.encode(list(texts)).vectors
        model = Classifier().fit(EmbeddedTexts(vectors, texts, engine.identity), y[drawn].tolist())
        new = EmbeddedTexts(asked, tuple(text for text, _ in test), engine.identity)
        own = model.evaluate(new, truth)
        here = {"Likewise": own.accuracy, "log-loss": own.log_loss}
        for c in (1.0, 10.0):
            simple = LogisticRegression(C=c, max_iter=1_000).fit(vectors, y[drawn])
            here[f"C = {c:g}"] = float((simple.predict(asked) == np.array(truth)).mean())
        counts = np.array([truth.count(label) for label in model.classes_])
        even = np.full((len(truth), len(counts)), 1 / len(counts))
        here["guessing"] = scores(even, model.model_.places_of(truth)).log_loss
        for name, value in here.items():
            found.setdefault(name, []).append(value)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    better = max(("C = 1", "C = 10"), key=means.__getitem__)
    gains = 100 * (np.array(found["Likewise"]) - np.array(found[better]))
    return {
        "labels": float(len(np.unique(y))),
        **means,
        "gain": float(gains.mean()),
        "standard error": float(gains.std(ddof=1) / DRAWS**0.5),
    }


def markdown(results: dict[str, dict[str, float]], machine: str) -> str:
    lines = [
        "Right on the test texts with 8 examples a label, means of 5 draws, in per cent; gain over",
        "the better C, with the standard error of its mean. The log-loss is that of Likewise,",
        "beside that of calling all labels alike likely.",
        "",
        machine,
        "",
        "| set | labels | Likewise | C = 1 | C = 10 | gain | log-loss | guessing |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, found in results.items():
        share = " | ".join(f"{100 * found[key]:.1f}" for key in ("Likewise", "C = 1", "C = 10"))
        gain = f"{found['gain']:+.1f} ± {found['standard error']:.1f}"
        loss = f"{found['log-loss']:.3f} | {found['guessing']:.3f}"
        lines.append(f"| {name} | {found['labels']:.0f} | {share} | {gain} | {loss} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", help="beginnings of names, with commas between")
    parser.add_argument("--write", action="store_true", help="update few_labels.json and .md")
    options = parser.parse_args()
    file = HERE / "few_labels.json"
    results = json.loads(file.read_text("utf-8")) if file.exists() else {}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    for one in sets(options.data):
        wanted = options.only is None or one.name.lower().startswith(
            tuple(options.only.lower().split(","))
        )
        if wanted:
            with one_thread_each():
                results[one.name] = {key: round(v, 4) for key, v in measure(one).items()}
            print(one.name, results[one.name], flush=True)
            if options.write:  # at once: a run that is stopped keeps what it has
                said = json.dumps(results, indent=1, ensure_ascii=False)
                file.write_text(said + "\n", "utf-8")
                (HERE / "few_labels.md").write_text(markdown(results, machine), "utf-8")
    print(markdown(results, machine))


if __name__ == "__main__":
    main()
