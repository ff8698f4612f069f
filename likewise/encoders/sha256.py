"""The contrast: a cryptographic hash gives every text numbers that mean nothing."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import check_texts
from likewise.types import Encoding, Identity, Progress, Runtime

_BITS = 256


class Sha256Encoder:
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

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoding:
        """Return ±1/16 for each bit, most significant bit first; see `Encoder.encode`."""
        check_texts(texts)
        raw = [text.encode() for text in texts]
        digests = b"".join(hashlib.sha256(data).digest() for data in raw)
        bits = np.unpackbits(np.frombuffer(digests, np.uint8)).reshape(len(raw), _BITS)
        vectors = (bits.astype(np.float32) * 2 - 1) / np.float32(_BITS**0.5)
        if progress:
            progress(len(raw), len(raw))
        return Encoding(vectors, *self.count_tokens(texts))

    def count_tokens(
        self, texts: Sequence[str]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Return the bytes of each text, none of which is left out; see `CountsTokens`."""
        check_texts(texts)
        tokens = np.array([len(text.encode()) for text in texts], np.int32)
        return tokens, np.zeros(len(texts), np.bool_)

    def __repr__(self) -> str:
        return "Sha256Encoder(256 dims, knows nothing of meaning)"
