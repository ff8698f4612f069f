"""The routes with which visitors of the page train: tables, trainings, and what came of them."""

from collections import Counter
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from likewise.classify.amended import corrected, extended
from likewise.classify.data.labels import spelt
from likewise.classify.data.look import TableLook, look
from likewise.classify.training_data import TrainingData, TrainingOptions, read
from likewise.errors import NotFound
from likewise.files.options import ReadingOptions
from likewise.files.table import Table
from likewise.server.classify.predicting import Predictor
from likewise.server.classify.predicting_schemas import PredictAnswer, PredictRequest
from likewise.server.classify.table_schemas import (
    ChecksAnswer,
    LookAnswer,
    TableAnswer,
    TableQuery,
    TextsAnswer,
    TextsQuery,
)
from likewise.server.classify.tables import FOR_FILES, MOST_BYTES, Tables, describe, told
from likewise.server.classify.training_schemas import (
    CellAnswer,
    CellQuery,
    ColumnsRequest,
    TrainingAnswer,
    TrainRequest,
)
from likewise.server.classify.trainings import Trainings, model_file, options_of
from likewise.server.contract import Call, File, Routes
from likewise.server.engine.engine import Engine
from likewise.server.engine.runner import Runner
from likewise.server.kept import Budget

CHECK_THREADS = 2
"""Tables whose columns are looked at at a time."""

MOST_CHECKS = 20
"""Checks that may wait for one of these threads."""


class Training:
    """What a server needs to train for its visitors."""

    def __init__(self, engine: Engine, predictor: Predictor, budget: Budget) -> None:
        self.engine = engine
        self.predictor = predictor
        self.tables = Tables(budget)
        self.trainings = Trainings(budget)
        self._checking = Runner("checks of tables", threads=CHECK_THREADS, waiting=MOST_CHECKS)

    async def read(
        self, owner: str, key: str, options: TrainingOptions
    ) -> tuple[Table, TrainingData]:
        """Read two columns of a table; raises what `training_data.read` and `Tables.get` raise."""
        table = self.tables.get(owner, key)
        return table, await self._checking.run(lambda: read(table, options))

    async def look(self, table: Table) -> TableLook:
        """Return what is understood of a table, with the tokens that the default encoder counts."""
        encoder = await self.engine.registry.get()
        return await self._checking.run(lambda: look(table, encoder))

    async def start(self, call: Call[TrainRequest]) -> dict[str, Any]:
        """Start a training with the default encoder and return how it is."""
        asked, state = call.body, call.state
        options = options_of(asked.text, asked.label, asked.kind, quick=asked.quick)
        _, data = await self.read(state.client, asked.table, options)
        if asked.added:  # first: what was added can be put right, too
            data = extended(data, [(one.text, one.label) for one in asked.added], options)
        if asked.corrections:
            data = corrected(data, {one.row: one.label for one in asked.corrections}, options)
        encoder = await self.engine.registry.get()
        queued = self.engine.queued(encoder, state.client, state.pay)
        return self.trainings.start(state.client, data, options, queued)

    def stop(self) -> None:
        """End what runs."""
        self.trainings.stop_all()
        self.tables.stop()
        self._checking.stop()


def training_routes(training: Training) -> Routes:
    """Return the routes of the page's trainings."""
    routes = Routes("/api", "training", protected=False)
    _add_tables(routes, training)
    _add_trainings(routes, training)
    _add_results(routes, training)
    return routes


def _add_tables(routes: Routes, training: Training) -> None:
    @routes.route(
        "/tables",
        method="POST",
        takes=File(),
        gives=TableAnswer,
        query=TableQuery,
        most_bytes=MOST_BYTES,
        instead=FOR_FILES,
    )
    async def add_table(call: Call[bytes]) -> dict[str, Any]:
        """Read a table: csv, tsv, json, parquet, arrow or a spreadsheet; it is kept for an hour."""
        name, owner = call.query.name, call.state.client
        key, table = await training.tables.add(owner, name, call.body, _reading(call.query))
        return describe(key, table)

    @routes.route("/tables/{table}", gives=TableAnswer)
    async def get_table(call: Call[None]) -> dict[str, Any]:
        """Describe a table again; `moods` is one that comes with Likewise."""
        key = call.path["table"]
        return describe(key, training.tables.get(call.state.client, key))

    @routes.route("/tables/{table}/look", gives=LookAnswer)
    async def look_at_table(call: Call[None]) -> dict[str, Any]:
        """Tell what is understood of a table: kinds of columns, lengths, and what is cut off."""
        table = training.tables.get(call.state.client, call.path["table"])
        return (await training.look(table)).to_dict()

    @routes.route("/tables/{table}/checks", method="POST", takes=ColumnsRequest, gives=ChecksAnswer)
    async def check_labels(call: Call[ColumnsRequest]) -> dict[str, Any]:
        """Say how many texts and labels there are, and what is odd about them."""
        asked = call.body
        options = options_of(asked.text, asked.label, asked.kind)
        found, read_data = await training.read(call.state.client, call.path["table"], options)
        data, counts = read_data.labelled, Counter[str]()
        if data.sets is not None:
            counts.update(label for labels in data.sets for label in labels)
        elif asked.kind == "classes":
            counts.update(map(spelt, data.answers))
        return {
            "texts": len(data.texts),
            "labels": [{"label": name, "count": n} for name, n in counts.most_common()],
            "findings": [
                {**finding.to_dict(), "rows": [data.row(place) for place in finding.rows]}
                for finding in read_data.findings
            ],
            # what was noted when the table was read was told with the table
            "notes": [note for note in data.notes if note not in told(found)],
        }


