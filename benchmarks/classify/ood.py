"""None of these: how many foreign texts are called none of the labels, beside two simple rules.

    python benchmarks/classify/ood.py --data DIR [--write]

A classifier is trained as it is on one set, and asked about texts of the same set that were held
out (own) and of another set that it has never seen (foreign). Two simple rules see the same
vectors: the largest probability of logistic regression with C = 1, and the mean cosine to the five
nearest training texts. All three are compared where each turns away exactly 5 % of the own texts;
beside it stands what Likewise turned away of them when 5 % were asked for.
"""

import argparse
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise import Classifier
from likewise.classify.arrays import Floats
from likewise.classify.data.labels import classes_of
from likewise.classify.data.moods import moods
from likewise.classify.foreign import typed_at_random
from likewise.classify.learn.candidates import Samples, Split
from likewise.classify.learn.novelty import confidence, nearness
from likewise.classify.learn.ood import CAUTIOUS
from likewise.encoders import resolve
from likewise.types import Vectors

HERE = Path(__file__).parent
RATE = 0.05


@dataclass(frozen=True)
class Task:
    """Labelled texts to learn from, texts of the same set to try, and foreign ones by name."""

    name: str
    texts: Sequence[str]
    labels: Sequence[object]
    own: Sequence[str]
    own_labels: Sequence[object]
    foreign: Sequence[str]


def column(data: Path, file: str, name: str) -> list[str]:
    with (data / file).open(encoding="utf-8", newline="") as opened:
        return [row[name] for row in csv.DictReader(opened)]


def tasks(data: Path) -> tuple[list[Task], dict[str, list[str]]]:
    """Return what is learnt, and sets of foreign texts."""
    rng = np.random.default_rng(0)

    def some(texts: Sequence[str], n: int = 1_000) -> list[str]:
        return [texts[row] for row in rng.permutation(len(texts))[:n]]

    bank, bank_labels = (column(data, "banking77/train.csv", name) for name in ("text", "label"))
    new_bank, new_labels = (column(data, "banking77/test.csv", name) for name in ("text", "label"))
    intents, intent_labels = (column(data, "clinc150/train.csv", n) for n in ("text", "label"))
    asked, asked_labels = (column(data, "clinc150/test.csv", n) for n in ("text", "label"))
    inside = [row for row, label in enumerate(intent_labels) if label != "oos"]
    commands = [t for t, label in zip(asked, asked_labels, strict=True) if label != "oos"]
    command_labels = [label for label in asked_labels if label != "oos"]
    unknown = [t for t, label in zip(asked, asked_labels, strict=True) if label == "oos"]
    pages, platforms = (column(data, "tldr/all.csv", name) for name in ("text", "label"))
    sentences = column(data, "emobank/train.csv", "text")
    valence = np.array(column(data, "emobank/train.csv", "score"), np.float64)
    low, high = np.quantile(valence, [0.2, 0.8])
    clear = rng.permutation(np.flatnonzero((valence <= low) | (valence >= high)))
    moods_texts, moods_labels = moods()
    mixed = rng.permutation(len(moods_texts))
    shuffled = rng.permutation(len(pages))
    titles, years = (column(data, "arxiv_ml/all.csv", name) for name in ("text", "year"))
    order = rng.permutation(len(titles))
    late = np.array([float(year or 0) for year in years])
    late_labels = (late >= np.median(late)).tolist()

    def rows(values: Sequence[object], chosen: Sequence[int]) -> list[object]:
        return [values[row] for row in chosen]

    ten, half = set(sorted(set(bank_labels))[::8]), set(sorted(set(command_labels))[::2])
    few = [*[r for r in clear if valence[r] >= high][:50],
           *[r for r in clear if valence[r] <= low][:50]]  # fmt: skip

    def within(texts: Sequence[str], labels: Sequence[str], kept: set[str], inside: bool = True):  # noqa: ANN202
        pairs = zip(texts, labels, strict=True)
        return [(t, label) for t, label in pairs if (label in kept) == inside]

    mood_rows = [rows(values, mixed[:220]) for values in (moods_texts, moods_labels)]
    page_rows = [rows(values, shuffled[:4_000]) for values in (pages, platforms)]
    made = [
        Task("moods, 4 labels, 220 texts", *mood_rows,
             *(rows(values, mixed[220:]) for values in (moods_texts, moods_labels)),
             ["tldr", "commands", "encyclopedia", "banking", "typed"]),
        Task("low and high valence, 2,000 texts", rows(sentences, clear[:2_000]),
             (valence[clear[:2_000]] >= high).tolist(), rows(sentences, clear[2_000:]),
             (valence[clear[2_000:]] >= high).tolist(),
             ["tldr", "commands", "banking", "titles", "typed"]),
        Task("low and high valence, 100 texts", rows(sentences, few),
             (valence[few] >= high).tolist(), rows(sentences, clear[2_000:]),
             (valence[clear[2_000:]] >= high).tolist(),
             ["tldr", "commands", "banking", "typed"]),
        Task("early and late titles, 2 labels", rows(titles, order[:1_300]),
             rows(late_labels, order[:1_300]), rows(titles, order[1_300:]),
             rows(late_labels, order[1_300:]),
             ["tldr", "commands", "sentences", "encyclopedia", "typed"]),
        Task("platforms of commands, 11 labels", *page_rows,
             *(rows(values, shuffled[4_000:]) for values in (pages, platforms)),
             ["sentences", "commands", "encyclopedia", "titles", "typed"]),
        Task("10 banking intents", *zip(*within(bank, bank_labels, ten), strict=True),
             *zip(*within(new_bank, new_labels, ten), strict=True),
             ["the other 67 intents", "commands", "encyclopedia", "typed"]),
        Task("77 banking intents", bank, bank_labels, new_bank, new_labels,
             ["commands", "unknown commands", "encyclopedia", "tldr", "typed"]),
        Task("75 commands", *zip(*within(rows(intents, inside), rows(intent_labels, inside), half),
                                 strict=True),
             *zip(*within(commands, command_labels, half), strict=True),
             ["the other 75 commands", "unknown commands", "encyclopedia", "typed"]),
        Task("150 commands", rows(intents, inside), rows(intent_labels, inside), commands,
             command_labels,
             ["unknown commands", "encyclopedia", "tldr", "sentences", "typed"]),
    ]  # fmt: skip
    foreign = {
        "tldr": some(pages),
        "commands": some(commands),
        "unknown commands": unknown,
        "banking": some(new_bank),
        "sentences": some(column(data, "emobank/test.csv", "text")),
        "encyclopedia": some(column(data, "wiki_sents/all.csv", "text")),
        "titles": some(titles),
        "typed": typed_at_random(seed=1),
        "the other 67 intents": some([t for t, _ in within(new_bank, new_labels, ten, False)]),
        "the other 75 commands": some(
            [t for t, _ in within(commands, command_labels, half, False)]
        ),
    }
    return made, foreign


