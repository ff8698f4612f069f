"""Loads an encoder for a command, with progress while its model is fetched."""

from typing import TYPE_CHECKING

import click

from likewise.cli.output import note, progress, waiting

if TYPE_CHECKING:
    from likewise.encoders import Encoder
    from likewise.encoders.remote.spending import Spending
    from likewise.types import Identity

encoder_option = click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="minilm, sha256, a model folder, a name on the Hugging Face hub, or that of a "
    "provider's model.  "
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
        EncoderError, FileMissing: it can't be had.
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


def note_cut_off(identity: "Identity", cut_off: int, texts: int) -> None:
    """Say how many of the texts were read in part only, if any."""
    if cut_off:
        note(
            f"{cut_off:,} of {texts:,} text{'' if texts == 1 else 's'} "
            f"{'was' if cut_off == 1 else 'were'} cut off: {identity.name} reads "
            f"{identity.max_tokens:,} tokens."
        )


def is_missing(name: str) -> bool:
    """Whether `name` is that of a model that can be fetched, and that is not here yet.

    Raises:
        UnknownEncoder, FileMissing: it is the name of nothing.
    """
    from likewise.encoders import folder_of, is_remote
    from likewise.encoders.local import weights

    if name == "sha256" or is_remote(name) or folder_of(name):
        return False
    return weights.find(weights.model(name)) is None


def bound_cost(encoder: "Encoder", size: int | None, most: float | None) -> None:
    """Say what a job may cost at a provider, and that no more than `most` dollars may be spent.

    `size` is the bytes of the texts, None where nobody knows. Local encoders cost nothing.
    """
    spending = _spending(encoder)
    if spending is None:
        return
    if most is not None:
        spending.most = most
    if spending.price is None:
        note(
            f"{encoder.identity.name} may cost an unknown sum: its price is not known. Set "
            "LIKEWISE_REMOTE_PRICE to its dollars for a million tokens."
        )
    elif spending.price:
        dollars = None if size is None else spending.of_bytes(size)
        whole = "an unknown sum" if dollars is None else f"${dollars:.4f} at most"
        bound = (
            "no --max-cost is set"
            if spending.most is None
            else f"--max-cost is ${spending.most:.4f}"
        )
        note(f"{encoder.identity.name} will cost {whole}; {bound}.")


def note_cost(encoder: "Encoder") -> None:
    """Say what was spent at a provider, if anything."""
    spent = _spending(encoder)
    if spent is not None and spent.requests:
        dollars = (
            f"about ${spent.dollars:.4f}" if spent.price is not None else "at an unknown price"
        )
        note(
            f"{encoder.identity.name} took {spent.requests:,} requests and {spent.tokens:,} "
            f"tokens, {dollars}."
        )


def _spending(encoder: "Encoder") -> "Spending | None":
    from likewise.encoders import is_remote

    if not is_remote(encoder.identity.name):
        return None  # and the HTTP client need not be imported
    from likewise.encoders.remote.encoder import RemoteEncoder

    return encoder.spending if isinstance(encoder, RemoteEncoder) else None


def fetch(name: str) -> None:
    """Fetch the model of that name with a progress bar, where it is not here yet.

    Raises:
        EncoderError: it can't be had.
    """
    from likewise.encoders.local import weights

    if not is_missing(name):
        return
    note(f"Fetching the model {name}; it is kept for the next time.")
    with progress(f"Fetching {name}", unit="bytes") as advance:
        weights.fetch(name, advance)
