"""What is written down about requests: never a text."""

import logging
import traceback

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.server.envelope import error_response, internal_error

logger = logging.getLogger("likewise.server")


class LastResort:
    """Answer a defect with the envelope, and log where it happened without what was asked.

    An exception's message may hold a text, so only its type and its place are logged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; turn what is raised into an answer."""
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except ClientDisconnect:
            return
        except Exception as error:
            # not logger.exception: that would write the exception's message
            logger.error("%s in %s", type(error).__name__, " < ".join(_places(error)))  # noqa: TRY400
            if not started:
                await error_response(internal_error())(scope, receive, send)


def _places(error: Exception) -> list[str]:
    """Return `file:line function` of each frame, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)][:12]
