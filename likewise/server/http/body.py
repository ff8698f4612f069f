"""From the bytes of a request to what a route takes: a checked model, or the bytes themselves.

orjson parses JSON, because it refuses what the standard library lets through (NaN, lone
surrogates, UTF-16, a byte order mark, endless nesting); pydantic in strict mode then takes no
value for what it is not. What was sent is never repeated in a message: an error must not grow with
its input. Nor may the work grow with it: the first fault ends the search for others, so bounds on
lists are declared in the models, with `fail_fast`.

A body is taken only as a type that no form of another site can send, so that a browser asks first
(https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from likewise.errors import (
    InvalidField,
    InvalidJson,
    LikewiseError,
    MissingField,
    UnknownField,
    UnsupportedMediaType,
    lower_first,
    shown,
)


class Body(BaseModel):
    """A request body: exact types, and no field that is not declared."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Answer(BaseModel):
    """An answer's body, described exactly."""

    model_config = ConfigDict(extra="forbid")


Model = TypeVar("Model", bound=Body)
Checked = TypeVar("Checked", bound=BaseModel)


FORM_TYPES = frozenset(
    {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}
)
"""What a page may send anywhere without asking first; `""` stands for no type at all."""


QUICK_BYTES = 100_000
"""Up to so many are parsed at once, within about a millisecond; more go to another thread."""

MOST_OPENED = 100_000
"""Lists and objects in one body, counted before it is parsed: to parse 4 MB of empty lists keeps
the interpreter for 0.2 s, to count them for a hundredth of that."""

Aside = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a function on another thread, one at a time, and gives what it returns."""


async def read_model(request: Request, model: type[Model], aside: Aside) -> Model:
    """Return the request's body as a checked `model`.

    No two large bodies are parsed at a time: to parse one keeps all else in the interpreter
    waiting, some 15 ms a megabyte at the worst, and what is asked meanwhile must get its turn
    before the next is begun.

    Raises:
        UnsupportedMediaType: the body is not declared as plain JSON.
        InvalidJson: it is not JSON in UTF-8, or of more lists and objects than any request has.
        MissingField, UnknownField, InvalidField: it does not fit `model`.
        BodyTooLarge, ReceiptTimeout: see `likewise.server.http.body_limits`.
        Overloaded: too many large bodies wait to be parsed.
    """
    if _kind(request) != "application/json":
        raise UnsupportedMediaType(
            "The body is not declared as JSON.", "Send the header Content-Type: application/json."
        )
    _check_packed(request)
    raw = await request.body()
    if len(raw) <= QUICK_BYTES:
        return parse(raw, model)
    parsed: Model = await aside(lambda: parse(raw, model))
    return parsed


async def read_bytes(request: Request) -> bytes:
    """Return the request's body as it is.

    Raises:
        UnsupportedMediaType: its type is one that a page of another site could send.
        BodyTooLarge, ReceiptTimeout: see `likewise.server.http.body_limits`.
    """
    _check_file(request)
    return await request.body()


def stream_bytes(request: Request) -> AsyncIterator[bytes]:
    """Return the request's body piece by piece; raises as `read_bytes` does, while it comes."""
    _check_file(request)
    return request.stream()


def parse(raw: bytes, model: type[Model]) -> Model:
    """Return `raw` as a checked `model`; raises as `read_model` does."""
    if _opened(raw) > MOST_OPENED:
        raise InvalidJson(
            f"The body holds more than {MOST_OPENED:,} lists and objects.", _wanted(model)
        )
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise InvalidJson(
            "The body is not JSON in UTF-8." if raw else "The body is empty.",
            _wanted(model),
        ) from None
    if not isinstance(data, dict):
        raise InvalidField("The body is JSON, but not an object.", _wanted(model))
    # before the model sees them: it would collect a fault for each of a million
    unknown = next((name for name in data if name not in model.model_fields), None)
    if unknown is not None:
        raise _unknown(unknown, model)
    return check(data, model)


def _opened(raw: bytes) -> int:
    """Return how many lists and objects begin in `raw`, at most."""
    every = raw.count(b"[") + raw.count(b"{")
    if every <= MOST_OPENED:
        return every
    # so many may stand in texts; an escaped quote ends none
    unescaped = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    between = b"".join(unescaped.split(b'"')[::2])
    return between.count(b"[") + between.count(b"{")


def check(data: Mapping[str, object], model: type[Checked]) -> Checked:
    """Return `data` as a `model`.

    Raises:
        MissingField, UnknownField, InvalidField: it does not fit.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _as_ours(error.errors(include_url=False, include_input=False)[0], model) from None


def _check_file(request: Request) -> None:
    if _kind(request) in FORM_TYPES:
        raise UnsupportedMediaType(
            "The body is not declared as a file.",
            "Send the header Content-Type: application/octet-stream.",
        )
    _check_packed(request)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def _check_packed(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType(
            "The body is compressed, which this server does not accept.",
            "Send it without Content-Encoding.",
        )


def _unknown(name: str, model: type[BaseModel], where: str | None = None) -> UnknownField:
    taken = ", ".join(model.model_fields) or "none"
    return UnknownField(
        f"There is no field {shown(name)} here.",
        f"Remove it; the fields are {taken}.",
        param=where or name[:80],
    )


def _wanted(model: type[Body]) -> str:
    required = [f'"{name}"' for name, field in model.model_fields.items() if field.is_required()]
    return f"Send one JSON object with {' and '.join(required)}." if required else "Send {}."


def _as_ours(error: ErrorDetails, model: type[BaseModel]) -> LikewiseError:
    name = str(error["loc"][0]) if error["loc"] else None
    where = _path(error["loc"])
    if error["type"] == "missing":
        return MissingField(f"The field {where} is missing.", _remedy(model, name), param=where)
    if error["type"] == "extra_forbidden":
        return _unknown(str(name), model, where)
    message = lower_first(error["msg"].removeprefix("Value error, ").rstrip("."))
    return InvalidField(f"The field {where}: {message}.", _remedy(model, name), param=where)


def _path(parts: tuple[int | str, ...]) -> str:
    """Return `texts[3]` for ("texts", 3): where the fault is, never what was sent there."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path[:80]


def _remedy(model: type[BaseModel], name: str | None) -> str:
    field: Any = model.model_fields.get(name or "")
    if field is None or not field.description:
        return "See /openapi.json for its type."
    return f"{name} is: {lower_first(field.description)}"
