"""What is written down about requests: never a text, a key or, unless wanted, an address."""

import logging
import secrets
import time
import traceback
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.server.http.clients import Pseudonyms
from likewise.server.http.envelope import error_response, internal_error
from likewise.server.http.metrics import Metrics
from likewise.settings import Settings

logger = logging.getLogger("likewise.server")
requests = logging.getLogger("likewise.server.requests")

CLIENT_GONE = 499
"""Stands in the log for the status of an answer that nobody waited for (nginx's number)."""

OPENAI_VERSION = "2020-10-01"
"""The version of OpenAI's API that /v1 follows, as their own servers name it."""


class Observer:
    """Gives each request an id, answers defects, counts, and writes a line where that is wanted.

    What other parts want in the answer's headers they put into `scope["state"]["headers"]`, and
    what they want in the line into `scope["state"]["facts"]`: sizes, counts, names of encoders.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self._settings = settings
        self._metrics = metrics
        key = settings.log_key
        self._identifiers = Identifiers()
        self._pseudonyms = Pseudonyms(key.get_secret_value() if key else None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; turn what is raised into an answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        identifier = self._identifiers.next()
        state = scope.setdefault("state", {})
        state |= {"id": identifier, "headers": {}, "facts": {}}
        status = 0

        async def completed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                own = {
                    "x-request-id": identifier,
                    "openai-version": OPENAI_VERSION,
                    "openai-processing-ms": str(round((time.perf_counter() - began) * 1e3)),
                    **state["headers"],
                }
                encoded = [(name.encode(), value.encode("latin-1")) for name, value in own.items()]
                message["headers"] = [*message["headers"], *encoded]
                status = message["status"]  # from here on there is an answer
            await send(message)

        try:
            await self.app(scope, receive, completed)
        except ClientDisconnect:
            status = status or CLIENT_GONE
        except Exception as error:
            # not logger.exception: that would write the exception's message, perhaps a text
            logger.error(  # noqa: TRY400
                "request %s: %s in %s", identifier, type(error).__name__, places(error)
            )
            if not status:
                await error_response(internal_error())(scope, receive, completed)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.request(route, status, seconds)
        if self._settings.log_requests:
            requests.info("%s", orjson.dumps(self._line(scope, route, status, seconds)).decode())

    def _line(self, scope: Scope, route: str, status: int, seconds: float) -> dict[str, Any]:
        state = scope["state"]
        line = {
            "time": _now(),
            "id": state["id"],
            "method": scope["method"] if scope["method"] in METHODS else "other",
            # as declared, not as asked for: a path can hold anything
            "route": route,
            "status": status,
            "ms": round(seconds * 1e3, 2),
            "client": self._pseudonyms.of(state.get("client", "")),
            **state["facts"],
        }
        if self._settings.log_addresses:
            line["address"] = str(state.get("address") or "local")
        return line


class Identifiers:
    """128 random bits for each request, taken from the system for many at a time.

    A call for each would give the interpreter's lock away, and on a busy server wait for it.
    """

    def __init__(self) -> None:
        self._left: list[str] = []

    def next(self) -> str:
        """Return 32 hexadecimal characters that no other request has."""
        if not self._left:
            drawn = secrets.token_hex(16 * 256)
            self._left = [drawn[start : start + 32] for start in range(0, len(drawn), 32)]
        return self._left.pop()


class JsonLines(logging.Formatter):
    """One JSON object for each line; of an exception its kind and place, not its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if record.name == requests.name:
            return record.getMessage()  # is one already
        line = {
            "time": _now(),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and isinstance(error := record.exc_info[1], Exception):
            line["error"] = f"{type(error).__name__} in {places(error)}"
        return orjson.dumps(line).decode()


def log_to_stderr() -> None:
    """Write the process's log to stderr, a JSON object in each line."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("httpx", "uvicorn.error"):  # theirs are about each request and each start
        logging.getLogger(name).setLevel(logging.WARNING)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def places(error: Exception) -> str:
    """Return `file:line function` of each frame, innermost first; no message, no values."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in list(frames)[:12])
