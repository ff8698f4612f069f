"""No module needs itself, by whatever way; the server's sub-rooms keep their directions."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "likewise"
MODULES = {
    ".".join(("likewise", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


@cache
def needs(module):
    """Return the modules that `module` imports, also inside functions; not for types alone.

    `from likewise import x` needs the module x where there is one, otherwise the package.
    """
    found = set()
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    for node in without_types(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return sorted(name for name in found if name in MODULES and name != module)


def without_types(tree):
    """Yield all nodes except those below `if TYPE_CHECKING`."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            test = child.test if isinstance(child, ast.If) else None
            if not (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"):
                waiting.append(child)


def circles():
    """Return the sets of modules that need each other (R. Tarjan, SIAM J. Comput. 1(2), 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(module):
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in needs(module):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in MODULES:
        if module not in index:
            visit(module)
    return found


LAZY = {"likewise", "likewise.server", "likewise.cli"}
"""Packages whose names come from below when they are asked for; their submodules need them not."""


def test_no_module_needs_itself():
    rest = [[name for name in group if name not in LAZY] for group in circles()]
    assert [group for group in rest if len(group) > 1] == []


SERVER = (
    ("http", "engine"),
    ("contract",),
    ("kept", "jobs", "schemas", "sent_files", "dispatch", "describe"),
    ("openai", "workbench", "classify"),
    ("explore",),
    ("static", "status", "garbage"),
    ("app",),
    ("process",),
)
"""From the bottom up. Rooms of one level know nothing of each other; modules may."""

LEVEL = {name: level for level, names in enumerate(SERVER) for name in names}
ROOMS = {"http", "engine", "openai", "workbench", "classify", "explore"}


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.startswith("likewise.server.")]
)
def test_rooms_of_the_server_keep_their_directions(module):
    own = module.split(".")[2]
    for other in needs(module):
        if not other.startswith("likewise.server.") or other.split(".")[2] == own:
            continue
        room = other.split(".")[2]
        beside = LEVEL[room] == LEVEL[own] and not {room, own} & ROOMS
        assert LEVEL[room] < LEVEL[own] or beside, f"{module} imports {other}"


def test_public_classes_have_names_of_their_own():
    names = Counter(
        node.name
        for path in MODULES.values()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, times in names.items() if times > 1} == set()


ENTRANCES = (
    "cli/",
    "server/app.py",
    "server/process.py",
    "encoders/__init__.py",  # `load`
    "encoders/loading.py",  # where a pickled encoder comes out in another process
    "similarity/compare.py",  # `likewise.compare`
    "collections/collection.py",  # `likewise.Collection`
)
"""Where the settings of the process are read; everything below is given them."""


@pytest.mark.parametrize("module", MODULES)
def test_settings_of_the_process_are_read_at_the_entrances_only(module):
    own = MODULES[module].relative_to(PACKAGE).as_posix()
    names = {
        alias.name
        for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "likewise.settings"
        for alias in node.names
    }
    assert "settings" not in names or own.endswith("__main__.py") or own.startswith(ENTRANCES), (
        f"{own} reads settings itself"
    )
