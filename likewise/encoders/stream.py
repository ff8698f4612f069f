"""Embeds any number of texts, slice by slice: in flat memory, and resumable where it is kept.

`likewise embed`, collections and jobs on many machines go this way. What a slice is depends on
nothing but the texts, so a second run over the same source meets the same slices.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Generic, Protocol, TypeVar

import numpy as np

from likewise.encoders.base import Encoder
from likewise.encoders.culprit import without_failing
from likewise.errors import DefectiveVectors
from likewise.types import Encoding, Progress, Reading, Vectors, are_unit

if TYPE_CHECKING:
    from likewise.files.vectors.kept import KeptRows

SLICE_TEXTS = 4_096
SLICE_CHARACTERS = 1_000_000
"""A slice ends at either: texts of like length fill batches, and a stop costs one slice."""

MOST_LEFT_OUT = 100
"""Texts that can't be computed before the encoder itself is taken to be broken."""

Item = TypeVar("Item")
Items = TypeVar("Items")


class SliceStore(Protocol):
    """Keeps finished slices of a long job, each whole or not at all, so that it can be resumed."""

    def kept(self, number: int, texts: Sequence[str]) -> Encoding | None:
        """Return slice `number` as it was added, None where it has to be made.

        Raises:
            ResumeMismatch: it is there but was made from other texts.
        """

    def add(self, number: int, texts: Sequence[str], encoding: Encoding) -> None:
        """Keep a finished slice."""


@dataclass(frozen=True, eq=False)
class Slice(Generic[Items]):
    """A finished part of a long job.

    number: counted from 0. items: the n things that were embedded, as the source gave them.
    encoding: row i belongs to item i.
    """

    number: int
    items: Items
    encoding: Encoding


