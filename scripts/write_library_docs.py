"""Writes docs/library.md from the docstrings of the public names.

python scripts/write_library_docs.py [--check]
"""

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from likewise.errors import LikewiseError  # noqa: E402

PAGE = ROOT / "docs" / "library.md"
COMMAND = "python scripts/write_library_docs.py"
WIDTH = 88

NAMES = (
    ("likewise", "load"),
    ("likewise", "compare"),
    ("likewise", "Comparison"),
    ("likewise", "Classifier"),
    ("likewise", "MultiLabelClassifier"),
    ("likewise", "Regressor"),
    ("likewise", "Collection"),
    ("likewise", "Map"),
    ("likewise.sklearn", "TextEncoder"),
    ("likewise.encoders", "Encoder"),
    ("likewise.encoders", "Encoding"),
    ("likewise.encoders", "Identity"),
    ("likewise.encoders", "Runtime"),
)
"""What the page describes, in its order; tests/structure holds that no public name is missing."""

HEAD = f"""\
# The library

<!-- Written by `{COMMAND}`; change the docstrings, not this file. -->

```python
import likewise
```

Names are imported when they are first used, so `import likewise` costs next to nothing. All
errors are in `likewise.errors`; the table at the end names them. Vectors are rows of `float32`
of unit length; texts are `str`.
"""

SECTIONS = ("Args", "Parameters", "Attributes", "Returns", "Yields", "Raises", "Note", "Example")
LISTS = ("Args", "Parameters", "Attributes", "Raises")
"""Sections of names with a text each."""


def main() -> int:
    """Write the page, or with --check say whether it is as it would be written."""
    if "--check" in sys.argv[1:]:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        print(f"docs/library.md is not up to date; run: {COMMAND}", file=sys.stderr)
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """Return the whole page."""
    described = (described_name(module, name) for module, name in NAMES)
    return "\n".join([HEAD, *described, errors()])


def described_name(module: str, name: str) -> str:
    """Return the section of a public name."""
    found = getattr(importlib.import_module(module), name)
    parts = [f"## {module}.{name}\n", *signature_of(found, name), markdown(inspect.getdoc(found))]
    if inspect.isclass(found):
        parts += fields_of(found)
        for member, value in members_of(found):
            parts += [f"### {name}.{member}\n", *signature_of(value, member)]
            parts.append(markdown(inspect.getdoc(value)))
    return "\n".join(parts)


def signature_of(found: Any, name: str) -> Iterator[str]:  # noqa: ANN401
    """Yield the signature as it stands in the source, nothing where there is none."""
    if getattr(found, "_is_protocol", False):
        return
    function = found.fget if isinstance(found, property) else found
    if inspect.isclass(found):
        function = found.__init__
        if hasattr(found, "__dataclass_fields__"):
            return  # its fields are listed, and it is made by Likewise
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef)
    gives = node.returns and ast.unparse(node.returns)
    if isinstance(found, property):
        line = f"{name}: {gives}"
    else:
        node.args.args = [one for one in node.args.args if one.arg not in ("self", "cls")]
        arrow = f" -> {gives}" if gives and not inspect.isclass(found) else ""
        every = arguments(node.args)
        line = f"{name}({', '.join(every)}){arrow}"
        if len(line) > WIDTH:
            separate = ",\n    ".join(every)
            line = f"{name}(\n    {separate},\n){arrow}"
    yield f"```python\n{plain(line)}\n```\n"


def arguments(declared: ast.arguments) -> list[str]:
    """Return each argument as it is declared, stars as ones of their own."""
    every = ast.unparse(declared)
    tree = ast.parse(f"def f({every}): ...").body[0]
    assert isinstance(tree, ast.FunctionDef)
    found = tree.args
    positional = [*found.posonlyargs, *found.args]
    defaults = [None] * (len(positional) - len(found.defaults)) + list(found.defaults)
    said = [declaration(one, value) for one, value in zip(positional, defaults, strict=True)]
    if found.vararg:
        said.append(f"*{declaration(found.vararg, None)}")
    elif found.kwonlyargs:
        said.append("*")
    said += [
        declaration(one, value)
        for one, value in zip(found.kwonlyargs, found.kw_defaults, strict=True)
    ]
    return [*said, f"**{declaration(found.kwarg, None)}"] if found.kwarg else said


