"""Who asks: an address, or the holder of an API key; and what may be written down of them."""

import hashlib
import hmac
import secrets
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from likewise.errors import InvalidApiKey, InvalidOption, shown
from likewise.server.http.envelope import error_response
from likewise.settings import Settings

PROTECTED = ("/v1", "/metrics", "/api/classify")
"""Paths that want an API key where there are any."""

Address = IPv4Address | IPv6Address


class Clients:
    """Notes in `scope["state"]["client"]` who asks, and refuses who has no valid key."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._proxies = [_network(proxy) for proxy in settings.trusted_proxies]
        self._keys = [key.get_secret_value().encode() for key in settings.api_keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        key = _presented_key(scope)
        known = self._known(key)
        address = self._address(scope)
        scope["state"]["address"] = address
        scope["state"]["client"] = f"key {_digest(key)}" if known else grouped(address)
        if self._keys and not known and scope["path"].startswith(PROTECTED):
            await error_response(_refusal(key), {"WWW-Authenticate": "Bearer"})(
                scope, receive, send
            )
            return
        await self.app(scope, receive, send)

    def _known(self, key: bytes) -> bool:
        # all are compared, each in constant time: how long it takes tells nothing
        return bool(key) and sum(hmac.compare_digest(key, own) for own in self._keys) > 0

    def _address(self, scope: Scope) -> Address | None:
        """Return where the request comes from; forwarded addresses only from listed proxies."""
        address = _parse(scope["client"][0] if scope.get("client") else "")
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        hops = [hop.strip() for hop in ",".join(forwarded).split(",")] if forwarded else []
        # from the nearest hop on: each is believed only if the one before it is a listed proxy
        while hops and address is not None and self._trusts(address):
            further = _parse(hops.pop())
            if further is None:
                break
            address = further
        return address

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._proxies)


@lru_cache(maxsize=10_000)
def grouped(address: Address | None) -> str:
    """Return the name of a client without a key: an IPv4 address, or an IPv6 network of /64.

    A household or a server gets a whole /64, so single IPv6 addresses are free to change.
    """
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address) if address else "local"


class Pseudonyms:
    """A keyed hash in place of a name: lines of one client can be told, the client can't."""

    def __init__(self, key: str | None) -> None:
        self._key = key.encode() if key else secrets.token_bytes(32)

    def of(self, name: str) -> str:
        """Return 16 hexadecimal characters."""
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:16]


def _presented_key(scope: Scope) -> bytes:
    # raw bytes: a key need not be ASCII to be wrong
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, key = bytes(value).partition(b" ")
            return key.strip() if scheme.lower() == b"bearer" else b""
    return b""


def _refusal(key: bytes) -> InvalidApiKey:
    return InvalidApiKey(
        "The API key is not one that this server knows." if key else "There is no API key.",
        "Send the header Authorization: Bearer and a key that the server's operator gave you.",
    )


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()


@lru_cache(maxsize=10_000)
def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    # a server that listens on :: sees IPv4 clients, its proxy among them, in this form
    return getattr(address, "ipv4_mapped", None) or address


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise InvalidOption(
            f"LIKEWISE_TRUSTED_PROXIES can't be {shown(text)}.",
            "List addresses or networks, e.g. 127.0.0.1,10.0.0.0/8.",
            param="LIKEWISE_TRUSTED_PROXIES",
        ) from None
