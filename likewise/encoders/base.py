"""The contract that every encoder keeps, and that everything else relies on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from likewise.encoders.column import texts_of
from likewise.errors import LikewiseError
from likewise.types import (
    Capabilities,
    Encoding,
    Identity,
    Progress,
    Runtime,
    TokenCounts,
    Vectors,
)

if TYPE_CHECKING:
    from likewise.encoders.remote.spending import Spending

PART_TEXTS = 4_096
"""Texts that `encode_to` hands over at a time: enough to fill batches with like lengths."""

Sink = Callable[[Sequence[int], Encoding], None]
"""Takes finished rows: which of the texts they belong to, and their encoding."""


Places = npt.NDArray[np.int32]
"""int32, shape (tokens, 2): where each token starts and ends in its text, in characters."""


@dataclass(frozen=True, eq=False)
class TokenParts:
    """A text's vector as the sum that it is, one addend for each token that was read.

    parts: float32, shape (tokens, dims); they add up to the text's unit vector, but for what the
        engine's precision rounds.
    places: int32, shape (tokens, 2), where each token starts and ends in the text, in
        characters; both 0 for special tokens and those of the encoder's prefix.
    """

    parts: Vectors
    places: npt.NDArray[np.int32]


@runtime_checkable
class Encoder(Protocol):
    """What turns texts into vectors: the interface of every encoder.

    Texts can be any iterable of strings: a list, a generator, an array, a column of a table. To
    write your own encoder, start from `BaseEncoder`, which has sensible defaults for everything but
    the encoding itself.
    """

    @property
    def identity(self) -> Identity:
        """What this encoder is."""

    @property
    def runtime(self) -> Runtime:
        """How it computes on this machine."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do besides encoding, and what using it involves."""

    @property
    def spending(self) -> "Spending | None":
        """What it has spent at a provider; None if texts stay on this machine."""

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return one unit vector for each text, in order.

        Equal texts give equal rows. The batch that a text is in changes its vector by less than
        1e-4 in cosine similarity. Empty and blank texts are allowed; each gets the vector that the
        model gives to a text without words.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """

    def encode_to(
        self, texts: Iterable[str], sink: Sink, *, progress: Progress | None = None
    ) -> None:
        """Encode texts and hand over each part as soon as it is ready.

        `sink(places, encoding)` is called with the positions of some texts, in any order, and their
        rows. If an error ends the work, what was handed over before it is valid.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """

    def count_tokens(self, texts: Iterable[str]) -> TokenCounts:
        """Return what `encode` would report about the texts' tokens, without encoding them.

        They are estimates if the tokenizer is not on this machine.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """

    def token_parts(self, texts: Iterable[str]) -> list[TokenParts] | None:
        """Return what each token adds to its text's vector; None if it is not a sum of such parts.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """

    def token_places(self, texts: Iterable[str]) -> list[Places] | None:
        """Return the place of each token in its text; None if the encoder can't tell.

        int32, shape (tokens, 2): start and end in characters; both 0 for special tokens and those
        of the encoder's prefix.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """

    def cost(self, texts: Iterable[str]) -> float | None:
        """Return roughly how many dollars it will cost to encode the texts; None if unknown.

        Vectors that are cached already cost nothing.
        """


class Encode(Protocol):
    """`Encoder.encode` of one encoder."""

    def __call__(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return one unit vector for each text."""


def in_parts(
    encode: Encode, texts: Iterable[str], sink: Sink, progress: Progress | None = None
) -> None:
    """Encode some thousand texts at a time and hand each part over; see `Encoder.encode_to`."""
    every = texts_of(texts)

    def report(done: int, _: int) -> None:
        if progress:
            progress(start + done, len(every))

    for start in range(0, len(every), PART_TEXTS):
        part = every[start : start + PART_TEXTS]
        try:
            encoding = encode(part, progress=report)
        except LikewiseError as error:
            if error.which is not None:
                error.which += start
            raise
        sink(range(start, start + len(part)), encoding)


class BaseEncoder:
    """What an encoder has that runs on this machine, where it says nothing else.

    An encoder of one's own gives `identity`, `runtime`, `encode` and `count_tokens`.
    """

    capabilities: Capabilities = Capabilities()
    spending: "Spending | None" = None

    def __copy__(self) -> Self:
        """Return itself: using an encoder does not change it, so copies may share it."""
        return self

    def __deepcopy__(self, _: object) -> Self:
        """Return itself, see `__copy__`."""
        return self

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Return one unit vector for each text; see `Encoder.encode`."""
        raise NotImplementedError

    def encode_to(
        self, texts: Iterable[str], sink: Sink, *, progress: Progress | None = None
    ) -> None:
        """Encode some thousand texts at a time; see `Encoder.encode_to`."""
        in_parts(self.encode, texts, sink, progress)

    def token_parts(self, texts: Iterable[str]) -> list[TokenParts] | None:  # noqa: ARG002
        """Return None: a vector is not a sum over tokens. See `Encoder.token_parts`."""
        return None

    def token_places(self, texts: Iterable[str]) -> list[Places] | None:  # noqa: ARG002
        """Return None: nobody knows. See `Encoder.token_places`."""
        return None

    def cost(self, texts: Iterable[str]) -> float | None:  # noqa: ARG002
        """Return 0: it costs nothing. See `Encoder.cost`."""
        return 0.0
