"""Runs the project's checks one after another and stops at the first that fails.

python scripts/check.py [NAME ...]
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PYTEST = [sys.executable, "-m", "pytest", "-q"]


def lint() -> list[list[str]]:
    """Style and types."""
    ruff = [sys.executable, "-m", "ruff"]
    return [
        [*ruff, "format", "--check", "."],
        [*ruff, "check", "."],
        [sys.executable, "-m", "mypy"],
    ]


def model() -> list[list[str]]:
    """The model that the tests run on: fetched before, so that no test needs the network."""
    return [[sys.executable, "-m", "likewise", "models", "fetch", "minilm"]]


def web() -> list[list[str]]:
    """The page's types, its unit tests, and that its client is that of openapi.json."""
    import hatch_build

    command, path = hatch_build.npm()
    os.environ["PATH"] = path
    # npm's start script asks the PATH for its folder, which a path with spaces can't be
    return [
        [*command, "--prefix", "web", "ci", "--ignore-scripts", "--include=dev"],
        *([*command, "--prefix", "web", "run", name] for name in ("check", "check:api", "test")),
    ]


def unit() -> list[list[str]]:
    """All Python tests but those below."""
    return [[*PYTEST, "tests", "--ignore=tests/browser", "--ignore=tests/newcomer"]]


def browser() -> list[list[str]]:
    """The page in Chromium."""
    return [[*PYTEST, "tests/browser"]]


def newcomer() -> list[list[str]]:
    """What a stranger does first: build, install, play."""
    return [[*PYTEST, "tests/newcomer"]]


CHECKS = {check.__name__: check for check in (lint, web, model, unit, browser, newcomer)}


def main(names: list[str]) -> int:
    """Run the named checks, all without a name; return the first exit code that is not 0."""
    for name in names or list(CHECKS):
        started = time.monotonic()
        for command in CHECKS[name]():
            print(f"\n── {name}: {' '.join(command[1:])}", flush=True)
            code = subprocess.run(command, cwd=ROOT, check=False).returncode
            if code:
                print(f"── {name} failed", file=sys.stderr)
                return code
        print(f"── {name} passed in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
