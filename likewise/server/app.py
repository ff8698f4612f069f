"""The application: every route and every guard, put together in one place."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from likewise import __version__
from likewise.encoders.base import Encoder
from likewise.errors import LikewiseError
from likewise.server.classify.classifiers import Classifiers
from likewise.server.classify.labelling import Sitting, labelling_router
from likewise.server.classify.routes import UPLOADS, Desk, classify_router, training_router
from likewise.server.classify.tables import MOST_BYTES
from likewise.server.describe import describe
from likewise.server.direct import Direct
from likewise.server.engine.batching import Batcher, Limits
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.embedder import Embedder
from likewise.server.engine.memory import MemoryCache
from likewise.server.engine.registry import Shelf
from likewise.server.http.admission import Admission, Gate
from likewise.server.http.body_limits import BodyLimits
from likewise.server.http.clients import Clients
from likewise.server.http.envelope import add_error_handlers
from likewise.server.http.headers import HostAllowList, SecurityHeaders
from likewise.server.http.log import Observer
from likewise.server.http.metrics import Metrics
from likewise.server.http.rates import Rates
from likewise.server.openai.routes import OpenAI, openai_router
from likewise.server.static import PAGE, page_router
from likewise.server.status import health, status_router
from likewise.server.tidy import keep_tidy
from likewise.server.workbench.routes import Workbench, workbench_router
from likewise.settings import Settings
from likewise.settings import settings as process_settings

log = logging.getLogger(__name__)


def create_app(
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    *,
    page: Path = PAGE,
    sitting: Sitting | None = None,
    owns_process: bool = False,
) -> FastAPI:
    """Return the application.

    Args:
        settings: by default those of the process.
        encoder: the default encoder, ready made; by default the one that the settings name,
            loaded in the background as soon as the server runs.
        page: folder of the built page.
        sitting: a file that is labelled on the page.
        owns_process: nothing else runs in the process, so its garbage collector may be set.

    Raises:
        InvalidOption: a setting has a value that it can't have.
    """
    chosen = settings or process_settings()
    metrics = Metrics()
    rates = Rates(chosen)
    shelf = Shelf(chosen, encoder)
    limits = Limits(
        batch_tokens=chosen.batch_tokens,
        queue_tokens=chosen.max_queue_tokens,
        wait=chosen.max_wait,
        deadline=chosen.deadline,
    )
    batcher = Batcher(limits, observe=metrics.batch)
    metrics.watch(batcher.state)
    gate = Gate(batcher, most_requests=chosen.max_requests, most_bytes=chosen.max_held_bytes)
    embedder = Embedder(batcher, MemoryCache(chosen.memory_cache_bytes), DailyBudget(chosen))
    trains = chosen.training if chosen.training is not None else not chosen.public
    workbench = Workbench(shelf, embedder, rates, chosen, trains=trains)
    desk = Desk(workbench, Classifiers(chosen.classifiers))
    openai = OpenAI(shelf, embedder, rates, metrics, gate, most_tokens=chosen.max_request_tokens)

    direct = {("POST", "/v1/embeddings"): openai.embeddings, ("GET", "/health"): health}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background = asyncio.create_task(_background(workbench, gate if owns_process else None))
        yield
        background.cancel()
        desk.stop()
        embedder.stop()
        workbench.stop()
        await rates.close()

    app = FastAPI(
        title="Likewise",
        version=__version__,
        description="Text embeddings: compare texts on a real model.",
        lifespan=lifespan,
        docs_url=None,  # both viewers load their code from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        middleware=[*_guards(chosen, metrics, gate), Middleware(Direct, handlers=direct)],
    )
    app.state.gate = gate  # the connections count there what is not read
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's documented way
    add_error_handlers(app)
    app.include_router(openai_router(openai))
    app.include_router(status_router(shelf, metrics))
    app.include_router(classify_router(desk))
    if chosen.page if chosen.page is not None else not chosen.api_keys:
        app.include_router(workbench_router(workbench))
        if trains:
            app.include_router(training_router(desk))
        if sitting is not None:
            app.include_router(labelling_router(sitting))
        app.include_router(page_router(page, workbench.opening))
    return app


def _guards(settings: Settings, metrics: Metrics, gate: Gate) -> list[Middleware]:
    """Return what stands before every route, outermost first."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["x-request-id", "x-likewise-digest", "x-likewise-truncated"],
    )
    return [
        Middleware(SecurityHeaders),
        Middleware(Observer, settings=settings, metrics=metrics),
        Middleware(HostAllowList, hosts=settings.allowed_hosts),
        *([cors] if settings.cors_origins else []),
        Middleware(Clients, settings=settings),
        Middleware(Admission, gate=gate),
        Middleware(
            BodyLimits,
            most_bytes=settings.max_body_bytes,
            seconds=settings.receipt_seconds,
            larger={UPLOADS: max(MOST_BYTES, settings.max_body_bytes)},
        ),
    ]


async def _background(workbench: Workbench, gate: Gate | None) -> None:
    await _warm_up(workbench)
    if gate is not None:
        await keep_tidy(lambda: gate.requests)


async def _warm_up(workbench: Workbench) -> None:
    """Load the default encoder and run it once, so that the first visitor does not wait."""
    try:
        await workbench.shelf.get()
    except LikewiseError as error:
        log.error("%s", error)  # noqa: TRY400  # the sentences say it all
        return
    await workbench.opening()
