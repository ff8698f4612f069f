"""Commands whose help shows how they are used, and how they end when they are stopped."""

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

STOPPED = 130
"""Exit code after Ctrl-C: 128 and the number of the signal, as shells have it."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no circular garbage: a short command mostly imports, and what it imports stays.

    To look through it again and again takes a tenth of the imports' time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class _WithExamples(click.Command):
    """A command with examples at the end of its help, each a line as one would type it."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples at the end of the help."""
        write_examples(self.examples, formatter)
        super().format_epilog(ctx, formatter)


class Command(_WithExamples):
    """A command that takes no number which is none."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        """Run it; no option takes nan or infinity, which pass every range of click's."""
        for option in self.params:
            for value in _numbers(ctx.params.get(option.name or "")):
                if not math.isfinite(value):
                    raise click.BadParameter(f"{value} is not a finite number.", ctx, option)
        return super().invoke(ctx)


def _numbers(value: Any) -> Iterator[float]:  # noqa: ANN401
    """Yield the numbers with a point in what an option was given, however often."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _numbers(one)


class Group(_WithExamples, click.Group):
    """A command with subcommands."""

    command_class = Command


def write_examples(examples: tuple[str, ...], formatter: click.HelpFormatter) -> None:
    """Write lines that are never wrapped: they are for copying."""
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")
