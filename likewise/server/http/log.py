"""What is written down about requests: never a text, a key or, unless wanted, an address."""

import asyncio
import logging
import random
import time
import traceback

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.errors import Overloaded, is_failure
from likewise.server.http.clients import Pseudonyms
from likewise.server.http.envelope import error_response, internal_error
from likewise.server.http.metrics import Metrics
from likewise.server.http.state import RequestState, state_of
from likewise.settings import Settings

logger = logging.getLogger("likewise.server")
requests = logging.getLogger("likewise.server.requests")

CLIENT_GONE = 499
"""Stands in the log for the status of an answer that nobody waited for (nginx's number)."""

OPENAI_VERSION = "2020-10-01"
"""The version of OpenAI's API that /v1 follows, as their own servers name it."""


class Observer:
    """Gives each request an id, answers defects, counts, and writes a line where that is wanted.

    What other parts want in the answer's headers and in the line they put into the request's
    state (`likewise.server.http.state`).
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self._settings = settings
        self._metrics = metrics
        key = settings.log_key
        self._pseudonyms = Pseudonyms(key.get_secret_value() if key else None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; turn what is raised into an answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        state = state_of(scope)
        # not from the system: that gives the interpreter's lock away, for which a busy server then
        # waits, and nobody gains anything by guessing an id
        state.id = f"{random.getrandbits(128):032x}"
        status = 0

        async def completed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                own = {
                    "x-request-id": state.id,
                    "openai-version": OPENAI_VERSION,
                    "openai-processing-ms": str(round((time.perf_counter() - began) * 1e3)),
                    **state.headers,
                }
                encoded = [(name.encode(), value.encode("latin-1")) for name, value in own.items()]
                message["headers"] = [*message["headers"], *encoded]
                status = message["status"]  # from here on there is an answer
            await send(message)

        try:
            await self.app(scope, receive, completed)
        except ClientDisconnect:
            status = status or CLIENT_GONE
        except asyncio.CancelledError:  # by uvicorn, which waits for it no longer
            if not status:
                await error_response(_stopping())(scope, receive, completed)
        except BaseException as error:
            if not is_failure(error):
                raise
            # not logger.exception: that would write the exception's message, perhaps a text
            logger.error(  # noqa: TRY400
                "request %s: %s in %s", state.id, type(error).__name__, places(error)
            )
            if not status:
                await error_response(internal_error())(scope, receive, completed)
        finally:
            self._note(scope, state, status, time.perf_counter() - began)

    def _note(self, scope: Scope, state: RequestState, status: int, seconds: float) -> None:
        self._metrics.request(state.route, status, seconds)
        if self._settings.log_requests:
            line = self._line(str(scope["method"]), state, status, seconds)
            requests.info("%s", orjson.dumps(line).decode())

    def _line(
        self, method: str, state: RequestState, status: int, seconds: float
    ) -> dict[str, str | int | float]:
        line = {
            "time": _now(),
            "id": state.id,
            "method": method if method in METHODS else "other",
            "route": state.route,
            "status": status,
            "ms": round(seconds * 1e3, 2),
            "client": self._pseudonyms.of(state.client),
            **state.facts,
        }
        if self._settings.log_addresses:
            line["address"] = str(state.address or "local")
        return line


def _stopping() -> Overloaded:
    return Overloaded(
        "The server stops, and the request was not finished in time.",
        "Send it again in a moment, when there is a server again.",
    )


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
        if record.exc_info and (error := record.exc_info[1]) is not None:
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


def places(error: BaseException) -> str:
    """Return `file:line function` of each frame, innermost first; no message, no values."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in list(frames)[:12])
