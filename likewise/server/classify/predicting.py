"""Predictions for requests, with the operator's models and with those trained on the page."""

from typing import Any

from likewise.classify.model import ClassModel, Model, check_reads_texts
from likewise.classify.predictions import TextPredictor
from likewise.encoders.base import Encoder
from likewise.server.classify.predicting_schemas import PredictRequest
from likewise.server.contract import Call
from likewise.server.engine.engine import Engine
from likewise.server.engine.runner import Runner
from likewise.server.http.envelope import said_of

THREADS = 2
"""Models that are read, and results that are put together, at a time."""

MOST_WAITING = 50
"""Requests that may wait for one of these threads."""


class Predictor:
    """Asks models about texts, each with the encoder that it was trained with."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.threads = Runner("models", threads=THREADS, waiting=MOST_WAITING)

    async def predict(self, call: Call[PredictRequest], model: Model) -> dict[str, Any]:
        """Return what a model says about the texts in a request.

        Raises:
            InvalidOption: the model was trained on vectors of unknown origin.
            IncompatibleVectors: this server's encoder is another than the model's.
        """
        asked = call.body
        call.state.facts["texts"] = len(asked.texts)
        identity = check_reads_texts(model)

        def job(encoder: Encoder) -> dict[str, Any]:
            ask = TextPredictor(
                model,
                encoder,
                coverage=asked.coverage,
                abstain=asked.abstain,
                explained=asked.explain and isinstance(model, ClassModel),
                reasons=True,
                compared=True,
            )
            with said_of("texts"):
                predictions = ask(asked.texts)
            return {
                "predictions": [said.to_dict() for said in predictions],
                "notes": ask.reading.notes(identity),
            }

        encoder = await self._engine.registry.get_as(identity)
        return await self._engine.run_on(encoder, job, client=call.state.client, pay=call.state.pay)

    def stop(self) -> None:
        """Drop what waits."""
        self.threads.stop()
