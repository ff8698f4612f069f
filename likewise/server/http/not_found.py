"""What is said where there is nothing: an error to a program, to a person a page with links."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from html import escape

from starlette.responses import Response
from starlette.types import Scope

from likewise.errors import NoSuchPath
from likewise.server.http.envelope import error_response
from likewise.server.http.state import values_of

FOR_PROGRAMS = ("/v1", "/api")
"""What is below them is asked by programs, which read JSON whatever their `Accept` says."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nothing here · Likewise</title>
</head>
<body>
<main>
<h1>There is nothing at this address.</h1>
{meant}<p>{home}</p>
</main>
</body>
</html>
"""


def nothing_there(path: str, known: Iterable[str]) -> NoSuchPath:
    """Return the error, which names the path that was probably meant."""
    meant = _meant(path, known)
    return NoSuchPath(
        "There is nothing at this path.",
        f"Did you mean {meant}? " * bool(meant) + "See /openapi.json for what this server answers.",
    )


def answer_nothing(error: NoSuchPath, scope: Scope, known: Collection[str]) -> Response:
    """Return what is said where there is nothing: to a browser a page, to all others the error.

    Args:
        error: what a program is told.
        scope: of the request.
        known: the paths that are answered.
    """
    if _is_for_programs(scope["path"]) or scope["method"] not in ("GET", "HEAD"):
        return error_response(error)
    # of both kinds: a cache must not give a program the page, nor a person the error
    said = {"Vary": "Accept"}
    if not _prefers_html(scope):
        return error_response(error, said)
    return Response(_page(scope, known), error.status, said, media_type="text/html")


def _page(scope: Scope, known: Collection[str]) -> str:
    path: str = scope["path"]
    root = scope.get("root_path", "")
    meant = _meant(path, [one for one in known if not _is_for_programs(one)])
    found = f"<p>Did you mean {_link(root + meant, meant)}?</p>\n" if meant else ""
    home = (
        _link(f"{root}/", "Go to Likewise")
        if "/" in known
        else f"{_link(f'{root}/openapi.json', 'What this server answers')} (JSON)"
    )
    return _PAGE.format(meant=found, home=home)


def _is_for_programs(path: str) -> bool:
    return any(f"{path}/".startswith(f"{one}/") for one in FOR_PROGRAMS)


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address, quote=True)}">{escape(words)}</a>'


def _prefers_html(scope: Scope) -> bool:
    """Return whether HTML is named and wanted more than JSON is (RFC 9110, 12.5.1)."""
    wanted: dict[str, float] = {}
    for range_ in b",".join(values_of(scope, b"accept")).decode("latin-1").split(","):
        kind, *parameters = (part.strip().lower() for part in range_.split(";"))
        wanted[kind] = _weight(parameters)
    return wanted.get("text/html", 0.0) > wanted.get("application/json", 0.0)


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _meant(path: str, known: Iterable[str]) -> str | None:
    """Return what `path` probably stands for, or None.

    A base address that has /v1 already, one that lacks it, a slash at the end, a typing error.
    """
    others = [one for one in known if one != "/"]
    words = [word for word in path[:200].lower().split("/") if word]
    for start in range(len(words)):
        ending = "/" + "/".join(words[start:])
        if found := next((one for one in others if one in (ending, f"/v1{ending}")), None):
            return found
    close = get_close_matches("/" + "/".join(words), others, 1, 0.8)
    return close[0] if close else None
