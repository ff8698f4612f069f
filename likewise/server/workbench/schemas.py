"""The bodies of what the page asks about texts and encoders."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from likewise.encoders.catalogue import Purpose
from likewise.errors import TooManyTexts
from likewise.server.contract import Parameters
from likewise.server.http.body import Answer, Body
from likewise.server.schemas import EncoderAnswer, IdentityAnswer, RuntimeAnswer

MOST_TEXTS = 100
"""Texts in one comparison on the page: what fits a screen and a hundred fingerprints."""

Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]
Place = Annotated[list[Coordinate], Field(min_length=2, max_length=2, fail_fast=True)]


def _few(texts: object) -> object:
    """Refuse a list by its length, before anything of it is looked at."""
    if isinstance(texts, list) and len(texts) > MOST_TEXTS:
        raise TooManyTexts(
            f"{len(texts):,} texts are too many for one picture.",
            f"Send at most {MOST_TEXTS}; for more use `likewise compare` or `likewise embed`.",
            param="texts",
        )
    return texts


class CompareRequest(Body):
    """Texts to compare with the first of them."""

    texts: Annotated[list[str], BeforeValidator(_few)] = Field(
        fail_fast=True,
        description=f"1 to {MOST_TEXTS} strings; the others are compared with the first.",
    )
    encoder: str | None = Field(
        default=None, description="A name from /api/encoders; null means the default."
    )
    previous: list[Place | None] | None = Field(
        default=None,
        max_length=MOST_TEXTS,
        fail_fast=True,
        description="For each text its [x, y] in the last picture, or null for a new text; "
        "the new picture is turned to be like it.",
    )


class WhyRequest(Body):
    """Two texts whose similarity is to be traced to their words."""

    one: str
    other: str
    encoder: str | None = Field(
        default=None, description="A name from /api/encoders; null means the default."
    )


class ReadRequest(Body):
    """A text that is perhaps too long for an encoder."""

    text: str
    encoder: str | None = Field(
        default=None, description="A name from /api/encoders; null means the default."
    )


class OpenRequest(Body):
    """An encoder that the owner of the machine wants beside those that the server offers."""

    name: str = Field(
        min_length=1,
        max_length=4_096,
        description="A folder of a sentence-transformers model, or a model's name on the hub.",
    )


class ScaleQuery(Parameters):
    """Whose scale is asked for, or what smaller vectors of it lose."""

    encoder: str | None = None


class BackgroundAnswer(Answer):
    """The unrelated pairs that percentiles speak of."""

    name: str
    pairs: int
    digest: str


class KindAnswer(Answer):
    """The cosines of labelled pairs of one kind."""

    name: str = Field(description="strangers, same subject or same meaning.")
    pairs: int
    quantiles: list[float] = Field(description="At 0, 5, … 100 per cent.")


class LandmarksAnswer(Answer):
    """What an encoder gives to pairs of which the kind is known."""

    kinds: list[KindAnswer] = Field(description="From the least alike to the most.")
    cuts: list[float | None] = Field(
        description="Cosines that part each kind from the next; null where it does not."
    )
    apart: list[float] = Field(
        description="Mean hit rate of each cut on held-out pairs, 0.5 (guessing) to 1."
    )


class ExampleAnswer(Answer):
    """A labelled pair."""

    kind: str
    one: str
    other: str
    similarity: float


class TextAnswer(Answer):
    """One compared text."""

    text: str
    tokens: int
    truncated: bool
    unknown: int = Field(description="Tokens that the model does not know.")
    similarity: float = Field(description="Cosine to the first text.")
    percentile: float = Field(description="Percent of unrelated pairs that are less similar.")
    likeness: str | None = Field(
        description="Which pairs it is most like, with the first: strangers, same subject, same "
        "meaning; related or null where the encoder does not tell so much."
    )
    point: list[float] = Field(description="x and y in the picture.")
    nearest: int | None = Field(description="Index of the most similar other text.")
    embedding: str = Field(description="base64 of dims little-endian float32.")


class CompareAnswer(Answer):
    """Similarities of texts to the first, and of all pairs."""

    encoder: IdentityAnswer
    runtime: RuntimeAnswer
    background: BackgroundAnswer
    landmarks: LandmarksAnswer
    unit: Literal["token", "byte"] = Field(description="What `tokens` of a text counts.")
    texts: list[TextAnswer]
    best: list[int] = Field(description="Indices of the most similar to the first; ties too.")
    matrix: list[list[float]] = Field(description="n x n cosines.")
    kept: float = Field(description="Share of the squared distances that the picture keeps.")


class WordAnswer(Answer):
    """A word of a text."""

    text: str
    start: int = Field(description="Its place in the text, in characters.")
    end: int
    effect: float = Field(description="Similarity minus the similarity without this word.")
    share: float | None = Field(
        description="What its tokens add to the similarity; null where the encoder's vectors are "
        "no sums over tokens."
    )
    disagrees: bool = Field(description="Effect and share have other signs, or far-off ranks.")


class RestAnswer(Answer):
    """What of a similarity goes to no word; with the words' shares it adds up to all of it."""

    special: float = Field(description="Special tokens and those of the encoder's prefix.")
    between: float = Field(description="Tokens between the words, such as punctuation.")
    rounding: float = Field(description="What the encoder's precision leaves over.")


