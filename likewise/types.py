"""What all rooms share: identities, encodings, what an encoder can, and how progress is told."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from likewise.errors import IncompatibleVectors, InvalidIdentity, counted, shown

Vectors = npt.NDArray[np.float32]
"""float32, shape (n, dims), each row of unit length."""

UNIT_TOLERANCE = 1e-3
"""By how much the length of a unit vector may differ from 1: float16 is off by up to 5e-4."""


def are_unit(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Return which rows of an array of shape (n, dims) are of unit length: bool, shape (n,).

    One that is not finite is not.
    """
    with np.errstate(all="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))  # five times as fast as norm
        found: npt.NDArray[np.bool_] = np.abs(lengths - 1) < UNIT_TOLERANCE
    return found


Progress = Callable[[int, int], None]
"""Called as `progress(done, total)`, both in texts, while a long `encode` runs."""

StageProgress = Callable[[str, int, int], None]
"""Called as `progress(what, done, total)` while work of several stages runs.

`what` names the stage, and a total of 0 means that nobody knows how much there is of it.
"""


def no_progress(what: str, done: int, total: int) -> None:
    """Tell nobody, as a `StageProgress`."""


@dataclass(frozen=True)
class Identity:
    """What an encoder is: everything that determines its vectors.

    `name` and `revision` are labels for people. `digest` is a hash of everything else, so the same
    model under two names has one digest, and two models never share one.
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
        canonical = json.dumps(
            self._meaning(), sort_keys=True, ensure_ascii=True, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return all fields and the digest, ready for JSON."""
        return {**asdict(self), "digest": self.digest}

    @classmethod
    def from_dict(cls, members: object) -> Self:
        """Return the identity that `to_dict` wrote, read back from JSON.

        Raises:
            InvalidIdentity: a member is missing, unknown to this version of Likewise or of the
                wrong type, or the digest is not that of the other members.
        """
        if not isinstance(members, Mapping):
            raise _no_identity(f"it is {type(members).__name__}, not an object")
        given = dict(members)
        digest = given.pop("digest", None)
        known = {one.name: one.type for one in fields(cls)}
        if newer := sorted(map(str, given.keys() - known.keys())):
            raise InvalidIdentity(
                f"The encoder's identity has the member {shown(newer[0])}, which this version of "
                "Likewise does not know.",
                "Update Likewise: pip install -U likewise.",
            )
        for name, kind in known.items():
            if type(given.get(name)) is not kind:
                raise _no_identity(f"its {name} is {shown(given.get(name))}")
        if given["dims"] < 1 or given["max_tokens"] < 0:
            raise _no_identity(f"dims {given['dims']} and max_tokens {given['max_tokens']}")
        made = cls(**given)
        if digest != made.digest:
            raise _no_identity("its digest is not that of its other members")
        return made

    def differences(self, other: "Identity") -> list[str]:
        """Return the names of the fields that make the vectors of the two incomparable."""
        mine, others = self._meaning(), other._meaning()
        return [name for name in mine if mine[name] != others[name]]

    def _meaning(self) -> dict[str, Any]:
        meaning = asdict(self)
        del meaning["name"], meaning["revision"]
        return meaning


@dataclass(frozen=True)
class Runtime:
    """How vectors were computed, which does not change what they mean."""

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


@dataclass(frozen=True)
class Capabilities:
    """What an encoder can do and what using it means, beside turning texts into vectors."""

    prompts: Mapping[str, str] = field(default_factory=dict)
    """Prefixes that the model was trained with, by name (`query`, `passage`)."""
    pools_prefix: bool = True
    """The prefix itself is a part of what a vector means, and not only read before the text."""
    widths: tuple[int, ...] = ()
    """Shorter widths that the model was trained for (Matryoshka), which `--dims` takes."""
    remote: bool = False
    """Texts are sent to a provider, over the network."""
    price: float | None = 0.0
    """Dollars for a million tokens: 0 where nothing is charged, None where nobody knows."""
    cheap: bool = False
    """Encoding costs next to nothing, so that no vector is worth keeping."""
    cached: bool = False
    """Vectors are kept on disk already."""
    token_parts: bool = False
    """A vector is a sum over its tokens, which `token_parts` can take apart."""
    unit: Literal["token", "byte"] = "token"
    """What `Encoding.tokens` counts."""
    counts_exactly: bool = True
    """`count_tokens` counts with the model's own tokenizer; otherwise it estimates."""


class TokenCounts(NamedTuple):
    """How much of some texts an encoder reads and knows, without encoding them.

    tokens: int32, shape (n,), tokens in each text, those that are cut off included.
    truncated: bool, shape (n,), true where a part of the text is not read.
    unknown: int32, shape (n,), tokens of each text that the model does not know.
    """

    tokens: npt.NDArray[np.int32]
    truncated: npt.NDArray[np.bool_]
    unknown: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Encoding:
    """The result of `encode`: row i belongs to text i.

    vectors: float32, shape (n, dims), unit length and finite; n = 0 gives (0, dims).
    tokens: int32, shape (n,), tokens in each text, including those that were cut off. If a text is
        longer than the encoder's limit in characters, only the characters up to the limit are
        counted.
    truncated: bool, shape (n,), true if part of the text was not read.
    unknown: int32, shape (n,), tokens of each text that the model does not know (`[UNK]`); texts
        made of unknown tokens all look the same to it. A text of which the tokenizer leaves nothing
        counts as one. 0 if it can't be known, as at a provider.
    """

    vectors: Vectors
    tokens: npt.NDArray[np.int32]
    truncated: npt.NDArray[np.bool_]
    unknown: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: slice | npt.NDArray[np.integer]) -> "Encoding":
        """Return the encoding of some of the texts."""
        return Encoding(
            self.vectors[rows], self.tokens[rows], self.truncated[rows], self.unknown[rows]
        )

    @staticmethod
    def joined(parts: Sequence["Encoding"]) -> "Encoding":
        """Return one encoding of the texts of one or more parts, in order."""
        return Encoding(
            np.concatenate([part.vectors for part in parts]),
            np.concatenate([part.tokens for part in parts]),
            np.concatenate([part.truncated for part in parts]),
            np.concatenate([part.unknown for part in parts]),
        )


