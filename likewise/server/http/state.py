"""What is kept of a request while it is answered, and what it came with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import cast

from starlette.types import Scope

Address = IPv4Address | IPv6Address

_PLACE = "likewise.request"


@dataclass(slots=True, eq=False)
class RequestState:
    """One request: who asks, and what its answer and its line in the log are to hold."""

    id: str = ""
    """32 hexadecimal characters; `x-request-id` in the answer."""
    client: str = "local"
    """Who asks: `key …` for the holder of a key, otherwise an address or an IPv6 network."""
    has_key: bool = False
    """Whether it came with a valid API key."""
    address: Address | None = None
    route: str = "other"
    """The path as declared, never as asked for: a path can hold anything."""
    pay: Callable[[int], None] | None = None
    """Counts tokens against the client's rate, from any thread; None where there is no limit."""
    crowded: bool = False
    """Whether more connections are open than should be."""
    came: float = 0.0
    """When its turn on its connection had come, by the event loop's clock; 0 where nobody says."""
    whole: bool = False
    """Whether all of its body had come before its turn."""
    headers: dict[str, str] = field(default_factory=dict)
    """Headers for the answer."""
    facts: dict[str, str | int] = field(default_factory=dict)
    """Sizes, counts and names of encoders for the log; never a text."""


def values_of(scope: Scope, name: bytes) -> list[bytes]:
    """Return the values of a header, whose name is given in lower case; often there are none."""
    return [value for own, value in scope["headers"] if own == name]


def put_state(scope: Scope, state: RequestState) -> RequestState:
    """Keep `state` with the request."""
    scope[_PLACE] = state
    return state


def state_of(scope: Scope) -> RequestState:
    """Return the request's state, a new one where there is none yet."""
    found = scope.get(_PLACE)
    return put_state(scope, RequestState()) if found is None else cast(RequestState, found)
