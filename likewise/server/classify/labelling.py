"""Labelling by hand on the page: one person, one file, which the command line opened."""

import threading
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, TypeVar

from starlette.responses import Response

from likewise.classify.label.session import Labelling
from likewise.errors import InvalidOption, NotFound
from likewise.files.formats import row_writer
from likewise.server.classify.labelling_schemas import (
    LabellingAnswer,
    LabelRequest,
    SkipRequest,
    UndoRequest,
)
from likewise.server.contract import Call, File, Routes
from likewise.server.engine.runner import Runner

Found = TypeVar("Found")

MOST_WAITING = 20
"""Questions of the page that may wait for the one before them."""


class LabellingSession:
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

    def table(self) -> bytes:
        """Return the labelled texts as csv: columns text and label."""
        with self._lock:
            log = self._session.log
            rows = [(self._texts[row], label) for row, label in sorted(log.labelled().items())]
        file = BytesIO()
        with row_writer("csv", file, ("text", "label")) as write:
            write(rows)
        return file.getvalue()

    def undo(self) -> dict[str, Any]:
        """Take the last answer back, and ask for its text again."""
        return self._change(self._undo)

    def _undo(self) -> None:
        row = self._session.log.undo()
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
        log = self._session.log
        last = log.order[-1] if log.order else None
        return {
            "name": self._name,
            "texts": len(self._texts),
            "labelled": len(log.labelled()),
            "labels": list(dict.fromkeys([*self._offered, *self._session.labels])),
            "next": None if self._next is None else self._shown(*self._next),
            "last": None
            if last is None
            else {"row": last, "text": self._texts[last], "label": log.answers[last]},
        }

    def _shown(self, row: int, chances: dict[str, float]) -> dict[str, Any]:
        told = [{"label": label, "probability": chance} for label, chance in chances.items()]
        return {"row": row, "text": self._texts[row], "chances": told}


def labelling_routes(session: LabellingSession | None) -> Routes:
    """Return the routes under /api/label, for the page of `likewise label`."""
    routes = Routes("/api/label", "labelling", protected=False)
    # one at a time, as one person answers
    thread = Runner("answers", threads=1, waiting=MOST_WAITING)

    async def run(act: Callable[[LabellingSession], Found]) -> Found:
        if session is None:
            raise NotFound(
                "labelling",
                "No file is being labelled here.",
                "Start `likewise label FILE -o OUT --page` and open the page that it names.",
            )
        return await thread.run(lambda: act(session))

    @routes.route("", gives=LabellingAnswer)
    async def labelling(_: Call[None]) -> dict[str, Any]:
        """Say how far the labelling is, and which text is next."""
        return await run(lambda one: one.state())

    @routes.route("/table", gives=File("text/csv"))
    async def download_labelled(_: Call[None]) -> Response:
        """Download the texts that have a label, with it: csv."""
        raw = await run(lambda one: one.table())
        disposition = "attachment; filename=labelled.csv"
        return Response(raw, headers={"Content-Disposition": disposition}, media_type="text/csv")

    # not watched: an answer that was given is kept, whether or not the page waits to hear of it
    @routes.route("", method="POST", takes=LabelRequest, gives=LabellingAnswer, watched=False)
    async def label_text(call: Call[LabelRequest]) -> dict[str, Any]:
        """Keep the label of a text."""
        return await run(lambda one: one.answer(call.body.row, call.body.label))

    @routes.route("/skip", method="POST", takes=SkipRequest, gives=LabellingAnswer, watched=False)
    async def skip_text(call: Call[SkipRequest]) -> dict[str, Any]:
        """Don't ask for a text again."""
        return await run(lambda one: one.skip(call.body.row))

    @routes.route("/undo", method="POST", takes=UndoRequest, gives=LabellingAnswer, watched=False)
    async def undo_label(_: Call[UndoRequest]) -> dict[str, Any]:
        """Take the last answer back."""
        return await run(lambda one: one.undo())

    return routes
