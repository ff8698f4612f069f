"""Loads an encoder for a command, with progress while its model is fetched."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli.output import note, progress, waiting

if TYPE_CHECKING:
    from likewise.encoders import Encoder

encoder_option = click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="minilm, sha256, a model folder, or a name on the Hugging Face hub.  "
    "[default: LIKEWISE_ENCODER or minilm]",
)

prefix_option = click.option(
    "--prefix",
    metavar="TEXT",
    help="Put before each text, for models trained with one, e.g. 'query: ' or 'passage: '.",
)


def load(name: str | None, prefix: str | None = None) -> "Encoder":
    """Return the encoder, having fetched its model where it is not here yet.

    Raises:
        EncoderError: it can't be had.
    """
    from likewise import encoders
    from likewise.settings import settings

    chosen = settings().encoder if name is None else name
    fetch(chosen)
    with waiting(f"Loading {chosen}"):
        encoder = encoders.load(chosen, prefix=prefix)
    for said in encoder.runtime.notes:
        note(said)
    return encoder


def fetch(name: str) -> None:
    """Fetch the model of that name with a progress bar, where it is known and not here yet.

    Raises:
        EncoderError: it can't be had.
    """
    from likewise.encoders import is_remote, weights
    from likewise.errors import UnknownEncoder

    if is_remote(name):
        return
    try:
        wanted = weights.model(name)
    except UnknownEncoder:
        return  # sha256, a folder, or nothing, as loading will say
    if Path(name).is_dir() or weights.find(wanted) is not None:
        return
    note(f"Fetching the model {name}; it is kept for the next time.")
    with progress(f"Fetching {name}", unit="bytes") as advance:
        weights.fetch(name, advance)
