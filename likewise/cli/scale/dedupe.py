"""`likewise scale dedupe`: near-duplicates over many shards."""

import click

from likewise.cli.command import Command
from likewise.cli.options import json_option
from likewise.cli.output import note, print_json, print_line, stages
from likewise.cli.scale.shared import (
    address_option,
    cpus_option,
    executor_at,
    manifest_option,
    take_option,
    workers_option,
)


@click.command(
    cls=Command,
    examples=(
        "likewise scale dedupe reviews-embedded",
        "likewise scale dedupe reviews-embedded --cosine 0.9 --probes 4 --workers 4",
    ),
)
@manifest_option
@click.option(
    "--cosine",
    type=float,
    default=0.95,
    show_default=True,
    help="Similarity from which two texts are near-duplicates.",
)
@click.option(
    "--probes",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Blocks in which each text is looked for; more find more, and cost more.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=1_000,
    show_default=True,
    help="Rows for which all pairs are looked for, to measure how many are found.",
)
@address_option
@workers_option
@cpus_option
@take_option
@json_option
def dedupe(
    manifest: str,
    cosine: float,
    probes: int,
    sample: int,
    address: str,
    workers: int | None,
    cpus: float,
    take_over: bool,
    as_json: bool,
) -> None:
    """Find rows that are the same or nearly so, and say how many of the pairs are found.

    Texts are compared with all others of the blocks that they are assigned to, by k-means over a
    sample; the share of pairs found is measured against all pairs of a sample of rows. The ids of
    rows that need not be kept are written to a parquet file below MANIFEST, each with the id of
    the row that stands for it. A second call picks up where the first one ended.
    """
    from likewise.distributed import jobs
    from likewise.distributed.dedupe import dedupe as find

    store, plan = jobs.opened(manifest)
    with stages() as stage:
        found = find(
            store,
            plan,
            executor_at(address, workers, cpus, 0),
            cosine=cosine,
            probes=probes,
            sample=sample,
            take=take_over,
            progress=lambda what, state: stage(what, state.done, state.parts),
        )
    if as_json:
        print_json(found.to_dict())
        return
    print_line(
        f"{found.duplicates:,} of {found.rows:,} rows need not be kept: they are near-duplicates "
        f"(cosine {found.cosine:g} or more) of {found.groups:,} others."
    )
    if found.recall is None:
        print_line(f"Recall: unknown, for {found.sample:,} rows of a sample have no duplicate.")
    else:
        print_line(
            f"Recall: {found.recall:.1%}; of {found.pairs:,} pairs that {found.sample:,} rows of a "
            f"sample have, {found.found:,} are found, in {found.blocks:,} blocks."
        )
    note(f"Their ids are in {manifest.rstrip('/')}/{found.result}.")
