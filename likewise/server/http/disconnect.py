"""Work stops when the one who asked for it has gone."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

Result = TypeVar("Result")


async def unless_disconnected(receive: Receive, work: Awaitable[Result]) -> Result:
    """Return what `work` gives; cancel it when the client closes the connection.

    The request's body must have been read.

    Raises:
        ClientDisconnect: the client has gone.
    """
    here = asyncio.current_task()
    assert here is not None  # noqa: S101  # a coroutine runs in one
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        here.cancel()

    watching = asyncio.create_task(watch())
    try:
        return await work
    except asyncio.CancelledError:
        # `uncancel` as in asyncio.timeout: a wish to stop that came from elsewhere as well stays
        if gone and here.uncancel() == 0:
            raise ClientDisconnect from None
        raise
    finally:
        watching.cancel()
