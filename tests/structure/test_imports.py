"""Imports go downwards only, and the heavy ones wait until they are needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.heavy import HEAVY

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "likewise"

# from the bottom up; a room may import those of its own layer's room and of lower layers
LAYERS = (
    ("errors",),
    ("settings", "types"),
    ("files",),
    ("encoders",),
    ("similarity", "sklearn"),
    ("maps",),
    ("collections",),
    ("classify",),
    ("distributed",),
    ("server",),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: str) -> str:
    """`likewise.files.read` -> `files`; the package itself is its own room."""
    return [*module.split("."), ""][1]


def imported(path: Path) -> set[str]:
    """Return all `likewise…` modules that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "likewise"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return  # the public names come from every room
    for module in imported(path):
        other = room_of(module)
        if other in LEVEL and other != own:
            assert LEVEL[other] <= LEVEL[own], f"{path.name} imports {module}, which is above it"
            assert LEVEL[other] < LEVEL[own] or other in ("errors", "settings"), (
                f"{path.name} imports {module}, which is beside it"
            )


def test_every_room_has_a_layer():
    rooms = {
        path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))
    } | {path.stem for path in PACKAGE.glob("*.py")}
    assert rooms - set(LEVEL) == {"__init__", "__main__", "_version"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_readable(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert path.stem not in ("utils", "helpers", "common", "misc")


@pytest.mark.parametrize("statement", ["import likewise", "import likewise.cli"])
def test_heavy_packages_are_not_imported(statement):
    code = f"{statement}; import sys; print([m for m in {sorted(HEAVY)} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def test_nothing_pickles():
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (node.module or "").split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert not names & {
            "pickle",
            "cPickle",
            "joblib",
            "dill",
            "cloudpickle",
            "marshal",
            "shelve",
        }
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8")
