"""What a provider answered: nothing but whole, finite vectors in order is let through."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from likewise.errors import RemoteDefective, counted
from likewise.types import Vectors

_SHORTEST, _LONGEST = 1e-9, 1e9
"""Lengths that no model's vectors have: such come out where bytes are read as other numbers."""


@dataclass(frozen=True)
class Received:
    """Unit vectors, float32 (n, dims), and the tokens that the provider counted."""

    vectors: Vectors
    tokens: int
    model: str = ""
    """With what it says that it computed, where it says so."""


def received(body: bytes, count: int, dims: int | None) -> Received:
    """Check and return what a provider answered with 200.

    Raises:
        RemoteDefective: it is not `count` finite vectors of `dims` numbers, in order.
    """
    try:
        answer = orjson.loads(body)
        items = answer["data"]
        if len(items) != count:
            raise defective(f"{counted(len(items), 'vector')} for {counted(count, 'text')}")
        if not all(map(_in_place, items, range(count))):
            raise defective("vectors that are out of order, or whose numbers are not their places")
        rows = [_vector(item["embedding"]) for item in items]
        if len(set(map(len, rows))) > 1:
            raise defective("vectors of different lengths")
        vectors = np.stack(rows)
        tokens = _tokens(answer.get("usage"))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise defective("something other than a list of vectors") from None
    if dims is not None and vectors.shape[1] != dims:
        raise defective(f"{vectors.shape[1]} numbers for a vector, not {dims}")
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise defective("a vector that is not finite or has no direction")
    if len(odd := lengths[(lengths < _SHORTEST) | (lengths > _LONGEST)]):
        raise defective(
            f"a vector of the length {odd[0]:.0e}; its numbers may be of another kind than "
            "little-endian float32"
        )
    model = answer.get("model")
    unit = (vectors / lengths).astype(np.float32)
    return Received(unit, tokens, model if isinstance(model, str) else "")


def _in_place(item: dict[str, Any], place: int) -> bool:
    """Whether an item's number is its place, or is left out: then its place is what counts.

    Some providers leave zero out, as their wire format does with what is at its default.
    """
    number = item.get("index")
    return number is None or (type(number) is int and number == place)


def _tokens(usage: object) -> int:
    """Return the tokens that were counted, 0 where that can't be read: the vectors are paid for."""
    if not isinstance(usage, dict):
        return 0
    for name in ("total_tokens", "prompt_tokens"):
        if type(counted := usage.get(name)) is int and counted > 0:
            return counted
    return 0


def _vector(embedding: object) -> Vectors:
    if isinstance(embedding, str):
        try:
            raw = base64.b64decode(embedding, validate=True)
        except binascii.Error:
            raise ValueError from None
        return np.frombuffer(raw, "<f4")
    if not isinstance(embedding, list) or not embedding:
        raise TypeError
    if not all(type(number) in (int, float) for number in embedding):
        raise TypeError
    with np.errstate(over="ignore"):  # what float32 can't hold becomes infinite, and is refused
        return np.array(embedding, np.float64).astype(np.float32)


def defective(what: str) -> RemoteDefective:
    """Return the error for an answer that is `what`."""
    return RemoteDefective(
        f"The provider answered with {what}.",
        "Check that its address and model are those of an embeddings endpoint.",
    )
