"""Measures Likewise beside other engines with the same weights: speed, start, memory.

    .venv/bin/python benchmarks/encode/run.py --data DIR [--work DIR]

Run it with an interpreter that has Likewise. DIR holds the texts (see `texts.py`). The work
folder gets an environment for each other engine (some 3 GB) and keeps them for the next run.
Leave the machine alone meanwhile: a measurement during which other work was busy is taken
again while patience lasts, and how busy it was stands beside each in the results. The table
is printed; `report.py` makes it again from the results file.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flops
import machine
import numpy as np
import quiet
import report
import whole
from engines import ENGINES, command, environment, prepare
from process import EngineProcess, start
from texts import text_sets

from likewise.encoders import catalogue
from likewise.encoders.local import weights
from likewise.settings import settings

HERE = Path(__file__).parent


def main() -> None:
    options = _options()
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    model = weights.fetch(catalogue.model("minilm"), settings())
    pythons = prepare(work, model)
    env = environment(options.threads)
    patience = quiet.Patience(60 * options.patience)
    phases: dict[str, Callable[[], dict[str, Any]]] = {
        "speed": lambda: _speed(options, pythons, model, patience),
        "starts": lambda: whole.measure_starts(pythons, model, env, patience),
        "stream": lambda: whole.measure_stream(pythons, options.data, work, env),
    }
    for phase in options.only or phases:
        results = _read(options.output)
        results["machine"] = machine.describe()
        results["threads"] = options.threads
        date = datetime.now(UTC).isoformat(timespec="minutes")
        results[phase] = {"date": date, **phases[phase]()}
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(report.table(_read(options.output)))


def _speed(
    options: argparse.Namespace, pythons: dict[str, Path], model: Path, patience: quiet.Patience
) -> dict[str, Any]:
    """Start every engine, measure them all, and end them."""
    sets = _write_sets(options.data, options.scale, options.work)
    engines: dict[str, EngineProcess] = {}
    chosen = {"likewise", *(options.engines or [engine.name for engine in ENGINES])}
    try:
        for engine in ENGINES:
            if engine.name not in chosen:
                continue
            if python := pythons.get(engine.environment):
                worker = command(engine, python, options.work, model, options.threads)
                log = options.work / f"{engine.name}.log"
                if process := start(worker, environment(options.threads), log):
                    engines[engine.name] = process
        return _measure(engines, sets, options, patience)
    finally:
        for process in engines.values():
            process.close()


def _measure(
    engines: dict[str, EngineProcess],
    sets: dict[str, dict[str, Any]],
    options: argparse.Namespace,
    patience: quiet.Patience,
) -> dict[str, Any]:
    """Warm every engine up, then measure them in turns; return all that was measured."""
    own = engines["likewise"]
    for texts in sets.values():
        for engine in engines.values():
            engine.ask({"do": "encode", "texts": texts["warm"]})
        texts["lengths"] = own.ask({"do": "count_tokens", "texts": texts["path"]})["lengths"]
    rounds: list[dict[str, Any]] = []
    for number in range(options.rounds):
        for name, texts in sets.items():
            taken: dict[str, Any] = {"set": name, "round": number, "engines": {}}
            taken["peak"] = own.measure({"do": "peak"}, patience)
            taken["infer"] = own.measure({"do": "infer", "texts": texts["path"]}, patience)
            taken["infer"]["flop"] = flops.of_texts(taken["infer"].pop("lengths"))
            for engine_name, engine in engines.items():
                save = None if number else str(_vectors(options.work, engine_name, name))
                question = {"do": "encode", "texts": texts["path"], "save": save}
                taken["engines"][engine_name] = engine.measure(question, patience)
            rounds.append(taken)
            print(_progress(taken), file=sys.stderr, flush=True)
    return {
        "clock": options.clock,
        "engines": {name: engine.about for name, engine in engines.items()},
        "sets": {name: _about(texts) for name, texts in sets.items()},
        "measured": rounds,
        "cosine": {
            engine: {name: _least_cosine(options.work, engine, name) for name in sets}
            for engine in engines
        },
    }


def _read(path: Path) -> dict[str, Any]:
    """Return the results so far: what is not measured now stays as it was."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _write_sets(data: Path, scale: float, work: Path) -> dict[str, dict[str, Any]]:
    """Write the texts where the workers read them; return their paths by set."""
    sets: dict[str, dict[str, Any]] = {}
    for name, (texts, warm) in text_sets(data, scale).items():
        sets[name] = {"texts": len(texts)}
        for key, part in (("path", texts), ("warm", warm)):
            path = work / f"{name} {key}.json"
            path.write_text(json.dumps(part), encoding="utf-8")
            sets[name][key] = str(path)
    return sets


def _about(texts: dict[str, Any]) -> dict[str, Any]:
    lengths = texts["lengths"]
    return {
        "texts": texts["texts"],
        "tokens": sum(lengths),
        "median_tokens": float(np.median(lengths)),
        "flop": flops.of_texts(lengths),
    }


def _least_cosine(work: Path, engine: str, name: str) -> float | None:
    """Return the least cosine similarity of an engine's vectors to float32 PyTorch's."""
    reference = _vectors(work, "sentence-transformers", name)
    if not reference.exists():
        return None
    left, right = np.load(reference), np.load(_vectors(work, engine, name))
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return float(((left * right).sum(axis=1) / norms).min())


def _vectors(work: Path, engine: str, name: str) -> Path:
    return work / f"{engine}, {name}.npy"


def _progress(taken: dict[str, Any]) -> str:
    seconds = ", ".join(f"{n} {e['seconds']:.2f} s" for n, e in taken["engines"].items())
    busy = max(e["others"] for e in [*taken["engines"].values(), taken["peak"], taken["infer"]])
    peak = taken["peak"]["flops"] / 1e9
    where = f"round {taken['round'] + 1}, {taken['set']}"
    return f"{where}: peak {peak:.0f} GFLOP/s, {seconds}; others {busy:.2f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the texts")
    parser.add_argument("--work", type=Path, help="where environments are made and kept")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for every engine")
    parser.add_argument(
        "--clock",
        choices=["wall", "processor"],
        default="wall",
        help="processor, with --threads 1: where the machine can't be left alone",
    )
    parser.add_argument("--engines", nargs="+", help="measure only these and likewise")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of texts")
    parser.add_argument("--patience", type=float, default=20, help="minutes to wait for quiet")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=["speed", "starts", "stream"],
        help="measure these; what the results file says of the others stays",
    )
    parser.add_argument("--output", type=Path, default=HERE / "results" / "latest.json")
    options = parser.parse_args()
    os.environ["BENCHMARK_CLOCK"] = options.clock
    options.work = options.work or Path(tempfile.gettempdir()) / "likewise-benchmark"
    return options


if __name__ == "__main__":
    main()
