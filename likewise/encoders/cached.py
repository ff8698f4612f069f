"""An encoder with a vector cache in front: a text that was encoded once costs nothing again."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from likewise.encoders.base import Encoder, Sink
from likewise.encoders.column import texts_of
from likewise.encoders.embedding import Lookup, complete, keys_of, rows_of
from likewise.encoders.vector_cache import UNCOUNTED, VectorCache
from likewise.encoders.wrapped import WrappedEncoder
from likewise.types import Capabilities, Encoding, Progress


class CachedEncoder(WrappedEncoder):
    """Any encoder with a vector cache in front; it is the same encoder, so the same identity."""

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        """Put `cache` before `encoder`."""
        super().__init__(encoder)
        self.cache = cache

    @property
    def capabilities(self) -> Capabilities:
        """Those of the encoder behind; its vectors are kept."""
        return replace(self.encoder.capabilities, cached=True)

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return kept vectors where there are any and compute the rest; see `Encoder.encode`."""
        every = texts_of(texts)

        def compute(missing: list[str], sink: Sink, report: Progress | None) -> None:
            self.encoder.encode_to(missing, sink, progress=report)

        encoding = complete(self.identity, every, self.cache, compute, progress)
        return self._recounted(every, encoding)

    def encode_to(
        self, texts: Iterable[str], sink: Sink, *, progress: Progress | None = None
    ) -> None:
        """Hand over what is kept and what is computed; see `Encoder.encode_to`."""
        every = texts_of(texts)
        sink(range(len(every)), self.encode(every, progress=progress))

    def cost(self, texts: Iterable[str]) -> float | None:
        """Return what the texts will cost that are not kept; see `Encoder.cost`."""
        lookup = Lookup(self.identity, texts_of(texts), self.cache)
        return self.encoder.cost(list(lookup.missing.values()))

    def _recounted(self, texts: list[str], encoding: Encoding) -> Encoding:
        """Return the encoding with the unknown tokens of rows that an older Likewise kept."""
        older = np.flatnonzero(encoding.unknown == UNCOUNTED)
        if not len(older):
            return encoding
        again = [texts[index] for index in older]
        encoding.unknown[older] = self.encoder.count_tokens(again).unknown
        rows = rows_of(encoding.take(older))
        self.cache.put(dict(zip(keys_of(self.identity, again), rows, strict=True)))
        return encoding

    def __repr__(self) -> str:
        return f"CachedEncoder({self.encoder!r}, {str(self.cache.path)!r})"
