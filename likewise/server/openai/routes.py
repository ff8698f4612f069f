"""/v1: embeddings as OpenAI's clients ask for them."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import numpy as np

from likewise.encoders.base import Encoder
from likewise.encoders.local.tokenizer import CHARACTERS_PER_TOKEN
from likewise.errors import InvalidField, InvalidInput, TokenInputUnsupported, TooManyTokens
from likewise.files.vectors.encoded import base64_of
from likewise.server.contract import Call, Routes
from likewise.server.engine.embedder import Embedder, Plan
from likewise.server.engine.registry import EncoderRegistry
from likewise.server.http.admission import Gate
from likewise.server.http.envelope import said_of
from likewise.server.http.metrics import Metrics
from likewise.server.http.rates import Rates
from likewise.server.openai.schemas import (
    MOST_INPUTS,
    EmbeddingRequest,
    EmbeddingsAnswer,
    ModelAnswer,
    ModelsAnswer,
)
from likewise.types import Encoding

MOST_LISTED = 100
"""Indices in the headers that say which inputs were cut off, and which have tokens that the model
does not know; a header must not be long."""

PUNCTUATION = "/:#.,@+~ "
"""What stays as it is in a header with an encoder's name; a folder's may be in any script."""

INPUT_REMEDY = f"input is: a string that is not empty, or a list of 1 to {MOST_INPUTS} of them."


class Embeddings:
    """What /v1 answers, with the encoders of one registry."""

    def __init__(
        self,
        registry: EncoderRegistry,
        embedder: Embedder,
        rates: Rates,
        metrics: Metrics,
        gate: Gate,
        *,
        most_tokens: int,
    ) -> None:
        self.registry = registry
        self._embedder = embedder
        self._rates = rates
        self._metrics = metrics
        self._gate = gate
        self._most_tokens = most_tokens
        self._started = int(time.time())

    async def create(self, call: Call[EmbeddingRequest]) -> dict[str, Any]:
        """Answer POST /v1/embeddings."""
        asked, state = call.body, call.state
        encoder = await self._encoder(asked)
        texts = texts_of(asked.input)
        cut = bool(asked.truncate)
        if not cut:
            check_characters(texts, encoder)
        plan = await self._embedder.plan(encoder, texts)
        tokens = check_tokens(plan, truncate=cut, most=self._most_tokens)
        name = self.registry.check(asked.model)
        state.facts |= {"encoder": name, "texts": len(texts), "tokens": tokens}
        await self._rates.charge_tokens(tokens, state)
        with said_of("input", many=isinstance(asked.input, list)):
            encoding = await self._encode(call, plan)
        self._metrics.embedded(name, len(texts), plan.known, tokens)
        self._gate.check_readers(state.client)  # an answer takes much more room than its texts
        state.headers |= _headers(name, encoder, encoding)
        return _answer(name, encoding, tokens, as_base64=asked.encoding_format == "base64")

    async def _encoder(self, asked: EmbeddingRequest) -> Encoder:
        if asked.dimensions is None:
            return await self.registry.get(asked.model, param="model")
        return await self.registry.get_shortened(asked.model, asked.dimensions)

    async def _encode(self, call: Call[EmbeddingRequest], plan: Plan) -> Encoding:
        work = self._embedder.embed(plan, call.state.client)
        if not plan.missing:
            return await work  # nothing to wait for, so nobody need be watched
        return await call.unless_gone(work)

    def model(self, name: str) -> dict[str, Any]:
        """Return an offered encoder as OpenAI lists models, and what it is beside that."""
        return {
            "id": name,
            "object": "model",
            "created": self._started,
            "owned_by": "likewise",
            "likewise": self.registry.describe(name),
        }


def openai_routes(embeddings: Embeddings) -> Routes:
    """Return the routes under /v1."""
    routes = Routes("/v1", "openai")

    @routes.route(
        "/embeddings",
        method="POST",
        takes=EmbeddingRequest,
        gives=EmbeddingsAnswer,
        watched=False,  # a task more, for texts that are known already
    )
    async def create_embeddings(call: Call[EmbeddingRequest]) -> dict[str, Any]:
        """Embed texts, as OpenAI's endpoint of the same path does."""
        return await embeddings.create(call)

    @routes.route("/models", gives=ModelsAnswer)
    async def list_models(_: Call[None]) -> dict[str, Any]:
        """List the encoders that this server offers, with what each is."""
        names = embeddings.registry.names
        return {"object": "list", "data": [embeddings.model(name) for name in names]}

    @routes.route("/models/{name:path}", gives=ModelAnswer)
    async def get_model(call: Call[None]) -> dict[str, Any]:
        """Say what one encoder is."""
        return embeddings.model(embeddings.registry.check(call.path["name"], param="model"))

    return routes


