"""The ladder: every model against the simple ones, on texts that none of them has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.classify.evaluate.decision import tune
from likewise.classify.evaluate.metrics import Scores, paired_interval, scores
from likewise.classify.evaluate.uncertainty import fit_temperature
from likewise.classify.learn.candidates import TITLES, Bench, Candidate, Samples
from likewise.classify.learn.folds import Rows, deal
from likewise.classify.learn.search import Report, Search, choose, few_setting, silent
from likewise.classify.learn.softmax import Classes, Floats, softmax
from likewise.types import Vectors

MANY = 1_000
"""Texts from which on one fifth is held out once; with fewer, each fifth in its turn."""

LABEL_WORDS = "nearest label words"
MAJORITY = "always the most frequent label"


@dataclass(frozen=True, eq=False)
class Rung:
    """One model of the ladder.

    probabilities: float64, shape (m, k), of the held-out texts.
    said: int64, shape (m,), the classes that it answers, the most probable unless a metric was
        named.
    interval: 95 % interval of its accuracy minus that of the chosen model, same texts.
    """

    name: str
    scores: Scores
    probabilities: Floats
    said: Classes
    interval: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Ladder:
    """Held-out results of all models.

    held_out: int64, shape (m,), rows of the samples. chosen: the rung that cross-validation
    inside the training part chose. winner: the rung with the highest held-out accuracy, the chosen
    one in a draw.
    """

    rungs: tuple[Rung, ...]
    held_out: Rows
    chosen: Rung
    winner: Rung
    design: str

    def to_dict(self) -> dict[str, Any]:
        """Return what a report shows, ready for JSON."""
        return {
            "design": self.design,
            "texts": len(self.held_out),
            "chosen": self.chosen.name,
            "winner": self.winner.name,
            "rungs": [
                {"name": rung.name, **rung.scores.to_dict(), "interval": list(rung.interval)}
                for rung in self.rungs
            ],
        }


def ladder(
    samples: Samples,
    candidates: Sequence[Candidate] | None = None,
    *,
    metric: str = "accuracy",
    report: Report = silent,
) -> Ladder:
    """Hold texts out, choose and fit each model on the rest, and score all on the held-out.

    With 1,000 texts or more one fifth is held out; with fewer, each fifth in its turn, so that
    every text is held out once. Constants are chosen by cross-validation on the rest alone.
    With a metric other than accuracy there is one rung more, and the chosen one: what was chosen,
    with its answers picked for the metric by cross-validation on the rest alone.
    """
    different = min(5, len(np.unique(samples.groups)))
    fold = deal(samples.classes, samples.groups, max(different, 2), seed=1)
    folds = (0,) if len(samples) >= MANY else range(different)
    parts = [
        on_held_out(samples, np.flatnonzero(fold == held), candidates, report, metric)
        for held in folds
    ]
    held_out = np.concatenate([rows for rows, _, _ in parts])
    classes = samples.classes[held_out]
    found = {
        name: np.concatenate([probabilities[name] for _, probabilities, _ in parts])
        for name in parts[0][1]
    }
    chosen_each = np.concatenate([probabilities[name] for _, probabilities, name in parts])
    answers = {name: chances.argmax(axis=1) for name, chances in found.items()}
    said, names = chosen_each.argmax(axis=1), [name for _, _, name in parts]
    best = max(set(names), key=names.count)
    if metric != "accuracy":
        # the metric's own entry holds weighed probabilities, whose largest is the answer
        best, said = decided_for(metric), answers[decided_for(metric)]
        found[best] = chosen_each
    right = said == classes
    rungs = tuple(
        Rung(name, scores(chances, classes, answers[name]), chances, answers[name],
             paired_interval(answers[name] == classes, right))
        for name, chances in found.items()
    )  # fmt: skip
    chosen = next(rung for rung in rungs if rung.name == best)
    # of equally right ones the chosen wins
    winner = max(rungs, key=lambda rung: (rung.scores.accuracy, rung is chosen))
    design = (
        "one fifth of the texts held out"
        if len(samples) >= MANY
        else "each fifth of the texts held out in its turn"
    )
    return Ladder(rungs, held_out, chosen, winner, design)


def on_held_out(
    samples: Samples,
    held_out: Rows,
    candidates: Sequence[Candidate] | None,
    report: Report,
    metric: str = "accuracy",
) -> tuple[Rows, dict[str, Floats], str]:
    """Choose and fit each model on the other rows, and predict the held-out ones.

    Returns:
        The held-out rows, each model's probabilities of them by its name (float64, shape (m, k);
        with a metric, under `decided_for(metric)` the chosen one's, weighed),
        and the name of the one that cross-validation chose.
    """
    rest = np.setdiff1d(np.arange(len(samples)), held_out)
    inner = samples.part(rest)
    found = simple(inner, samples.vectors[held_out])
    trial = Search(inner, report)
    judged = trial.run(candidates or _all_candidates(samples))
    bench = Bench(samples, rest, held_out)
    if not judged:
        setting = few_setting(samples)
        found[TITLES[setting.candidate]] = softmax(bench.logits(setting))
        if metric != "accuracy":
            found[decided_for(metric)] = found[TITLES[setting.candidate]]
        return held_out, found, TITLES[setting.candidate]
    for scored in judged:
        logits = bench.logits(scored.setting)
        found[TITLES[scored.setting.candidate]] = softmax(logits / scored.temperature)
    chosen = choose(judged)
    name = TITLES[chosen.setting.candidate]
    if metric != "accuracy":
        known = softmax(chosen.logits / chosen.temperature)
        offsets = tune(known, inner.classes[chosen.rows], metric)
        weights = 1.0 if offsets is None else np.exp(offsets)
        found[decided_for(metric)] = found[name] * weights
    return held_out, found, name


def decided_for(metric: str) -> str:
    """Return the name of the rung whose answers are picked for a metric."""
    return f"the chosen, answering for {metric}"


def _all_candidates(samples: Samples) -> tuple[Candidate, ...]:
    return tuple(
        name for name in TITLES if samples.counts is not None or name not in {"words", "both"}
    )


def simple(samples: Samples, vectors: Vectors) -> dict[str, Floats]:
    """Return what needs no training: the most frequent label, and the nearest label's name."""
    counts = np.bincount(samples.classes, minlength=samples.n_classes).astype(np.float64)
    # each class one more than it was seen, or one unseen class makes the log-loss infinite
    shares = (counts + 1) / (counts + 1).sum()
    found = {MAJORITY: np.repeat(shares[None], len(vectors), axis=0)}
    if samples.label_vectors is not None:
        cosines = samples.vectors @ samples.label_vectors.T
        temperature = fit_temperature(cosines, samples.classes)
        found[LABEL_WORDS] = softmax(vectors @ samples.label_vectors.T / temperature)
    return found
