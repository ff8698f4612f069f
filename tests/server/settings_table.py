"""The table of settings in docs/deploy.md, made from likewise/settings.

python -m tests.server.settings_table
"""

import ast
from itertools import pairwise
from pathlib import Path

from likewise.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "deploy.md"
HEAD = "| Variable | Default | What it is |\n|---|---|---|\n"


def table() -> str:
    """Return a row for each setting, in the order of the module."""
    return "".join(
        f"| `LIKEWISE_{name.upper()}` | {default(name)} | {text} |\n" for name, text in said()
    )


def said() -> list[tuple[str, str]]:
    """Return each setting and the text that stands below it."""
    tree = ast.parse((ROOT / "likewise" / "settings" / "__init__.py").read_text("utf-8"))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Settings").body
    return [
        (node.target.id, " ".join(text.value.value.split()).replace("|", "\\|"))
        for node, text in pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(text, ast.Expr)
    ]


def default(name: str) -> str:
    """Return the default as one would write it into the environment."""
    field = Settings.model_fields[name]
    if field.default_factory is not None:
        return "the user's cache folder"
    value = field.default
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, tuple):
        value = ",".join(value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def main() -> None:
    """Write the table into the page."""
    before = PAGE.read_text("utf-8").partition(HEAD)[0]
    PAGE.write_text(before + HEAD + table(), "utf-8")


if __name__ == "__main__":
    main()
