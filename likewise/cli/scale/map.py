"""`likewise scale map`: a map of a sample of a large result, with all other rows placed in it."""

from pathlib import Path

import click

from likewise.cli.command import Command
from likewise.cli.map import write_picture
from likewise.cli.options import json_option
from likewise.cli.output import note, print_json, print_line, stages
from likewise.cli.scale.shared import (
    address_option,
    cpus_option,
    executor_at,
    manifest_option,
    shown_progress,
    take_option,
    workers_option,
)


@click.command(
    "map",
    cls=Command,
    examples=(
        "likewise scale map reviews-embedded",
        "likewise scale map reviews-embedded --sample 50000 --html reviews.html --workers 4",
    ),
)
@manifest_option
@click.option("--sample", type=click.IntRange(min=1), default=20_000, show_default=True,
              help="Rows that the map is made of; all others are placed in it.")  # fmt: skip
@click.option("--layout", type=click.Choice(["tsne", "umap", "pca"]), default="tsne",
              show_default=True,
              help="tsne keeps the most neighbours, umap is quicker, pca is instant.")  # fmt: skip
@click.option("--html", metavar="OUT", help="Write the sample's map as one file for any browser.")
@click.option("--svg", metavar="OUT", help="Write a picture of it for print.")
@click.option("--png", metavar="OUT", help="Write a picture of 1,600 × 1,200 pixels.")
@address_option
@workers_option
@cpus_option
@take_option
@json_option
def map_(
    manifest: str,
    sample: int,
    layout: str,
    html: str | None,
    svg: str | None,
    png: str | None,
    address: str,
    workers: int | None,
    cpus: float,
    take_over: bool,
    as_json: bool,
) -> None:
    """Map a sample of a finished job, and place all other rows in it.

    The sample is drawn at random, from 256 shards at most, and always the same; this machine draws
    its map. Each other row is then put at the median of its 15 nearest neighbours in the sample,
    shard by shard, and a second call picks up where the first one ended. Where the rows lie is
    written below MANIFEST, a parquet file for each shard: id, x, y, cluster, sample. Both the map
    and the placing are measured: how many true neighbours are near in the picture.
    """
    from likewise.distributed import jobs
    from likewise.distributed.mapped import map_results
    from likewise.files.write import check_target

    outputs = {"html": html, "svg": svg, "png": png}
    targets = {kind: Path(name) for kind, name in outputs.items() if name is not None}
    for target in targets.values():
        check_target(target)
    store, plan = jobs.opened(manifest)
    with stages() as stage, shown_progress(plan, "Placing rows") as tell:
        found, drawn, texts = map_results(
            store,
            plan,
            executor_at(address, workers, cpus, 0),
            sample=sample,
            layout=layout,
            take=take_over,
            stage=stage,
            progress=tell,
        )
    title = manifest.rstrip("/").rpartition("/")[2]
    for kind, target in targets.items():
        write_picture(kind, target, drawn, lambda: texts, title, {})
    if as_json:
        print_json(found.to_dict())
        return
    print_line(
        f"The map of a sample of {found.sample:,} of {found.rows:,} rows keeps {found.kept:.0%} of "
        f"the true neighbours near; trustworthiness {found.trustworthiness:.2f}."
    )
    if found.placed_kept is not None:
        print_line(
            f"{found.placed:,} other rows are placed in it, near {found.placed_kept:.0%} of their "
            f"true neighbours in the sample, measured for {found.measured:,} of them."
        )
    note(f"Where each row lies is in {manifest.rstrip('/')}/{found.folder}.")
