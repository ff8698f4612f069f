"""Shorter vectors from an encoder that was trained for it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import CountsTokens, Encoder
from likewise.errors import InvalidDimensions, InvalidOption
from likewise.types import Encoding, Identity, Progress, Runtime


class ShortenedEncoder:
    """The first `dims` numbers of an encoder's vectors, made unit length again.

    Only vectors of encoders that were trained so keep their meaning when they are cut. They live
    in a space of their own, so their identity is another.

    Source: A. Kusupati et al., "Matryoshka representation learning", NeurIPS 2022.
    """

    def __init__(self, encoder: Encoder, dims: int) -> None:
        """Cut the vectors of `encoder` to `dims` numbers.

        Raises:
            InvalidDimensions: `dims` is not between 1 and the encoder's own number.
            InvalidOption: the encoder can't count tokens beforehand.
        """
        own = encoder.identity.dims
        if not 1 <= dims <= own:
            raise InvalidDimensions(
                f"{encoder.identity.name} gives {own} dimensions, not {dims}.",
                f"Ask for 1 to {own}, or leave dimensions out.",
                param="dimensions",
            )
        if not isinstance(encoder, CountsTokens):
            raise InvalidOption(
                f"{encoder.identity.name} can't be shortened here.", "Leave dimensions out."
            )
        self.encoder = encoder
        self._counter = encoder
        self.identity: Identity = replace(
            encoder.identity, dims=dims, graph=f"{encoder.identity.graph}, first {dims} of {own}"
        )

    @property
    def runtime(self) -> Runtime:
        """The runtime of the encoder behind."""
        return self.encoder.runtime

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoding:
        """Encode, cut and renormalise; see `Encoder.encode`."""
        encoding = self.encoder.encode(texts, progress=progress)
        cut = encoding.vectors[:, : self.identity.dims]
        lengths = np.linalg.norm(cut, axis=1, keepdims=True)
        return Encoding(cut / lengths, encoding.tokens, encoding.truncated)

    def count_tokens(
        self, texts: Sequence[str]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Count as the encoder behind does; see `CountsTokens.count_tokens`."""
        return self._counter.count_tokens(texts)
