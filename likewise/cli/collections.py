"""`likewise collections`: what there is, and how to look after it."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from likewise.cli.collection import cell, encoder_here, open_collection
from likewise.cli.command import Group
from likewise.cli.encoder import load
from likewise.cli.options import EncoderOptions, encoder_options, json_option
from likewise.cli.output import (
    note,
    note_kept,
    print_json,
    print_line,
    print_table,
    stages,
    table,
    waiting,
    width,
)
from likewise.errors import counted


@click.group(
    invoke_without_command=True,
    cls=Group,
    examples=(
        "likewise collections",
        "likewise collections export papers papers.parquet",
        "likewise collections verify papers",
    ),
)
@click.pass_context
def command(context: click.Context) -> None:
    """List, rename, delete, export, verify, compact, compare and measure collections."""
    if context.invoked_subcommand is None:
        context.invoke(list_collections)


@command.command("list", examples=("likewise collections list --json",))
@json_option
def list_collections(as_json: bool = False) -> None:
    """List the collections by name, with their texts, encoders, columns and sizes."""
    from likewise.collections.storage.stores import all_names, store_of
    from likewise.errors import LikewiseError
    from likewise.settings import settings

    rows: list[dict[str, Any]] = []
    for name in all_names(settings()):
        store = store_of(name, settings())
        row: dict[str, Any] = {"name": name, "path": store.shown, "bytes": None}
        try:
            row["bytes"] = store.bytes()
            one = open_collection(name)
            types = {column: str(type_) for column, type_ in one.columns.items()}
            row |= {"texts": one.count, "encoder": one.identity.name, "columns": types}
        except LikewiseError as error:
            row |= {"error": error.problem}
        rows.append(row)
    if as_json:
        print_json(rows)
        return
    if not rows:
        note("There is no collection yet; `likewise add FILE` makes one.")
        return
    made = table("name", ">texts", "encoder", ">MB", "columns")
    for row in rows:
        count = f"{row['texts']:,}" if "texts" in row else "?"
        said = "can't be opened" if "error" in row else ", ".join(row["columns"])
        size = "?" if row["bytes"] is None else f"{row['bytes'] / 1e6:,.1f}"
        made.add_row(cell(row["name"]), count, cell(str(row.get("encoder", "?"))), size, cell(said))
    print_table(made)
    for row in rows:
        if "error" in row:
            note(row["error"])


@command.command(examples=("likewise collections rename default notes",))
@click.argument("name")
@click.argument("new")
def rename(name: str, new: str) -> None:
    """Give a collection another name."""
    from likewise.collections.storage.stores import existing_store
    from likewise.settings import settings

    store = existing_store(name, settings())
    before = store.name
    store.rename(new)
    note(f"{before} is now {new}.")


@command.command(examples=("likewise collections delete notes",))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a collection for good, after asking."""
    from likewise.collections.storage.stores import existing_store
    from likewise.settings import settings

    store = existing_store(name, settings())
    if not yes:
        click.confirm(f"Delete {store.name} in {store.shown} for good?", abort=True, err=True)
    store.remove()
    note(f"{store.name} is deleted.")


@command.command(
    examples=(
        "likewise collections export papers papers.parquet",
        "likewise collections export papers papers.csv",
    )
)
@click.argument("name")
@click.argument("out", metavar="OUT")
def export(name: str, out: str) -> None:
    """Write all rows to a file; parquet has the vectors too.

    OUT ends in .csv, .tsv, .jsonl or .parquet. In csv and tsv a text that a spreadsheet would
    run, such as =A1, gets an apostrophe in front. If there is already a file at OUT, it is kept
    under another name.
    """
    from likewise.collections.export import write_rows

    with waiting(f"Writing {out}"):
        count, older = write_rows(open_collection(name), Path(out))
    note_kept(older)
    note(f"{counted(count, 'row')} written to {out}.")


@command.command(examples=("likewise collections verify papers",))
@click.argument("name")
def verify(name: str) -> None:
    """Read every byte of a collection and say what is wrong."""
    from likewise.errors import DamagedCollection

    collection = open_collection(name)
    with waiting(f"Reading {collection.name}"):
        found = collection.verify()
    for said in found[1:]:
        note(said)
    if found:
        raise DamagedCollection(
            found[0].removesuffix(".") + ".",
            "Take the collection from a backup, or make it again with `likewise add`.",
        )
    print_line(f"✓ {counted(collection.count, 'text')}, every byte as it was written")


