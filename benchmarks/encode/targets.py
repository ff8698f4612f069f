"""What was promised, and what a run says about it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

FIXED = ("fastembed, batch 256", "fastembed, batch 32")


@dataclass(frozen=True)
class Verdict:
    """One promise beside what was measured."""

    promise: str
    limit: str
    measured: str
    kept: bool


def speeds(speed: dict[str, Any], engine: str, name: str) -> list[float]:
    """Return texts a second of an engine on a set, round by round."""
    texts = speed["sets"][name]["texts"]
    return [
        texts / taken["engines"][engine]["seconds"]
        for taken in speed["measured"]
        if taken["set"] == name
    ]


def ratios(speed: dict[str, Any], engine: str, name: str) -> list[float]:
    """Return how many times as fast Likewise is, round by round."""
    own, other = speeds(speed, "likewise", name), speeds(speed, engine, name)
    return [a / b for a, b in zip(own, other, strict=True)]


def shares(speed: dict[str, Any], name: str) -> tuple[list[float], list[float]]:
    """Return the shares of the matrix peak of (inference alone, text to vectors) by round.

    Each round's speed is held against the peak that was measured just before it. Inference
    alone is nan where the set does not fill one batch.
    """
    alone, whole = [], []
    for taken in speed["measured"]:
        if taken["set"] == name:
            peak, infer = taken["peak"]["flops"], taken["infer"]
            reached = infer["flop"] / infer["seconds"] if infer["batches"] else math.nan
            alone.append(reached / peak)
            seconds = taken["engines"]["likewise"]["seconds"]
            whole.append(speed["sets"][name]["flop"] / seconds / peak)
    return alone, whole


def verdicts(results: dict[str, Any]) -> Iterator[Verdict]:
    """Yield every promise of which the run measured something."""
    if "speed" in results:
        yield from _speed(results["speed"])
    if "starts" in results:
        yield from _starts(results["starts"])
    if "stream" in results:
        peak = results["stream"]["peak_mb"][0]
        promise = f"peak memory, {results['stream']['texts']:,} texts from file to file"
        yield _at_most(promise, 300, peak, "MB")


def _speed(speed: dict[str, Any]) -> Iterator[Verdict]:
    for name in speed["sets"]:
        if "sentence-transformers" in speed["engines"]:
            times = ratios(speed, "sentence-transformers", name)
            yield _rounds(f"{name}: times sentence-transformers", 3.0, times, "×")
        peers = [engine for engine in speed["engines"] if engine != "likewise"]
        if "sentence-transformers, bf16" in peers:
            times = min((ratios(speed, engine, name) for engine in peers), key=median)
            yield _rounds(f"{name}: times the best peer in its best setting", 1.5, times, "×")
        if fixed := [engine for engine in FIXED if engine in speed["engines"]]:
            times = min((ratios(speed, engine, name) for engine in fixed), key=median)
            least = 10.0 if name == "mixture" else 2.2
            yield _rounds(f"{name}: times fastembed, its better batch size", least, times, "×")
    cosines = [c for c in speed["cosine"]["likewise"].values() if c is not None]
    if cosines:
        least, found = 0.9995, min(cosines)
        yield Verdict("least cosine to float32", f"≥ {least}", f"{found:.5f}", found >= least)
    for name in speed["sets"]:
        alone, whole = ([100 * share for share in part] for part in shares(speed, name))
        if not math.isnan(alone[0]):
            yield _rounds(f"{name}: inference alone, of the peak", 80, alone, "%")
        yield _rounds(f"{name}: text to vectors, of the peak", 75, whole, "%")


def _starts(starts: dict[str, Any]) -> Iterator[Verdict]:
    if torch := starts.get("compare a b, sentence-transformers"):
        own = starts["likewise compare a b"]["seconds"]
        times = [b / a for a, b in zip(own, torch["seconds"], strict=True)]
        promise = "`likewise compare a b`, new process: times as fast as sentence-transformers"
        yield _rounds(promise, 6.0, times, "×")
    importing = median(starts["import likewise"]["inside"])
    yield _at_most("`import likewise`", 0.1, importing, "s")
    yield _at_most("`likewise --help`", 0.3, median(starts["likewise --help"]["seconds"]), "s")
    one = max(starts["one sentence, likewise"]["peak_mb"])
    yield _at_most("peak memory, one sentence", 250, one, "MB")


def _rounds(promise: str, least: float, found: list[float], unit: str) -> Verdict:
    """Judge the median of the rounds, and say how far apart they were."""
    middle = median(found)
    said = f"{_number(middle)} {unit} ({_number(min(found))}–{_number(max(found))})"
    return Verdict(promise, f"≥ {least:g} {unit}", said, middle >= least)


def _at_most(promise: str, most: float, found: float, unit: str) -> Verdict:
    return Verdict(promise, f"≤ {most:g} {unit}", f"{_number(found)} {unit}", found <= most)


def _number(value: float) -> str:
    """Return three digits that count, and never fewer than the whole part."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
