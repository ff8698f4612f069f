"""Runs one command, and is the only place that turns errors into messages and exit codes."""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from likewise._version import __version__
from likewise.cli.command import STOPPED, Group
from likewise.cli.output import note
from likewise.errors import LikewiseError, UnreadableFile, is_failure, shown

COMMANDS = {
    "play": "likewise.cli.play",
    "compare": "likewise.cli.compare",
    "look": "likewise.cli.look",
    "embed": "likewise.cli.embed",
    "add": "likewise.cli.add",
    "search": "likewise.cli.search",
    "duplicates": "likewise.cli.duplicates",
    "map": "likewise.cli.map",
    "scale": "likewise.cli.scale",
    "open": "likewise.cli.open",
    "collections": "likewise.cli.collections",
    "train": "likewise.cli.train",
    "predict": "likewise.cli.predict",
    "label": "likewise.cli.label",
    "export": "likewise.cli.export",
    "serve": "likewise.cli.serve",
    "models": "likewise.cli.models",
    "doctor": "likewise.cli.doctor",
}
"""Each command and the module that has it, in the order of the help."""

ISSUES = "https://github.com/likewise-embeddings/likewise/issues"


class Commands(Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        """Run the command; after Ctrl-C say nothing that the command has not said itself."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(STOPPED) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        from difflib import get_close_matches

        close = get_close_matches(args[0], COMMANDS, 1)
        if args[0] not in COMMANDS and close:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{close[0]}'?")
        return super().resolve_command(ctx, args)


@click.group(
    examples=(
        "likewise play",
        'likewise compare "I love my cat." "My cat is dear to me." "cat prints a file."',
        "likewise embed reviews.csv -o reviews.parquet",
    ),
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def likewise() -> None:
    """See text embeddings, play with them, and put them to work, offline on this machine."""


def run(arguments: Sequence[str], stops: Sequence[int] = ()) -> int:
    """Run one command and return its exit code; `stops` has an entry for each Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        # an old terminal shows an escape for a character that it lacks; it must not fail
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = likewise.main(list(arguments), prog_name="likewise", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        # with the help's first lines; it may hold what stood on the command line
        said = io.StringIO()
        error.show(said)
        note(said.getvalue().rstrip())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return STOPPED
    except LikewiseError as error:
        _debug()
        note(f"Error: {error}")
        return error.exit_code
    except OSError as error:
        return _unwritable_output(error) if error.filename is None else _unusable(error)
    except BaseException as error:
        if not is_failure(error):
            raise
        # a compiled module whose import Ctrl-C ended says ImportError
        return STOPPED if stops else _defect(error)
    return code if isinstance(code, int) else 0


def _unusable(error: OSError) -> int:
    """Say what the system says about a file: that its name is too long, or leads in a circle."""
    _debug()
    why = (error.strerror or str(error)).lower()
    refused = UnreadableFile(
        f"{shown(str(error.filename), 200)} can't be used: {why}.",
        "Check its name and its permissions, or name another.",
    )
    note(f"Error: {refused}")
    return refused.exit_code


def _unwritable_output(error: OSError) -> int:
    """Files have errors of their own, so this is about standard output."""
    from likewise.files.write import unwritable

    _debug()
    # Python would try, and complain, once more on its way out
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        refused = unwritable("standard output", error)
        note(f"Error: {refused}")
        return refused.exit_code
    return 1


def _defect(error: BaseException) -> int:
    _debug()
    said = " ".join(str(error).split())
    note(
        f"Error: Likewise failed in a way that it should not ({type(error).__name__}: {said}). "
        f"Run it again with LIKEWISE_DEBUG=1 and report what it prints at {ISSUES}."
    )
    return 1


def _debug() -> None:
    if os.environ.get("LIKEWISE_DEBUG", "") not in ("", "0"):
        note(traceback.format_exc().rstrip())
