"""`likewise scale estimate`: what a billion texts will take."""

from typing import TYPE_CHECKING, Any

import click

from likewise.cli.command import Command
from likewise.cli.options import (
    json_option,
)
from likewise.cli.output import (
    print_json,
    print_line,
    print_table,
    table,
)

if TYPE_CHECKING:
    pass


@click.command(
    cls=Command,
    examples=("likewise scale estimate", "likewise scale estimate --rate 543 --hourly 0.8"),
)
@click.option("--texts", type=click.FloatRange(min=1), multiple=True, metavar="N",
              help="How many; can be given several times.  [default: 1e9, 1e10, 1e11]")  # fmt: skip
@click.option("--dims", type=click.IntRange(min=1), default=384, show_default=True,
              help="Numbers in a vector.")  # fmt: skip
@click.option("--tokens", type=click.FloatRange(min=0), default=100, show_default=True,
              help="Tokens per text.")  # fmt: skip
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), default=15, show_default=True,
              help="Texts per second and worker, as `scale plan` measures them.")  # fmt: skip
@click.option("--hourly", type=click.FloatRange(min=0), default=0.05, show_default=True,
              help="Dollars that a worker costs per hour.")  # fmt: skip
@click.option("--used", type=click.FloatRange(0, 1, min_open=True), default=0.75,
              show_default=True, help="Share of the time that a worker is busy.")  # fmt: skip
@click.option("--million", type=click.FloatRange(min=0), default=0.01, show_default=True,
              help="Dollars that a provider charges per million tokens.")  # fmt: skip
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), default=24,
              show_default=True, help="Hours that the job may take.")  # fmt: skip
@click.option("--shard-rows", type=click.IntRange(min=1), default=65_536, show_default=True,
              help="Rows per shard.")  # fmt: skip
@json_option
def estimate(texts: tuple[float, ...], as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Estimate what a billion texts or more will take, showing the arithmetic."""
    from likewise.distributed.costs import Assumed, capacity

    by = Assumed(**given)
    found = [capacity(number, by) for number in texts or (1e9, 1e10, 1e11)]
    if as_json:
        names = ("what", "how", "result")
        lines = [[dict(zip(names, line, strict=True)) for line in one.lines] for one in found]
        print_json(
            [{"texts": one.texts, "lines": said} for one, said in zip(found, lines, strict=True)]
        )
        return
    for at, one in enumerate(found):
        made = table(f"{one.texts:,.0f} texts", "computed as", ">result")
        for line in one.lines:
            made.add_row(*line)
        print_line("" if at else "A model from the options alone; nothing is measured here.")
        print_table(made)
