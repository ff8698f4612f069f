"""The one way to embed many texts: what is known, what is missing, and putting it together.

Every cache, the server and long jobs go this way. A text is known by a hash of the encoder's
identity and its exact characters, so equal texts are computed once, and nothing that another
encoder made is ever taken for this one's.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import Sink
from likewise.encoders.culprit import placed
from likewise.types import Encoding, Identity, Progress, TokenCounts, Vectors


class KnownRow(NamedTuple):
    """One text's part of an `Encoding`; vector: float32, shape (dims,)."""

    vector: Vectors
    tokens: int
    truncated: bool
    unknown: int


class Store(Protocol):
    """Keeps rows by key; what it has lost, or never had, is computed again."""

    def get(self, keys: Sequence[bytes], dims: int) -> Mapping[bytes, KnownRow]:
        """Return the rows that are there and whole, by key."""

    def put(self, rows: dict[bytes, KnownRow]) -> None:
        """Keep rows."""


def keys_of(identity: Identity, texts: Sequence[str]) -> list[bytes]:
    """Return the key of each text: a hash of the encoder's identity and the exact text."""
    digest = bytes.fromhex(identity.digest)
    return [hashlib.sha256(digest + text.encode()).digest() for text in texts]


class Lookup:
    """Texts of which some rows are known; each of the others has to be computed once.

    Attributes:
        keys: the key of each text.
        rows: the known rows, by key.
        missing: the texts that have to be computed, by key, each once.
    """

    def __init__(self, identity: Identity, texts: Sequence[str], store: Store) -> None:
        self._dims = identity.dims
        self.keys = keys_of(identity, texts)
        self.rows = dict(store.get(list(dict.fromkeys(self.keys)), identity.dims))
        self.missing = {
            key: text for key, text in zip(self.keys, texts, strict=True) if key not in self.rows
        }

    def counts(self, missing: TokenCounts | None) -> TokenCounts:
        """Return the token counts of all texts, where `missing` has those of the missing ones."""
        if missing is not None and len(self.missing) == len(self.keys):
            return missing  # all are new, and different: on a server this is nearly every request
        found: dict[bytes, tuple[int, bool, int]] = {key: row[1:] for key, row in self.rows.items()}
        if missing is not None:
            found |= dict(zip(self.missing, zip(*missing, strict=True), strict=True))
        each = [found[key] for key in self.keys]
        tokens, truncated, unknown = zip(*each, strict=True) if each else ((), (), ())
        return TokenCounts(
            np.array(tokens, np.int32), np.array(truncated, np.bool_), np.array(unknown, np.int32)
        )

    def place_of(self, key: bytes) -> int:
        """Return where the text of that key stands first."""
        return self.keys.index(key)

    def add(self, keys: Sequence[bytes], encoding: Encoding) -> dict[bytes, KnownRow]:
        """Take in computed rows; gives them by key."""
        fresh = dict(zip(keys, rows_of(encoding), strict=True))
        self.rows |= fresh
        return fresh

    def encoding(self) -> Encoding:
        """Return the rows of all texts, in order, once each is known."""
        return encoding_of([self.rows[key] for key in self.keys], self._dims)


def complete(
    identity: Identity,
    texts: Sequence[str],
    store: Store,
    compute: Callable[[list[str], Sink, Progress | None], None],
    progress: Progress | None = None,
) -> Encoding:
    """Return the encoding of texts: known rows from `store`, the rest computed and put there.

    Finished rows are put there at once, so an error or a stop loses none of them.
    """
    lookup = Lookup(identity, texts, store)
    missing = list(lookup.missing)
    known = len(texts) - len(missing)

    def keep(places: Sequence[int], encoding: Encoding) -> None:
        store.put(lookup.add([missing[place] for place in places], encoding))

    def report(done: int, _: int) -> None:
        if progress:
            progress(known + done, len(texts))

    if missing:
        with placed(lambda place: lookup.place_of(missing[place])):
            compute(list(lookup.missing.values()), keep, report)
    elif progress:
        progress(len(texts), len(texts))
    return lookup.encoding()


def gather(texts: Sequence[str], dims: int, compute: Callable[[list[str], Sink], None]) -> Encoding:
    """Return the encoding of texts from what `compute` hands over; equal texts are computed once.

    texts: n texts. `compute(different, sink)` gets each different text once.
    """
    different, places = unique(texts)
    vectors = np.empty((len(different), dims), np.float32)
    tokens = np.zeros(len(different), np.int32)
    truncated = np.zeros(len(different), np.bool_)
    unknown = np.zeros(len(different), np.int32)

    def keep(which: Sequence[int], encoding: Encoding) -> None:
        rows = np.asarray(which, np.int64)
        vectors[rows] = encoding.vectors
        tokens[rows], truncated[rows] = encoding.tokens, encoding.truncated
        unknown[rows] = encoding.unknown

    with placed(lambda place: int(np.argmax(places == place))):
        compute(different, keep)
    return Encoding(vectors, tokens, truncated, unknown).take(places)


def unique(texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the different texts in order of first appearance, and the place of each text."""
    places: dict[str, int] = {}
    place_of_text = np.array([places.setdefault(text, len(places)) for text in texts], np.int64)
    return list(places), place_of_text


def rows_of(encoding: Encoding) -> list[KnownRow]:
    """Return a row for each text of an encoding."""
    return [
        KnownRow(vector.copy(), int(tokens), bool(truncated), int(unknown))
        for vector, tokens, truncated, unknown in zip(
            encoding.vectors, encoding.tokens, encoding.truncated, encoding.unknown, strict=True
        )
    ]


def encoding_of(rows: Sequence[KnownRow], dims: int) -> Encoding:
    """Return the encoding that consists of `rows`, whose vectors have `dims` numbers."""
    vectors = np.empty((len(rows), dims), np.float32)
    for index, row in enumerate(rows):
        vectors[index] = row.vector
    return Encoding(
        vectors,
        np.array([row.tokens for row in rows], np.int32),
        np.array([row.truncated for row in rows], np.bool_),
        np.array([row.unknown for row in rows], np.int32),
    )
