"""`likewise doctor`: what this machine and this installation are like."""

import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from likewise._version import __version__
from likewise.cli.command import Command
from likewise.cli.encoder import needs_fetching
from likewise.cli.options import json_option
from likewise.cli.output import note, print_json, print_table, table, waiting
from likewise.errors import LikewiseError

_LIBRARIES = ("openvino", "tokenizers", "numpy", "scikit-learn", "pyarrow", "starlette", "uvicorn")


@click.command(
    cls=Command,
    examples=(
        "likewise doctor",
        "likewise doctor --json",
    ),
)
@json_option
def command(as_json: bool) -> None:
    """Check this installation and this machine.

    It looks at versions, processor, precision, parity, caches, port and page. It exits with
    an error when something is wrong, and says what to do. Nothing is fetched.
    """
    findings: dict[str, Any] = {}
    problems: list[LikewiseError] = []
    for name, check in _CHECKS.items():
        with waiting(f"Looking at the {name}"):
            try:
                findings[name] = check()
            except LikewiseError as error:
                if str(error) not in map(str, problems):  # a wrong setting is in every part's way
                    problems.append(error)
    if as_json:
        print_json({**findings, "problems": [str(error) for error in problems]})
    else:
        _print(findings)
    if problems:
        for problem in problems[:-1]:
            note(f"Error: {problem}")
        raise problems[-1]
    note("All is well.")


def _print(findings: dict[str, Any]) -> None:
    made = table("", "", "")
    made.show_header = False
    for part, facts in findings.items():
        label = part
        for name, value in facts.items():
            made.add_row(label, name, _readable(value))
            label = ""
    print_table(made)


def _readable(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and value > 65_535 else str(value)


def _versions() -> dict[str, Any]:
    return {
        "likewise": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        **{name: _version(name) for name in _LIBRARIES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> dict[str, Any]:
    from likewise.encoders.graphs.blocks import import_openvino

    core = import_openvino().Core()
    return {
        "name": core.get_property("CPU", "FULL_DEVICE_NAME"),
        "cores": _cores(),
        "can": list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")),
    }


def _cores() -> int:
    """Cores that this process may use, which in a container are fewer than the machine has."""
    import os

    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _encoder() -> dict[str, Any]:
    from likewise import encoders
    from likewise.encoders.local.parity import FOLDER, forget
    from likewise.errors import WeightsMissing
    from likewise.settings import settings

    name = settings().encoder
    if needs_fetching(name):
        raise WeightsMissing(
            f"The model {name} is not on this machine.", f"Run `likewise models fetch {name}`."
        )
    forget(settings().cache / FOLDER)  # who asks a doctor wants to know how it is today
    began = time.monotonic()
    encoder = encoders.load(name)
    seconds = time.monotonic() - began
    runtime = encoder.runtime
    return {
        "name": name,
        "digest": encoder.identity.digest,
        "engine": runtime.engine,
        "precision": runtime.precision,
        "parity": "no reference" if runtime.parity is None else round(runtime.parity, 6),
        "threads": runtime.threads,
        "notes": list(runtime.notes),
        "loaded in": f"{seconds:.2f} s",
    }


def _caches() -> dict[str, Any]:
    import tempfile

    from likewise.errors import UnwritableFile
    from likewise.settings import settings

    folder = settings().cache
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UnwritableFile(
            f"Nothing can be kept in the cache folder '{folder}': {error.strerror or error}.",
            "Change its permissions, or name another folder in LIKEWISE_CACHE.",
        ) from None
    return {
        "folder": str(folder),
        "models": _megabytes(folder / "models"),
        "vectors": _megabytes(folder, "vectors.sqlite3*"),
    }


def _megabytes(folder: Path, pattern: str = "**/*") -> str:
    size = sum(file.stat().st_size for file in folder.glob(pattern) if file.is_file())
    return f"{size / 1e6:,.1f} MB"


def _server() -> dict[str, Any]:
    from likewise.server.process import listen
    from likewise.server.static import PAGE
    from likewise.settings import settings

    chosen = settings()
    listen(chosen.host, chosen.port).close()
    return {
        "address": f"{chosen.host}:{chosen.port}",
        "free": True,
        "page": (PAGE / "index.html").is_file(),
    }


_CHECKS: dict[str, Callable[[], dict[str, Any]]] = {
    "versions": _versions,
    "processor": _processor,
    "encoder": _encoder,
    "caches": _caches,
    "server": _server,
}
