"""What the commands that work on a collection share: its name, opening it, showing its texts."""

from typing import TYPE_CHECKING

import click

from likewise.cli.output import waiting

if TYPE_CHECKING:
    from rich.text import Text

    from likewise.collections import Collection
    from likewise.encoders import Encoder

DEFAULT = "default"
"""The collection that is meant where none is named."""

collection_option = click.option(
    "--collection",
    "-c",
    "name",
    metavar="NAME",
    default=DEFAULT,
    show_default=True,
    help="Collection, by name or path.",
)


def open_collection(name: str, encoder: "str | Encoder | None" = None) -> "Collection":
    """Return a collection that is there.

    Raises:
        CollectionError: there is none, or it is damaged.
    """
    from likewise.collections import Collection

    return Collection.open(name, encoder=encoder)


def cell(text: str, width: int = 60) -> "Text":
    """Return a text as a cell of a table: one line, safe for any terminal, and no markup."""
    from rich.text import Text

    from likewise.similarity.shown import one_line

    return Text(one_line(text, width))


def encoder_of(collection: "Collection") -> "Encoder":
    """Return the collection's encoder, loaded while the person is told so."""
    with waiting(f"Loading {collection.identity.name}"):
        return collection.encoder


def encoder_here(collection: "Collection") -> "Encoder | None":
    """Return the collection's encoder, None where it can't be loaded without being asked for."""
    from likewise.errors import LikewiseError

    try:
        return encoder_of(collection)
    except LikewiseError:
        return None
