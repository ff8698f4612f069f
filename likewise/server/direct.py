"""The two paths that are asked most, past the framework's routing.

Finding the route, three exit stacks and resolving dependencies that there are none of take longer
than everything else that the server does for a short text. The routes themselves stay declared
beside the others, for the description of the API and for the methods that a path does not answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from likewise.errors import LikewiseError
from likewise.server.http.envelope import error_response

Handler = Callable[[Request], Awaitable[Response]]


class Direct:
    """Answer what `handlers` has, by (method, path); pass everything else on."""

    def __init__(self, app: ASGIApp, handlers: Mapping[tuple[str, str], Handler]) -> None:
        self.app = app
        self._handlers = {
            key: (handler, SimpleNamespace(path=key[1])) for key, handler in handlers.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        found = self._handlers.get((scope.get("method", ""), scope.get("path", "")))
        if found is None:
            await self.app(scope, receive, send)
            return
        handler, scope["route"] = found
        try:
            response = await handler(Request(scope, receive, send))
        except LikewiseError as error:
            response = error_response(error)
        await response(scope, receive, send)
