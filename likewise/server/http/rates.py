"""How many requests and tokens a client may have, in memory or shared through Redis.

While a shared store does not answer each server counts for itself, in memory: that is better than
not to serve, and better than to serve without limits.
"""

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string
from limits.util import WindowStats

from likewise.errors import InvalidOption, RateLimited, shown_setting
from likewise.server.http.state import RequestState
from likewise.settings import Settings

log = logging.getLogger(__name__)

STORE_SECONDS = 1.0
"""How long a shared store may take to answer."""

PAY_SECONDS = 30.0
"""How long a thread waits to be counted; only where the event loop has ended it is so long."""

PAUSE_SECONDS = 10.0
"""How long a store that did not answer is left alone: one request after that finds out."""


_MOST = 10**12
"""Of tokens and of seconds: times and shares are counted as floats."""


@dataclass(frozen=True)
class _Rate:
    """A limit on one thing; `name` is what OpenAI's headers call it."""

    name: str
    item: RateLimitItem


class _Counter:
    """Counts in one store."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def count(self, rate: _Rate, client: str, cost: int) -> tuple[bool, WindowStats]:
        """Return whether so much more is allowed, and how it stands now."""
        # the hit of more than a whole window's share would count, though it can't succeed
        fits = cost <= rate.item.amount
        allowed = fits and await self._limiter.hit(rate.item, rate.name, client, cost=cost)
        return allowed, await self._limiter.get_window_stats(rate.item, rate.name, client)


class _SharedCounter(_Counter):
    """Counts in a store on the network, which may be silent or away."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        kinds = storage.base_exceptions
        self._unreachable: tuple[type[BaseException], ...] = (
            OSError,  # of which TimeoutError is one
            *(kinds if isinstance(kinds, tuple) else (kinds,)),
        )
        self._away = False
        self._asked_again_at = 0.0

    async def ask(self, rate: _Rate, client: str, cost: int) -> tuple[bool, WindowStats] | None:
        """Return what `count` does, None while the store does not answer."""
        if self._away:
            if time.monotonic() < self._asked_again_at:
                return None
            self._pause()  # for all others: this one request finds out whether it is back
        try:
            async with asyncio.timeout(STORE_SECONDS):
                counted = await self.count(rate, client, cost)
        except self._unreachable as error:
            if not self._away:
                log.warning(
                    "rates are not shared, each server counts for itself: the store fails (%s)",
                    type(error).__name__,
                )
            self._away = True
            self._pause()
            return None
        if self._away:
            log.warning("rates are shared again")
            self._away = False
        return counted

    def _pause(self) -> None:
        self._asked_again_at = time.monotonic() + PAUSE_SECONDS

    async def close(self) -> None:
        """Close the connections."""
        if isinstance(self.storage, RedisStorage):
            bridge: Any = self.storage.bridge  # which kind depends on the installed package
            await bridge.storage.aclose()


class Rates:
    """Counts what each client had. Where no limits are set, everything is allowed."""

    def __init__(self, settings: Settings) -> None:
        """Read the limits.

        Raises:
            InvalidOption: a limit is not written as `60/minute` is, or the store is unknown.
        """
        self._requests = _rate("requests", settings.rate_requests)
        self._tokens = _rate("tokens", settings.rate_tokens)
        self._own = _Counter(MemoryStorage())
        shared = settings.rate_store != "memory://"
        self._shared = _SharedCounter(_storage(settings.rate_store)) if shared else None

    async def charge_request(self, state: RequestState) -> None:
        """Count a request; the answer's headers go into `state`.

        Raises:
            RateLimited: the client has had its share.
        """
        await self._charge(self._requests, 1, state)

    async def charge_tokens(self, tokens: int, state: RequestState) -> None:
        """Count tokens; see `charge_request`."""
        await self._charge(self._tokens, tokens, state)

    def payer(self, state: RequestState) -> Callable[[int], None] | None:
        """Return `charge_tokens` for other threads than the event loop's, None without a limit."""
        if self._tokens is None:
            return None
        loop = asyncio.get_running_loop()

        def pay(tokens: int) -> None:
            charged = self.charge_tokens(tokens, state)
            asyncio.run_coroutine_threadsafe(charged, loop).result(PAY_SECONDS)

        return pay

    async def close(self) -> None:
        """Close the connections to a shared store; the library leaves that to its user."""
        if self._shared is not None:
            await self._shared.close()

    async def _charge(self, rate: _Rate | None, cost: int, state: RequestState) -> None:
        if rate is None:
            return
        client = state.client
        counted = None if self._shared is None else await self._shared.ask(rate, client, cost)
        allowed, stats = counted or await self._own.count(rate, client, cost)
        seconds = max(0.0, stats.reset_time - time.time())
        state.headers |= {
            f"x-ratelimit-limit-{rate.name}": str(rate.item.amount),
            f"x-ratelimit-remaining-{rate.name}": str(stats.remaining),
            f"x-ratelimit-reset-{rate.name}": duration(seconds),
        }
        if not allowed:
            raise RateLimited(
                f"The limit is {rate.item.amount:,} {rate.name} per {_window(rate.item)}, "
                f"of which {stats.remaining:,} are left and {cost:,} were asked for.",
                "Wait, then try again." if cost <= rate.item.amount else "Send smaller requests.",
                limit=rate.name,
                retry_after=max(1, math.ceil(seconds)),
            )


def duration(seconds: float) -> str:
    """Return seconds as OpenAI writes them: `1s`, `6m0s`, `2h0m0s`."""
    whole = math.ceil(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _window(item: RateLimitItem) -> str:
    return item.GRANULARITY.name if item.multiples == 1 else f"{item.get_expiry()} seconds"


def _rate(name: str, text: str) -> _Rate | None:
    if not text:
        return None
    try:
        items = parse_many(text)
    except ValueError:
        items = []
    # the library takes several, of which one would be heeded, and reads a zero as a one
    if (
        len(items) != 1
        or re.search(r"(?<!\d)0+(?!\d)", text)
        or max(items[0].amount, items[0].get_expiry()) > _MOST
    ):
        variable = f"LIKEWISE_RATE_{name.upper()}"
        raise InvalidOption(
            f"{variable} can't be {shown_setting(text)}.",
            "Write it as 60/minute.",
            param=variable,
        )
    return _Rate(name, items[0])


def _storage(address: str) -> Storage:
    try:
        made = storage_from_string(f"async+{address}", implementation="redispy")
    except Exception as error:  # the library raises several kinds, among them bare ones
        scheme = address.partition("://")[0] if "://" in address else ""
        # not the address itself, nor the library's words for it: it may hold a password
        raise InvalidOption(
            f"LIKEWISE_RATE_STORE can't be what it is ({scheme + '://…, ' if scheme else ''}"
            f"{type(error).__name__}).",
            "Use memory:// or redis://host:port, for which the package redis must be installed.",
            param="LIKEWISE_RATE_STORE",
        ) from None
    assert isinstance(made, Storage)  # noqa: S101  # async+ gives no other
    return made
