"""What every answer carries, and whom the server answers."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.errors import HostNotAllowed
from likewise.server.http.envelope import error_response
from likewise.server.http.state import values_of

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page runs its own files only: no inline script or style, nothing from elsewhere."""

HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""On every answer; no route sets one of them itself."""

OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names that no one but this machine itself can stand behind."""


class SecurityHeaders:
    """Put `HEADERS` on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, completed)


class HostAllowList:
    """Answer only requests whose Host header, without its port, is `OWN_HOSTS` or in the list.

    A web page anywhere can point a name of its own at 127.0.0.1 (DNS rebinding); its requests
    then carry that name. `*` in the list switches the check off.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = OWN_HOSTS.union(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or "*" in self.hosts or self._allowed(scope):
            await self.app(scope, receive, send)
            return
        error = HostNotAllowed(
            "This server does not answer to the host that the request names.",
            "Open it at the address that it printed, or add the host to LIKEWISE_ALLOWED_HOSTS.",
        )
        await error_response(error)(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        named = values_of(scope, b"host")
        return len(named) == 1 and without_port(named[0].decode("latin-1")) in self.hosts


def without_port(host: str) -> str:
    """Return `host` in lower case without `:port`; brackets of an IPv6 address stay."""
    name, colon, port = host.rpartition(":")
    return (name if colon and (port.isdecimal() or not port) else host).lower()
