"""/api/uploads: files of the user's own to make collections of."""

from collections.abc import AsyncIterator
from typing import Any

from likewise.files.options import ReadingOptions
from likewise.server.classify.table_schemas import LookAnswer, TableAnswer, TableQuery
from likewise.server.classify.tables import describe
from likewise.server.contract import Call, File, Routes
from likewise.server.explore.explorer import Explorer
from likewise.server.explore.uploads import INSTEAD


def upload_routes(explorer: Explorer) -> Routes:
    """Return the routes under /api/uploads; they want a key where the server has any."""
    routes = Routes("/api/uploads", "explore")
    uploads = explorer.uploads

    @routes.route(
        "",
        method="POST",
        takes=File(streamed=True),
        gives=TableAnswer,
        query=TableQuery,
        watched=False,
        most_bytes=uploads.most_bytes,
        instead=INSTEAD,
    )
    async def add_upload(call: Call[AsyncIterator[bytes]]) -> dict[str, Any]:
        """Read a large table to make a collection of, in any format; it is kept for an hour."""
        asked, owner = call.query, call.state.client
        reading = ReadingOptions(
            encoding=asked.encoding,
            separator=asked.separator,
            quotes=asked.quotes,
            header=asked.header,
            sheet=asked.sheet,
        )
        path, size = await uploads.receive(asked.name, call.body)
        work = uploads.add(owner, asked.name, path, size, reading)
        key, table = await call.unless_gone(work)
        return describe(key, table)

    @routes.route("/{upload}/look", gives=LookAnswer)
    async def look_at_upload(call: Call[None]) -> dict[str, Any]:
        """Tell what is understood of it: kinds of columns, lengths, and what is cut off."""
        table = uploads.get(call.state.client, call.path["upload"])
        return await explorer.look(table)

    return routes
