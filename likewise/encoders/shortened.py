"""Shorter vectors from an encoder that was trained for it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from likewise.encoders.base import Encoder, Sink, TokenParts
from likewise.encoders.wrapped import WrappedEncoder
from likewise.errors import InvalidDimensions
from likewise.types import Capabilities, Encoding, Identity, Progress


class ShortenedEncoder(WrappedEncoder):
    """The first `dims` numbers of an encoder's vectors, made unit length again.

    Only vectors of encoders that were trained so keep their meaning when they are cut. They live
    in a space of their own, so their identity is another.

    Source: A. Kusupati et al., "Matryoshka representation learning", NeurIPS 2022.
    """

    def __init__(self, encoder: Encoder, dims: int) -> None:
        """Cut the vectors of `encoder` to `dims` numbers.

        Raises:
            InvalidDimensions: `dims` is not between 1 and the encoder's own number.
        """
        own = encoder.identity.dims
        if not 1 <= dims <= own:
            raise InvalidDimensions(
                f"{encoder.identity.name} gives {own} dimensions, not {dims}.",
                f"Ask for 1 to {own}, or leave dimensions out.",
                param="dimensions",
            )
        super().__init__(encoder)
        self._identity = replace(
            encoder.identity, dims=dims, graph=f"{encoder.identity.graph}, first {dims} of {own}"
        )

    @property
    def identity(self) -> Identity:
        """The identity of the encoder behind, with fewer numbers."""
        return self._identity

    @property
    def capabilities(self) -> Capabilities:
        """Those of the encoder behind, but a cut vector is not a sum over tokens of unit length."""
        behind = self.encoder.capabilities
        widths = tuple(width for width in behind.widths if width < self.identity.dims)
        return replace(behind, widths=widths, token_parts=False)

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Encode, cut and renormalise; see `Encoder.encode`."""
        return self._cut(self.encoder.encode(texts, progress=progress))

    def encode_to(
        self, texts: Iterable[str], sink: Sink, *, progress: Progress | None = None
    ) -> None:
        """Encode, cut and renormalise; see `Encoder.encode_to`."""

        def cut(places: Sequence[int], encoding: Encoding) -> None:
            sink(places, self._cut(encoding))

        self.encoder.encode_to(texts, cut, progress=progress)

    def token_parts(self, texts: Iterable[str]) -> list[TokenParts] | None:  # noqa: ARG002
        """Return None: the parts of the whole vector add up to another length."""
        return None

    def __repr__(self) -> str:
        return f"ShortenedEncoder({self.encoder!r}, {self.identity.dims})"

    def _cut(self, encoding: Encoding) -> Encoding:
        cut = encoding.vectors[:, : self.identity.dims]
        lengths = np.linalg.norm(cut, axis=1, keepdims=True)
        return replace(encoding, vectors=cut / lengths)
