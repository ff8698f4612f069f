"""The built page: index.html with the opening comparison in it, and its files.

The opening comparison travels inside the page as a data block, so that results are there at
first paint; a data block is not script, so the content security policy need not bend.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from likewise.errors import PageMissing

PAGE = Path(__file__).parent / "page"
"""Where the build puts the page (see hatch_build.py)."""

PLACEHOLDER = "<!--opening-->"

OPENING_TEXTS = (
    "I love cats.",
    "Felines are my favourite animals.",
    "A cat sleeps for around fifteen hours a day.",
    "The Unix command cat prints files one after another.",
)
"""What the page opens with: two say the same in other words, two share only the word."""

Opening = Callable[[], Awaitable[dict[str, Any]]]
"""Gives the opening comparison, or the envelope of the error that prevents it."""


class Assets(StaticFiles):
    """Files whose name holds a hash of their content: a browser may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file at `path`, immutable where there is one."""
        response = await super().get_response(path, scope)
        if response.status_code in {200, 304}:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def page_router(folder: Path, opening: Opening) -> APIRouter:
    """Return the routes of the page that was built into `folder`; without one, an error says so."""
    router = APIRouter(include_in_schema=False)
    index = folder / "index.html"

    @router.api_route("/", methods=["GET", "HEAD"])
    async def page(_: Request) -> Response:
        try:
            template = index.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise PageMissing(
                "The page is not built.", "Run `make play`, or `pip install .` in the checkout."
            ) from None
        html = template.replace(PLACEHOLDER, data_block(await opening()), 1)
        return Response(html, headers={"Cache-Control": "no-cache"}, media_type="text/html")

    if (folder / "assets").is_dir():
        router.mount("/assets", Assets(directory=folder / "assets"))
    for file in sorted(folder.glob("*.*")):
        if file != index:
            _add_file(router, file)
    return router


def _add_file(router: APIRouter, file: Path) -> None:
    # /classify for classify.html: an address that one can say
    for path in {f"/{file.name}", f"/{file.name.removesuffix('.html')}"}:

        @router.api_route(path, methods=["GET", "HEAD"])
        async def page_file() -> Response:
            return FileResponse(file, headers={"Cache-Control": "no-cache"})


def data_block(value: dict[str, Any]) -> str:
    """Return `value` as a JSON data block that no text in it can end."""
    json = orjson.dumps(value).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="opening">{json}</script>'
