"""Loads an encoder for a command, with progress while its model is fetched."""

from collections.abc import Sequence
from pathlib import Path
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


def note_extra(encoder: "Encoder", texts: Sequence[str], why: str) -> None:
    """Say what texts cost at a provider that are embedded beside the user's own, if anything."""
    if encoder.capabilities.price == 0 or not texts:
        return
    cost = encoder.cost(texts)
    if cost != 0:
        charged = "at a price that is not known" if cost is None else f"for about ${cost:.4f}"
        note(f"{why}, {len(texts):,} sentences of Likewise's own are embedded too, {charged}.")


def note_scale(encoder: "Encoder") -> None:
    """Say what it costs where the scale of an encoder at a provider has to be made first."""
    from likewise.settings import settings
    from likewise.similarity import background, landmarks

    identity, chosen = encoder.identity, settings()
    texts: list[str] = []
    if background.known(identity, chosen) is None:
        texts += background.topics_and_sentences()[1]
    if landmarks.known(identity, chosen) is None:
        texts += [text for triple in landmarks.subjects_and_triples()[1] for text in triple]
    note_extra(encoder, texts, f"For the scale of {identity.name}, which is then kept")


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


def bound_cost(encoder: "Encoder", size: int | None, most: float | None) -> None:
    """Say what a job may cost at a provider, and that no more than `most` dollars may be spent.

    `size` is the bytes of the texts, None where nobody knows. Local encoders cost nothing.
    """
    spending = encoder.spending
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


def bytes_of_files(files: Sequence[str]) -> int | None:
    """Return the bytes of files that hold their texts as they are, None of any other."""
    paths = [Path(file) for file in files]
    plain = {".csv", ".tsv", ".jsonl", ".txt"}
    if all(path.suffix in plain and path.is_file() for path in paths):
        return sum(path.stat().st_size for path in paths)
    return None


def note_cost(encoder: "Encoder") -> None:
    """Say what was spent at a provider, if anything."""
    spent = encoder.spending
    if spent is not None and spent.requests:
        dollars = (
            f"about ${spent.dollars:.4f}" if spent.price is not None else "at an unknown price"
        )
        note(
            f"{encoder.identity.name} took {spent.requests:,} requests and {spent.tokens:,} "
            f"tokens, {dollars}."
        )


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