Rule = Callable[[Vectors], Floats]


def simple_rules(samples: Samples) -> dict[str, Rule]:
    """Return the two simple rules, higher for what is known."""
    rows = np.arange(len(samples))
    head = Split(samples, rows, rows[:0]).fit(CAUTIOUS).head
    return {
        "probability": lambda vectors: confidence(head, vectors),
        "neighbours": lambda vectors: nearness(vectors, samples.vectors),
    }


def rejected(rules: dict[str, Rule], own: Vectors, foreign: Vectors) -> dict[str, float]:
    """Return what share of foreign texts each rule turns away where it does 5 % of the own ones."""
    return {
        name: float((rule(foreign) <= np.quantile(rule(own), RATE)).mean())
        for name, rule in rules.items()
    }


def measure(task: Task, foreign: dict[str, list[str]]) -> list[list[str]]:
    """Return a row for each set of foreign texts."""
    encode = resolve("minilm", cached=True).encode
    model = Classifier().fit(list(task.texts), list(task.labels))
    x = encode(list(task.texts)).vectors
    classes, places = classes_of(task.labels)
    novelty = model.model_.novelty
    rules = simple_rules(Samples(x, places, np.arange(len(x)), len(classes)))
    rules["Likewise"] = novelty.typicality
    own = encode(list(task.own)).vectors
    asked = float((~model.model_.fits(own, RATE)).mean())
    weights = ", ".join(f"{name} {share:.2f}" for name, share in novelty.weights.items())
    found = []
    for name in task.foreign:
        shares = list(rejected(rules, own, encode(foreign[name]).vectors).values())
        gap = shares[2] - max(shares[:2])
        found.append([task.name, name, *(f"{100 * r:.1f}" for r in shares), f"{100 * gap:+.1f}",
                      f"{100 * asked:.1f}", weights])  # fmt: skip
        print(*found[-1], sep=" | ", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="update ood.md")
    options = parser.parse_args()
    made, foreign = tasks(options.data)
    rows = [row for task in made for row in measure(task, foreign)]
    lines = [
        "Foreign texts that are called none of the labels, in per cent, where 5 % of own held-out",
        "texts are; gap: against the better of the two simple rules; own: what Likewise turned",
        "away of own held-out texts when 5 % were asked for. What of it is chance: `ood_draws.md`.",
        "",
        "| model | foreign texts | probability | neighbours | Likewise | gap | own | weights |",
        "|---|---|--:|--:|--:|--:|--:|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    if options.write:
        (HERE / "ood.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
