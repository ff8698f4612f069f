"""What the page asks: compare texts, and which encoders there are."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from likewise.errors import LikewiseError, TooManyTexts
from likewise.server.body import read_body
from likewise.server.envelope import JSON, envelope
from likewise.server.inference import Inference
from likewise.server.openapi import takes
from likewise.server.page import OPENING_TEXTS
from likewise.server.schemas import MOST_TEXTS, CompareAnswer, CompareRequest, EncodersAnswer
from likewise.server.shelf import Shelf
from likewise.similarity.compare import compare


class Workbench:
    """The page's questions, answered with the encoders of one shelf."""

    def __init__(self, shelf: Shelf, inference: Inference) -> None:
        self.shelf = shelf
        self.inference = inference
        self._opening: dict[str, Any] | None = None

    async def compare(self, asked: CompareRequest) -> dict[str, Any]:
        """Return the comparison as JSON; raises what `likewise.compare` raises."""
        name = self.shelf.check(asked.encoder)
        if len(asked.texts) > MOST_TEXTS:
            raise TooManyTexts(
                f"{len(asked.texts):,} texts are too many for one picture.",
                f"Send at most {MOST_TEXTS}; for more use `likewise compare` or `likewise embed`.",
                param="texts",
            )

        def job() -> dict[str, Any]:
            encoder = self.shelf.get(name)
            return compare(asked.texts, encoder, previous=asked.previous).to_dict()

        return await self.inference.run(job)

    async def opening(self) -> dict[str, Any]:
        """Return the comparison that the page opens with, or the error that prevents it."""
        if self._opening is None:
            try:
                self._opening = await self.compare(CompareRequest(texts=list(OPENING_TEXTS)))
            except LikewiseError as error:
                return envelope(error)
        return self._opening


def workbench_router(workbench: Workbench) -> APIRouter:
    """Return the routes under /api."""
    router = APIRouter(prefix="/api", tags=["workbench"])

    @router.post("/compare", **takes(CompareRequest, CompareAnswer))
    async def compare_texts(request: Request) -> Response:
        """Compare texts with the first of them, and all with each other."""
        asked = await read_body(request, CompareRequest)
        return _json(await workbench.compare(asked))

    @router.get("/encoders", responses={200: {"model": EncodersAnswer}})
    async def list_encoders() -> Response:
        """List the encoders that this server offers."""
        shelf = workbench.shelf
        return _json({"default": shelf.default, "encoders": shelf.describe()})

    return router


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), media_type=JSON)
