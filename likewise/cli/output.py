"""What a command says: data on standard output, everything else on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

import click

from likewise.cli.screen import SafeRendering, Screen, safe, safe_json
from likewise.errors import UnwritableFile

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn, TaskID
    from rich.table import Table

Advance = Callable[[int, int | None], None]
"""Called as `advance(done, total)`; total is None where it is not known."""

_WIDE = 10_000
"""Columns of what is not a terminal: whole texts for the next program in the pipe."""


def note(message: str) -> None:
    """Say a sentence to the person, not to the next program in the pipe."""
    with suppress(OSError):  # nobody listens: no reason to fail
        click.echo(safe(message), err=True)


def note_kept(older: Path | None) -> None:
    """Say where the file is that stood at an output, if there was one."""
    if older is not None:
        note(f"The file that stood there is now {older}.")


def standard_output(remedy: str = "Leave it open, or send it to a file: > FILE.") -> TextIO:
    """Return standard output.

    Raises:
        UnwritableFile: it is closed, so that nothing could be delivered.
    """
    if sys.stdout is None:
        raise UnwritableFile("Standard output is closed.", remedy)
    return sys.stdout


def binary_output(remedy: str, *, json: bool) -> BinaryIO:
    """Return standard output for the bytes of csv, or of JSON, which a terminal gets made safe.

    Raises:
        UnwritableFile: it is closed.
    """
    out = standard_output(remedy)
    return cast(BinaryIO, Screen(out.buffer, json=json)) if out.isatty() else out.buffer


def print_line(line: str) -> None:
    """Print a line for the person or the next program.

    Raises:
        UnwritableFile: standard output is closed; click would say nothing.
    """
    out = standard_output()
    click.echo(safe(line) if out.isatty() else line, file=out)


def print_json(value: Any) -> None:  # noqa: ANN401
    """Print a value as JSON on one line."""
    import orjson

    try:
        said = orjson.dumps(value).decode()
    except TypeError:  # the name of a file need not be UTF-8
        said = orjson.dumps(_whole(value)).decode()
    out = standard_output()
    click.echo(safe_json(said) if out.isatty() else said, file=out)


def _whole(value: Any) -> Any:  # noqa: ANN401
    """Return a value for JSON with a mark in the place of each half of a character."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list | tuple) else value


def console(*, stderr: bool = False) -> "Console":
    """Return a console that colours terminals only, and honours NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    is_terminal = stream is not None and stream.isatty()
    return Console(
        stderr=stderr,
        highlight=False,
        emoji=False,
        markup=False,  # brackets in a text or a name are no orders
        width=None if is_terminal else _WIDE,
    )


def table(*headers: str) -> "Table":
    """Return an empty table without lines; a header that begins with `>` aligns to the right."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    for header in headers:
        right = header.startswith(">")
        made.add_column(
            header.removeprefix(">"),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    return made


def width() -> int:
    """Return how many characters a line of output may have."""
    return console().width


def print_table(made: "Table") -> None:
    """Print a table, without the blanks that fill up its lines."""
    out = console()
    with out.capture() as captured:
        out.print(SafeRendering(made))
    lines = captured.get().split("\n")
    click.echo("\n".join(line.rstrip() for line in lines).rstrip("\n"), file=standard_output())


@contextmanager
def progress(label: str, *, unit: str = "texts") -> Iterator[Advance]:
    """Show how far the block is and how long it will take, on a terminal only.

    Args:
        label: what is being done.
        unit: `texts` or `bytes`.
    """
    if not _to_person():
        yield lambda _done, _total: None
        return
    from rich.progress import Progress

    with Progress(*_columns(unit), console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(safe(label), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Show what is being done now, called as `stage(what, done, total)`, on a terminal only.

    A total of 0 means that it is not known.
    """
    if not _to_person():
        yield lambda _what, _done, _total: None
        return
    from rich.progress import Progress

    with Progress(*_columns("steps"), console=console(stderr=True), transient=True) as bar:
        shown: dict[str, TaskID] = {}

        def stage(what: str, done: int, total: int) -> None:
            if what not in shown:  # a stage's bar begins anew, with no other's total and pace
                for task in shown.values():
                    bar.remove_task(task)
                shown.clear()
                shown[what] = bar.add_task(safe(what), total=None)
            bar.update(shown[what], completed=done, total=total or None)

        yield stage


@contextmanager
def waiting(label: str) -> Iterator[None]:
    """Show that something is going on, on a terminal only."""
    if not _to_person():
        yield
        return
    from rich.text import Text

    with console(stderr=True).status(Text(safe(label))):
        yield


def _to_person() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _columns(unit: str) -> list["ProgressColumn"]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    said = TextColumn("" if unit == "bytes" else unit)
    left = TimeRemainingColumn(compact=True)
    return [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        amount,
        said,
        left,
        TextColumn("left"),
    ]
