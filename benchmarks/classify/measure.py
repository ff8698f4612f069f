"""How good are the classifiers? Published sets, with the committed constants.

    python benchmarks/classify/measure.py --data DIR [--only full,few,...] [--write]

DIR is a folder with banking77, clinc150, emobank and stsb as CSV; none of it is needed to use
or test Likewise. Embeddings come from the vector cache after the first run, so that times are
those of the head. Every constant is what `Classifier()` and `Regressor()` have by default.
"""

import argparse
import csv
import json
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from likewise import load
from likewise.classify.classifier import Classifier
from likewise.classify.data.labels import classes_of
from likewise.classify.data.normalise import groups_of
from likewise.classify.evaluate.leaderboard import on_held_out
from likewise.classify.evaluate.metrics import paired_interval, scores
from likewise.classify.inputs import label_texts
from likewise.classify.label.active import at_random, by_margin
from likewise.classify.learn.candidates import TITLES, Samples, Setting, Split
from likewise.classify.learn.search import default_candidates
from likewise.classify.learn.softmax import FeatureBlocks, softmax
from likewise.classify.learn.tfidf import TermCounts
from likewise.classify.learn.threads import one_thread_each
from likewise.classify.regressor import Regressor
from likewise.encoders import resolve

HERE = Path(__file__).parent
Table = dict[str, list[str]]


def read(data: Path, name: str, split: str) -> Table:
    with (data / name / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: [row[column] for row in rows] for column in rows[0]}


def vectors_of(texts: list[str]) -> np.ndarray:
    return resolve("minilm", cached=True).encode(texts).vectors


def mteb(data: Path) -> dict[str, float]:
    """The MTEB protocol with fp32 vectors and scikit-learn, to show that all is as published."""
    from scipy.stats import spearmanr
    from sklearn.linear_model import LogisticRegression

    encode = load("minilm", precision="f32").encode
    train, test = read(data, "banking77", "train"), read(data, "banking77", "test")
    x, x_test = encode(train["text"]).vectors, encode(test["text"]).vectors
    y, y_test = np.array(train["label"]), np.array(test["label"])
    order, accuracies = np.arange(len(y)), []
    for _ in range(10):
        order = order.copy()
        # the protocol shuffles the last order with the same seed, and with this generator
        np.random.RandomState(42).shuffle(order)
        seen: dict[str, int] = {}
        chosen = []
        for row in order:
            if seen.get(y[row], 0) < 8:
                chosen.append(row)
                seen[y[row]] = seen.get(y[row], 0) + 1
        model = LogisticRegression(max_iter=100, random_state=42).fit(x[chosen], y[chosen])
        accuracies.append((model.predict(x_test) == y_test).mean())
    pairs = read(data, "stsb", "test")
    left, right = encode(pairs["sentence1"]).vectors, encode(pairs["sentence2"]).vectors
    cosines = (left.astype(np.float64) * right).sum(axis=1)
    truth = np.array(pairs["score"], np.float64)
    return {
        "Banking77 8-shot accuracy, MTEB protocol": 100 * float(np.mean(accuracies)),
        "STS-B test Spearman": 100 * float(spearmanr(cosines, truth).statistic),
    }