def _reading(asked: TableQuery) -> ReadingOptions:
    return ReadingOptions(
        encoding=asked.encoding,
        separator=asked.separator,
        quotes=asked.quotes,
        header=asked.header,
        sheet=asked.sheet,
    )


def text_routes(tables: Tables) -> Routes:
    """Return the route that reads a file's texts for the page, also where nobody may train."""
    routes = Routes("/api", "texts", protected=False)

    @routes.route(
        "/texts",
        method="POST",
        takes=File(),
        gives=TextsAnswer,
        query=TextsQuery,
        most_bytes=MOST_BYTES,
    )
    async def texts_of_file(call: Call[bytes]) -> dict[str, Any]:
        """Read the texts of a file: a table, or one text a line; nothing of it is kept."""
        asked = call.query
        return await tables.texts(asked.name, call.body, _reading(asked), asked.most)

    return routes


def _add_trainings(routes: Routes, training: Training) -> None:
    trainings = training.trainings

    @routes.route("/trainings", method="POST", takes=TrainRequest, gives=TrainingAnswer)
    async def start_training(call: Call[TrainRequest]) -> dict[str, Any]:
        """Learn from a table: choose a model by cross-validation, compare it, fit it."""
        return await training.start(call)

    # not charged: the page asks several times a second, and nothing is computed
    @routes.route("/trainings/{training}", gives=TrainingAnswer, charged=False, watched=False)
    async def get_training(call: Call[None]) -> dict[str, Any]:
        """Say how far a training is, and at its end what it found."""
        return trainings.status(call.state.client, call.path["training"])

    @routes.route("/trainings/{training}", method="DELETE", gives=TrainingAnswer, charged=False)
    async def stop_training(call: Call[None]) -> dict[str, Any]:
        """End a training at its next step."""
        return trainings.stop(call.state.client, call.path["training"])


def _add_results(routes: Routes, training: Training) -> None:
    trainings, predictor = training.trainings, training.predictor

    @routes.route("/trainings/{training}/cell", query=CellQuery, gives=CellAnswer)
    async def cell_of_confusion(call: Call[None]) -> dict[str, Any]:
        """Give held-out texts of one cell of the confusion matrix."""
        # heavy: imports scikit-learn
        from likewise.classify.evaluate.leaderboard import Leaderboard
        from likewise.classify.report.results import cell_texts, held_out_of

        found = trainings.trained(call.state.client, call.path["training"])
        if found.results["kind"] != "classes":
            what = "numbers" if found.results["kind"] == "numbers" else "several labels per text"
            raise NotFound(
                "cell", f"This training predicts {what}, not classes.", "There are no cells."
            )
        board = found.board if isinstance(found.board, Leaderboard) else None
        held_out = held_out_of(found.estimator, board)
        cell = (call.query.true, call.query.predicted)
        return {"texts": cell_texts(held_out, found.data.labelled, *cell)}

    @routes.route(
        "/trainings/{training}/predict", method="POST", takes=PredictRequest, gives=PredictAnswer
    )
    async def try_training(call: Call[PredictRequest]) -> dict[str, Any]:
        """Predict the label, or the number, of each text with what was just trained."""
        found = trainings.trained(call.state.client, call.path["training"])
        return await predictor.predict(call, found.estimator.model_)

    @routes.route("/trainings/{training}/model", gives=File())
    async def download_model(call: Call[None]) -> Response:
        """Download the model for `likewise predict`."""
        found = trainings.trained(call.state.client, call.path["training"])
        raw = await predictor.threads.run(lambda: model_file(found))
        return _download(raw, "model.likewise", "application/octet-stream")

    @routes.route("/trainings/{training}/report", gives=File("text/html"))
    async def download_report(call: Call[None]) -> Response:
        """Download the report: one page that opens offline."""
        found = trainings.trained(call.state.client, call.path["training"])
        page = await predictor.threads.run(found.report)
        return _download(page.encode("utf-8"), "report.html", "text/html; charset=utf-8")


def _download(raw: bytes, name: str, kind: str) -> Response:
    disposition = f"attachment; filename={quote(name)}"
    return Response(raw, headers={"Content-Disposition": disposition}, media_type=kind)
