"""The texts that are encoded: four sets, and others of the same kind to warm up on."""

import csv
import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

SIZES = {"short queries": 2_000, "paragraphs": 600, "abstracts": 200}
MIXTURE = {"short queries": 360, "paragraphs": 180, "abstracts": 60}
"""Texts of each set in the shuffled mixture."""
WARM_UP = 0.2
"""Texts to warm up on, as a share of the measured ones. No text stands in both."""

LONG_EVERY = 100
"""In the stream every hundredth text is an abstract."""


def text_sets(data: Path, scale: float = 1.0) -> dict[str, tuple[list[str], list[str]]]:
    """Return (texts to measure, texts to warm up on) by the name of the set.

    Args:
        data: folder with banking77/train.csv, wiki_sents/all.csv and arxiv_ml/all.csv.
        scale: factor on the number of texts, for a quick trial.
    """
    chance = random.Random(0)
    sets, mixed, mixed_warm = {}, [], []
    for name, texts in _sources(data, chance).items():
        measured, mix = round(SIZES[name] * scale), round(MIXTURE[name] * scale)
        warm, mix_warm = round(measured * WARM_UP), round(mix * WARM_UP)
        parts = [_take(texts, count) for count in (measured, warm, mix, mix_warm)]
        sets[name] = (parts[0], parts[1])
        mixed += parts[2]
        mixed_warm += parts[3]
    chance.shuffle(mixed)
    chance.shuffle(mixed_warm)
    return {**sets, "mixture": (mixed, mixed_warm)}


def stream(data: Path, count: int) -> Iterator[str]:
    """Yield distinct texts without end of the sources: short ones and some abstracts."""
    sources = _sources(data, random.Random(0))
    short, long = cycle(sources["short queries"]), cycle(sources["abstracts"])
    for number in range(count):
        yield f"{number} {next(long if number % LONG_EVERY == 0 else short)}"


def _sources(data: Path, chance: random.Random) -> dict[str, list[str]]:
    queries = _column(data / "banking77/train.csv", "text")
    sentences = _column(data / "wiki_sents/all.csv", "text")
    paragraphs, start = [], 0
    while start < len(sentences):
        stop = start + chance.randint(4, 6)
        paragraphs.append(". ".join(sentences[start:stop]))
        start = stop
    abstracts = _column(data / "arxiv_ml/all.csv", "abstract")
    chance.shuffle(queries)
    chance.shuffle(paragraphs)
    chance.shuffle(abstracts)
    return {"short queries": queries, "paragraphs": paragraphs, "abstracts": abstracts}


def _column(path: Path, column: str) -> list[str]:
    """Return the distinct texts of a column in the file's order: equal ones would be free."""
    with path.open(encoding="utf-8", newline="") as file:
        found = (" ".join(row[column].split()) for row in csv.DictReader(file))
        return list(dict.fromkeys(text for text in found if text))


def _take(texts: list[str], count: int) -> list[str]:
    if count > len(texts):
        raise SystemExit(f"The data holds too few texts: {count} are needed.")
    taken, texts[:] = texts[:count], texts[count:]
    return taken
