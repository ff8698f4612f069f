"""The description of the API, which the page's typed client is generated from."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from likewise._version import __version__
from likewise.server.contract import File, Route, Routes
from likewise.server.http.body import Answer, Body
from likewise.server.http.envelope import JSON, ErrorAnswer

REFERENCE = "#/components/schemas/{model}"

Description = dict[str, Any]


def describe(groups: Iterable[Routes]) -> Description:
    """Return the OpenAPI document of the routes that give something of the API."""
    routes = [route for group in groups for route in group.routes if route.gives is not None]
    _, definitions = models_json_schema(list(_models(routes)), ref_template=REFERENCE)
    paths: dict[str, Description] = {}
    for route in routes:
        path = route.path.replace(":path}", "}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Likewise",
            "description": "Text embeddings: compare texts on a real model.",
            "version": __version__,
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(definitions["$defs"].items()))},
    }


def _models(routes: Sequence[Route]) -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    """Yield what is taken and given, once for each time."""
    yield ErrorAnswer, "serialization"
    for route in routes:
        if isinstance(route.takes, type):
            yield route.takes, "validation"
        if isinstance(route.gives, type):
            yield route.gives, "serialization"


def _operation(route: Route) -> Description:
    operation: Description = {
        "tags": [route.tag],
        "summary": route.name.replace("_", " ").title(),
        "description": route.text,
        "operationId": route.name,
    }
    if parameters := [*_path_parameters(route), *_query_parameters(route)]:
        operation["parameters"] = parameters
    if route.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.takes)}
    given = "The file." if isinstance(route.gives, File) else "Successful Response"
    operation["responses"] = {
        "200": {"description": given, "content": _content(route.gives)},
        "4XX": _error("The request can't be answered as it stands."),
        "5XX": _error("The server could not answer."),
    }
    return operation


def _path_parameters(route: Route) -> Iterator[Description]:
    for part in route.path.split("{")[1:]:
        name = part.partition("}")[0].partition(":")[0]
        schema = {"type": "string", "title": name.title()}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route) -> Iterator[Description]:
    if route.query is None:
        return
    described = route.query.model_json_schema()
    for name, schema in described["properties"].items():
        required = name in described.get("required", [])
        yield {"name": name, "in": "query", "required": required, "schema": schema}


def _content(what: type[Body] | type[Answer] | File | None) -> Description:
    if isinstance(what, File):
        schema = {"type": "string", "format": "binary"}
        return {media_type: {"schema": schema} for media_type in what.media_types}
    assert what is not None  # noqa: S101  # others are left out of the description
    return {JSON: {"schema": {"$ref": REFERENCE.format(model=what.__name__)}}}


def _error(text: str) -> Description:
    return {"description": text, "content": _content(ErrorAnswer)}