def embed_stream(
    source: Iterable[Item],
    encoder: Encoder,
    *,
    text: Callable[[Item], str],
    store: SliceStore | None = None,
    left_out: Callable[[Item, DefectiveVectors], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Slice[list[Item]]]:
    """Embed any number of texts slice by slice, in order and in flat memory.

    Args:
        source: what is to be embedded, e.g. rows of a table.
        encoder: embeds them.
        text: gives the text of an item.
        store: where finished slices are kept; a second run over the same source takes them from
            there.
        left_out: called with each item whose text the encoder can't compute; by default that is
            an error.
        progress: called with the number of items that are done.

    Raises:
        DefectiveVectors: a text can't be computed, or more than `MOST_LEFT_OUT` can't.
    """
    return embed_slices(
        ((items, [text(item) for item in items]) for items in slices(source, text)),
        encoder,
        taken=lambda items, places: [items[at] for at in places],
        store=store,
        left_out=left_out and (lambda items, at, error: left_out(items[at], error)),
        progress=progress,
    )


def embed_slices(
    source: Iterable[tuple[Items, Sequence[str]]],
    encoder: Encoder,
    *,
    taken: Callable[[Items, Sequence[int]], Items],
    store: SliceStore | None = None,
    left_out: Callable[[Items, int, DefectiveVectors], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Slice[Items]]:
    """Embed slices that are cut already; see `embed_stream`.

    Args:
        source: slices of items, however they are kept, with the text of each item.
        encoder: embeds them.
        taken: gives those items of a slice that stand at the given places.
        store: see `embed_stream`.
        left_out: called with a slice and the place of an item that can't be computed.
        progress: see `embed_stream`.

    Raises:
        DefectiveVectors: see `embed_stream`.
    """
    done = lost = 0

    def report(of_slice: int, _: int) -> None:
        if progress:
            progress(done + of_slice)

    for number, (items, texts) in enumerate(source):
        encoding = None if store is None else store.kept(number, texts)
        there = items
        if encoding is None:
            encoding, failed = _computed(encoder, texts, report, left_out is not None)
            for place, error in failed.items():
                lost += 1
                if left_out is None or lost > MOST_LEFT_OUT:
                    raise error
                left_out(items, place, error)
            if failed:
                there = taken(items, [at for at in range(len(texts)) if at not in failed])
            # one with gaps is made again by the next run, whose encoder may do better
            if store is not None and not failed:
                store.add(number, texts, encoding)
        done += len(texts)
        report(0, 0)
        yield Slice(number, there, encoding)


def slices(source: Iterable[Item], text: Callable[[Item], str]) -> Iterator[list[Item]]:
    """Yield items in slices that depend on nothing but the texts, so that a rerun has the same."""
    part: list[Item] = []
    characters = 0
    for item in source:
        part.append(item)
        characters += len(text(item))
        if len(part) >= SLICE_TEXTS or characters >= SLICE_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


@dataclass
class Embedding:
    """How a file was embedded: the texts that were, and how they were read; those left out."""

    reading: Reading = field(default_factory=Reading)
    left_out: list[tuple[int, str]] = field(default_factory=list)
    """Rows whose text the encoder can't compute, with what it says."""


def embed_texts(
    rows: "KeptRows",
    encoder: Encoder,
    file: BinaryIO,
    format_: str,
    *,
    store: SliceStore | None = None,
    progress: Callable[[int], None] | None = None,
) -> Embedding:
    """Write the embeddings of a table's texts to an open file.

    Args:
        rows: the texts, with the ids and columns that are to be kept.
        encoder: embeds them.
        file: open for writing bytes; a pipe where the format is one of `formats.STREAMED`.
        format_: one of `formats.EMBEDDED`.
        store: where finished slices are kept meanwhile.
        progress: called with the number of texts that are done.
    """
    from likewise.files.formats import vector_writer

    result = Embedding()
    identity = encoder.identity.to_dict()
    with vector_writer(format_, file, identity, rows.layout) as write:
        for part in embed_slices(
            ((part, part.texts) for part in rows.slices(SLICE_TEXTS, SLICE_CHARACTERS)),
            encoder,
            taken=lambda part, places: part.taken(places),
            store=store,
            left_out=lambda part, at, error: result.left_out.append(
                (part.numbers[at], error.problem)
            ),
            progress=progress,
        ):
            result.reading.add(part.encoding)
            write(rows.embedded(part.items, part.encoding))
            file.flush()
    return result


def embed_all(
    texts: Sequence[str], encoder: Encoder, progress: Progress | None = None
) -> tuple[Vectors, Reading, dict[int, DefectiveVectors]]:
    """Return vectors of all texts, how they were read, and the errors of those that fail.

    The vectors are float32, shape (n, dims), unit length; that of a text that can't be computed is
    zeros. The errors are by the texts' places.

    Raises:
        DefectiveVectors: none can be computed, or more than `MOST_LEFT_OUT` can't.
    """
    reading, failed = Reading(), dict[int, DefectiveVectors]()
    vectors = np.zeros((len(texts), encoder.identity.dims), np.float32)
    for part in embed_stream(
        range(len(texts)),
        encoder,
        text=texts.__getitem__,
        left_out=failed.__setitem__,
        progress=progress and (lambda done: progress(done, len(texts))),
    ):
        reading.add(part.encoding)
        vectors[part.items] = part.encoding.vectors
    if failed and len(failed) == len(texts):
        raise failed[0]
    return vectors, reading, failed


def uncomputable(encoder: Encoder, texts: Sequence[str]) -> dict[int, DefectiveVectors]:
    """Return the errors of the texts that the encoder can't compute, by their places.

    Raises:
        DefectiveVectors: there are more than `MOST_LEFT_OUT`.
    """
    found: dict[int, DefectiveVectors] = {}
    for begin in range(0, len(texts), SLICE_TEXTS):
        _, failed = _computed(encoder, texts[begin : begin + SLICE_TEXTS], None, search=True)
        for place, error in failed.items():
            found[begin + place] = error
            if len(found) > MOST_LEFT_OUT:
                raise error
    return found


def _checked(encoding: Encoding, count: int, encoder: Encoder) -> Encoding:
    """Return what an encoder gave; anybody may write one, and what is kept must be vectors.

    Raises:
        DefectiveVectors: there is not one for each text, or one is not of unit length.
    """
    name, shape = encoder.identity.name, (count, encoder.identity.dims)
    if encoding.vectors.shape != shape:
        raise DefectiveVectors(
            f"{name} gave an array of {encoding.vectors.shape} in the place of {shape}.",
            "It needs a row for each text, as wide as its identity says.",
        )
    if not are_unit(encoding.vectors).all():
        raise DefectiveVectors(
            f"{name} gave a vector that is not of unit length.", "Divide each by its length."
        )
    return encoding


def _computed(
    encoder: Encoder, texts: Sequence[str], progress: Progress | None, search: bool
) -> tuple[Encoding, dict[int, DefectiveVectors]]:
    """Return the rows of the texts that can be computed, and the errors of the others by place."""

    def compute(part: Sequence[str]) -> Encoding:
        # a part of them would tell how much of itself is done
        tell = progress if len(part) == len(texts) else None
        return _checked(encoder.encode(part, progress=tell), len(part), encoder)

    if not search:
        return compute(texts), {}
    parts, failed = without_failing(compute, texts)
    return Encoding.joined(parts or [encoder.encode([])]), failed
