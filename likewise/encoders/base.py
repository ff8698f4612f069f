"""The contract that every encoder keeps, and that everything else relies on."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from likewise.errors import IncompatibleVectors, InvalidText, shown

Vectors = npt.NDArray[np.float32]
"""float32, shape (n, dims), each row of unit length."""

Progress = Callable[[int, int], None]
"""Called as `progress(done, total)`, both in texts, while a long `encode` runs."""

STREAM_TEXTS = 4_096
"""Texts per slice of a stream: enough to fill batches with equal lengths, little in memory."""


@dataclass(frozen=True)
class Identity:
    """What an encoder is: all that gives its vectors their meaning.

    `name` and `revision` are labels for people. `digest` hashes everything else, so the same
    model found under two names has one digest, and two models never share one.
    """

    name: str
    """The name that `likewise.load` takes."""
    revision: str
    """The authors' version of the model, `""` where none is known."""
    weights: str
    """SHA-256 of the weights; for a remote encoder its address and model name."""
    tokenizer: str
    """SHA-256 of the tokenizer; `""` where texts are not tokenised on this machine."""
    graph: str
    """The computation from tokens to vector, e.g. `bert 6x384 heads 12 gelu`."""
    dims: int
    """Numbers in a vector."""
    max_tokens: int
    """Tokens of a text that the encoder reads, special tokens included; 0 means no limit."""
    pooling: str
    """How token vectors become one vector: `mean`, `cls` or `none`."""
    prefix: str = ""
    """Put before every text, for models that were trained with one (`query: `)."""

    @cached_property
    def digest(self) -> str:
        """64 hexadecimal characters; equal exactly where vectors may be compared."""
        meaning = asdict(self)
        del meaning["name"], meaning["revision"]
        canonical = json.dumps(meaning, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return all fields and the digest, ready for JSON."""
        return {**asdict(self), "digest": self.digest}


@dataclass(frozen=True)
class Runtime:
    """How vectors were computed; no part of what they mean."""

    engine: str
    """Library that computes, with its version."""
    precision: str
    """Arithmetic: `bf16`, `f16`, `f32`, `exact`, or `unknown` where a provider computes."""
    parity: float | None
    """Least cosine similarity to the reference vectors at load; None where there are none."""
    threads: int
    """Threads that the engine uses; 0 where that is not ours to say."""
    notes: tuple[str, ...] = ()
    """What a user should know, e.g. why a faster precision was not taken."""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Encoding:
    """The result of `encode`: row i belongs to text i.

    vectors: float32, shape (n, dims), unit length and finite; n = 0 gives (0, dims).
    tokens: int32, shape (n,), tokens in each text, those that were cut off included. Of a text
        over the encoder's character cap only the characters up to the cap are counted.
    truncated: bool, shape (n,), true where a part of the text was not read.
    """

    vectors: Vectors
    tokens: npt.NDArray[np.int32]
    truncated: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.vectors)


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


def check_same(*identities: Identity) -> None:
    """Raise `IncompatibleVectors` unless all identities have one digest."""
    first = identities[0]
    for other in identities[1:]:
        if other.digest != first.digest:
            raise IncompatibleVectors(
                f"Vectors of {first.name} ({first.digest[:12]}) and of {other.name} "
                f"({other.digest[:12]}) can't be compared: each encoder has a space of its own.",
                "Embed all the texts again with one encoder.",
            )


def encode_stream(
    encoder: Encoder, texts: Iterable[str], *, slice_texts: int = STREAM_TEXTS
) -> Iterator[tuple[list[str], Encoding]]:
    """Yield (texts, encoding) slice by slice, in order, in flat memory for any iterator."""
    source = iter(texts)
    while part := list(islice(source, slice_texts)):
        yield part, encoder.encode(part)