@command.command(examples=("likewise collections compact papers",))
@click.argument("name")
def compact(name: str) -> None:
    """Rewrite a collection as a few files, without what was deleted."""
    collection = open_collection(name)
    before = collection.store.bytes()
    with waiting(f"Writing {collection.name}"):
        collection.compact()
    note(f"{before / 1e6:,.1f} MB are now {collection.store.bytes() / 1e6:,.1f} MB.")


@command.command(
    examples=(
        "likewise collections compare papers --encoder bge-small",
        "likewise collections compare papers papers-by-openai -k 5 --json",
    )
)
@click.argument("name")
@click.argument("other", required=False)
@encoder_options
@click.option(
    "-k", "--count", "k", default=10, show_default=True, help="How many nearest texts to compare."
)
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many texts to show of those they differ on.",
)
@click.option("--all", "every", is_flag=True, help="Ask about all texts, not a sample of 10,000.")
@json_option
def compare(
    name: str,
    other: str | None,
    asked: EncoderOptions,
    k: int,
    show: int,
    every: bool,
    as_json: bool,
) -> None:
    """Show how far two encoders agree on which texts are close.

    Name the other encoder with --encoder, --prefix and --dims: it embeds all texts first, and its
    vectors are kept with the collection. Or give OTHER, a collection of the same texts and ids.
    """
    from likewise.collections import Collection
    from likewise.collections.measures.comparison import SAMPLE
    from likewise.collections.measures.reading_notes import notes_on
    from likewise.errors import InvalidOption
    from likewise.similarity.shown import one_line

    collection = open_collection(name)
    if (other is None) != asked.stated:
        raise InvalidOption(
            "A collection is compared with an encoder or with another collection.",
            "Name one: --encoder NAME, or a collection.",
            param="encoder",
        )
    with stages() as told:
        beside = open_collection(other) if other is not None else load(asked, for_documents=True)
        made = collection.compare(beside, k, sample=None if every else SAMPLE, progress=told)
    notes = notes_on(collection, encoder_here(collection))
    notes += (
        notes_on(beside, encoder_here(beside))
        if isinstance(beside, Collection)
        else notes_on(collection, beside)
    )
    for said in dict.fromkeys(notes):
        note(said)
    if as_json:
        print_json({"collection": collection.name, **made.to_dict(show)})
        return
    for text in made.disagreements(show):
        print_line(f"{one_line(text.text, width() - 12)}  ({100 * text.overlap:.0f} % shared)")
        sides = table(*(identity.name for identity in made.encoders))
        for pair in zip_longest(*text.neighbours):
            sides.add_row(*(cell("" if near is None else near.text, width() // 2) for near in pair))
        print_table(sides)
    low, high = made.interval
    names = " and ".join(identity.name for identity in made.encoders)
    note(
        f"{names} agree about {100 * made.overlap:.1f} % of the {made.k} nearest texts "
        f"({100 * low:.1f} to {100 * high:.1f} %), asked of {len(made.ids):,} of {made.texts:,}."
    )


@command.command(
    examples=(
        "likewise collections budget papers",
        "likewise collections budget papers --dims 128 --dims 64 --json",
    )
)
@click.argument("name")
@click.option(
    "--dims", type=int, multiple=True, help="Dimensions to measure, as well as all of them."
)
@click.option("--queries", default=500, show_default=True, help="How many texts to search by.")
@json_option
def budget(name: str, dims: tuple[int, ...], queries: int, as_json: bool) -> None:
    """Measure what fewer dimensions and bits would save and lose.

    Recall is the share of the ten truly nearest texts that the smaller vectors find on their own;
    rescored is the share when their best forty are ranked again by the full vectors. The dimensions
    kept are the first ones if the model was trained for that, else principal components.
    """
    collection = open_collection(name)
    with stages() as told:
        made = collection.budget(dims, queries=queries, progress=told)
    if as_json:
        print_json({"collection": collection.name, **made.to_dict()})
        return
    shown = table(">dims", "numbers", ">MB", ">recall", "95 %", ">rescored")
    for row in made:
        shown.add_row(
            f"{row.dims:,}",
            row.form,
            f"{row.bytes / 1e6:,.1f}",
            f"{row.recall:.3f}",
            f"{row.interval[0]:.3f} to {row.interval[1]:.3f}",
            f"{row.rescored:.3f}",
        )
    print_table(shown)
    how = "the model was trained for it" if made.shortened == "matryoshka" else "not trained for it"
    note(
        f"Against exact search by {made.texts:,} float32 vectors, with {made.asked:,} texts of the "
        f"collection. Fewer dimensions by {made.shortened} ({how})."
    )
