"""What a route promises, declared in one place: who may ask, what it takes, what it gives.

A route is a function below `Routes.route`. Its declaration brings with it the key that a caller
needs, a place among the requests in hand, the rate that is charged, the bound on the body and its
check against a model, and the end of the work when the caller has gone. None of them can be
forgotten: the defaults are the strict ones. The description of the API
(`likewise.server.describe`) is made from the same declarations, and `likewise.server.dispatch`
keeps them.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from likewise.server.http.body import Answer, Body
from likewise.server.http.disconnect import unless_disconnected
from likewise.server.http.state import RequestState

Method = Literal["GET", "POST", "DELETE"]
Taken = TypeVar("Taken")
Result = TypeVar("Result")


class Parameters(BaseModel):
    """The parameters behind the question mark; others are left alone."""


class File:
    """A route that takes or gives bytes which are not JSON, of one of some types.

    Args:
        media_types: those that it may have; by default bytes of any kind.
        streamed: whether the function takes it piece by piece, as `likewise.server.http.body`
            streams it, and never has all of it in memory.
    """

    def __init__(self, *media_types: str, streamed: bool = False) -> None:
        self.media_types = media_types or ("application/octet-stream",)
        self.streamed = streamed


@dataclass(frozen=True, eq=False)
class Call(Generic[Taken]):
    """One call of a route.

    Attributes:
        request: the request as it came.
        state: who asks, and what the answer's head and the log are to hold.
        body: what the route takes, checked.
        query: the parameters that the route asks for, checked.
        path: the parts of the path that its declaration has in braces.
    """

    request: Request
    state: RequestState
    body: Taken
    query: Any
    path: Mapping[str, str]

    async def unless_gone(self, work: Awaitable[Result]) -> Result:
        """Return what `work` gives; cancel it when the caller has gone."""
        return await unless_disconnected(self.request.receive, work)


Handler = Callable[[Call[Any]], Awaitable[Response | dict[str, Any]]]


@dataclass(frozen=True, eq=False)
class Route:
    """A declared route; see `Routes.route`."""

    method: Method
    path: str
    handler: Handler
    takes: type[Body] | File | None
    gives: type[Answer] | File | None
    query: type[Parameters] | None
    protected: bool
    charged: bool
    vital: bool
    watched: bool
    most_bytes: int | None
    instead: str | None
    tag: str

    @property
    def name(self) -> str:
        """The operation's name in the description."""
        return self.handler.__name__

    @property
    def streamed(self) -> bool:
        """Whether the handler takes the body while it comes."""
        return isinstance(self.takes, File) and self.takes.streamed

    @property
    def text(self) -> str:
        """What the route does, for the description."""
        return inspect.getdoc(self.handler) or ""


@dataclass(frozen=True, eq=False)
class Folder:
    """Files below a path, which anybody may read."""

    path: str
    app: ASGIApp


@dataclass(eq=False)
class Routes:
    """Declared routes below one prefix.

    Attributes:
        prefix: the beginning of all their paths.
        tag: what the description groups them by.
        protected: whether, where the server has API keys, one is wanted, also for paths below
            the prefix that do not exist; a route can say otherwise.
    """

    prefix: str = ""
    tag: str = ""
    protected: bool = True
    routes: list[Route] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)

    def route(
        self,
        path: str,
        *,
        gives: type[Answer] | File | None,
        method: Method = "GET",
        takes: type[Body] | File | None = None,
        query: type[Parameters] | None = None,
        protected: bool | None = None,
        charged: bool = True,
        vital: bool = False,
        watched: bool = True,
        most_bytes: int | None = None,
        instead: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Return a decorator that declares a route.

        Args:
            path: below the prefix; `{name}` stands for a part without a slash, `{name:path}` for
                any.
            gives: the model of the answer, or a file; None for what is not part of the API.
            method: HEAD is answered wherever GET is.
            takes: the model of the body, or a file; whatever changes something takes one.
            query: the model of the parameters.
            protected: whether an API key is wanted where the server has any; by default as the
                others below the prefix.
            charged: whether a call counts against the client's rate of requests.
            vital: answered however much there is to do.
            watched: whether the work ends when the caller has gone; if not, the function sees to
                it itself, with `Call.unless_gone`.
            most_bytes: bound on the body, by default the server's.
            instead: what to do with a larger one, a sentence; by default for texts.
        """
        assert (method == "POST") == (takes is not None)  # noqa: S101  # a defect of ours

        def declare(handler: Handler) -> Handler:
            made = Route(
                method=method,
                path=self.prefix + path,
                handler=handler,
                takes=takes,
                gives=gives,
                query=query,
                protected=self.protected if protected is None else protected,
                charged=charged,
                vital=vital,
                watched=watched,
                most_bytes=most_bytes,
                instead=instead,
                tag=self.tag,
            )
            self.routes.append(made)
            return handler

        return declare

    def folder(self, path: str, app: ASGIApp) -> None:
        """Let anybody read what `app` has below a path."""
        self.folders.append(Folder(self.prefix + path, app))
