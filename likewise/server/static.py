"""The built page: index.html with the opening comparison in it, and its files.

The opening comparison travels inside the page as a data block, so that results are there at
first paint; a data block is not script, so the content security policy need not bend.
"""

from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from likewise.errors import PageMissing
from likewise.server.contract import Call, Routes
from likewise.server.workbench.opening import Opening

PAGE = Path(__file__).parent / "page"
"""Where the build puts the page (see hatch_build.py)."""

PLACEHOLDER = "<!--opening-->"

PREVIEW = '"./preview.png"'
"""Where the page's head names the picture that is shown for a link to it."""


class Assets(StaticFiles):
    """Files whose name holds a hash of their content: a browser may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file at `path`, immutable where there is one."""
        response = await super().get_response(path, scope)
        if response.status_code in {200, 304}:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def page_routes(folder: Path, opening: Opening) -> Routes:
    """Return the routes of the page that was built into `folder`; without one, an error says so."""
    routes = Routes(protected=False)
    index = folder / "index.html"

    @routes.route("/", gives=None, charged=False)
    async def page(call: Call[None]) -> Response:
        """Give the page with the opening comparison in it."""
        try:
            template = index.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise PageMissing(
                "The page is not built.", "Run `make play`, or `pip install .` in the checkout."
            ) from None
        html = template.replace(PLACEHOLDER, data_block(await opening()), 1)
        return _page(html, call)

    if (folder / "assets").is_dir():
        routes.folder("/assets", Assets(directory=folder / "assets"))
    for file in sorted(folder.glob("*.*")):
        if file != index:
            _add_file(routes, file)
    return routes


def _add_file(routes: Routes, file: Path) -> None:
    # /classify for classify.html: an address that one can say
    for path in {f"/{file.name}", f"/{file.name.removesuffix('.html')}"}:

        @routes.route(path, gives=None, charged=False, watched=False)
        async def page_file(call: Call[None]) -> Response:
            """Give a file of the page."""
            if file.suffix == ".html":
                return _page(file.read_text(encoding="utf-8"), call)
            headers = {"Cache-Control": "no-cache"}
            kind = guess_type(file.name)[0] or "application/octet-stream"
            return Response(file.read_bytes(), headers=headers, media_type=kind)


def _page(html: str, call: Call[None]) -> Response:
    """Return a page with the whole address of its picture, which a preview elsewhere needs."""
    address = escape(str(call.request.base_url), quote=True)
    html = html.replace(PREVIEW, f'"{address}preview.png"', 1)
    return Response(html, headers={"Cache-Control": "no-cache"}, media_type="text/html")


def data_block(value: dict[str, Any]) -> str:
    """Return `value` as a JSON data block that no text in it can end."""
    json = orjson.dumps(value).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="opening">{json}</script>'