def full(data: Path) -> dict[str, float]:
    """Training on the whole set: accuracy, calibration, coverage, out of scope, time."""
    found: dict[str, float] = {}
    for name in ("banking77", "clinc150"):
        train, test = read(data, name, "train"), read(data, name, "test")
        rows = [row for row, label in enumerate(train["label"]) if label != "oos"]
        texts = [train["text"][row] for row in rows]
        labels = [train["label"][row] for row in rows]
        vectors_of(texts)  # into the cache
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, worked = time.perf_counter(), time.process_time()
        model = Classifier().fit(texts, labels)
        found[f"{name} processor seconds to train"] = time.process_time() - worked
        found[f"{name} seconds to train, cross-validation included"] = time.perf_counter() - began
        found[f"{name} peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found[f"{name} peak MB before"] = before / 1024
        print(name, model.model_.setting, flush=True)
        known = np.array([label != "oos" for label in test["label"]])
        inside = [text for text, own in zip(test["text"], known, strict=True) if own]
        places = model.model_.places_of([label for label in test["label"] if label != "oos"])
        probabilities = model.predict_proba(inside)
        result = scores(probabilities, places)
        found[f"{name} accuracy"] = 100 * result.accuracy
        found[f"{name} macro-F1"] = 100 * result.macro_f1
        found[f"{name} log-loss"] = result.log_loss
        found[f"{name} calibration error"] = 100 * result.calibration_error
        member = model.model_.sets(probabilities, 0.95)
        found[f"{name} coverage of 95 % sets"] = 100 * float(
            member[np.arange(len(places)), places].mean()
        )
        found[f"{name} mean size of 95 % sets"] = float(member.sum(axis=1).mean())
        if known.all():
            continue
        fits = model.fits(test["text"], abstain=0.05)
        found[f"{name} in-scope rejected, 5 % asked for"] = 100 * float((~fits[known]).mean())
        found[f"{name} out-of-scope recall there"] = 100 * float((~fits[~known]).mean())
        sure = model.model_.novelty.typicality(vectors_of(test["text"]))
        floor = np.quantile(sure[known], 0.05)
        found[f"{name} out-of-scope recall at exactly 5 % rejected"] = 100 * float(
            (sure[~known] < floor).mean()
        )
    return found


def few(data: Path) -> dict[str, float]:
    """One example a class, label names known; mean of ten draws."""
    found = {}
    for name in ("banking77", "clinc150"):
        train, test = read(data, name, "train"), read(data, name, "test")
        labels = np.array(train["label"])
        inside = [row for row, label in enumerate(test["label"]) if label != "oos"]
        texts = [test["text"][row] for row in inside]
        truth = [test["label"][row] for row in inside]
        accuracies = []
        for seed in range(10):
            order = np.random.default_rng(seed).permutation(len(labels))
            rows = [int(order[labels[order] == label][0]) for label in set(truth)]
            model = Classifier().fit([train["text"][row] for row in rows], labels[rows].tolist())
            accuracies.append(model.evaluate(texts, truth).accuracy)
        found[f"{name} 1-shot accuracy with label names"] = 100 * float(np.mean(accuracies))
    return found


def audit(data: Path) -> dict[str, float]:
    """Five per cent of the labels flipped: how many of the most suspicious are flipped ones?"""
    train = read(data, "banking77", "train")
    found = {"banking77 label audit precision@k": _audited(train["text"], np.array(train["label"]))}
    commands = read(data, "clinc150", "train")
    rows = [row for row, label in enumerate(commands["label"]) if label != "oos"]
    names = sorted({commands["label"][row] for row in rows})
    group = {name: f"group {place % 6}" for place, name in enumerate(names)}
    drawn = np.random.default_rng(3).permutation(rows)[:3_000]
    labels = np.array([group[commands["label"][row]] for row in drawn])
    texts = [commands["text"][row] for row in drawn]
    found["clinc150 in six mixed groups, label audit precision@k"] = _audited(texts, labels)
    return found


def _audited(texts: list[str], labels: np.ndarray) -> float:
    names = np.unique(labels)
    rng = np.random.default_rng(0)
    flipped = rng.permutation(len(labels))[: len(labels) // 20]
    wrong = labels.copy()
    for row in flipped:
        wrong[row] = rng.choice(names[names != labels[row]])
    model = Classifier().fit(texts, wrong.tolist())
    rows = [suspect.row for suspect in model.audit()[: len(flipped)]]
    return float(np.isin(rows, flipped).mean())


def active(data: Path) -> dict[str, float]:
    """Labels until 85 % on the test set, asking for as many as there are classes at a time.

    The model is what `likewise label` uses: logistic regression, C = 10, with label names.
    """
    train, test = read(data, "banking77", "train"), read(data, "banking77", "test")
    names = sorted(set(train["label"]))
    place = {name: index for index, name in enumerate(names)}
    y = np.array([place[label] for label in train["label"]])
    y_test = np.array([place[label] for label in test["label"]])
    x, x_test = vectors_of(train["text"]), vectors_of(test["text"])
    said = label_texts(names, "auto")
    named = None if said is None else vectors_of(said)
    batch = len(names)
    found = {}
    for strategy in ("margin", "random"):
        needed = []
        for seed in range(3):
            pool = at_random(np.arange(len(y)), seed)
            labelled, rest = pool[:batch], pool[batch:]
            while True:
                rows = np.arange(len(labelled))
                samples = Samples(x[labelled], y[labelled], rows, len(names), label_vectors=named)
                setting = Setting("embeddings", label_names=named is not None)
                head = Split(samples, rows, rows[:0]).fit(setting).head
                right = head.logits(FeatureBlocks(x_test)).argmax(axis=1) == y_test
                if right.mean() >= 0.85:
                    break
                if strategy == "margin":
                    rest = by_margin(softmax(head.logits(FeatureBlocks(x[rest]))), rest)
                labelled = np.concatenate([labelled, rest[:batch]])
                rest = rest[batch:]
            needed.append(len(labelled))
        found[f"banking77 labels to 85 %, {strategy}, mean of 3"] = float(np.mean(needed))
    return found


def numbers(data: Path) -> dict[str, float]:
    """EmoBank valence: correlation, and what 90 % intervals cover."""
    train, test = read(data, "emobank", "train"), read(data, "emobank", "test")
    truth = np.array(test["score"], np.float64)
    vectors_of(train["text"])
    began = time.perf_counter()
    model = Regressor().fit(train["text"], train["score"])
    seconds = time.perf_counter() - began
    predictions = model.predict(test["text"])
    ends = model.predict_interval(test["text"], 0.9)
    demo = vectors_of(test["text"]) @ (vectors_of(["happy"])[0] - vectors_of(["sad"])[0])
    return {
        "emobank seconds to train": seconds,
        "emobank Pearson r": float(np.corrcoef(predictions, truth)[0, 1]),
        "emobank Pearson r of the demo, happy − sad": float(np.corrcoef(demo, truth)[0, 1]),
        "emobank coverage of 90 % intervals": 100
        * float(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()),
    }


def leaderboard(data: Path) -> dict[str, float]:
    """The whole leaderboard on the published split; intervals against embeddings alone."""
    found: dict[str, float] = {}
    for name in ("banking77", "clinc150"):
        both = [read(data, name, split) for split in ("train", "test")]
        parts = [
            [(t, label) for t, label in zip(p["text"], p["label"], strict=True) if label != "oos"]
            for p in both
        ]
        texts, labels = zip(*parts[0], *parts[1], strict=True)
        classes, places = classes_of(labels)
        said = label_texts(classes, "auto")
        samples = Samples(
            vectors_of(list(texts)),
            places,
            groups_of(list(texts)),
            len(classes),
            TermCounts.of(texts),
            None if said is None else vectors_of(said),
        )
        held_out = np.arange(len(parts[0]), len(texts))
        with one_thread_each():
            split = Split(samples, np.arange(len(parts[0])), held_out)
            probabilities = on_held_out(split, default_candidates(samples)).probabilities
        truth = places[held_out]
        base = probabilities[TITLES["embeddings"]].argmax(axis=1) == truth
        for model, chances in probabilities.items():
            right = chances.argmax(axis=1) == truth
            low, high = paired_interval(right, base)
            found[f"{name}: {model}, accuracy"] = 100 * float(right.mean())
            found[f"{name}: {model}, log-loss"] = scores(chances, truth).log_loss
            found[f"{name}: {model}, 95 % low"] = 100 * low
            found[f"{name}: {model}, 95 % high"] = 100 * high
    return found


PARTS: dict[str, Callable[[Path], dict[str, float]]] = {
    part.__name__: part for part in (mteb, full, few, audit, active, numbers, leaderboard)
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--write", action="store_true", help="update results.json and results.md")
    options = parser.parse_args()
    file = HERE / "results.json"
    results = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for name in options.only.split(","):
        load_before = os.getloadavg()[0]
        found = PARTS[name](options.data)
        machine = (
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"load before {load_before:.1f}"
        )
        results[name] = {"machine": machine, **{key: round(v, 4) for key, v in found.items()}}
        print(name, json.dumps(results[name], indent=1, ensure_ascii=False), flush=True)
        if options.write:
            file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
            (HERE / "results.md").write_text(_markdown(results), "utf-8")


def _markdown(results: dict[str, dict[str, object]]) -> str:
    lines = []
    for name, found in results.items():
        lines += [f"## {name}", "", str(found["machine"]), "", "| | |", "|---|--:|"]
        lines += [f"| {key} | {value} |" for key, value in found.items() if key != "machine"]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
