"""How the server is: alive, ready, and in numbers."""

from typing import Any

from starlette.responses import Response

from likewise._version import __version__
from likewise.errors import Overloaded
from likewise.server.contract import Call, Routes
from likewise.server.engine.batching import Batcher
from likewise.server.engine.registry import EncoderRegistry
from likewise.server.http.body import Answer
from likewise.server.http.metrics import CONTENT_TYPE_LATEST, Metrics


class HealthAnswer(Answer):
    """The process is alive."""

    status: str
    version: str


def status_routes(registry: EncoderRegistry, batcher: Batcher, metrics: Metrics) -> Routes:
    """Return /health, /ready and /metrics."""
    routes = Routes(tag="status")

    @routes.route("/health", gives=HealthAnswer, **_ASKED_OFTEN)
    async def health(_: Call[None]) -> dict[str, Any]:
        """Say that the process is alive."""
        return _status("ok")

    @routes.route("/ready", gives=HealthAnswer, **_ASKED_OFTEN)
    async def ready(_: Call[None]) -> dict[str, Any]:
        """Say that the default encoder is loaded, or why it could not be."""
        if registry.ready and registry.warm and batcher.alive:
            return _status("ready")
        if not batcher.alive:
            raise Overloaded(
                "The engine has stopped and will restart with the next request.",
                "Ask again in a second; if this persists, restart the server.",
                retry_after=1,
            )
        if registry.failure is not None:
            raise registry.failure
        raise Overloaded(
            f"The encoder {registry.default} is not loaded yet.",
            "Ask again in a second.",
            retry_after=1,
        )

    @routes.route("/metrics", gives=None, charged=False, vital=True, watched=False)
    async def read_metrics(_: Call[None]) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return routes


_ASKED_OFTEN: dict[str, Any] = {
    "protected": False,
    "charged": False,
    "vital": True,
    "watched": False,
}
"""By machines that have no key and must hear an answer when all others are refused."""


def _status(status: str) -> dict[str, Any]:
    return {"status": status, "version": __version__}
