"""`likewise open`: the results of a job in shards as a collection, where they lie."""

import click

from likewise.cli.command import Command
from likewise.cli.output import note, stages


@click.command(cls=Command, examples=("likewise open reviews-embedded",))
@click.argument("out", metavar="OUT")
def command(out: str) -> None:
    """Open the results of `likewise scale embed` as a collection, without copying.

    OUT is its folder. Rows that could not be embedded stay in the files and are not texts of the
    collection. When the collection is first searched, its vectors are written once more, in a form
    that can be memory-mapped.
    """
    from likewise.distributed.opened import open_results

    with stages() as stage:
        folder, texts = open_results(out, stage)
    name = f"./{out}" if "/" not in out else out
    note(f"{folder} is a collection of {texts:,} texts: likewise search -c {name} QUERY")
