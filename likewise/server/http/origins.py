"""Pages of strangers: what a browser may ask for a page that is not the server's own.

A page anywhere can have a visitor's browser send requests to this server: it can't read the
answers, but what they do is done. So everything but reading is refused to pages of other origins,
and under /api reading too, which may take long or cost money at a provider. It is told
by what browsers say of themselves and no page can change: `Sec-Fetch-Site`, and `Origin` where a
browser is older or the address is not a trustworthy one (https or this machine). Other programs
send neither and are let in. See https://www.w3.org/TR/fetch-metadata/ and OWASP's cheat sheet on
cross-site request forgery.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from likewise.errors import OriginNotAllowed
from likewise.server.http.envelope import error_response
from likewise.server.http.state import values_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""

WORK = "/api/"
"""Where reading is work as well: scales, near-duplicates, comparisons."""


class SameOrigin:
    """Refuse what changes something or makes work and is asked for by a page of another origin.

    Args:
        allowed: origins whose pages may ask, such as `https://example.org`; `*` for all.
        hosts: names of this server beside the one in the Host header, which a proxy may rewrite.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str], hosts: Iterable[str]) -> None:
        self.app = app
        self._allowed = {origin.lower().rstrip("/") for origin in allowed}
        self._hosts = {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and _does_something(scope) and self._foreign(scope):
            error = OriginNotAllowed(
                "A page of another site asks for this.",
                "Ask from this server's own page, or from a program; its operator can allow other "
                "pages with LIKEWISE_CORS_ORIGINS.",
            )
            await error_response(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _foreign(self, scope: Scope) -> bool:
        origins, sites = values_of(scope, b"origin"), values_of(scope, b"sec-fetch-site")
        if not origins and not sites:
            return False  # no browser
        if "*" in self._allowed or (
            len(origins) == 1 and origins[0].decode("latin-1").lower() in self._allowed
        ):
            return False
        if sites:
            return any(site not in (b"same-origin", b"none") for site in sites)
        host = b"".join(values_of(scope, b"host")).decode("latin-1")
        return not all(self._own(origin.decode("latin-1"), host) for origin in origins)

    def _own(self, origin: str, host: str) -> bool:
        try:
            named = urlsplit(origin.lower())
            name = f"[{named.hostname}]" if ":" in (named.hostname or "") else named.hostname
        except ValueError:
            return False
        # the scheme is unknown behind a proxy that ends TLS
        return named.scheme in ("http", "https") and (
            named.netloc == host.lower() or name in self._hosts
        )


def _does_something(scope: Scope) -> bool:
    method = scope["method"]
    return method not in SAFE_METHODS or (method != "OPTIONS" and scope["path"].startswith(WORK))
