"""What several parts of the API say of an encoder."""

from pydantic import Field

from likewise.server.http.body import Answer


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
    """How vectors were computed, which does not change what they mean."""

    engine: str
    precision: str
    parity: float | None
    threads: int
    notes: list[str]


class EncoderAnswer(Answer):
    """An encoder that this server offers."""

    name: str
    label: str = Field(description="What people call it; its name where that is all there is.")
    ready: bool = Field(description="Loaded already; otherwise its first use takes longer.")
    description: str
    identity: IdentityAnswer | None
    runtime: RuntimeAnswer | None
    prompts: dict[str, str] = Field(
        description="Prefixes that the model was trained with, by name; known once it is loaded."
    )
    widths: list[int] = Field(
        description="Shorter widths that the model was trained for; known once it is loaded."
    )
