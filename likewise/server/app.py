"""The application: every route and every guard, put together in one place."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from likewise.encoders.base import Encoder
from likewise.errors import LikewiseError, is_failure
from likewise.server.classify.classifiers import Classifiers
from likewise.server.classify.labelling import LabellingSession, labelling_routes
from likewise.server.classify.predicting import Predictor
from likewise.server.classify.routes import classify_routes
from likewise.server.classify.training_routes import Training, text_routes, training_routes
from likewise.server.contract import Call, Routes
from likewise.server.describe import describe
from likewise.server.dispatch import Dispatch, Guards
from likewise.server.engine.batching import Batcher, Limits
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.embedder import Embedder
from likewise.server.engine.engine import Engine
from likewise.server.engine.memory import MemoryCache
from likewise.server.engine.registry import EncoderRegistry
from likewise.server.engine.visitors import only_owner
from likewise.server.explore.explorer import Explorer
from likewise.server.explore.routes import explore_routes
from likewise.server.explore.upload_routes import upload_routes
from likewise.server.garbage import collect_in_quiet
from likewise.server.http.admission import Gate
from likewise.server.http.clients import ApiKeys, Clients, Proxies
from likewise.server.http.envelope import JSON
from likewise.server.http.headers import HostAllowList, SecurityHeaders
from likewise.server.http.log import Observer
from likewise.server.http.metrics import Metrics
from likewise.server.http.origins import SameOrigin
from likewise.server.http.rates import Rates
from likewise.server.kept import Budget
from likewise.server.openai.routes import Embeddings, openai_routes
from likewise.server.static import PAGE, page_routes
from likewise.server.status import status_routes
from likewise.server.workbench.routes import Workbench, workbench_routes
from likewise.settings import Settings
from likewise.settings import settings as process_settings

log = logging.getLogger(__name__)


class Application:
    """The server as an ASGI application.

    Attributes:
        dispatch: has all routes.
        gate: counts what is in hand; connections count there what is not read.
    """

    def __init__(
        self, dispatch: Dispatch, before: list[Middleware], lifespan: Lifespan[Router], gate: Gate
    ) -> None:
        self._answer: ASGIApp = dispatch
        for one in reversed(before):
            self._answer = one.cls(self._answer, *one.args, **one.kwargs)
        self._live = Router(lifespan=lifespan)
        self.dispatch = dispatch
        self.gate = gate
        self._described: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or begin and end with the server."""
        answer = self._answer if scope["type"] == "http" else self._live
        await answer(scope, receive, send)

    def openapi(self, option: int = 0) -> bytes:
        """Return the description of the API; `option` is one of orjson's."""
        return orjson.dumps(describe(self.dispatch.groups), option=option)

    def described(self) -> bytes:
        """Return the description, made once: it costs as much as a hundred answers."""
        if self._described is None:
            self._described = self.openapi()
        return self._described


def create_app(
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    *,
    page: Path = PAGE,
    labelling: LabellingSession | None = None,
    owns_process: bool = False,
) -> Application:
    """Return the application.

    Args:
        settings: by default those of the process.
        encoder: the default encoder, ready made; by default the one that the settings name,
            loaded in the background as soon as the server runs.
        page: folder of the built page.
        labelling: a file that is labelled on the page.
        owns_process: nothing else runs in the process, so its garbage collector may be set.

    Raises:
        InvalidOption: a setting has a value that it can't have.
    """
    chosen = settings or process_settings()
    metrics = Metrics()
    rates = Rates(chosen)
    keys = ApiKeys(chosen)
    models = Classifiers(chosen.classifiers)
    registry = EncoderRegistry(chosen, encoder)
    limits = Limits(
        batch_tokens=chosen.batch_tokens,
        queue_tokens=chosen.max_queue_tokens,
        wait=chosen.max_wait,
        deadline=chosen.deadline,
    )
    batcher = Batcher(limits, observe=metrics.batch)
    metrics.watch(batcher.load)
    gate = Gate(batcher, most_requests=chosen.max_requests, most_bytes=chosen.max_held_bytes)
    embedder = Embedder(batcher, MemoryCache(chosen.memory_cache_bytes), DailyBudget(chosen))
    engine = Engine(registry, embedder)
    trains = chosen.training if chosen.training is not None else only_owner(chosen)
    workbench = Workbench(engine, chosen, trains=trains)
    predictor = Predictor(engine)
    kept = Budget(chosen.max_kept_bytes)
    training = Training(engine, predictor, kept)
    explorer = Explorer(engine, training.tables, chosen, kept)
    embeddings = Embeddings(
        registry, embedder, rates, metrics, gate, most_tokens=chosen.max_request_tokens
    )

    @asynccontextmanager
    async def lifespan(_: Router) -> AsyncIterator[None]:
        background = asyncio.create_task(_background(workbench, registry, gate, owns_process))
        yield
        background.cancel()
        for part in (dispatch, explorer, training, predictor, workbench, engine):
            part.stop()
        await rates.close()

    groups = [
        openai_routes(embeddings),
        status_routes(registry, batcher, metrics),
        classify_routes(predictor, models),
    ]
    if chosen.page if chosen.page is not None else not chosen.api_keys:
        groups += [workbench_routes(workbench), text_routes(training.tables)]
        if trains:
            groups.append(training_routes(training))
        # collections are the operator's own: no visitor without a key reads or removes them
        if trains and (only_owner(chosen) or chosen.api_keys):
            groups += [explore_routes(explorer), upload_routes(explorer)]
        groups.append(labelling_routes(labelling))
        groups.append(page_routes(page, workbench.opening))
    guards = Guards(keys, gate, rates, chosen.max_body_bytes, chosen.receipt_seconds)
    dispatch = Dispatch(groups, guards)
    before = _before_routes(chosen, metrics, keys)
    application = Application(dispatch, before, lifespan, gate)
    dispatch.add(_description_routes(application))
    return application


def _description_routes(application: Application) -> Routes:
    routes = Routes(protected=False)

    @routes.route("/openapi.json", gives=None, watched=False)
    async def openapi(_: Call[None]) -> Response:
        """Give the description of the API."""
        return Response(application.described(), media_type=JSON)

    return routes


def _before_routes(settings: Settings, metrics: Metrics, keys: ApiKeys) -> list[Middleware]:
    """Return what stands before every route, outermost first; nothing of it is read later."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=[
            "x-request-id",
            "x-likewise-digest",
            "x-likewise-truncated",
            "x-likewise-unknown",
        ],
    )
    return [
        Middleware(SecurityHeaders),
        Middleware(Observer, settings=settings, metrics=metrics),
        Middleware(HostAllowList, hosts=settings.allowed_hosts),
        *([cors] if settings.cors_origins else []),
        Middleware(SameOrigin, allowed=settings.cors_origins, hosts=settings.allowed_hosts),
        Middleware(Clients, keys=keys, proxies=Proxies(settings)),
    ]


async def _background(
    workbench: Workbench, registry: EncoderRegistry, gate: Gate, owns_process: bool
) -> None:
    await _warm_up(workbench, registry)
    if owns_process:
        await collect_in_quiet(lambda: gate.requests)


async def _warm_up(workbench: Workbench, registry: EncoderRegistry) -> None:
    """Load the default encoder and run it once, so that the first visitor does not wait."""
    try:
        await registry.get()
        await workbench.opening()
    except LikewiseError as error:
        log.error("%s", error)  # noqa: TRY400  # the sentences say it all
    except BaseException as error:
        if not is_failure(error):
            raise
        log.exception("the encoder could not be run")
    finally:
        registry.warm = True  # what could not be loaded now is when it is next asked for
