"""One shape for every error that leaves the server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from starlette.responses import Response

from likewise.errors import (
    BodyTooLarge,
    InternalError,
    LikewiseError,
    MethodNotAllowed,
    ReceiptTimeout,
)
from likewise.server.http.body import Answer

JSON = "application/json"

LONGEST_RETRY = 60
"""Seconds: the longest Retry-After; common clients do not obey longer ones."""


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


@contextmanager
def said_of(*fields: str, many: bool = True) -> Iterator[None]:
    """Name the field of the request, and its element, in an error that is about one text.

    Args:
        *fields: the field that holds all texts, or one for each text.
        many: whether the field is a list.
    """
    try:
        yield
    except LikewiseError as error:
        if error.which is not None:
            single = len(fields) > 1 or not many
            field = fields[min(error.which, len(fields) - 1)]
            error.param = field if single else f"{field}[{error.which}]"
            error.problem = f"{error.param}: {error.problem}"
            error.which = None
        raise


def envelope(error: LikewiseError) -> dict[str, Any]:
    """Return the body of the answer: `{"error": {...}}`, the fields of OpenAI's and our own two."""
    place = "" if error.which is None else f"Text {error.which + 1}: "
    return {
        "error": {
            "message": str(error),
            "type": error.type,
            "param": error.param,
            "code": error.code,
            "problem": f"{place}{error.problem}",
            "remedy": error.remedy,
        }
    }


def error_response(error: LikewiseError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer for `error`, with its class's status and what a client's retries need."""
    response = Response(orjson.dumps(envelope(error)), error.status, headers, JSON)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = error.allowed
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(min(error.retry_after, LONGEST_RETRY))
    if error.should_retry is not None:
        response.headers["x-should-retry"] = str(error.should_retry).lower()
    if isinstance(error, BodyTooLarge | ReceiptTimeout):
        # what is left of the body is not worth receiving
        response.headers["Connection"] = "close"
    return response


def internal_error() -> InternalError:
    """Return what a caller is told of a defect: nothing of its inside."""
    return InternalError(
        "The server failed to answer because of a defect.",
        "Try again; if this persists, report it with its line in the server's log.",
    )