@dataclass
class Reading:
    """How the texts of a whole job were read, for people: counted encoding by encoding."""

    texts: int = 0
    cut_off: int = 0
    """Texts of which a part was not read."""
    with_unknown: int = 0
    """Texts with tokens that the model does not know."""
    tokens: int = 0
    """Tokens of these texts."""
    unknown: int = 0
    """Of these tokens, those that the model does not know."""

    def add(self, encoding: Encoding | TokenCounts) -> None:
        """Count the texts of an encoding, or of what was only counted."""
        has_unknown = encoding.unknown > 0
        self.texts += len(encoding.tokens)
        self.cut_off += int(encoding.truncated.sum())
        self.with_unknown += int(has_unknown.sum())
        self.tokens += int(encoding.tokens[has_unknown].sum())
        self.unknown += int(encoding.unknown.sum())

    def notes(self, identity: Identity) -> list[str]:
        """Return what a reader of the vectors should know, a sentence each."""
        said, texts = [], counted(self.texts, "text")
        if self.cut_off:
            said.append(
                f"{self.cut_off:,} of {texts} {_be('was', 'were', self.cut_off)} "
                f"cut off: {identity.name} reads {identity.max_tokens:,} tokens."
            )
        if self.with_unknown:
            said.append(
                f"{self.with_unknown:,} of {texts} "
                f"{_be('has', 'have', self.with_unknown)} tokens that {identity.name} does not "
                f"know, {self.unknown:,} of {self.tokens:,}: it reads them all as one and the same."
            )
        return said

    def join(self, other: "Reading") -> None:
        """Count what another one has counted."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


def _be(one: str, several: str, number: int) -> str:
    return one if number == 1 else several


@dataclass(frozen=True, eq=False)
class EmbeddedTexts:
    """Texts with the vectors that an encoder made of them: row i belongs to text i.

    vectors: float32, shape (n, dims), unit length and finite.
    texts: n texts, or None where only vectors are known.
    identity: what made the vectors, or None where nobody knows. With it whatever is learnt from
        the vectors can read texts later.
    reading: how the encoder read the texts.
    """

    vectors: Vectors
    texts: tuple[str, ...] | None = None
    identity: Identity | None = None
    reading: Reading = field(default_factory=Reading)

    def __len__(self) -> int:
        return len(self.vectors)


def check_same(*identities: Identity) -> None:
    """Raise `IncompatibleVectors`, which names what differs, unless all have one digest."""
    first = identities[0]
    for other in identities[1:]:
        if other.digest != first.digest:
            raise IncompatibleVectors(
                f"Vectors of {first.name} ({first.digest[:12]}) and of {other.name} "
                f"({other.digest[:12]}) can't be compared: {told_apart(first, other)}.",
                "Embed all the texts with one and the same encoder.",
            )


def told_apart(one: Identity, other: Identity) -> str:
    """Return what differs between two identities, in words: `their prefix is '' and 'query: '`."""
    names = one.differences(other)
    told = [
        f"{name} is {_short(getattr(one, name))} and {_short(getattr(other, name))}"
        for name in names
    ]
    return f"their {', '.join(told)}"


def _short(value: object) -> str:
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else shown(value)


def _no_identity(why: str) -> InvalidIdentity:
    return InvalidIdentity(
        f"The record of which encoder was used is damaged: {why}.",
        "Restore the file from where it came, or make it again.",
    )
