"""Two collections that can be made on every machine, without a file and without the network."""

import ast
import sys
import sysconfig
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from likewise.collections.storage.items import Item

_DOCSTRING_CHARACTERS = 600
"""Of a docstring: its beginning says what a thing does."""

_LEAST_CHARACTERS = 20

_EMOJI = (
    (0x2600, 0x27BF),
    (0x1F300, 0x1F64F),
    (0x1F680, 0x1F6FF),
    (0x1F900, 0x1F9FF),
    (0x1FA70, 0x1FAFF),
)
"""Blocks of emoji. Source: unicode.org/Public/emoji."""


@dataclass(frozen=True)
class Builtin:
    """A collection that comes with every machine.

    name: what it goes by. about: what is in it. columns: of each text, beside its id.
    items: gives the texts.
    """

    name: str
    about: str
    columns: tuple[str, ...]
    items: Callable[[], Iterator[Item]]


def docstrings() -> Iterator[Item]:
    """Yield the docstrings of Python's standard library: what each function and class does.

    They are read from the sources of the Python that runs; nothing is imported.
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    for module in sorted(sys.stdlib_module_names):
        if module.startswith("_") or module in ("antigravity", "this"):
            continue
        path = _source(root, module)
        if path is None:
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, OSError):
            continue
        yield from _documented(tree, module)


def emoji() -> Iterator[Item]:
    """Yield emoji by their Unicode names, each with the sign itself."""
    for first, last in _EMOJI:
        for code in range(first, last + 1):
            name = unicodedata.name(chr(code), "")
            if name and unicodedata.category(chr(code)) == "So":
                yield Item(f"U+{code:04X}", name.lower(), (chr(code),))


BUILTIN = {
    made.name: made
    for made in (
        Builtin(
            "docstrings",
            "What the functions and classes of Python's standard library do, from their docstrings",
            ("module", "kind"),
            docstrings,
        ),
        Builtin("emoji", "Emoji by their Unicode names", ("sign",), emoji),
    )
}


def _source(root: Path, module: str) -> Path | None:
    """Return the file of a module's source, None where it is compiled."""
    for path in (root / f"{module}.py", root / module / "__init__.py"):
        if path.is_file():
            return path
    return None


def _documented(tree: ast.Module, module: str) -> Iterator[Item]:
    """Yield what is documented in a module: itself, its classes and functions, their methods."""
    named: list[tuple[str, ast.AST]] = [(module, tree)]
    seen: set[str] = set()
    while named:
        name, node = named.pop(0)
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = " ".join((ast.get_docstring(node) or "").split())[:_DOCSTRING_CHARACTERS]
        if len(text) >= _LEAST_CHARACTERS and name not in seen:
            seen.add(name)
            yield Item(name, text, (module, _kind(node)))
        if isinstance(node, ast.Module | ast.ClassDef):
            named += [
                (f"{name}.{child.name}", child)
                for child in node.body
                if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                and not child.name.startswith("_")
            ]


def _kind(node: ast.AST) -> str:
    if isinstance(node, ast.Module):
        return "module"
    return "class" if isinstance(node, ast.ClassDef) else "function"
