"""A collection's texts once more by another encoder, kept beside it to be compared."""

from pathlib import Path
from typing import TYPE_CHECKING

from likewise.collections.adding.adding import Adding
from likewise.collections.prompts import document_prompt
from likewise.collections.storage import homes
from likewise.collections.storage.items import Item
from likewise.collections.storage.manifest import NAME, Manifest
from likewise.collections.storage.shard import ID, TEXT
from likewise.collections.storage.shards import Snapshot
from likewise.collections.storage.writer import Writer
from likewise.errors import InvalidOption, UnwritableFile, shown
from likewise.types import StageProgress, no_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from likewise.collections.view import CollectionView
    from likewise.encoders import Encoder
    from likewise.settings import Settings

FOLDER = "beside"
_ROWS = 4_096


def embedded_by(
    collection: "CollectionView",
    encoder: "Encoder",
    progress: StageProgress = no_progress,
) -> Snapshot:
    """Return the same texts under the same ids by another encoder.

    It is kept in the collection's folder. What is in it already is not embedded again, so work
    that was stopped goes on, and only texts that changed since are embedded anew.

    Args:
        collection: the texts.
        encoder: the other encoder.
        progress: called as `progress(what, done, total)`.

    Raises:
        InvalidOption: it is the collection's own encoder.
        EncoderError: a text can't be embedded.
        UnwritableFile: no space, no permission, or a link that leads out of the folder.
    """
    if encoder.identity.digest == collection.identity.digest:
        raise InvalidOption(
            f"The vectors of {collection.name} are those of {encoder.identity.name} already.",
            "Name another encoder.",
            param="encoder",
        )
    folder = collection.aside / FOLDER / encoder.identity.digest[:16]
    _check_no_link(folder)
    if not (folder / NAME).is_file():
        homes.make(folder, Manifest(encoder.identity, {}))
    total = collection.count
    what = f"Embedding with {encoder.identity.name}"
    progress(what, 0, total)
    with Writer(folder) as writer:
        there = set(collection.ids)
        known = zip(writer.snapshot.ids.to_pylist(), writer.snapshot.positions, strict=True)
        writer.change(deleted=[int(place) for id_, place in known if id_ not in there])
        Adding(writer, encoder, [], lambda done: progress(what, done, total)).run(
            _items(collection)
        )
        return writer.snapshot


def _check_no_link(folder: Path) -> None:
    """Raise where a link stands for a folder of ours: texts elsewhere would be replaced."""
    for part in (folder.parent, folder):
        if part.is_symlink():
            raise UnwritableFile(
                f"{shown(str(part), 200)} is a link, and Likewise has made none there.",
                "Remove it.",
            )


def other_encoder(encoder: "Encoder | str", settings: "Settings") -> "Encoder":
    """Return an encoder; one that goes by a name has the prompt that its authors give documents."""
    from likewise.encoders import load, resolve

    chosen = resolve(encoder, settings=settings)
    prompt = document_prompt(chosen)
    if not isinstance(encoder, str) or chosen.identity.prefix or not prompt:
        return chosen
    return load(encoder, prefix=prompt, settings=settings)


def _items(collection: "CollectionView") -> "Iterator[Item]":
    snapshot = collection.snapshot
    for start in range(0, len(snapshot.positions), _ROWS):
        part = snapshot.positions[start : start + _ROWS]
        for number, row in enumerate(snapshot.rows(part, [ID, TEXT]).to_pylist(), start + 1):
            yield Item(row[ID], row[TEXT], (), number)
