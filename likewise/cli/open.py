"""`likewise open`: the results of a job in shards as a collection, where they lie."""

import click

from likewise.cli.command import Command
from likewise.cli.output import note, stages


@click.command(cls=Command, examples=("likewise open reviews-embedded",))
@click.argument("out", metavar="OUT")
def command(out: str) -> None:
    """Make what `likewise scale embed` has made a collection, without copying it.

    OUT is its folder. Rows that could not be embedded stay in the files and are not texts of the
    collection. Vectors are written once more beside them when they are first searched, ready to be
    mapped into memory.
    """
    from likewise.distributed.opened import open_results

    with stages() as stage:
        folder, texts = open_results(out, stage)
    name = f"./{out}" if "/" not in out else out
    note(f"{folder} is a collection of {texts:,} texts: likewise search -c {name} QUERY")
