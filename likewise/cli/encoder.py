"""Loads an encoder for a command, with progress while its model is fetched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from likewise.cli.options import EncoderOptions
from likewise.cli.output import note, progress, waiting
from likewise.errors import shown

if TYPE_CHECKING:
    from likewise.encoders import Encoder
    from likewise.files.places import Locate
    from likewise.types import Identity, Reading


def load(asked: EncoderOptions, *, for_documents: bool = False) -> "Encoder":
    """Return the encoder, having fetched its model where it is not here yet.

    `for_documents` gives it the prompt that its authors give to documents, where none is asked for.

    Raises:
        EncoderError, FileMissing, InvalidDimensions: it can't be loaded.
    """
    from likewise import encoders
    from likewise.settings import settings

    chosen = settings().encoder if asked.name is None else asked.name
    prefix, dims = asked.prefix, asked.dims
    fetch(chosen)
    with waiting(f"Loading {chosen}"):
        whole = encoders.load(chosen, prefix=prefix)
        if for_documents and prefix is None:
            from likewise.collections.prompts import document_prompt

            prefix = document_prompt(whole) or None
            whole = encoders.load(chosen, prefix=prefix)
        encoder = encoders.load(chosen, prefix=prefix, dims=dims)
    _introduce(encoder)
    _note_prompt(encoder, asked=prefix is not None)
    widths = whole.capabilities.widths
    if dims and encoder is not whole and encoder.identity.dims not in widths:
        trained = f"it declares {', '.join(map(str, widths))}" if widths else "it declares none"
        note(
            f"{encoder.identity.name} does not say that it was trained for {dims:,} numbers "
            f"({trained}): similarities may suffer."
        )
    return encoder


def load_as(identity: "Identity", name: str | None, *, threads: int | None = None) -> "Encoder":
    """Return the encoder of a saved identity; `name`, where given, says what it is here.

    Raises:
        UnconfirmedEncoder: the saved name is one that only the user may choose.
        EncoderError, FileMissing, IncompatibleVectors: it can't be loaded, or is another one.
    """
    from likewise import encoders

    if name is not None:
        fetch(name)
    with waiting(f"Loading {identity.name if name is None else name}"):
        encoder = encoders.load_as(identity, encoder=name, threads=threads)
    _introduce(encoder)
    return encoder


def _note_prompt(encoder: "Encoder", *, asked: bool) -> None:
    """Say what is put before texts; also, unless that was `asked`, where it could be and is not."""
    if encoder.identity.prefix:
        note(f"{shown(encoder.identity.prefix)} is put before each text; see --prefix.")
        return
    prompts = [name for name, text in encoder.capabilities.prompts.items() if text]
    if prompts and not asked:
        note(
            f"{encoder.identity.name} declares prompts ({', '.join(map(shown, prompts))}); none "
            "is put before the texts. --prefix NAME puts one there."
        )


def _introduce(encoder: "Encoder") -> None:
    """Say what a user should know before anything is encoded."""
    for said in encoder.runtime.notes:
        note(said)
    if encoder.capabilities.remote:
        note(f"Texts are sent to {encoder.runtime.engine.removeprefix('remote ')}.")


def note_reading(identity: "Identity", reading: "Reading") -> None:
    """Say how many of the texts were cut off, and in how many something is unknown, if in any."""
    for said in reading.notes(identity):
        note(said)


def note_left_out(rows: Sequence[tuple[int, str]], place: "Locate", what: str = "Left out") -> None:
    """Say which rows have no result because the encoder can't compute their texts.

    `place` names the first of them, with its line in the file.
    """
    if rows:
        named = ", ".join(f"{row:,}" for row, _ in rows[1:10])
        named = f"{place(rows[0][0])}{', row ' if named else ''}{named}"
        more = f" and {len(rows) - 10:,} more" if len(rows) > 10 else ""
        note(f"{what}, because the encoder can't compute them: {named}{more}. {rows[0][1]}")


def needs_fetching(name: str) -> bool:
    """Whether `name` is that of a model that can be fetched, and that is not here yet.

    Raises:
        UnknownEncoder, FileMissing: it is the name of nothing.
    """
    from likewise.encoders.names import source_of
    from likewise.settings import settings

    return not source_of(name).is_here(settings())


def fetch(name: str) -> None:
    """Fetch the model of that name with a progress bar, where it is not here yet.

    Raises:
        EncoderError: it can't be loaded.
    """
    from likewise.encoders.catalogue import model
    from likewise.encoders.local import weights
    from likewise.settings import settings

    if not needs_fetching(name):
        return
    note(f"Fetching the model {name}; it is kept for the next time.")
    with progress(f"Fetching {name}", unit="bytes") as advance:
        weights.fetch(model(name), settings(), advance)
