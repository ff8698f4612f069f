"""How the server is: alive, ready, and in numbers."""

import orjson
from fastapi import APIRouter, Request, Response

from likewise import __version__
from likewise.errors import Overloaded
from likewise.server.describe import ERRORS
from likewise.server.engine.registry import Shelf
from likewise.server.http.envelope import JSON
from likewise.server.http.metrics import CONTENT_TYPE_LATEST, Metrics
from likewise.server.schemas import HealthAnswer


def status_router(shelf: Shelf, metrics: Metrics) -> APIRouter:
    """Return /health, /ready and /metrics."""
    router = APIRouter(tags=["status"])

    # the first one is named where a method is refused
    router.get("/health", responses={200: {"model": HealthAnswer}})(health)
    router.head("/health", include_in_schema=False)(health)

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready", responses={200: {"model": HealthAnswer}, **ERRORS})
    async def ready() -> Response:
        """Say that the default encoder is loaded."""
        if not shelf.ready:
            raise Overloaded(
                f"The encoder {shelf.default} is not loaded yet.",
                "Ask again in a second; if it stays, see the server's log.",
                retry_after=1,
            )
        return _status("ready")

    @router.get("/metrics", include_in_schema=False)
    async def read_metrics() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


async def health(_: Request) -> Response:
    """Say that the process is alive."""
    return _status("ok")


def _status(status: str) -> Response:
    return Response(orjson.dumps({"status": status, "version": __version__}), media_type=JSON)
