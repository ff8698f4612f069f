"""The application: every route and every guard, put together in one place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from fastapi import FastAPI, Response
from starlette.middleware import Middleware

from likewise import __version__
from likewise.encoders.base import Encoder
from likewise.server.envelope import JSON, add_error_handlers
from likewise.server.headers import HostAllowList, SecurityHeaders
from likewise.server.inference import Inference
from likewise.server.limits import BodyLimit
from likewise.server.log import LastResort
from likewise.server.openapi import describe
from likewise.server.page import PAGE, page_router
from likewise.server.schemas import HealthAnswer
from likewise.server.shelf import Shelf
from likewise.server.workbench import Workbench, workbench_router
from likewise.settings import Settings
from likewise.settings import settings as process_settings


def create_app(
    settings: Settings | None = None, encoder: Encoder | None = None, *, page: Path = PAGE
) -> FastAPI:
    """Return the application.

    Args:
        settings: by default those of the process.
        encoder: the default encoder, ready made; by default the one that the settings name,
            loaded in the background as soon as the server runs.
        page: folder of the built page.
    """
    chosen = settings or process_settings()
    workbench = Workbench(Shelf(chosen, encoder), Inference())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(workbench.opening())
        yield
        loading.cancel()
        workbench.inference.stop()

    app = FastAPI(
        title="Likewise",
        version=__version__,
        description="Text embeddings: compare texts on a real model.",
        lifespan=lifespan,
        docs_url=None,  # both viewers load their code from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(LastResort),
            Middleware(HostAllowList, hosts=chosen.allowed_hosts),
            Middleware(BodyLimit, limit=chosen.max_body_bytes),
        ],
    )
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's documented way
    add_error_handlers(app)
    app.include_router(workbench_router(workbench))

    @app.head("/health", include_in_schema=False)
    @app.get("/health", responses={200: {"model": HealthAnswer}})
    async def health() -> Response:
        """Say that the process is alive."""
        return Response(orjson.dumps({"status": "ok", "version": __version__}), media_type=JSON)

    app.include_router(page_router(page, workbench.opening))
    return app
