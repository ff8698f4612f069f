"""`likewise scale`: the same jobs in shards, on this machine or on many."""

import click

from likewise.cli.command import Group
from likewise.cli.scale import dedupe, estimate, look, map, plan, run  # noqa: A004


@click.group(
    cls=Group,
    examples=(
        "likewise scale plan reviews/ reviews-embedded",
        "likewise scale embed reviews-embedded --workers 4",
        "likewise scale embed s3://bucket/reviews-embedded --address auto",
        "likewise scale status reviews-embedded",
        "likewise open reviews-embedded",
        "likewise scale estimate",
    ),
)
def command() -> None:
    """Embed or predict in shards, on this machine or on many.

    A job is planned once and then run by any number of calls. Each does what is not finished yet,
    so it may be stopped or killed at any moment. INPUT and OUT are folders, or addresses such as
    s3://BUCKET/FOLDER and gs://BUCKET/FOLDER; MANIFEST is OUT. docs/scale.md walks through it all.
    """


for _one in (
    plan.plan,
    run.embed,
    run.predict,
    dedupe.dedupe,
    map.map_,
    look.status,
    look.verify,
    estimate.estimate,
):
    command.add_command(_one)
