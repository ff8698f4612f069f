"""The contract that every encoder keeps, and that everything else relies on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from likewise.errors import InvalidText, shown
from likewise.types import Encoding, Identity, Progress, Runtime, Vectors

STREAM_TEXTS = 4_096
"""Texts per slice of a stream: enough to fill batches with equal lengths, little in memory."""


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into vectors. Everything outside this folder sees only this."""

    @property
    def identity(self) -> Identity:
        """What this encoder is."""

    @property
    def runtime(self) -> Runtime:
        """How it computes on this machine."""

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoding:
        """Return one unit vector for each text, in order.

        Equal texts give equal rows; a text's vector depends on its batch by less than 1e-4 in
        cosine similarity. `""` and blank texts are texts: they get the vector of nothing said.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """


@runtime_checkable
class CountsTokens(Protocol):
    """An encoder that can say beforehand how much of each text it will read."""

    def count_tokens(
        self, texts: Sequence[str]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Return `Encoding.tokens` and `Encoding.truncated` of the texts, without encoding them.

        Where the tokenizer is not on this machine they are estimates.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """


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
class SplitsIntoTokens(Protocol):
    """An encoder that may be able to say what each token adds to a vector."""

    def token_parts(self, texts: Sequence[str]) -> list[TokenParts] | None:
        """Return the addends of each text's vector, None where it is no sum over tokens.

        Raises:
            InvalidText: an element is not a string or holds a lone surrogate.
        """


def check_texts(texts: Sequence[str]) -> None:
    """Raise `InvalidText` unless `texts` is a sequence of strings that UTF-8 can hold."""
    if isinstance(texts, str | bytes):
        raise InvalidText(
            f"encode takes a list of texts, got one {type(texts).__name__} {shown(texts)}.",
            "Put it in a list: encode([text]).",
        )
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidText(
                f"Text {index + 1} is not a string but {type(text).__name__} {shown(text)}.",
                "Convert it with str() or leave it out.",
            )
        if not text.isascii():
            _check_surrogates(index, text)


def _check_surrogates(index: int, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise InvalidText(
            f"Text {index + 1} holds a lone surrogate U+{code:04X} at character "
            f"{error.start + 1}, which is half a character.",
            "Read the file as UTF-8, or replace it: text.encode('utf-8', 'replace').decode().",
        ) from None


def encode_stream(
    encoder: Encoder, texts: Iterable[str], *, slice_texts: int = STREAM_TEXTS
) -> Iterator[tuple[list[str], Encoding]]:
    """Yield (texts, encoding) slice by slice, in order, in flat memory for any iterator."""
    source = iter(texts)
    while part := list(islice(source, slice_texts)):
        yield part, encoder.encode(part)
