"""/v1: embeddings as OpenAI's clients ask for them."""

import base64
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response

from likewise.encoders.base import Encoder
from likewise.encoders.local.tokenizer import CHARACTERS_PER_TOKEN
from likewise.errors import InvalidField, InvalidInput, TokenInputUnsupported, TooManyTokens
from likewise.server.describe import ERRORS, takes
from likewise.server.engine.embedder import Embedder, Plan
from likewise.server.engine.registry import Shelf
from likewise.server.http.admission import Gate
from likewise.server.http.body import read_body
from likewise.server.http.disconnect import unless_disconnected
from likewise.server.http.envelope import JSON
from likewise.server.http.metrics import Metrics
from likewise.server.http.rates import Rates
from likewise.server.schemas import (
    MOST_INPUTS,
    EmbeddingRequest,
    EmbeddingsAnswer,
    ModelAnswer,
    ModelsAnswer,
)
from likewise.types import Encoding

MOST_TRUNCATED_LISTED = 100
"""Indices in the header that says which inputs were cut off; a header must not be long."""

PUNCTUATION = "/:#.,@+~ "
"""What stays as it is in a header with an encoder's name; a folder's may be in any script."""

INPUT_REMEDY = f"input is: a string that is not empty, or a list of 1 to {MOST_INPUTS} of them."


class OpenAI:
    """What /v1 answers, with the encoders of one shelf."""

    def __init__(
        self,
        shelf: Shelf,
        embedder: Embedder,
        rates: Rates,
        metrics: Metrics,
        gate: Gate,
        *,
        most_tokens: int,
    ) -> None:
        self.shelf = shelf
        self._embedder = embedder
        self._rates = rates
        self._metrics = metrics
        self._gate = gate
        self._most_tokens = most_tokens
        self._started = int(time.time())

    async def embeddings(self, request: Request) -> Response:
        """Answer POST /v1/embeddings."""
        state = request.scope["state"]
        await self._rates.charge_request(state["client"], state)
        asked = await read_body(request, EmbeddingRequest)
        encoder = await self._encoder(asked)
        texts = texts_of(asked.input)
        cut = bool(asked.truncate)
        if not cut:
            check_characters(texts, encoder)
        plan = await self._embedder.plan(encoder, texts)
        check_tokens(plan, truncate=cut, most=self._most_tokens)
        tokens = int(plan.read.sum())
        name = self.shelf.check(asked.model)
        state["facts"] |= {"encoder": name, "texts": len(texts), "tokens": tokens}
        await self._rates.charge_tokens(state["client"], tokens, state)
        encoding = await self._encode(request, plan)
        self._metrics.embedded(name, len(texts), plan.known, tokens)
        self._gate.check_readers(state["client"])  # an answer takes much more room than its texts
        state["headers"] |= _headers(name, encoder, encoding)
        return _json(_answer(name, encoding, tokens, asked.encoding_format == "base64"))

    async def _encoder(self, asked: EmbeddingRequest) -> Encoder:
        if asked.dimensions is None:
            return await self.shelf.get(asked.model, param="model")
        return await self.shelf.get_shortened(asked.model, asked.dimensions)

    async def _encode(self, request: Request, plan: Plan) -> Encoding:
        work = self._embedder.embed(plan, request.scope["state"]["client"])
        if not plan.missing:
            return await work  # nothing to wait for
        return await unless_disconnected(request, work)

    def model(self, name: str) -> dict[str, Any]:
        """Return an offered encoder as OpenAI lists models, and what it is beside that."""
        return {
            "id": name,
            "object": "model",
            "created": self._started,
            "owned_by": "likewise",
            "likewise": self.shelf.describe(name),
        }


def openai_router(openai: OpenAI) -> APIRouter:
    """Return the routes under /v1."""
    router = APIRouter(prefix="/v1", tags=["openai"])

    @router.post("/embeddings", **takes(EmbeddingRequest, EmbeddingsAnswer))
    async def create_embeddings(request: Request) -> Response:
        """Embed texts, as OpenAI's endpoint of the same path does."""
        return await openai.embeddings(request)

    @router.get("/models", responses={200: {"model": ModelsAnswer}, **ERRORS})
    async def list_models() -> Response:
        """List the encoders that this server offers, with what each is."""
        return _json({"object": "list", "data": [openai.model(n) for n in openai.shelf.names]})

    @router.get("/models/{name:path}", responses={200: {"model": ModelAnswer}, **ERRORS})
    async def get_model(name: str) -> Response:
        """Say what one encoder is."""
        return _json(openai.model(openai.shelf.check(name, param="model")))

    return router


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
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) < len(items):
        raise _not_texts(items)
    if len(texts) > MOST_INPUTS:
        raise InvalidInput(
            f"'$.input' is invalid: it holds {len(texts):,} strings.", INPUT_REMEDY, param="input"
        )
    if "" in texts:
        where = f" at index {texts.index('')}" if isinstance(given, list) else ""
        raise InvalidInput(
            f"'$.input' is invalid: it is an empty string{where}.", INPUT_REMEDY, param="input"
        )
    return texts


def _not_texts(items: list[object]) -> InvalidField | TokenInputUnsupported:
    if _are_tokens(items) or all(isinstance(item, list) and _are_tokens(item) for item in items):
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


def check_tokens(plan: Plan, *, truncate: bool, most: int) -> None:
    """Raise where a text is longer than the model reads, or all are together too long.

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


def _too_long(most: int, requested: str, index: int) -> InvalidInput:
    return InvalidInput(
        f"This model's maximum context length is {most} tokens, however you requested "
        f"{requested} in input[{index}].",
        'Shorten it, or add "truncate": true to have the rest of it left out.',
        param="input",
    )


def _headers(name: str, encoder: Encoder, encoding: Encoding) -> dict[str, str]:
    headers = {
        "x-likewise-encoder": quote(name, safe=PUNCTUATION),
        "x-likewise-digest": encoder.identity.digest,
        "x-likewise-precision": encoder.runtime.precision,
    }
    cut = [str(index) for index in np.flatnonzero(encoding.truncated)]
    if cut:
        more = ["..."] if len(cut) > MOST_TRUNCATED_LISTED else []
        headers["x-likewise-truncated"] = ",".join(cut[:MOST_TRUNCATED_LISTED] + more)
    return headers


def _answer(name: str, encoding: Encoding, tokens: int, as_base64: bool) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _base64(vector) if as_base64 else vector,
            }
            for index, vector in enumerate(encoding.vectors)
        ],
        "model": name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _base64(vector: Any) -> str:  # noqa: ANN401
    return base64.b64encode(vector.astype("<f4", copy=False).tobytes()).decode("ascii")


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type=JSON)
