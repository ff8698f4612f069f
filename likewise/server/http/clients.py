"""Who asks: an address, or the holder of an API key; and what may be written down of them."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

from likewise.errors import InvalidApiKey, InvalidOption, shown_setting
from likewise.server.http.state import Address, state_of, values_of
from likewise.settings import Settings


class ApiKeys:
    """The keys that let their holders in; where there are none, everybody may ask."""

    def __init__(self, settings: Settings) -> None:
        """Read the keys.

        Raises:
            InvalidOption: keys are set, but none of them can be sent.
        """
        # surrogates stand for bytes of the environment that are not UTF-8; so they are sent too
        self._keys = [
            key.get_secret_value().encode("utf-8", "surrogateescape") for key in settings.api_keys
        ]
        if any(not key.strip() or key != key.strip() for key in self._keys):
            raise InvalidOption(
                "LIKEWISE_API_KEYS holds a key that is blank or has blanks around it.",
                "Give each key at least one character, or unset LIKEWISE_API_KEYS.",
                param="LIKEWISE_API_KEYS",
            )

    def knows(self, key: bytes) -> bool:
        """Whether `key` is one of them."""
        # all are compared, each in constant time: how long it takes tells nothing
        return bool(key) and sum(hmac.compare_digest(key, own) for own in self._keys) > 0

    def check(self, scope: Scope) -> None:
        """See whether a request may be answered that wants a key.

        Raises:
            InvalidApiKey: there are keys, and it came with none of them.
        """
        if self._keys and not state_of(scope).has_key:
            raise InvalidApiKey(
                "The API key is not one that this server knows."
                if presented_key(scope)
                else "There is no API key.",
                "Send the header Authorization: Bearer and a key that the server's operator gave "
                "you.",
            )


class Proxies:
    """The reverse proxies whose X-Forwarded-For is believed."""

    def __init__(self, settings: Settings) -> None:
        """Read the list.

        Raises:
            InvalidOption: something in it is neither an address nor a network.
        """
        self._networks = [_network(proxy) for proxy in settings.trusted_proxies]

    def client(self, address: Address | None, forwarded: Sequence[bytes]) -> Address | None:
        """Return where a request that came from `address` was made."""
        if not (forwarded and self._networks):
            return address
        hops = b",".join(forwarded).decode("latin-1").split(",")
        # from the nearest hop on: each is believed only if the one before it is a listed proxy
        while hops and address is not None and self._trusts(address):
            further = parse_address(hops.pop().strip())
            if further is None:
                break
            address = further
        return address

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


class Clients:
    """Notes in the request's state who asks."""

    def __init__(self, app: ASGIApp, keys: ApiKeys, proxies: Proxies) -> None:
        self.app = app
        self._keys = keys
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note it, and pass the request on."""
        if scope["type"] == "http":
            state = state_of(scope)
            key = presented_key(scope)
            address = parse_address(scope["client"][0] if scope.get("client") else "")
            forwarded = values_of(scope, b"x-forwarded-for")
            state.address = self._proxies.client(address, forwarded)
            state.has_key = self._keys.knows(key)
            state.client = f"key {_digest(key)}" if state.has_key else grouped(state.address)
        await self.app(scope, receive, send)


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
        self._key = key.encode("utf-8", "surrogateescape") if key else secrets.token_bytes(32)

    def of(self, name: str) -> str:
        """Return 16 hexadecimal characters."""
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:16]


def presented_key(scope: Scope) -> bytes:
    """Return the key that a request came with, empty where it came with none."""
    # raw bytes: a key need not be ASCII to be wrong
    for value in values_of(scope, b"authorization"):
        scheme, _, key = value.partition(b" ")
        return key.strip() if scheme.lower() == b"bearer" else b""
    return b""


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()


@lru_cache(maxsize=10_000)
def parse_address(text: str) -> Address | None:
    """Return the address that `text` is, with or without a port, None where it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # as some proxies write it
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # a server that listens on :: sees IPv4 clients, its proxy among them, in this form
    return getattr(address, "ipv4_mapped", None) or address


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise InvalidOption(
            f"LIKEWISE_TRUSTED_PROXIES can't be {shown_setting(text)}.",
            "List addresses or networks, e.g. 127.0.0.1,10.0.0.0/8.",
            param="LIKEWISE_TRUSTED_PROXIES",
        ) from None
