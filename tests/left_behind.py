"""What a run of the tests has left outside the folders that pytest gave it."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = {".git", ".venv", ".clients", "node_modules", "__pycache__"}
CACHES = {".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
"""What other tools keep in the project's folder, and git ignores."""
OTHERS = ("playwright-pytest-", "node-compile-cache")
"""Beginnings of what other programs keep in TMPDIR: removed at their end, or Node's own cache."""


def listing(root: Path = ROOT) -> set[Path]:
    """Return every file and folder of the project, but those that other tools keep there."""
    found = set()
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in TOOLS | CACHES]
        found |= {Path(folder, name) for name in [*names, *files]}
    return found


def left_behind(before: set[Path], home: Path, temporary: Path, root: Path = ROOT) -> list[str]:
    """Return what is new in the project, kept as a user's cache, or still in TMPDIR."""
    kept = [path for path in home.iterdir() if path.name == "likewise"]
    still = [path for path in temporary.iterdir() if not path.name.startswith(OTHERS)]
    return sorted(map(str, [*(listing(root) - before), *kept, *still]))
