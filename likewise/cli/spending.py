"""What an encoder at a provider costs a command: said beforehand, bounded, and told at the end."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.cli.output import note

if TYPE_CHECKING:
    from likewise.encoders import Encoder


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