class WhyAnswer(Answer):
    """What each word does for the similarity of two texts."""

    similarity: float
    words: list[list[WordAnswer]] = Field(description="Those of `one`, then those of `other`.")
    shares: list[RestAnswer] | None = Field(
        description="What goes to no word in `one` and in `other`; null without shares."
    )


class ReadAnswer(Answer):
    """How much of a text an encoder reads."""

    characters: int = Field(description="Read from its start; the rest has no effect.")
    of: int = Field(description="Characters in the text.")
    tokens: list[list[int]] | None = Field(
        description="Start and end of each token that is read, in characters, both 0 for special "
        "tokens; null where nobody knows."
    )


class ScaleAnswer(Answer):
    """The cosines of unrelated pairs, which turn any similarity into a percentile."""

    name: str
    pairs: int
    digest: str
    levels: list[float] = Field(description="Per cent, rising from 0 to 100.")
    quantiles: list[float] = Field(description="Cosine at each level.")
    examples: list[ExampleAnswer] = Field(description="Labelled pairs of every kind.")


class SizesAnswer(Answer):
    """What smaller vectors lose: how many of the true nearest neighbours they still find."""

    sentences: int = Field(description="Sentences that look for neighbours among each other.")
    neighbours: int = Field(description="Nearest neighbours of each that are looked for.")
    dims: list[int] = Field(description="Numbers that are kept, rising to all of them.")
    recall: dict[str, list[float]] = Field(
        description="Share that is found with so many numbers, 0 to 1, by the precision of each "
        "number: float32, int8 and bit."
    )


class SuggestionAnswer(Answer):
    """A model that the owner of the machine may want to open; null for what is not known."""

    name: str = Field(description="What POST /api/encoders/open takes.")
    purpose: Purpose = Field(description="Why one would choose it.")
    description: str = Field(description="What it is good for.")
    languages: str | None
    licence: str | None
    dims: int | None
    max_tokens: int | None = Field(description="Tokens that it reads; null for no limit.")
    download_bytes: int | None = Field(description="About what fetching it takes.")
    here: bool = Field(description="On this machine already, so that nothing is fetched.")


class EncodersAnswer(Answer):
    """All encoders that this server offers."""

    default: str
    opens: bool = Field(description="Whether POST /api/encoders/open adds others.")
    trains: bool = Field(description="Whether visitors may train, see POST /api/trainings.")
    encoders: list[EncoderAnswer]
    suggestions: list[SuggestionAnswer] = Field(
        description="Models to open; none where strangers can ask this server."
    )
