"""The routes about classifiers: predict with the operator's models, and train on the page."""

import asyncio
from collections import Counter
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response

from likewise.classify.model import Model
from likewise.classify.predictions import answers
from likewise.encoders.base import Encoder
from likewise.errors import InvalidOption, NoSuchPath
from likewise.server.classify.classifiers import Classifiers
from likewise.server.classify.schemas import (
    CellAnswer,
    ChecksAnswer,
    ClassifiersAnswer,
    ColumnsRequest,
    PredictAnswer,
    PredictRequest,
    TableAnswer,
    TrainingAnswer,
    TrainRequest,
)
from likewise.server.classify.tables import Tables, describe
from likewise.server.classify.trainings import Trainings, model_file, read_columns, report_page
from likewise.server.describe import ERRORS, takes
from likewise.server.http.body import read_body
from likewise.server.http.disconnect import unless_disconnected
from likewise.server.http.envelope import JSON
from likewise.server.workbench.routes import State, Workbench

UPLOADS = "/api/tables"

Description = dict[str, Any]


class Desk:
    """What a server needs to train and to predict."""

    def __init__(self, workbench: Workbench, models: Classifiers) -> None:
        self.workbench = workbench
        self.models = models
        self.tables = Tables()
        self.trainings = Trainings()

    async def charge(self, request: Request) -> None:
        """Count the request against its client's rate."""
        state = request.scope["state"]
        await self.workbench.rates.charge_request(state["client"], state)

    async def predict(self, request: Request, model: Model) -> Response:
        """Answer what a model says about the texts in the request."""
        asked = await read_body(request, PredictRequest)
        request.scope["state"]["facts"]["texts"] = len(asked.texts)

        def job(encoder: Encoder) -> dict[str, Any]:
            said = answers(
                model,
                asked.texts,
                encoder,
                coverage=asked.coverage,
                rejected=asked.rejected,
                explained=asked.explain,
            )
            return {"predictions": said}

        if model.identity is None:
            raise InvalidOption(
                "This model was trained on given vectors, so it can't read texts.",
                "Train one on texts.",
                param="model",
            )
        encoder = await self.workbench.shelf.get_as(model.identity)
        work = self.workbench.run_on(encoder, request.scope["state"], job)
        return _json(await unless_disconnected(request, work))

    async def train(self, asked: TrainRequest, state: State) -> dict[str, Any]:
        """Start a training with the default encoder and return how it is."""
        table = self.tables.get(asked.table)
        data, findings = await asyncio.to_thread(
            read_columns, table, asked.text, asked.label, asked.kind
        )
        queued = self.workbench.queued(await self.workbench.shelf.get(), state)
        return self.trainings.start(data, asked.kind, findings, queued, quick=asked.quick).status()

    def stop(self) -> None:
        """End what runs."""
        self.trainings.stop_all()


def classify_router(desk: Desk) -> APIRouter:
    """Return the routes of the operator's models, under /api/classify."""
    router = APIRouter(prefix="/api/classify", tags=["classify"])

    @router.get("", responses={200: {"model": ClassifiersAnswer}, **ERRORS})
    async def list_classifiers(request: Request) -> Response:
        """List the trained models that this server offers."""
        await desk.charge(request)
        return _json({"models": await asyncio.to_thread(desk.models.describe)})

    @router.post("/{model}", **takes(PredictRequest, PredictAnswer))
    async def classify_texts(request: Request, model: str) -> Response:
        """Tell the label, or the number, of texts."""
        await desk.charge(request)
        found = await asyncio.to_thread(desk.models.get, model)
        return await desk.predict(request, found)

    return router


def training_router(desk: Desk) -> APIRouter:
    """Return the routes of the page's trainings."""
    router = APIRouter(prefix="/api", tags=["training"])
    _add_tables(router, desk)
    _add_trainings(router, desk)
    _add_results(router, desk)
    return router


