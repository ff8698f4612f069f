"""`likewise duplicates`: texts that a collection has several times, or nearly so."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli.collection import cell, collection_option, encoder_here, open_collection
from likewise.cli.command import Command
from likewise.cli.options import json_option
from likewise.cli.output import (
    note,
    note_kept,
    print_json,
    print_table,
    progress,
    table,
    width,
)
from likewise.errors import counted
from likewise.files.formats import WRITTEN, written_format

if TYPE_CHECKING:
    from likewise.collections import Collection
    from likewise.collections.measures.duplicates import Duplicates

_BESIDE = 45
_COSINE = 0.95


@click.command(
    cls=Command,
    examples=(
        "likewise duplicates",
        "likewise duplicates --cosine 1",
        "likewise duplicates --output kept.csv --collection reviews",
        "likewise duplicates --collection new --within old",
    ),
)
@collection_option
@click.option("--within", metavar="NAME", help="Find texts that this collection already has.")
@click.option(
    "--cosine",
    type=float,
    help=f"Similarity of near-duplicates; 1 for equal texts only.  [default: {_COSINE}]",
)
@click.option(
    "--percentile",
    type=click.FloatRange(0, 100),
    help="The same threshold, as the share of random pairs that are less similar.",
)
@click.option("--output", "-o", metavar="OUT", help="File to write the remaining rows to.")
@click.option(
    "--count",
    "-k",
    "k",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many groups to show.",
)
@json_option
def command(
    name: str,
    within: str | None,
    cosine: float | None,
    percentile: float | None,
    output: str | None,
    k: int,
    as_json: bool,
) -> None:
    """Find duplicates and near-duplicates.

    Every pair of different texts is compared. Similar pairs form groups, of which the first text is
    the one to keep. OUT (.csv, .tsv, .jsonl or .parquet) gets the rows that remain without the
    others, with all their columns; the collection itself is not changed. If there is already a file
    at OUT, it is kept under another name.
    """
    from likewise.collections.measures.reading_notes import notes_on_near
    from likewise.files.write import check_target

    target = None if output is None else Path(output)
    if target is not None:
        written_format(target, WRITTEN)
        check_target(target)
    collection = open_collection(name)
    other = None if within is None else open_collection(within)
    with progress("Comparing") as advance:
        found = collection.duplicates(other, cosine=cosine, percentile=percentile, progress=advance)
    if target is not None:
        _write(collection, found, target)
    if as_json:
        print_json({"collection": collection.name, **found.to_dict()})
    else:
        _show(found, k)
    if any(not one.exact for group in found for one in group.duplicates):
        for said in notes_on_near(collection, encoder_here(collection), found):
            note(said)
    note(
        f"{found.duplicates:,} of {counted(found.searched, 'text')} need not be kept, in "
        f"{counted(len(found), 'group')}, at a similarity of {found.cosine:.4g}."
    )


def _write(collection: "Collection", found: "Duplicates", target: Path) -> None:
    from likewise.collections.export import write_rows

    count, older = write_rows(collection, target, found.kept)
    note_kept(older)
    note(f"{counted(count, 'row')} written to {target}.")


def _show(found: "Duplicates", k: int) -> None:
    made = table(">similarity", "id", "text")
    room = max(20, width() - _BESIDE)
    for group in found.groups[:k]:
        made.add_row("", cell(group.id, 24), cell(group.text, room))
        for one in group.duplicates[:k]:
            near = "equal" if one.exact else f"{one.similarity:.4f}"
            made.add_row(near, cell(one.id, 24), cell(one.text, room))
        if len(group.duplicates) > k:
            made.add_row("", "", f"… and {len(group.duplicates) - k:,} more")
    if len(found):
        print_table(made)
    if len(found) > k:
        note(f"{len(found) - k:,} more groups; --json prints all.")
