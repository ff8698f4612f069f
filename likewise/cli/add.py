"""`likewise add`: texts into a collection."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from likewise.cli.collection import collection_option, encoder_of, open_collection
from likewise.cli.command import Command
from likewise.cli.encoder import load, note_left_out, note_reading
from likewise.cli.options import (
    EncoderOptions,
    encoder_options,
    max_cost_option,
    reading_options,
    text_option,
)
from likewise.cli.output import note, progress, waiting
from likewise.cli.spending import bound_cost, bytes_of_files, note_cost
from likewise.errors import CollectionExists, CollectionMissing, counted, shown
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from likewise.collections import Collection
    from likewise.collections.adding.adding import Added
    from likewise.collections.adding.sources import TextSource
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
@encoder_options
@reading_options
@max_cost_option
def command(
    files: tuple[str, ...],
    name: str,
    text: str | None,
    id_column: str | None,
    chunk: bool,
    float16: bool,
    asked: EncoderOptions,
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
    from likewise.collections.adding.sources import open_source

    source = open_source(*files, text=text, ids=id_column, **reading)
    with waiting(f"Counting the texts of {_name(files)}"):
        total = source.count()
    for said in source.notes:
        note(said)
    collection = _opened(name, source, asked, float16)
    if not _is_made(source, collection):
        bound_cost(encoder_of(collection), bytes_of_files(files), max_cost)
    began = time.monotonic()
    try:
        added = _add(collection, source, None if chunk else total, chunk)
    except BaseException:
        kept = counted(collection.count, "text")
        note(f"Stopped. There are {kept} in it; the same command goes on from there.")
        raise
    _report(added, source, collection, time.monotonic() - began)
    if not _is_made(source, collection):
        note_cost(collection.encoder)


def _encoder_of_new(source: "TextSource", asked: EncoderOptions) -> "Encoder | Identity":
    """Return the encoder of a new collection: the one asked for, or the vectors' own."""
    from likewise.collections.adding.sources import EmbeddedSource
    from likewise.types import Identity

    if isinstance(source, EmbeddedSource) and not asked.stated:
        return Identity.from_dict(source.encoder)
    return load(asked, for_documents=True)


def _is_made(source: "TextSource", collection: "Collection") -> bool:
    """Return whether the source has the vectors already that the collection wants."""
    from likewise.collections.adding.sources import EmbeddedSource

    digest = collection.identity.digest
    return isinstance(source, EmbeddedSource) and source.encoder["digest"] == digest


def _opened(name: str, source: "TextSource", asked: EncoderOptions, float16: bool) -> "Collection":
    """Return the collection of that name, made where there is none."""
    from likewise.collections import Collection
    from likewise.types import check_same

    try:
        found = open_collection(name)
    except CollectionMissing:
        encoder = _encoder_of_new(source, asked)
        try:
            made = Collection.create(name, encoder, precision="float16" if float16 else "float32")
        except CollectionExists as error:
            try:
                found = open_collection(name)  # another process has made it meanwhile
            except CollectionMissing:
                raise error from None
        else:
            note(f"Made the collection {made.name} in {made.store.shown}.")
            return made
    own = found.identity
    if asked.dims is not None:
        check_same(own, replace(own, dims=asked.dims))
    if asked.prefix is None:
        return found if asked.name is None else open_collection(name, asked.name)
    if asked.name is None:
        prompts = encoder_of(found).capabilities.prompts
        check_same(own, replace(own, prefix=prompts.get(asked.prefix, asked.prefix)))
        return found
    # with another prefix it is another encoder
    chosen = load(replace(asked, dims=own.dims))
    check_same(own, chosen.identity)
    return open_collection(name, chosen)


def _add(collection: "Collection", source: "TextSource", total: int | None, chunk: bool) -> "Added":
    from likewise.collections.adding.chunks import chunked, columns_of_parts
    from likewise.collections.adding.sources import EmbeddedSource
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
        note("With --chunk long texts are added in parts, and all of them is found.")
    note(
        f"{added.new:,} new, {added.updated:,} updated, {added.unchanged:,} there already, in "
        f"{seconds:,.1f} s. {collection.name} has {counted(collection.count, 'text')}."
    )


def _name(files: "Sequence[str]") -> str:
    return shown(files[0]) if len(files) == 1 else f"{len(files):,} files"
