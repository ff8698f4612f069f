"""`likewise search`: the texts of a collection that are nearest to a query."""

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

import click

from likewise.cli.collection import cell, collection_option, encoder_of, open_collection
from likewise.cli.command import Command
from likewise.cli.encoder import note_reading
from likewise.cli.options import json_option
from likewise.cli.output import note, print_json, print_table, table, width
from likewise.errors import shown

if TYPE_CHECKING:
    from likewise.collections.search.search import SearchResult

_BESIDE = 45
"""Characters of a line beside the text."""


@click.command(
    cls=Command,
    examples=(
        'likewise search "how do I undo a commit"',
        "likewise search tea --filter 'year >= 2020 and lang = \"en\"' -k 20",
        "likewise search --like 4711 --like 4712 --unlike 17 --collection papers",
        'likewise search "boil water" --minus coffee --hybrid --json',
    ),
)
@click.argument("query", required=False)
@collection_option
@click.option("-k", "--count", "k", default=10, show_default=True, help="How many texts to find.")
@click.option("--filter", metavar="FILTER", help="Which rows to search: 'year >= 2020'.")
@click.option("--like", metavar="ID", multiple=True, help="Find texts like this one; takes an id.")
@click.option(
    "--unlike", metavar="ID", multiple=True, help="Find texts unlike this one; takes an id."
)
@click.option("--minus", metavar="TEXT", multiple=True, help="Push away from this meaning.")
@click.option(
    "--weigh",
    metavar="ID WEIGHT",
    type=(str, float),
    multiple=True,
    help="Give a text a weight of its own.",
)
@click.option("--hybrid", is_flag=True, help="Count the query's words as well (BM25).")
@click.option("--fast", is_flag=True, help="Compare codes first, for very many texts; needs faiss.")
@json_option
@click.option(
    "--encoder", "-e", metavar="NAME", help="The collection's encoder, if it has another name here."
)
def command(
    query: str | None,
    name: str,
    k: int,
    filter: str | None,  # noqa: A002
    like: tuple[str, ...],
    unlike: tuple[str, ...],
    minus: tuple[str, ...],
    weigh: tuple[tuple[str, float], ...],
    hybrid: bool,
    fast: bool,
    as_json: bool,
    encoder: str | None,
) -> None:
    """Search a collection by meaning.

    Every text that passes the filter is compared with the query, so the answer is exact. The
    similarity is a cosine; next to it is the share of the collection's own random pairs that are
    less similar. A filter compares columns: = != < <= > >=, in (…), contains, is missing, joined by
    and, or, not; put texts in quotation marks, and names with spaces between `…`.
    """
    from likewise.types import Reading

    collection = open_collection(name, encoder)
    texts = _summed([(query, 1.0)] if query else [], [(text, -1.0) for text in minus])
    read = Reading()
    if texts:
        encoder_of(collection)
        read.add(collection.query_encoder.count_tokens(list(texts)))
        if prompt := collection.query_encoder.identity.prefix:
            note(f"{shown(prompt)} is put before the query.")
    ids = _summed([(one, 1.0) for one in like], [(one, -1.0) for one in unlike])
    ids.update(weigh)
    found = collection.search(texts, k, like=ids, filter=filter, hybrid=hybrid, fast=fast)
    note_reading(collection.identity, read)
    if as_json:
        print_json({"collection": collection.name, **found.to_dict()})
        return
    _show(found)
    left_out = found.total - found.searched
    filtered = f"; {left_out:,} did not pass the filter" if left_out else ""
    how = (
        ", exactly"
        if found.exact
        else f" by 8-bit codes, which find {100 * (found.recall or 0):.1f} % of the true ten"
    )
    one = found.searched == 1
    compared = "The one text was" if one else f"All {found.searched:,} texts were"
    note(f"{compared} compared{how}{filtered}.")


def _summed(*weighted: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the weight of each text or id; what is asked for and turned away from has none."""
    sums: dict[str, float] = {}
    for name, weight in chain.from_iterable(weighted):
        sums[name] = sums.get(name, 0.0) + weight
    return sums


def _show(found: "SearchResult") -> None:
    from likewise.similarity.shown import percent

    made = table(">similarity", ">closer than", "id", "text")
    room = max(20, width() - _BESIDE)
    for hit in found:
        share = "" if hit.percentile is None else percent(hit.percentile)
        made.add_row(f"{hit.similarity:.4f}", share, cell(hit.id, 24), cell(hit.text, room))
    if len(found):
        print_table(made)
