"""One shape for every error that leaves the server."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from likewise.errors import (
    BodyTooLarge,
    InternalError,
    InvalidField,
    LikewiseError,
    MethodNotAllowed,
    NoSuchPath,
    ReceiptTimeout,
    RequestError,
)

JSON = "application/json"


def envelope(error: LikewiseError) -> dict[str, Any]:
    """Return the body of the answer: `{"error": {...}}`, the fields of OpenAI's and our own two."""
    return {
        "error": {
            "message": str(error),
            "type": error.type,
            "param": error.param,
            "code": error.code,
            "problem": error.problem,
            "remedy": error.remedy,
        }
    }


def error_response(error: LikewiseError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer for `error`, with its class's status and what a client's retries need."""
    response = Response(orjson.dumps(envelope(error)), error.status, headers, JSON)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
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
        "Try again; if it stays, report it with the line that the server's log has for it.",
    )


def add_error_handlers(app: FastAPI) -> None:
    """Let `app` answer every error in the one envelope."""
    app.add_exception_handler(LikewiseError, _likewise)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _likewise(_: Request, error: Exception) -> Response:
    assert isinstance(error, LikewiseError)  # noqa: S101  # registered for this class
    return error_response(error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class
    return error_response(_from_framework(request, error), error.headers)


def _from_framework(request: Request, error: HTTPException) -> LikewiseError:
    if error.status_code == 404:
        return NoSuchPath(
            "There is nothing at this path.", "See /openapi.json for what this server answers."
        )
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return MethodNotAllowed(
            f"This path does not answer {request.method[:10]}.", f"Use {allowed}."
        )
    if error.status_code < 500:
        return RequestError(
            f"The request can't be answered: {error.detail}.", "Correct the request."
        )
    return internal_error()


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class
    where = ".".join(str(part) for part in error.errors()[0]["loc"])[:80]
    return error_response(
        InvalidField(f"{where} is not as it must be.", "See /openapi.json.", param=where)
    )
