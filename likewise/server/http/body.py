"""From the bytes of a request to a checked model.

orjson parses the raw bytes, because it refuses what the standard library lets through (NaN,
lone surrogates, UTF-16, a byte order mark, endless nesting); pydantic in strict mode then takes
no value for what it is not. What was sent is never repeated in a message: an error must not
grow with its input.
"""

from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from likewise.errors import (
    InvalidField,
    InvalidJson,
    LikewiseError,
    MissingField,
    UnknownField,
    UnsupportedMediaType,
    shown,
)


class Body(BaseModel):
    """A request body: exact types, and no field that is not declared."""

    model_config = ConfigDict(strict=True, extra="forbid")


Model = TypeVar("Model", bound=Body)


async def read_body(request: Request, model: type[Model]) -> Model:
    """Return the request's body as a checked `model`.

    Raises:
        UnsupportedMediaType: the body is not declared as plain JSON.
        InvalidJson: it is not JSON in UTF-8.
        MissingField, UnknownField, InvalidField: it does not fit `model`.
        BodyTooLarge: it is over the limit (`likewise.server.http.body_limits`).
    """
    _check_declared(request)
    return parse(await request.body(), model)


def parse(raw: bytes, model: type[Model]) -> Model:
    """Return `raw` as a checked `model`; raises as `read_body` does."""
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise InvalidJson(
            "The body is not JSON in UTF-8." if raw else "The body is empty.",
            f"Send one JSON object with {_fields(model)}.",
        ) from None
    if not isinstance(data, dict):
        raise InvalidField(
            "The body is JSON, but not an object.", f"Send one JSON object with {_fields(model)}."
        )
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _as_ours(error.errors(include_url=False, include_input=False)[0], model) from None


def _check_declared(request: Request) -> None:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMediaType(
            "The body is not declared as JSON.", "Send the header Content-Type: application/json."
        )
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType(
            "The body is compressed, which this server does not accept.",
            "Send it without Content-Encoding.",
        )


def _fields(model: type[Body]) -> str:
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    return " and ".join(f'"{name}"' for name in required)


def _as_ours(error: ErrorDetails, model: type[Body]) -> LikewiseError:
    name = str(error["loc"][0]) if error["loc"] else None
    where = _path(error["loc"])
    if error["type"] == "missing":
        return MissingField(f"The field {where} is missing.", _remedy(model, name), param=where)
    if error["type"] == "extra_forbidden":
        return UnknownField(
            f"There is no field {shown(name)} here.",
            f"Remove it; the fields are {', '.join(model.model_fields)}.",
            param=where,
        )
    message = _lower_first(error["msg"].removeprefix("Value error, ").rstrip("."))
    return InvalidField(f"The field {where}: {message}.", _remedy(model, name), param=where)


def _path(parts: tuple[int | str, ...]) -> str:
    """Return `texts[3]` for ("texts", 3): where the fault is, never what was sent there."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path[:80]


def _remedy(model: type[Body], name: str | None) -> str:
    field: Any = model.model_fields.get(name or "")
    if field is None or not field.description:
        return "See /openapi.json for its type."
    return f"{name} is: {_lower_first(field.description)}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
