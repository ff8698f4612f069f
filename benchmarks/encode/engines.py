"""The engines that are measured: what each needs installed, and which script runs it."""

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

WORKERS = Path(__file__).parent / "workers"


@dataclass(frozen=True)
class Engine:
    """One engine with one way of running it."""

    name: str
    worker: str
    environment: str
    """Folder of its virtual environment in the work folder; `""` for the interpreter that runs
    this, which has Likewise."""
    options: tuple[str, ...] = ()
    reads_onnx: bool = False


ENGINES = (
    Engine("likewise", "likewise_worker.py", ""),
    Engine("sentence-transformers", "torch_worker.py", "sentence-transformers"),
    Engine(
        "sentence-transformers, bf16", "torch_worker.py", "sentence-transformers", ("bfloat16",)
    ),
    Engine("fastembed, batch 256", "fastembed_worker.py", "fastembed", ("256",), reads_onnx=True),
    Engine("fastembed, batch 32", "fastembed_worker.py", "fastembed", ("32",), reads_onnx=True),
    Engine(
        "fastembed, batch 32, sorted",
        "fastembed_worker.py",
        "fastembed",
        ("32", "sorted"),
        reads_onnx=True,
    ),
    Engine("infinity", "infinity_worker.py", "infinity"),
)

PACKAGES = {
    # torch first: asked for later, an index may answer with the build for graphics cards
    "sentence-transformers": [["torch==2.13.0"], ["sentence-transformers==6.2.0", "onnx==1.19.0"]],
    "fastembed": [["fastembed==0.9.1", "onnxruntime==1.32.0"]],
    "infinity": [["torch==2.13.0"], ["infinity-emb[torch]==0.0.78"]],
}
"""What is installed in each environment, step by step."""


def prepare(work: Path, model: Path) -> dict[str, Path]:
    """Make what is not there yet; return the interpreter of each environment that works.

    An environment that can't be installed is reported and left out, it does not end the run.
    """
    pythons = {"": Path(sys.executable)}
    for name, steps in PACKAGES.items():
        python = work / name / "bin" / "python"
        ready = work / name / "installed"
        if not ready.exists():
            try:
                _install(python, work / name, steps)
            except subprocess.CalledProcessError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
                continue
            ready.touch()
        pythons[name] = python
    onnx = onnx_folder(work)
    if not (onnx / "model.onnx").exists() and "sentence-transformers" in pythons:
        export = [pythons["sentence-transformers"], WORKERS / "export_onnx.py", model, onnx]
        subprocess.run([str(part) for part in export], check=True, stdout=subprocess.DEVNULL)
    return pythons


def command(engine: Engine, python: Path, work: Path, model: Path, threads: int) -> list[str]:
    """Return how the engine's worker is started."""
    folder = onnx_folder(work) if engine.reads_onnx else model
    return [str(python), str(WORKERS / engine.worker), str(folder), str(threads), *engine.options]


def onnx_folder(work: Path) -> Path:
    """Return where the ONNX file with the same weights is kept."""
    return work / "onnx"


def environment(threads: int) -> dict[str, str]:
    """Return the variables that all processes get: equal threads, no network, no telemetry.

    Python keeps what it has compiled, as it does for whoever uses an engine; the peers' packages
    were compiled when they were installed.
    """
    count = str(threads)
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "OMP_NUM_THREADS": count,
        "RAYON_NUM_THREADS": count,  # the tokenizers of every engine
        "LIKEWISE_THREADS": count,
        "HF_HUB_OFFLINE": "1",
        "LIKEWISE_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "INFINITY_ANONYMOUS_USAGE_STATS": "0",
    }


def _install(python: Path, folder: Path, steps: list[list[str]]) -> None:
    if not python.exists():
        venv.create(folder, with_pip=True)
    for packages in steps:
        print(f"{folder.name}: installing {' '.join(packages)}", file=sys.stderr)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
