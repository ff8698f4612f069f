"""Turns the results of a run into the table that is committed.

Usage: python benchmarks/encode/report.py RESULTS.json > RESULTS.md
"""

import json
import math
import sys
from pathlib import Path
from statistics import median
from typing import Any

import quiet
import targets
from reasons import REASONS


def table(results: dict[str, Any]) -> str:
    """Return the whole report in Markdown."""
    parts = ["# Encoding: speed, start and memory", _about(results)]
    parts += ["## Promises", _promises(results)]
    if speed := results.get("speed"):
        parts += ["## Texts a second", _versions(speed), _speeds(speed)]
        parts += ["## Share of the matrix peak", _shares(speed)]
    if "starts" in results or "stream" in results:
        parts += ["## Whole processes", _processes(results)]
    return "\n\n".join(parts) + "\n"


def _about(results: dict[str, Any]) -> str:
    machine = results["machine"]
    dates = [
        results[each]["date"][:10] for each in ("speed", "starts", "stream") if each in results
    ]
    return (
        f"Measured {' and '.join(sorted(set(dates)))} on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}; {results['threads']} thread(s) for every engine. Generated "
        "from `results/` by `report.py`; `run.py` says how it is measured."
    )


def _versions(speed: dict[str, Any]) -> str:
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{package} {version}" for package, version in about.items())
        for name, about in ((n, engine["versions"]) for n, engine in speed["engines"].items())
    )
    rounds = 1 + max(taken["round"] for taken in speed["measured"])
    precision = speed["engines"]["likewise"]["precision"]
    return (
        f"Medians of {rounds} rounds in which the engines take turns, each in a process of its "
        f"own. Likewise computes in {precision}, the others in float32 where their name says no "
        f"other. {_noise(speed)}\n\n"
        f"Versions: {listed}."
    )


def _noise(speed: dict[str, Any]) -> str:
    if speed.get("clock") == "processor":
        return (
            "The machine could not be left alone: seconds are those of the processor, of one "
            "thread, which other work disturbs little. With so few texts a peer's batches mix "
            "lengths more than with many: the mixture flatters Likewise."
        )
    busy = [
        part["others"]
        for taken in speed["measured"]
        for part in [taken["peak"], taken["infer"], *taken["engines"].values()]
    ]
    disturbed = sum(share > quiet.MOST_OTHERS for share in busy)
    return (
        f"Of {len(busy)} measurements {disturbed} were taken while other work kept more than "
        f"{quiet.MOST_OTHERS:g} of a core busy (median over all: {median(busy):.2f})."
    )


def _promises(results: dict[str, Any]) -> str:
    rows = [
        [v.promise, v.limit, v.measured, "✓" if v.kept else "✗ " + _reason(v.promise)]
        for v in targets.verdicts(results)
    ]
    return (
        _grid(["", "promised", "measured", ""], rows)
        + "\n\nOf a ratio or a share the median of the rounds counts; least and most in brackets."
    )


def _reason(promise: str) -> str:
    return next((reason for part, reason in REASONS.items() if part in promise), "")


def _speeds(speed: dict[str, Any]) -> str:
    rows = []
    for engine in speed["engines"]:
        row = [engine]
        for name in speed["sets"]:
            text = f"{median(targets.speeds(speed, engine, name)):,.0f}"
            if engine != "likewise":
                text += f" ({median(targets.ratios(speed, engine, name)):.1f}×)"
            row.append(text)
        cosines = [c for c in speed["cosine"][engine].values() if c is not None]
        rows.append([*row, f"{min(cosines):.5f}" if cosines else ""])
    sets = speed["sets"]
    heads = [f"{n} ({s['texts']:,}; {s['median_tokens']:.0f} tokens)" for n, s in sets.items()]
    return (
        _grid(["", *heads, "least cosine"], rows)
        + "\n\nIn brackets: how many times as fast Likewise was, the median of the rounds' ratios; "
        "in the head: texts, and the median of their tokens. The mixture is shuffled and other "
        "engines get it in that order."
    )


def _shares(speed: dict[str, Any]) -> str:
    rows = []
    for name, about in speed["sets"].items():
        taken = [each for each in speed["measured"] if each["set"] == name]
        peak = median(each["peak"]["flops"] for each in taken)
        seconds = median(each["engines"]["likewise"]["seconds"] for each in taken)
        alone, whole = map(median, targets.shares(speed, name))
        rows.append(
            [
                name,
                f"{peak / 1e9:,.0f} GFLOP/s",
                "–" if math.isnan(alone) else f"{100 * alone:.0f} %",
                f"{100 * whole:.0f} %",
                f"{about['tokens'] / seconds:,.0f}",
            ]
        )
    head = ["", "peak", "inference alone", "text to vectors", "tokens/s, text to vectors"]
    return (
        _grid(head, rows)
        + "\n\nThe peak is that of chained square matrix products, same engine and precision, "
        "measured before each figure that it is compared with; the best of 1,024², 2,048² and "
        "4,096². Operations are counted for real tokens only: 21,233,664 for each token (linear "
        "layers) plus 4 · layers · width · t² for a text of t tokens (attention); see `flops.py`."
    )


def _processes(results: dict[str, Any]) -> str:
    rows = []
    starts = {k: v for k, v in results.get("starts", {}).items() if k != "date"}
    for name, taken in starts.items():
        rows.append([name, f"{median(taken['seconds']):.2f} s", f"{max(taken['peak_mb']):.0f} MB"])
    if stream := results.get("stream"):
        name = f"likewise embed, {stream['texts']:,} texts"
        rows.append([name, f"{stream['seconds'][0]:.0f} s", f"{stream['peak_mb'][0]:.0f} MB"])
    return _grid(["", "seconds, start to end", "peak resident memory"], rows)


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
