"""Labelling by hand on the page: one person, one file, which the command line opened."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import Field

from likewise.classify.label.session import Labelling
from likewise.errors import InvalidOption
from likewise.server.http.body import Body, read_body
from likewise.server.http.envelope import JSON


class LabelRequest(Body):
    """The label of a text."""

    row: int = Field(ge=0, description="The row that was asked for.")
    label: str = Field(max_length=200, description="Its label, not blank.")


class SkipRequest(Body):
    """A text that is not to be asked for again."""

    row: int = Field(ge=0, description="The row that was asked for.")


class Sitting:
    """A labelling session as the page sees it; every answer is on the disk before the next.

    Args:
        session: chooses texts and keeps answers.
        texts: all texts.
        name: of the file, for people.
        offered: labels to choose from at the beginning.
    """

    def __init__(
        self, session: Labelling, texts: Sequence[str], name: str, offered: Sequence[str]
    ) -> None:
        self._session = session
        self._texts = texts
        self._name = name
        self._offered = tuple(offered)
        self._lock = threading.Lock()
        self._next: tuple[int, dict[str, float]] | None = None
        self._known = False

    def state(self) -> dict[str, Any]:
        """Return how far it is and what comes next; the model learns from all answers so far."""
        with self._lock:
            return self._state()

    def answer(self, row: int, label: str) -> dict[str, Any]:
        """Keep an answer; raises `InvalidText` for a blank label."""
        return self._change(lambda: self._session.answer(self._row(row), label))

    def skip(self, row: int) -> dict[str, Any]:
        """Don't ask for a text again."""
        return self._change(lambda: self._session.skip(self._row(row)))

    def undo(self) -> dict[str, Any]:
        """Take the last answer back, and ask for its text again."""
        return self._change(self._undo)

    def _undo(self) -> None:
        row = self._session.journal.undo()
        if row is not None:
            self._next, self._known = (row, {}), True

    def _change(self, act: Callable[[], None]) -> dict[str, Any]:
        with self._lock:
            self._known = False
            act()
            return self._state()

    def _row(self, row: int) -> int:
        if row >= len(self._texts):
            raise InvalidOption(
                f"There is no row {row}.", f"Rows are 0 to {len(self._texts) - 1}.", param="row"
            )
        return row

    def _state(self) -> dict[str, Any]:
        if not self._known:
            self._next, self._known = self._session.next(), True
        journal = self._session.journal
        last = journal.order[-1] if journal.order else None
        return {
            "name": self._name,
            "texts": len(self._texts),
            "labelled": len(journal.answers),
            "labels": list(dict.fromkeys([*self._offered, *self._session.labels])),
            "next": None if self._next is None else self._shown(*self._next),
            "last": None
            if last is None
            else {"row": last, "text": self._texts[last], "label": journal.answers[last]},
        }

    def _shown(self, row: int, chances: dict[str, float]) -> dict[str, Any]:
        told = [{"label": label, "probability": chance} for label, chance in chances.items()]
        return {"row": row, "text": self._texts[row], "chances": told}


def labelling_router(sitting: Sitting) -> APIRouter:
    """Return the routes under /api/label; they are this page's own, not part of the API."""
    router = APIRouter(prefix="/api/label", include_in_schema=False)

    @router.get("")
    async def labelling() -> Response:
        """Say how far the labelling is, and which text is next."""
        return _json(await asyncio.to_thread(sitting.state))

    @router.post("")
    async def label_text(request: Request) -> Response:
        """Keep the label of a text."""
        asked = await read_body(request, LabelRequest)
        return _json(await asyncio.to_thread(sitting.answer, asked.row, asked.label))

    @router.post("/skip")
    async def skip_text(request: Request) -> Response:
        """Don't ask for a text again."""
        asked = await read_body(request, SkipRequest)
        return _json(await asyncio.to_thread(sitting.skip, asked.row))

    @router.post("/undo")
    async def undo_label(_: Request) -> Response:
        """Take the last answer back."""
        return _json(await asyncio.to_thread(sitting.undo))

    return router


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), media_type=JSON)
