"""The description of the API, which the page's typed client is generated from.

Bodies are read by `likewise.server.http.body`, not by the framework, so each route says what
it takes.
"""

import sys
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from likewise.server.classify.schemas import ColumnsRequest, PredictRequest, TrainRequest
from likewise.server.http.body import Body
from likewise.server.schemas import (
    CompareRequest,
    EmbeddingRequest,
    ErrorAnswer,
    OpenRequest,
    ReadRequest,
    WhyRequest,
)

REQUESTS: tuple[type[Body], ...] = (
    ColumnsRequest,
    CompareRequest,
    EmbeddingRequest,
    OpenRequest,
    PredictRequest,
    ReadRequest,
    TrainRequest,
    WhyRequest,
)
REFERENCE = "#/components/schemas/{model}"
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswer, "description": "The request can't be answered as it stands."},
    "5XX": {"model": ErrorAnswer, "description": "The server could not answer."},
}


def takes(request: type[Body], answer: type[Any]) -> dict[str, Any]:
    """Return the arguments that describe a route with these bodies."""
    schema = {"$ref": REFERENCE.format(model=request.__name__)}
    return {
        "openapi_extra": {
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}
        },
        "responses": {200: {"model": answer}, **ERRORS},
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of `app`, with the requests that routes refer to."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    _, requests = models_json_schema(
        [(model, "validation") for model in REQUESTS], ref_template=REFERENCE
    )
    document["components"]["schemas"].update(requests["$defs"])
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    return document


def main() -> None:
    """Write the document to stdout, as it is kept in openapi.json."""
    from likewise.server.app import create_app

    document = orjson.dumps(create_app().openapi(), option=orjson.OPT_INDENT_2)
    sys.stdout.buffer.write(document + b"\n")


if __name__ == "__main__":
    main()
