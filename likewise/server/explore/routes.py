"""/api/collections: what the page asks of the user's own texts."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from likewise.collections.adding.builtin import BUILTIN
from likewise.collections.view import CollectionView
from likewise.maps.layouts import LAYOUTS
from likewise.server.contract import Call, File, Routes
from likewise.server.explore import answers
from likewise.server.explore.explorer import Explorer
from likewise.server.explore.measures import add_measures
from likewise.server.explore.opened import Opened
from likewise.server.explore.ordering import ordered, similarities
from likewise.server.explore.schemas import (
    CollectionAnswer,
    CollectionsAnswer,
    ColumnAnswer,
    ColumnQuery,
    CreateRequest,
    DescriptionAnswer,
    DuplicatesAnswer,
    DuplicatesQuery,
    DuplicatesRequest,
    ExploreJobAnswer,
    ExportRequest,
    FilterRequest,
    FoundAnswer,
    MapAnswer,
    MapRequest,
    NeighboursAnswer,
    NeighboursQuery,
    NewTableAnswer,
    OrderQuery,
    RowNumbers,
    RowsAnswer,
    RowsRequest,
    SearchRequest,
    SimilaritiesAnswer,
)


def explore_routes(explorer: Explorer) -> Routes:
    """Return the routes under /api/collections; they want a key where the server has any."""
    routes = Routes("/api/collections", "explore")
    _add_collections(routes, explorer)
    _add_search(routes, explorer)
    _add_order(routes, explorer)
    _add_maps(routes, explorer)
    _add_selections(routes, explorer)
    add_measures(routes, explorer)
    return routes


def _add_collections(routes: Routes, explorer: Explorer) -> None:
    async def listed() -> dict[str, Any]:
        return {
            **await explorer.read(explorer.catalogue.describe_all),
            "most_bytes": explorer.uploads.most_bytes,
            "most_rows": explorer.uploads.most_rows,
            "builtin": [{"name": b.name, "about": b.about} for b in BUILTIN.values()],
            "layouts": [{"name": one.name, "about": one.about} for one in LAYOUTS.values()],
        }

    @routes.route("", gives=CollectionsAnswer)
    async def list_collections(_: Call[None]) -> dict[str, Any]:
        """List the collections of this computer, and those that can be made at once."""
        return await listed()

    @routes.route("", method="POST", takes=CreateRequest, gives=ExploreJobAnswer, watched=False)
    async def create_collection(call: Call[CreateRequest]) -> dict[str, Any]:
        """Make a collection of a table's texts, or add them to one; it goes on in a job."""
        return await explorer.create(call.body, call.state)

    # not charged: the page asks several times a second, and nothing is computed
    @routes.route("/jobs/{job}", gives=ExploreJobAnswer, charged=False, watched=False)
    async def get_explore_job(call: Call[None]) -> dict[str, Any]:
        """Say how far the making of a collection or a map is."""
        return explorer.status(call.state.client, call.path["job"])

    @routes.route("/jobs/{job}/picture", gives=File(), charged=False, watched=False)
    async def get_job_picture(call: Call[None]) -> Response:
        """Give the latest picture of a map that is being drawn: where each text lies by now.

        float32 x and y in turn, little-endian, in the order of the rows; nothing where there is
        none yet, or where the map itself is there.
        """
        raw = explorer.picture(call.state.client, call.path["job"])
        return Response(raw, media_type="application/octet-stream")

    @routes.route("/jobs/{job}", method="DELETE", gives=ExploreJobAnswer, charged=False)
    async def stop_explore_job(call: Call[None]) -> dict[str, Any]:
        """End it at its next step; what is finished stays."""
        return explorer.stop_job(call.state.client, call.path["job"])

    @routes.route("/{collection}", gives=CollectionAnswer)
    async def get_collection(call: Call[None]) -> dict[str, Any]:
        """Say what a collection is."""
        name = call.path["collection"]
        return await explorer.read(lambda: explorer.catalogue.describe(name))

    @routes.route("/{collection}", method="DELETE", gives=CollectionsAnswer)
    async def remove_collection(call: Call[None]) -> dict[str, Any]:
        """Remove a collection for ever, and list those that are left."""
        name = call.path["collection"]
        await explorer.read(lambda: explorer.catalogue.remove(name))
        return await listed()


