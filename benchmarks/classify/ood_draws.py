"""None of these: what of a figure in ood.md is chance, by drawing texts and labels again.

    python benchmarks/classify/ood_draws.py --data DIR [--only NAME] [--write]

*Own texts*: training and held-out texts of each model in `ood.py` are put together and split again
at random, so that both are of one kind; told is which share of the held-out ones is turned away
where 5 % are asked for. *Nearest labels*: texts of some labels, drawn at random, are learnt from,
and those of the others are foreign; told is the gap between Likewise and the better of the two
simple rules of `ood.py`. Only what tells "none of these" is fitted, as `Classifier` does it.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ood import RATE, Task, rejected, simple_rules, tasks

from likewise.classify.data.labels import classes_of
from likewise.classify.data.normalise import groups_of
from likewise.classify.foreign import foreign_sets
from likewise.classify.learn.candidates import Samples
from likewise.classify.learn.novelty import Novelty
from likewise.classify.learn.ood import fit_novelty
from likewise.classify.learn.search import Search
from likewise.encoders import resolve
from likewise.types import Vectors

HERE = Path(__file__).parent
MOST_FOREIGN = 1_000

DRAWS = {
    "moods, 4 labels, 220 texts": 100,
    "low and high valence, 2,000 texts": 20,
    "low and high valence, 100 texts": 100,
    "early and late titles, 2 labels": 20,
    "platforms of commands, 11 labels": 10,
    "10 banking intents": 20,
    "77 banking intents": 8,
    "75 commands": 10,
    "150 commands": 6,
}
"""How often each is split again: as often as a minute or two allow."""

PARTS = {"150 commands": (75, 8), "77 banking intents": (10, 16)}
"""How many labels are learnt from, and how many such draws."""


@dataclass(frozen=True, eq=False)
class Pool:
    """All texts of a set, embedded, from which some are drawn to learn from."""

    vectors: Vectors
    labels: Sequence[object]
    groups: np.ndarray
    far: dict[str, Vectors]

    @classmethod
    def of(cls, task: Task) -> "Pool":
        """Put together what is learnt from and what is held out."""
        encoder = resolve("minilm", cached=True)
        texts = [*task.texts, *task.own]
        return cls(encoder.encode(texts).vectors, [*task.labels, *task.own_labels],
                   groups_of(texts), dict(foreign_sets(encoder)))  # fmt: skip

    def novelty(self, rows: np.ndarray) -> tuple[Novelty, Samples]:
        """Fit what tells none of these on some texts; return the samples beside it."""
        classes, places = classes_of([self.labels[row] for row in rows])
        samples = Samples(self.vectors[rows], places, self.groups[rows], len(classes))
        return fit_novelty(samples, Search(samples).splits, far=self.far).novelty, samples


def own_texts(task: Task) -> dict[str, float]:
    """Return the rate of own texts turned away over random splits, in per cent."""
    pool, n = Pool.of(task), len(task.texts)
    rates = []
    for seed in range(DRAWS[task.name]):
        order = np.random.default_rng(seed).permutation(len(pool.labels))
        found, _ = pool.novelty(order[:n])
        rates.append(float((~found.fits(pool.vectors[order[n:]], RATE)).mean()))
    published, _ = pool.novelty(np.arange(n))
    once = float((~published.fits(pool.vectors[n:], RATE)).mean())
    return {
        "texts": n, "held_out": len(task.own), "draws": len(rates),
        "mean": 100 * float(np.mean(rates)), "spread": 100 * float(np.std(rates, ddof=1)),
        "expected": 100 * spread_by_chance(len(published.combined), len(task.own)),
        "once": 100 * once,
    }  # fmt: skip


def spread_by_chance(calibrated: int, tried: int) -> float:
    """Return the standard deviation of a rate that so many texts set and so many others try.

    The share below a rank among n texts is Beta(rank, n + 1 − rank); what is counted of it among m
    texts is binomial.
    """
    rank = int(RATE * (calibrated + 1))
    share = rank / (calibrated + 1)
    set_by = share * (1 - share) / (calibrated + 2)
    return float(np.sqrt(set_by + share * (1 - share) / tried))


def nearest_labels(task: Task) -> dict[str, float]:
    """Return the gap to the better simple rule where labels themselves are foreign, in points."""
    pool = Pool.of(task)
    names = sorted(set(map(str, pool.labels)))
    label_of = np.array([str(label) for label in pool.labels])
    learnt, draws = PARTS[task.name]
    tried = len(task.own) / len(pool.labels)
    shares = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        known = np.isin(label_of, rng.permutation(names)[:learnt])
        inside, outside = (rng.permutation(np.flatnonzero(part)) for part in (known, ~known))
        own, rows = np.split(inside, [round(tried * len(inside))])
        found, samples = pool.novelty(rows)
        rules = simple_rules(samples) | {"Likewise": found.typicality}
        shares.append(rejected(rules, pool.vectors[own], pool.vectors[outside[:MOST_FOREIGN]]))
    told = 100 * np.array([list(share.values()) for share in shares])
    gaps = told[:, 2] - told[:, :2].max(axis=1)
    probability, neighbours, likewise = told.mean(axis=0)
    return {
        "labels": learnt, "of": len(names), "draws": draws, "probability": probability,
        "neighbours": neighbours, "likewise": likewise, "mean": float(gaps.mean()),
        "spread": float(gaps.std(ddof=1)), "least": float(gaps.min()), "most": float(gaps.max()),
    }  # fmt: skip


def table(kept: dict[str, dict[str, dict[str, float]]]) -> str:
    lines = [
        "Own held-out texts that are turned away where 5 % are asked for, in per cent, over random",
        "splits of each set; ± is the standard error of the mean. By chance: the spread that so",
        "many texts leave (binomial, and how well the threshold is known). In ood.md: the split",
        "there, which for commands and banking intents is the one that their authors made.",
        "",
        "| model | texts | held out | splits | mean | spread | by chance | in ood.md |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    for name, one in kept["own texts"].items():
        error = one["spread"] / one["draws"] ** 0.5
        lines.append(
            f"| {name} | {one['texts']:,} | {one['held_out']:,} | {one['draws']} "
            f"| {one['mean']:.1f} ± {error:.1f} | {one['spread']:.1f} | {one['expected']:.1f} "
            f"| {one['once']:.1f} |"
        )
    lines += [
        "",
        "Texts of other labels of the same set that are called none of the labels, in per cent,",
        "where 5 % of own held-out texts are, over random draws of the labels that are learnt.",
        "",
        "| learnt from | draws | probability | neighbours | Likewise | gap | spread | from, to |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    for name, one in kept["nearest labels"].items():
        error = one["spread"] / one["draws"] ** 0.5
        lines.append(
            f"| {one['labels']} of {name} | {one['draws']} | {one['probability']:.1f} "
            f"| {one['neighbours']:.1f} | {one['likewise']:.1f} | {one['mean']:+.1f} ± {error:.1f} "
            f"| {one['spread']:.1f} | {one['least']:+.1f}, {one['most']:+.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", help="a model of ood.py; all of them otherwise")
    parser.add_argument("--write", action="store_true", help="update ood_draws.json and .md")
    options = parser.parse_args()
    file = HERE / "ood_draws.json"
    before = json.loads(file.read_text("utf-8")) if file.exists() else {}
    made, _ = tasks(options.data)
    found: dict[str, dict[str, dict[str, float]]] = {"own texts": {}, "nearest labels": {}}
    for kind, names, measure in (
        ("own texts", DRAWS, own_texts), ("nearest labels", PARTS, nearest_labels),
    ):  # fmt: skip
        for task in made:
            if task.name in names and options.only in (None, task.name):
                found[kind][task.name] = measure(task)
                print(kind, task.name, found[kind][task.name], sep=" | ", flush=True)
            elif task.name in before.get(kind, {}):
                found[kind][task.name] = before[kind][task.name]
    if options.write:
        file.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        (HERE / "ood_draws.md").write_text(table(found), "utf-8")


if __name__ == "__main__":
    main()