def _add_tables(router: APIRouter, desk: Desk) -> None:
    raw = {"schema": {"type": "string", "format": "binary"}}
    extra = {"requestBody": {"required": True, "content": {"application/octet-stream": raw}}}

    @router.post("/tables", openapi_extra=extra, responses={200: {"model": TableAnswer}, **ERRORS})
    async def add_table(request: Request, name: str = "", encoding: str | None = None) -> Response:
        """Read a table: csv, tsv, jsonl or parquet. It is kept in memory for an hour."""
        await desk.charge(request)
        key, table = await asyncio.to_thread(desk.tables.add, name, await request.body(), encoding)
        return _json(describe(key, table))

    @router.get("/tables/{table}", responses={200: {"model": TableAnswer}, **ERRORS})
    async def get_table(request: Request, table: str) -> Response:
        """Describe a table again; `moods` is one that comes with Likewise."""
        await desk.charge(request)
        return _json(describe(table, desk.tables.get(table)))

    @router.post("/tables/{table}/checks", **takes(ColumnsRequest, ChecksAnswer))
    async def check_labels(request: Request, table: str) -> Response:
        """Say how many texts and labels there are, and what is odd about them."""
        await desk.charge(request)
        asked = await read_body(request, ColumnsRequest)
        found = desk.tables.get(table)
        data, findings = await asyncio.to_thread(
            read_columns, found, asked.text, asked.label, asked.kind
        )
        counts = Counter(str(a) for a in data.answers) if asked.kind == "classes" else Counter()
        return _json(
            {
                "texts": len(data.texts),
                "labels": [{"label": name, "count": n} for name, n in counts.most_common()],
                "findings": [
                    {**finding.to_dict(), "rows": [data.row(place) for place in finding.rows]}
                    for finding in findings
                ],
                # what was noted when the table was read was told with the table
                "notes": data.notes[len(found.notes) :],
            }
        )


def _add_trainings(router: APIRouter, desk: Desk) -> None:
    @router.post("/trainings", **takes(TrainRequest, TrainingAnswer))
    async def start_training(request: Request) -> Response:
        """Learn from a table: choose a model by cross-validation, compare it, fit it."""
        await desk.charge(request)
        asked = await read_body(request, TrainRequest)
        return _json(await desk.train(asked, request.scope["state"]))

    # not charged: the page asks several times a second, and nothing is computed
    @router.get("/trainings/{training}", responses={200: {"model": TrainingAnswer}, **ERRORS})
    async def get_training(training: str) -> Response:
        """Say how far a training is, and at its end what it found."""
        return _json(desk.trainings.get(training).status())

    @router.delete("/trainings/{training}", responses={200: {"model": TrainingAnswer}, **ERRORS})
    async def stop_training(training: str) -> Response:
        """End a training at its next step."""
        return _json(desk.trainings.stop(training).status())


def _add_results(router: APIRouter, desk: Desk) -> None:
    @router.get("/trainings/{training}/cell", responses={200: {"model": CellAnswer}, **ERRORS})
    async def cell_of_confusion(training: str, true: int, called: int) -> Response:
        """Give held-out texts of one cell of the confusion matrix."""
        from likewise.classify.report.results import cell_texts

        found = desk.trainings.get(training)
        _ = found.model
        if found.ladder is None:
            raise NoSuchPath("This training told numbers, not classes.", "There are no cells.")
        texts = cell_texts(found.estimator, found.data, found.ladder, true, called)
        return _json({"texts": texts})

    @router.post("/trainings/{training}/predict", **takes(PredictRequest, PredictAnswer))
    async def try_training(request: Request, training: str) -> Response:
        """Tell the label, or the number, of texts by what was just trained."""
        await desk.charge(request)
        return await desk.predict(request, desk.trainings.get(training).model)

    @router.get("/trainings/{training}/model", responses=_file("application/octet-stream"))
    async def download_model(training: str) -> Response:
        """Download the model for `likewise predict`."""
        raw = await asyncio.to_thread(model_file, desk.trainings.get(training))
        return _download(raw, "model.likewise", "application/octet-stream")

    @router.get("/trainings/{training}/report", responses=_file("text/html"))
    async def download_report(training: str) -> Response:
        """Download the report: one page that opens offline."""
        page = await asyncio.to_thread(report_page, desk.trainings.get(training))
        return _download(page.encode("utf-8"), "report.html", "text/html; charset=utf-8")


def _file(kind: str) -> dict[int | str, Description]:
    content = {kind: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The file.", "content": content}, **ERRORS}


def _download(raw: bytes, name: str, kind: str) -> Response:
    disposition = f"attachment; filename={quote(name)}"
    return Response(raw, headers={"Content-Disposition": disposition}, media_type=kind)


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type=JSON)
