"""Keeps what routes promise: finds the route, asks its guards, calls it, answers.

The order is that of cost: what the head alone decides comes before a byte of the body is read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from likewise.errors import LikewiseError, MethodNotAllowed, NoSuchPath, RequestError
from likewise.server.contract import Call, File, Folder, Route, Routes
from likewise.server.engine.runner import Runner
from likewise.server.http.admission import (
    UNREAD_BYTES,
    Gate,
    InHand,
    declared_length,
    too_many_connections,
)
from likewise.server.http.body import check, read_bytes, read_model, stream_bytes
from likewise.server.http.body_limits import BodyLimits
from likewise.server.http.clients import ApiKeys
from likewise.server.http.envelope import JSON, error_response
from likewise.server.http.not_found import answer_nothing, nothing_there
from likewise.server.http.rates import Rates
from likewise.server.http.state import RequestState, state_of

ByMethod = dict[str, Route]

PACE = 20_000_000
"""Bytes of a stream that must come in the seconds of a body."""

MOST_PARSING = 200
"""Large requests that may wait to be parsed; how many bytes they have is bounded by the gate."""


@dataclass(frozen=True)
class Guards:
    """What stands before every route.

    Attributes:
        keys: those that let in.
        gate: bounds what is in hand.
        rates: count what each client asks.
        most_bytes: bound on a body, where its route has no other.
        seconds: in which a body must have come.
    """

    keys: ApiKeys
    gate: Gate
    rates: Rates
    most_bytes: int
    seconds: float


class Dispatch:
    """Answers what `groups` declare, and says of all else that it is not there."""

    def __init__(self, groups: Iterable[Routes], guards: Guards) -> None:
        self._guards = guards
        self._parsing = Runner("large requests", threads=1, waiting=MOST_PARSING)
        self.groups: list[Routes] = []
        self._exact: dict[str, ByMethod] = {}
        self._patterns: list[tuple[re.Pattern[str], ByMethod]] = []
        self._folders: list[Folder] = []
        for group in groups:
            self.add(group)

    @property
    def vital(self) -> frozenset[str]:
        """Paths that are answered however much there is to do."""
        routes = (route for group in self.groups for route in group.routes)
        return frozenset(route.path for route in routes if route.vital)

    def stop(self) -> None:
        """Drop what waits to be parsed."""
        self._parsing.stop()

    def add(self, group: Routes) -> None:
        """Answer what `group` declares as well; of two with one path the first one answers."""
        self.groups.append(group)
        self._folders += group.folders
        patterns: dict[str, ByMethod] = {}
        for route in group.routes:
            place = patterns if "{" in route.path else self._exact
            place.setdefault(route.path, {}).setdefault(route.method, route)
        self._patterns += [(compile_path(path)[0], found) for path, found in patterns.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; every error of the tree in the one envelope."""
        state = state_of(scope)
        in_hand: InHand | None = None
        unread = True
        try:
            try:
                route, path = self._find(scope)
                if isinstance(route, Folder):
                    self._check_room(state)
                    await route.app(_below(scope, route.path), receive, send)
                    return
                state.route = route.path
                if route.protected:
                    self._guards.keys.check(scope)
                if not route.vital:
                    self._check_room(state)
                if route.takes is not None:
                    in_hand = InHand(
                        self._guards.gate, scope, state.client, receive, streamed=route.streamed
                    )
                    receive = in_hand.receive
                call = await self._call(route, scope, receive, state, path)
                unread = route.streamed
                response = await _answer(route, call)
            except (LikewiseError, HTTPException) as error:  # the framework's are about files
                ours = error if isinstance(error, LikewiseError) else _as_ours(error)
                response = (
                    answer_nothing(ours, scope, self._exact)
                    if isinstance(ours, NoSuchPath)
                    else error_response(ours)
                )
                if state.crowded or (unread and declared_length(scope) > UNREAD_BYTES):
                    # what is left of the body is not worth receiving
                    response.headers["Connection"] = "close"
            await response(scope, receive, send)
        finally:
            if in_hand is not None:
                in_hand.leave()

    def _check_room(self, state: RequestState) -> None:
        if state.crowded:
            raise too_many_connections()
        self._guards.gate.check_readers(state.client)

    async def _call(
        self,
        route: Route,
        scope: Scope,
        receive: Receive,
        state: RequestState,
        path: dict[str, str],
    ) -> Call[Any]:
        """Charge for the call, and read what the route takes."""
        guards = self._guards
        if route.charged:
            await guards.rates.charge_request(state)
        state.pay = guards.rates.payer(state)
        if route.takes is not None:
            most = guards.most_bytes if route.most_bytes is None else route.most_bytes
            # what comes in a stream may be large, and takes as much longer
            seconds = guards.seconds * (max(1.0, most / PACE) if route.streamed else 1.0)
            receive = BodyLimits(scope, receive, most, seconds, route.instead).receive
        request = Request(scope, receive)
        body: Any = None
        if route.streamed:
            body = stream_bytes(request)
        elif isinstance(route.takes, File):
            body = await read_bytes(request)
        elif route.takes is not None:
            body = await read_model(request, route.takes, self._parsing.run)
        query = route.query and check(dict(request.query_params), route.query)
        return Call(request, state, body, query, path)

    def _find(self, scope: Scope) -> tuple[Route | Folder, dict[str, str]]:
        """Return who answers, and the parts of the path that its declaration has in braces.

        Raises:
            NoSuchPath, MethodNotAllowed: nobody does.
            InvalidApiKey: nobody does, and it is told to those alone who may ask.
        """
        path, method = scope["path"], "GET" if scope["method"] == "HEAD" else scope["method"]
        found, parts = self._exact.get(path), {}
        if found is None:
            for pattern, by_method in self._patterns:
                if match := pattern.match(path):
                    found, parts = by_method, match.groupdict()
                    break
        if found is not None and method in found:
            return found[method], parts
        for folder in self._folders:
            if path.startswith(f"{folder.path}/") and method == "GET":
                return folder, {}
        group = _closest(self.groups, path)
        if group is not None and group.protected:
            self._guards.keys.check(scope)
        if found is None:
            raise nothing_there(path, self._exact)
        state_of(scope).route = next(iter(found.values())).path
        raise MethodNotAllowed(
            f"This path does not answer {scope['method'][:10]}.", allowed=", ".join(found)
        )


async def _answer(route: Route, call: Call[Any]) -> Response:
    work = route.handler(call)
    given = await (call.unless_gone(work) if route.watched else work)
    if isinstance(given, Response):
        return given
    return Response(orjson.dumps(given, option=orjson.OPT_SERIALIZE_NUMPY), media_type=JSON)


def _below(scope: Scope, path: str) -> Scope:
    """Return what is asked of files below a path: each of them whole, for all are small."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
    return {**scope, "headers": headers, "root_path": scope.get("root_path", "") + path}


def _closest(groups: Iterable[Routes], path: str) -> Routes | None:
    around = [g for g in groups if g.prefix and f"{path}/".startswith(f"{g.prefix}/")]
    return max(around, key=lambda group: len(group.prefix), default=None)


def _as_ours(error: HTTPException) -> LikewiseError:
    if error.status_code == 404:
        return nothing_there("", ())
    return RequestError(f"The request can't be answered: {error.detail}.", "Correct the request.")