def _add_search(routes: Routes, explorer: Explorer) -> None:
    @routes.route(
        "/{collection}/search", method="POST", takes=SearchRequest, gives=FoundAnswer, watched=False
    )
    async def search_collection(call: Call[SearchRequest]) -> dict[str, Any]:
        """Find the texts nearest to a query, exactly."""
        return await _searched(explorer, call, answers.found)

    @routes.route("/{collection}/filter", method="POST", takes=FilterRequest, gives=RowNumbers)
    async def filter_collection(call: Call[FilterRequest]) -> dict[str, Any]:
        """Give the rows that pass a filter."""
        opened = await explorer.asked_for(call)
        return await explorer.read(lambda: answers.filtered(opened, call.body.filter))

    @routes.route("/{collection}/rows", method="POST", takes=RowsRequest, gives=RowsAnswer)
    async def get_rows(call: Call[RowsRequest]) -> dict[str, Any]:
        """Give some rows with their texts and columns."""
        opened = await explorer.asked_for(call)
        rows = opened.check(call.body.rows)
        return {"rows": await explorer.read(lambda: opened.texts(rows))}

    @routes.route(
        "/{collection}/duplicates",
        method="POST",
        takes=DuplicatesRequest,
        gives=ExploreJobAnswer,
        watched=False,
    )
    async def find_duplicates(call: Call[DuplicatesRequest]) -> dict[str, Any]:
        """Look for texts nearer to each other than nearly all random pairs are; a job."""
        opened = await explorer.asked_for(call)
        percentile = answers.check_percentile(call.body.percentile)
        return await explorer.find_duplicates(opened, percentile, call.state.client)

    @routes.route("/{collection}/duplicates", query=DuplicatesQuery, gives=DuplicatesAnswer)
    async def get_duplicates(call: Call[None]) -> dict[str, Any]:
        """Give the near-duplicates that were looked for last."""
        opened = await explorer.asked_for(call)
        return await explorer.read(lambda: answers.duplicates(opened, call.query.percentile))


async def _searched(
    explorer: Explorer,
    call: Call[SearchRequest],
    find: Callable[[Opened, CollectionView, SearchRequest], dict[str, Any]],
) -> dict[str, Any]:
    """Return what is found; only a query in words needs the encoder, and waits its turn for it."""
    opened, asked = await explorer.asked_for(call), call.body
    work = (
        explorer.search(opened, call.state, lambda view: find(opened, view, asked))
        if asked.query
        else explorer.read(lambda: find(opened, opened.view, asked))
    )
    return await call.unless_gone(work)


def _add_order(routes: Routes, explorer: Explorer) -> None:
    @routes.route("/{collection}/order", query=OrderQuery, gives=RowNumbers)
    async def order_collection(call: Call[None]) -> dict[str, Any]:
        """Give all rows in the order of a column, for a table of them; what is missing is last."""
        opened = await explorer.asked_for(call)
        asked = call.query
        return await explorer.read(lambda: ordered(opened, asked.column, down=asked.down))

    @routes.route(
        "/{collection}/similarities",
        method="POST",
        takes=SearchRequest,
        gives=SimilaritiesAnswer,
        watched=False,
    )
    async def compare_with_all(call: Call[SearchRequest]) -> dict[str, Any]:
        """Give the similarity of every text to a query; its filter and `k` do not count."""
        return await _searched(explorer, call, similarities)


