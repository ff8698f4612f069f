"""Measures whole processes: how long they take and how much memory they use at most."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import quiet
from texts import stream

ROUNDS = 7
STREAM_TEXTS = 100_000
TEXTS = ("My cat sleeps on the sofa all day.", "All day long the cat naps on our couch.")

_TORCH = """
import sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
vectors = model.encode(sys.argv[2:])
print(model.similarity(vectors[:1], vectors))
"""
_LIKEWISE_ONE = "import sys, likewise; likewise.load('minilm').encode(sys.argv[1:])"
_IMPORT = "import time; t = time.perf_counter(); import likewise; print(time.perf_counter() - t)"


@dataclass(frozen=True)
class Whole:
    """What a finished process used."""

    seconds: float
    peak_mb: float
    """Largest resident set, in units of 10^6 bytes (at least that of this process, some 40)."""
    others: float
    output: str


def measure_starts(
    pythons: dict[str, Path], model: Path, env: dict[str, str], patience: quiet.Patience
) -> dict[str, Any]:
    """Return seconds and peak memory of each short process, `ROUNDS` times, in turns."""
    own = [str(pythons[""])]
    runs = {
        "python, nothing": [*own, "-c", "pass"],
        "import likewise": [*own, "-c", _IMPORT],
        "likewise --help": [*own, "-m", "likewise", "--help"],
        "likewise compare a b": [*own, "-m", "likewise", "compare", *TEXTS],
        "one sentence, likewise": [*own, "-c", _LIKEWISE_ONE, TEXTS[0]],
    }
    if torch := pythons.get("sentence-transformers"):
        script = [str(torch), "-c", _TORCH, str(model)]
        runs["compare a b, sentence-transformers"] = [*script, *TEXTS]
        runs["one sentence, sentence-transformers"] = [*script, TEXTS[0]]
    found: dict[str, list[Whole]] = {name: [] for name in runs}
    for number in range(ROUNDS + 1):
        for name, command in runs.items():
            done = _run_quietly(command, env, patience)
            if number:  # the first round only fills the system's file cache
                found[name].append(done)
    result = {name: _columns(each) for name, each in found.items()}
    result["import likewise"]["inside"] = [float(e.output) for e in found["import likewise"]]
    return result


def measure_stream(
    pythons: dict[str, Path], data: Path, work: Path, env: dict[str, str]
) -> dict[str, Any]:
    """Return what `likewise embed` uses for a file of many texts."""
    source, target = work / "stream.txt", work / "stream.npy"
    with source.open("w", encoding="utf-8") as file:
        file.writelines(f"{text}\n" for text in stream(data, STREAM_TEXTS))
    target.unlink(missing_ok=True)
    command = [str(pythons[""]), "-m", "likewise", "embed", str(source), "-o", str(target)]
    done = run(command, env)
    rows = (target.stat().st_size - 128) // (384 * 4)  # an .npy header, then float32
    if rows != STREAM_TEXTS:
        raise SystemExit(f"likewise embed wrote {rows} vectors for {STREAM_TEXTS} texts.")
    return {**_columns([done]), "texts": STREAM_TEXTS}


def run(command: list[str], env: dict[str, str]) -> Whole:
    """Run a command to its end; its output is read, its stderr is not.

    Raises:
        SystemExit: it failed.
    """
    before = quiet.read(os.getpid())
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        after = quiet.read(os.getpid())
        if process.returncode:
            errors.seek(0)
            said = errors.read()[-2_000:]
            raise SystemExit(f"{command} ended with {process.returncode}: {said}")
    own = used.ru_utime + used.ru_stime
    elapsed = after.at - before.at
    unit = 1 if sys.platform == "darwin" else 1_024
    return Whole(
        seconds=elapsed,
        peak_mb=used.ru_maxrss * unit / 1e6,
        others=max(0.0, quiet.others(before, after) - own / elapsed),
        output=output.strip(),
    )


def _run_quietly(command: list[str], env: dict[str, str], patience: quiet.Patience) -> Whole:
    def take() -> tuple[Whole, float]:
        done = run(command, env)
        return done, done.others

    return patience.quietest(take)[0]


def _columns(runs: list[Whole]) -> dict[str, Any]:
    return {
        "seconds": [round(each.seconds, 4) for each in runs],
        "peak_mb": [round(each.peak_mb, 1) for each in runs],
        "others": [round(each.others, 3) for each in runs],
    }
