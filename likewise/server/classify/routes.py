"""The routes of the operator's trained models: /api/classify."""

from typing import Any

from likewise.server.classify.classifiers import Classifiers
from likewise.server.classify.predicting import Predictor
from likewise.server.classify.predicting_schemas import (
    ClassifiersAnswer,
    PredictAnswer,
    PredictRequest,
)
from likewise.server.contract import Call, Routes


def classify_routes(predictor: Predictor, models: Classifiers) -> Routes:
    """Return the routes under /api/classify."""
    routes = Routes("/api/classify", "classify")

    @routes.route("", gives=ClassifiersAnswer)
    async def list_classifiers(_: Call[None]) -> dict[str, Any]:
        """List the trained models that this server offers."""
        return {"models": await predictor.threads.run(models.describe)}

    @routes.route("/{model}", method="POST", takes=PredictRequest, gives=PredictAnswer)
    async def classify_texts(call: Call[PredictRequest]) -> dict[str, Any]:
        """Predict the label, or the number, of each text."""
        found = await predictor.threads.run(lambda: models.get(call.path["model"]))
        return await predictor.predict(call, found)

    return routes