def _add_maps(routes: Routes, explorer: Explorer) -> None:
    @routes.route(
        "/{collection}/maps", method="POST", takes=MapRequest, gives=ExploreJobAnswer, watched=False
    )
    async def make_map(call: Call[MapRequest]) -> dict[str, Any]:
        """Make a map, or read the one that was made; it goes on in a job."""
        name, asked = call.path["collection"], call.body
        opened = await explorer.read(lambda: explorer.catalogue.opened(name))
        return await explorer.make_map(opened, asked.layout, call.state.client, anew=asked.anew)

    @routes.route("/{collection}/maps/{layout}", gives=MapAnswer)
    async def get_map(call: Call[None]) -> dict[str, Any]:
        """Say what a map shows and how far it can be trusted."""
        opened = await explorer.asked_for(call)
        return answers.map_of(opened, call.path["layout"])

    @routes.route(
        "/{collection}/maps/{layout}/neighbours", query=NeighboursQuery, gives=NeighboursAnswer
    )
    async def get_neighbours(call: Call[None]) -> dict[str, Any]:
        """Give a text's true neighbours, and which of them the map keeps near."""
        opened = await explorer.asked_for(call)
        layout, row = call.path["layout"], call.query.row
        return await explorer.read(lambda: answers.neighbours(opened, layout, row))

    @routes.route("/{collection}/maps/{layout}/{part}", gives=File())
    async def get_map_part(call: Call[None]) -> Response:
        """Give a part of a map as bytes, in the order of the rows.

        `points` are float32 x and y in turn, `kept` a byte for each text, 255 times the share of
        its true neighbours that are near it, `level-0` … int32, its cluster. Little-endian.
        """
        opened = await explorer.asked_for(call)
        raw = answers.map_part(opened, call.path["layout"], call.path["part"])
        return Response(raw, media_type="application/octet-stream")

    # not a part of the path, where a browser would take a column called `..` for a way up
    @routes.route("/{collection}/column", query=ColumnQuery, gives=ColumnAnswer)
    async def get_column(call: Call[None]) -> dict[str, Any]:
        """Give a column as numbers, times or groups, to colour a map by."""
        opened = await explorer.asked_for(call)
        column = call.query.name
        return await explorer.read(lambda: answers.column(opened, column))


def _add_selections(routes: Routes, explorer: Explorer) -> None:
    @routes.route(
        "/{collection}/describe", method="POST", takes=ExportRequest, gives=DescriptionAnswer
    )
    async def describe_selection(call: Call[ExportRequest]) -> dict[str, Any]:
        """Say what some texts are about, beside all others."""
        opened = await explorer.asked_for(call)
        rows = opened.check(call.body.rows)
        return await explorer.read(lambda: answers.described(opened, rows))

    @routes.route(
        "/{collection}/export",
        method="POST",
        takes=ExportRequest,
        gives=File("text/csv", "application/jsonl"),
    )
    async def export_selection(call: Call[ExportRequest]) -> Response:
        """Download rows with their texts and columns."""
        opened = await explorer.asked_for(call)
        rows, format_ = opened.check(call.body.rows), call.body.format
        raw = await explorer.read(lambda: answers.exported(opened, rows, format_))
        kind = "text/csv; charset=utf-8" if format_ == "csv" else "application/jsonl"
        disposition = f"attachment; filename=selection.{format_}"
        return Response(raw, headers={"Content-Disposition": disposition}, media_type=kind)

    @routes.route("/{collection}/table", method="POST", takes=ExportRequest, gives=NewTableAnswer)
    async def table_of_selection(call: Call[ExportRequest]) -> dict[str, Any]:
        """Make a table of rows, which can be labelled and trained on like one that was sent."""
        opened = await explorer.asked_for(call)
        rows = opened.check(call.body.rows)
        raw = await explorer.read(lambda: answers.exported(opened, rows, "jsonl"))
        key, table = await explorer.add_table(call.state.client, f"{opened.view.name}.jsonl", raw)
        return {"id": key, "rows": table.known_rows or 0}
