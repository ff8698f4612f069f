"""The contrast: a cryptographic hash gives every text numbers that mean nothing."""

import hashlib
from collections.abc import Iterable

import numpy as np

from likewise.encoders.base import BaseEncoder
from likewise.encoders.column import texts_of
from likewise.types import Capabilities, Encoding, Identity, Progress, Runtime, TokenCounts

_BITS = 256


class Sha256Encoder(BaseEncoder):
    """SHA-256 as an encoder: its 256 bits become 256 numbers of ±1/16, a unit vector.

    Changing one letter flips about half of them, so two texts that mean the same are as far
    apart as any two. Its "tokens" are UTF-8 bytes, and it reads all of them.

    Source: FIPS 180-4 for the hash.
    """

    identity = Identity(
        name="sha256",
        revision="FIPS 180-4",
        weights="none",
        tokenizer="utf-8 bytes",
        graph="sha256 bits as -1 and +1",
        dims=_BITS,
        max_tokens=0,
        pooling="none",
    )
    runtime = Runtime(engine="hashlib", precision="exact", parity=None, threads=1)
    capabilities = Capabilities(cheap=True, unit="byte")

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return ±1/16 for each bit, most significant bit first; see `Encoder.encode`."""
        every = texts_of(texts)
        digests = b"".join(hashlib.sha256(text.encode()).digest() for text in every)
        bits = np.unpackbits(np.frombuffer(digests, np.uint8)).reshape(len(every), _BITS)
        vectors = (bits.astype(np.float32) * 2 - 1) / np.float32(_BITS**0.5)
        if progress:
            progress(len(every), len(every))
        return Encoding(vectors, *self.count_tokens(every))

    def count_tokens(self, texts: Iterable[str]) -> TokenCounts:
        """Return the bytes of each text, none of which is left out; see `Encoder.count_tokens`."""
        tokens = np.array([len(text.encode()) for text in texts_of(texts)], np.int32)
        return TokenCounts(tokens, np.zeros(len(tokens), np.bool_), np.zeros(len(tokens), np.int32))

    def __repr__(self) -> str:
        return "Sha256Encoder(256 dims, knows nothing of meaning)"
