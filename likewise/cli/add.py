"""`likewise add`: texts into a collection."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli.collection import collection_option, encoder_of, open_collection
from likewise.cli.command import Command
from likewise.cli.encoder import (
    bound_cost,
    load,
    note_cost,
    note_left_out,
    note_reading,
)
from likewise.cli.options import (
    encoder_option,
    prefix_option,
    reading_options,
    text_option,
)
from likewise.cli.output import note, progress, waiting
from likewise.errors import CollectionMissing, shown
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from likewise.collections import Collection
    from likewise.collections.adding import Added
    from likewise.collections.sources import TextSource
    from likewise.encoders import Encoder
    from likewise.types import Identity


@click.command(
    cls=Command,
    examples=(
        "likewise add notes.csv --text body",
        "likewise add papers.parquet --id-column doi --collection papers",
        "likewise add ~/notes --chunk",
        "git log --format=%s | likewise add - --collection commits",
    ),
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@collection_option
@text_option()
@click.option("--id-column", metavar="NAME", help="Column that holds the ids.")
@click.option("--chunk", is_flag=True, help="Cut long texts between sentences, into parts.")
@click.option("--float16", is_flag=True, help="Keep a new collection's vectors in half the space.")
@encoder_option
@prefix_option
@reading_options
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    metavar="DOLLARS",
    help="Most to spend at a provider; what was added by then stays.",
)
def command(
    files: tuple[str, ...],
    name: str,
    text: str | None,
    id_column: str | None,
    chunk: bool,
    float16: bool,
    encoder: str | None,
    prefix: str | None,
    reading: ReadingOptions,
    max_cost: float | None,
) -> None:
    """Add texts to a collection, creating it if need be.

    FILE is a table or plain text, packed or not, several of them or a pattern such as '*.csv', a
    folder of text and markdown files, or - for a pipe. All other columns are kept with the texts.
    Texts that are already there are skipped, and texts that have changed are replaced, by their
    ids. Without a column of ids, a text's id is made from its content, and a file's is its path.
    What is finished is kept: after Ctrl-C or a crash the same command picks up from there.
    """
    from likewise.collections.sources import open_source

    source = open_source(*files, text=text, ids=id_column, **reading)
    with waiting(f"Counting the texts of {_name(files)}"):
        total = source.count()
    for said in source.notes:
        note(said)
    collection = _opened(name, _asked(source, encoder, prefix), encoder, prefix, float16)
    if not _is_made(source, collection):
        bound_cost(encoder_of(collection), _size(files), max_cost)
    began = time.monotonic()
    try:
        added = _add(collection, source, None if chunk else total, chunk)
    except BaseException:
        note(f"Stopped. {collection.count:,} texts are in it; the same command goes on from there.")
        raise
    _report(added, source, collection, time.monotonic() - began)
    if not _is_made(source, collection):
        note_cost(collection.encoder)


def _asked(
    source: "TextSource", encoder: str | None, prefix: str | None
) -> "Callable[[], Encoder | Identity]":
    """Return what gives the encoder of a new collection: the one asked for, or the vectors' own."""
    from likewise.collections.sources import EmbeddedSource
    from likewise.types import Identity

    if encoder is None and prefix is None and isinstance(source, EmbeddedSource):
        identity = Identity.from_dict(source.encoder)
        return lambda: identity
    return lambda: load(encoder, prefix, for_documents=True)


def _is_made(source: "TextSource", collection: "Collection") -> bool:
    """Return whether the source has the vectors already that the collection wants."""
    from likewise.collections.sources import EmbeddedSource

    digest = collection.identity.digest
    return isinstance(source, EmbeddedSource) and source.encoder["digest"] == digest


def _opened(
    name: str,
    asked: "Callable[[], Encoder | Identity]",
    encoder: str | None,
    prefix: str | None,
    float16: bool,
) -> "Collection":
    """Return the collection of that name, made where there is none."""
    from likewise.collections import Collection
    from likewise.types import check_same

    try:
        found = open_collection(name)
    except CollectionMissing:
        made = Collection.create(name, asked(), precision="float16" if float16 else "float32")
        note(f"Made the collection {made.name} in {made.store.shown}.")
        return made
    if prefix is None:
        return found if encoder is None else open_collection(name, encoder)
    if encoder is None:
        text = encoder_of(found).capabilities.prompts.get(prefix, prefix)
        check_same(found.identity, replace(found.identity, prefix=text))
        return found
    chosen = load(encoder, prefix)  # with another prefix it is another encoder
    check_same(found.identity, chosen.identity)
    return open_collection(name, chosen)


def _add(collection: "Collection", source: "TextSource", total: int | None, chunk: bool) -> "Added":
    from likewise.collections.chunks import chunked, columns_of_parts
    from likewise.collections.sources import EmbeddedSource
    from likewise.types import Identity

    columns = list(source.columns)
    with progress("Adding") as advance:
        if isinstance(source, EmbeddedSource) and not chunk and _is_made(source, collection):
            identity = Identity.from_dict(source.encoder)
            note(f"The vectors of {identity.name} in it are taken as they are.")
            return collection.add_embedded(
                *(source.parts(), identity, columns),
                progress=lambda done: advance(done, total),
            )
    items = iter(source)
    if chunk:
        columns = columns_of_parts(columns)
        items = chunked(items, collection.encoder)
    with progress("Adding") as advance:
        advance(0, total)
        return collection.add_items(items, columns, progress=lambda done: advance(done, total))


def _report(added: "Added", source: "TextSource", collection: "Collection", seconds: float) -> None:
    for said in source.oddities():
        note(said)
    note_left_out(added.left_out, source.place)
    note_reading(collection.identity, added.reading)
    if added.truncated:
        note("Add them with --chunk to have all that was cut off found.")
    note(
        f"{added.new:,} new, {added.updated:,} updated, {added.unchanged:,} there already, in "
        f"{seconds:,.1f} s. {collection.name} has {collection.count:,} texts."
    )


def _name(files: "Sequence[str]") -> str:
    return shown(files[0]) if len(files) == 1 else f"{len(files):,} files"


def _size(files: "Sequence[str]") -> int | None:
    """Return the bytes of files that hold their texts as they are, None of any other."""
    paths = [Path(file) for file in files]
    plain = {".csv", ".tsv", ".jsonl", ".txt"}
    if all(path.suffix in plain and path.is_file() for path in paths):
        return sum(path.stat().st_size for path in paths)
    return None
