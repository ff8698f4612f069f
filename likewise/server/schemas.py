"""The bodies of requests and answers: the single source of openapi.json."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from likewise.server.http.body import Body

MOST_TEXTS = 100
"""Texts in one comparison on the page: what fits a screen and a hundred fingerprints."""

MOST_INPUTS = 2_048
"""Strings in one request to /v1/embeddings."""

INPUT_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "maxItems": MOST_INPUTS,
        },
    ]
}

Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]
Place = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]


class CompareRequest(Body):
    """Texts to compare with the first of them."""

    texts: list[str] = Field(
        description=f"1 to {MOST_TEXTS} strings; the others are compared with the first."
    )
    encoder: str | None = Field(
        default=None, description="A name from /api/encoders; null means the default."
    )
    previous: list[Place | None] | None = Field(
        default=None,
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


class EmbeddingRequest(Body):
    """Texts to embed."""

    input: Annotated[Any, WithJsonSchema(INPUT_SCHEMA)] = Field(
        description=f"A string, or a list of 1 to {MOST_INPUTS} strings; none of them empty."
    )
    model: str = Field(min_length=1, description="The name of a model from /v1/models.")
    encoding_format: Literal["float", "base64"] | None = Field(
        default=None, description='"float" (also for null), or "base64" of little-endian float32.'
    )
    dimensions: int | None = Field(
        default=None,
        ge=1,
        description="How many numbers a vector should have, for models that can be shortened.",
    )
    user: str | None = Field(default=None, description="A string; it is not used.")
    truncate: bool | None = Field(
        default=None,
        description="True to have texts cut off that are too long; a header says which were.",
    )


class Answer(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(extra="forbid")


class IdentityAnswer(Answer):
    """What an encoder is. Vectors may be compared where `digest` is equal."""

    name: str
    revision: str
    weights: str
    tokenizer: str
    graph: str
    dims: int
    max_tokens: int
    pooling: str
    prefix: str
    digest: str


class RuntimeAnswer(Answer):
    """How vectors were computed; no part of what they mean."""

    engine: str
    precision: str
    parity: float | None
    threads: int
    notes: list[str]


class BackgroundAnswer(Answer):
    """The unrelated pairs that percentiles speak of."""

    name: str
    pairs: int
    digest: str


class TextAnswer(Answer):
    """One compared text."""

    text: str
    tokens: int
    truncated: bool
    unknown: int = Field(description="Tokens that the model does not know.")
    similarity: float = Field(description="Cosine to the first text.")
    percentile: float = Field(description="Percent of unrelated pairs that are less similar.")
    point: list[float] = Field(description="x and y in the picture.")
    nearest: int | None = Field(description="Index of the most similar other text.")
    embedding: str = Field(description="base64 of dims little-endian float32.")


class CompareAnswer(Answer):
    """Similarities of texts to the first, and of all pairs."""

    encoder: IdentityAnswer
    runtime: RuntimeAnswer
    background: BackgroundAnswer
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


class ScaleAnswer(Answer):
    """The cosines of unrelated pairs, which turn any similarity into a percentile."""

    name: str
    pairs: int
    digest: str
    levels: list[float] = Field(description="Per cent, rising from 0 to 100.")
    quantiles: list[float] = Field(description="Cosine at each level.")


class EncoderAnswer(Answer):
    """An encoder that this server offers."""

    name: str
    ready: bool = Field(description="Loaded already; otherwise its first use takes longer.")
    description: str
    identity: IdentityAnswer | None
    runtime: RuntimeAnswer | None
    prompts: dict[str, str] = Field(
        description="Prefixes that the model was trained with, by name; known once it is loaded."
    )


class EncodersAnswer(Answer):
    """All encoders that this server offers."""

    default: str
    opens: bool = Field(description="Whether POST /api/encoders/open adds others.")
    trains: bool = Field(description="Whether visitors may train, see POST /api/trainings.")
    encoders: list[EncoderAnswer]


class EmbeddingAnswer(Answer):
    """The vector of one text."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str = Field(description="Numbers, or base64 where asked for.")


class UsageAnswer(Answer):
    """Tokens that the model read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(Answer):
    """Vectors in the order of the texts."""

    object: Literal["list"]
    data: list[EmbeddingAnswer]
    model: str
    usage: UsageAnswer


class ModelAnswer(Answer):
    """An encoder, as OpenAI lists models."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    likewise: EncoderAnswer


class ModelsAnswer(Answer):
    """All encoders that this server offers."""

    object: Literal["list"]
    data: list[ModelAnswer]


class HealthAnswer(Answer):
    """The process is alive."""

    status: str
    version: str


class ErrorDetail(Answer):
    """What was wrong and what to do next."""

    message: str
    type: str
    param: str | None
    code: str | None
    problem: str
    remedy: str


class ErrorAnswer(Answer):
    """Every error, on every path."""

    error: ErrorDetail
