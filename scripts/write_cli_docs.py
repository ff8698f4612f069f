"""Writes docs/cli.md from what the commands say of themselves.

python scripts/write_cli_docs.py [--check]
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from likewise.cli.run import likewise  # noqa: E402
from likewise.errors import LikewiseError  # noqa: E402

PAGE = ROOT / "docs" / "cli.md"
COMMAND = "python scripts/write_cli_docs.py"
WIDTH = 88

HEAD = f"""\
# The command line

<!-- Written by `{COMMAND}`; change the commands, not this file. -->

Data goes to standard output, everything else to standard error, so every command works in a
pipe. Progress and colours are for terminals only (`NO_COLOR` turns the colours off). Ctrl-C
stops a command at once and leaves no half file.
"""

EXITS = """\
## Exit codes

| code | meaning |
|---|---|
| 0 | done |
"""


def main() -> int:
    """Write the page, or with --check say whether it is as it would be written."""
    if "--check" in sys.argv[1:]:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        print(f"docs/cli.md is not up to date; run: {COMMAND}", file=sys.stderr)
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """Return the whole page."""
    sections = [
        f"{'#' * max(2, len(words) + 1)} {' '.join(('likewise', *words))}\n\n```\n{said}```\n"
        for words, said in helps((), likewise)
    ]
    return "\n".join([HEAD, *sections, exits()])


def helps(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the words of each command below `command`, and its help."""
    name = " ".join(("likewise", *words))
    context = click.Context(
        command, info_name=name, terminal_width=WIDTH, help_option_names=["-h", "--help"]
    )
    yield words, f"{command.get_help(context)}\n"
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            below = command.get_command(context, sub)
            if below is not None:
                yield from helps((*words, sub), below)


def exits() -> str:
    """Return the table of exit codes, from the errors themselves."""
    reasons: dict[int, str] = {1: "a defect of Likewise, or a reader that went away"}
    pending = list(LikewiseError.__subclasses__())
    while pending:
        error = pending.pop(0)
        pending += error.__subclasses__()
        if not error.__module__.startswith("likewise."):  # a program's own
            continue
        said = " ".join((error.__doc__ or "").split()).rstrip(".")
        reasons.setdefault(error.exit_code, said[:1].lower() + said[1:])
    rows = [f"| {code} | {said} |\n" for code, said in sorted(reasons.items())]
    return f"{EXITS}{''.join(rows)}| 130 | stopped by Ctrl-C |\n"


if __name__ == "__main__":
    sys.exit(main())
