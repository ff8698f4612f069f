"""What all rooms share: identities, vectors, and how progress is told."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.errors import IncompatibleVectors

Vectors = npt.NDArray[np.float32]
"""float32, shape (n, dims), each row of unit length."""

Progress = Callable[[int, int], None]
"""Called as `progress(done, total)`, both in texts, while a long `encode` runs."""


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