def declaration(one: ast.arg, default: ast.expr | None) -> str:
    """Return one argument with its type and default."""
    return ast.unparse(one) + (f" = {ast.unparse(default)}" if default else "")


def plain(code: str) -> str:
    """Return annotations without the quotes that stand around names imported elsewhere."""
    return re.sub(r"""(?<=[:>\[|,] )(["'])([A-Za-z][\w\[\], |.]*)\1""", r"\2", code)


def members_of(found: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that have a docstring, in the order of the source."""
    for owner in reversed(found.__mro__):
        if not owner.__module__.startswith("likewise"):
            continue
        for name, value in vars(owner).items():
            value = getattr(value, "__func__", value)
            is_member = inspect.isfunction(value) or isinstance(value, property)
            if is_member and not name.startswith("_") and inspect.getdoc(value):
                yield name, value


def fields_of(found: type) -> Iterator[str]:
    """Yield the fields of a data class with the text below each, as a list."""
    if not hasattr(found, "__dataclass_fields__"):
        return
    tree = ast.parse(textwrap.dedent(inspect.getsource(found))).body[0]
    assert isinstance(tree, ast.ClassDef)
    rows = []
    for node, after in pairwise([*tree.body, ast.Pass()]):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            text = " ".join(str(after.value.value).split())
            rows.append(f"- `{plain(ast.unparse(node))}`: {text}")
    if rows:
        yield "\n".join(rows) + "\n"


FIELD = re.compile(r"(\w+(?:, \w+)*): ")


def markdown(docstring: str | None) -> str:
    """Return a docstring in Google's style as Markdown."""
    blocks = re.split(r"\n\s*\n", docstring or "")
    return "\n\n".join(map(block, blocks)) + "\n"


def block(lines: str) -> str:
    """Return one paragraph, list of names or piece of code as Markdown."""
    first, _, rest = lines.partition("\n")
    if first.rstrip(":") in SECTIONS and first.endswith(":"):
        inside = textwrap.dedent(rest)
        listed = first.rstrip(":") in LISTS
        return f"**{first.rstrip(':')}**\n\n{as_list(inside) if listed else inside}"
    if lines.startswith(">>>"):
        return f"```python\n{lines}\n```"
    return as_list(lines) if FIELD.match(lines) else lines


def as_list(lines: str) -> str:
    """Return lines `name: text`, continued on indented ones, as a Markdown list."""
    return "\n".join(item(line) for line in lines.splitlines())


def item(line: str) -> str:
    """Return a line of a list of arguments or errors as one of a Markdown list."""
    if line.startswith(" "):
        return f"  {line.strip()}"
    names, colon, text = line.partition(": ")
    return f"- `{names}`{colon}{text}" if colon else f"- {line}"


def errors() -> str:
    """Return the table of the errors, each below what it is a kind of."""

    def rows(error: type[LikewiseError], depth: int) -> Iterator[str]:
        said = " ".join((inspect.getdoc(error) or "").split("\n\n")[0].split())
        yield f"| {'· ' * depth}`{error.__name__}` | {error.status} | {error.exit_code} | {said} |"
        for below in error.__subclasses__():
            if below.__module__.startswith("likewise.errors"):
                yield from rows(below, depth + 1)

    head = "## likewise.errors\n\nEach says what was wrong (`problem`) and what to do (`remedy`).\n"
    table = "| error | HTTP status | exit code | meaning |\n|---|---|---|---|"
    return "\n".join([head, table, *rows(LikewiseError, 0)]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
