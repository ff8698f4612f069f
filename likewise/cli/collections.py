"""`likewise collections`: what there is, and how to look after it."""

from pathlib import Path
from typing import Any

import click

from likewise.cli.collection import cell, open_collection
from likewise.cli.command import Group
from likewise.cli.options import json_option
from likewise.cli.output import note, print_json, print_line, print_table, table, waiting


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
    """List, rename, delete, export, verify and compact collections."""
    if context.invoked_subcommand is None:
        context.invoke(list_collections)


@command.command("list", examples=("likewise collections list --json",))
@json_option
def list_collections(as_json: bool = False) -> None:
    """List the collections by name, with their texts, encoders, columns and sizes."""
    from likewise.collections.homes import all_names, folder_of
    from likewise.errors import LikewiseError
    from likewise.settings import settings

    rows: list[dict[str, Any]] = []
    for name in all_names(settings()):
        folder = folder_of(name, settings())
        row: dict[str, Any] = {"name": name, "path": str(folder), "bytes": _bytes(folder)}
        try:
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
        said = row.get("error") or ", ".join(row.get("columns", ()))
        size = f"{row['bytes'] / 1e6:,.1f}"
        made.add_row(cell(row["name"]), count, cell(str(row.get("encoder", "?"))), size, cell(said))
    print_table(made)


@command.command(examples=("likewise collections rename default notes",))
@click.argument("name")
@click.argument("new")
def rename(name: str, new: str) -> None:
    """Give a collection another name."""
    from likewise.collections import homes
    from likewise.settings import settings

    folder = homes.existing(name, settings())
    homes.rename(folder, homes.folder_of(new, settings()))
    note(f"{name} is now {new}.")


@command.command(examples=("likewise collections delete notes",))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete a collection for ever; asks first."""
    from likewise.collections import homes
    from likewise.settings import settings

    folder = homes.existing(name, settings())
    if not yes:
        click.confirm(f"Delete {name} in {folder} for ever?", abort=True, err=True)
    homes.remove(folder)
    note(f"{name} is deleted.")


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
    run, such as =A1, gets an apostrophe in front.
    """
    from likewise.collections.export import write_rows

    with waiting(f"Writing {out}"):
        count = write_rows(open_collection(name), Path(out))
    note(f"{count:,} rows written to {out}.")


@command.command(examples=("likewise collections verify papers",))
@click.argument("name")
def verify(name: str) -> None:
    """Read every byte of a collection and say what is wrong."""
    from likewise.errors import DamagedCollection

    collection = open_collection(name)
    with waiting(f"Reading {name}"):
        found = collection.verify()
    for said in found[1:]:
        note(said)
    if found:
        raise DamagedCollection(
            found[0].removesuffix(".") + ".",
            "Take the collection from a backup, or make it again with `likewise add`.",
        )
    print_line(f"✓ {collection.count:,} texts, every byte as it was written")


@command.command(examples=("likewise collections compact papers",))
@click.argument("name")
def compact(name: str) -> None:
    """Write a collection anew in few files, without what was deleted."""
    collection = open_collection(name)
    before = _bytes(collection.path)
    with waiting(f"Writing {name}"):
        collection.compact()
    note(f"{before / 1e6:,.1f} MB are now {_bytes(collection.path) / 1e6:,.1f} MB.")


def _bytes(folder: Path) -> int:
    return sum(entry.stat().st_size for entry in folder.iterdir() if entry.is_file())
