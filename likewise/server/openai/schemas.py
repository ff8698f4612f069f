"""The bodies of /v1, as OpenAI's clients send and expect them."""

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from likewise.server.http.body import Answer, Body
from likewise.server.schemas import EncoderAnswer

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


class EmbeddingRequest(Body):
    """Texts to embed."""

    input: Annotated[Any, WithJsonSchema(INPUT_SCHEMA)] = Field(
        description=f"A string, or a list of 1 to {MOST_INPUTS} strings; none of them empty."
    )
    model: str = Field(
        min_length=1,
        description="The name of a model from /v1/models; `name#query` is that model with its "
        "prompt `query` before each text.",
    )
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