def texts_of(given: object) -> list[str]:
    """Return the texts of an `input`.

    Raises:
        InvalidInput: it is empty, holds an empty string, or too many.
        TokenInputUnsupported: it is token ids.
        InvalidField: it is anything else.
    """
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list):
        raise InvalidField(
            "The field input is neither a string nor a list.", INPUT_REMEDY, param="input"
        )
    if not items:
        raise InvalidInput(
            "'$.input' is invalid: it is an empty list.", INPUT_REMEDY, param="input"
        )
    # only as many are looked at as there may be: a million of another kind cost no more
    looked_at = items[:MOST_INPUTS]
    texts = [item for item in looked_at if isinstance(item, str)]
    if len(texts) < len(looked_at):
        raise _not_texts(looked_at)
    if len(items) > MOST_INPUTS:
        raise InvalidInput(
            f"'$.input' is invalid: it holds {len(items):,} strings.", INPUT_REMEDY, param="input"
        )
    if "" in texts:
        where = f" at index {texts.index('')}" if isinstance(given, list) else ""
        raise InvalidInput(
            f"'$.input' is invalid: it is an empty string{where}.", INPUT_REMEDY, param="input"
        )
    return texts


def _not_texts(items: list[object]) -> InvalidField | TokenInputUnsupported:
    if _are_tokens(items) or all(
        isinstance(item, list) and _are_tokens(item[:MOST_INPUTS]) for item in items
    ):
        return TokenInputUnsupported(
            "The field input holds token ids, which mean nothing to another model's tokenizer.",
            "Send the texts themselves; with LangChain set check_embedding_ctx_length=False.",
            param="input",
        )
    index = next(index for index, item in enumerate(items) if not isinstance(item, str))
    return InvalidField(
        f"The field input[{index}] is not a string.", INPUT_REMEDY, param=f"input[{index}]"
    )


def _are_tokens(items: Sequence[object]) -> bool:
    # bool is an int for Python, not for JSON
    return bool(items) and all(type(item) is int and 0 <= item < 2**31 for item in items)


def check_characters(texts: Sequence[str], encoder: Encoder) -> None:
    """Raise `InvalidInput` for a text that is far too long, before its tokens are counted."""
    most = encoder.identity.max_tokens
    for index, text in enumerate(texts):
        # refused uncounted: counting the tokens of a megabyte takes seconds
        if most and len(text) > most * CHARACTERS_PER_TOKEN:
            raise _too_long(most, f"{len(text):,} characters", index)


def check_tokens(plan: Plan, *, truncate: bool, most: int) -> int:
    """Return the tokens that the model reads of all texts.

    Raises:
        InvalidInput: a text is too long, and may not be cut off.
        TooManyTokens: all together are too long.
    """
    if not truncate and plan.counts.truncated.any():
        index = int(plan.counts.truncated.argmax())
        raise _too_long(
            plan.encoder.identity.max_tokens, f"{int(plan.counts.tokens[index])} tokens", index
        )
    total = int(plan.read.sum())
    if total > most:
        raise TooManyTokens(
            f"The texts have {total:,} tokens together; a request may have {most:,}.",
            "Send them in several requests.",
            param="input",
        )
    return total


def _too_long(most: int, requested: str, index: int) -> InvalidInput:
    return InvalidInput(
        f"This model's maximum context length is {most} tokens, however you requested "
        f"{requested} in input[{index}].",
        'Shorten it, or add "truncate": true to have the rest of it left out.',
        param="input",
    )


@lru_cache(maxsize=1_000)
def _quoted(name: str) -> str:
    return quote(name, safe=PUNCTUATION)


def _headers(name: str, encoder: Encoder, encoding: Encoding) -> dict[str, str]:
    headers = {
        "x-likewise-encoder": _quoted(name),
        "x-likewise-digest": encoder.identity.digest,
        "x-likewise-precision": encoder.runtime.precision,
    }
    for header, marked in (
        ("x-likewise-truncated", encoding.truncated),
        ("x-likewise-unknown", encoding.unknown > 0),
    ):
        if marked.any():
            listed = [str(index) for index in np.flatnonzero(marked)]
            more = ["..."] if len(listed) > MOST_LISTED else []
            headers[header] = ",".join(listed[:MOST_LISTED] + more)
    return headers


def _answer(name: str, encoding: Encoding, tokens: int, *, as_base64: bool) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": base64_of(vector.astype("<f4", copy=False)) if as_base64 else vector,
            }
            for index, vector in enumerate(encoding.vectors)
        ],
        "model": name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
