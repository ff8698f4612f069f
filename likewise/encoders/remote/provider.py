"""One request to an OpenAI-compatible provider: its deadline, its retries, and its answer.

What may have been charged is not asked again by itself: a request is repeated only where the
provider said that it did not do it, or never got it.
"""

import asyncio
import math
import random
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import httpx
import orjson

from likewise.encoders.network_errors import why
from likewise.encoders.remote.destination import Destination
from likewise.encoders.remote.provider_answer import Received, defective, received
from likewise.errors import (
    InvalidInput,
    RemoteError,
    RemoteQuota,
    RemoteRefused,
    RemoteTimeout,
    RemoteUnavailable,
    shown,
)

MOST_ATTEMPTS = 6
MOST_PAUSE = 8.0
"""Seconds of the longest pause between attempts, where the provider does not ask for longer."""

CONNECT_SECONDS = 2.0
"""How long one of several addresses may take to accept a connection before the next is tried."""

MOST_ANSWER_BYTES = 200_000_000
"""2,048 vectors of 3,072 numbers as text are some 140 MB."""

RETRIED = frozenset({408, 409, 425, 429})
"""Statuses below 500 after which asking again can help."""

NOT_THERE = frozenset({404, 405, 410})
"""Statuses where the address leads to something else, or the model is not known."""

MOST_ERROR_BYTES = 10_000

TOO_MUCH = frozenset({400, 413, 422})
"""Statuses of a request that may be answered in smaller parts."""


class TooMuchAtOnce(RemoteError):
    """The provider refused a request as it is; perhaps a part of it will do."""

    status = 400
    code = "invalid_input"
    should_retry = False


@dataclass(frozen=True)
class Provider:
    """Who is asked, and how."""

    destination: Destination
    model: str
    key: str | None
    seconds: float
    """Total: from the first attempt to the last byte of the last answer."""
    base64: bool
    """Ask for vectors as base64: a quarter of the bytes, but not every provider does it right."""
    free: bool
    """Nothing is charged: a request without an answer may be repeated."""

    async def embed(
        self, client: httpx.AsyncClient, texts: Sequence[str], dims: int | None
    ) -> Received:
        """Return the vectors of up to 2,048 texts, in order.

        Args:
            client: holds the connections.
            texts: what to embed, at least one.
            dims: how many numbers a vector must have; None takes what comes.

        Raises:
            RemoteError: the provider did not give them.
            TooMuchAtOnce: it refused several texts together.
            InvalidInput: it refused the only text.
        """
        until = time.monotonic() + self.seconds
        try:
            async with asyncio.timeout(self.seconds):
                response, body = await self._asked(client, texts, until)
        except TimeoutError:
            raise RemoteTimeout(
                f"{self.destination.host} did not answer within {self.seconds:g} seconds.",
                "Ask again; what was embedded before is kept.",
            ) from None
        if response.status_code != 200:
            raise self._refusal(response, body, len(texts))
        if said := _error_in(body):
            raise defective(f"status 200 and an error: {self._masked(said)}")
        return received(body, len(texts), dims)

    async def _asked(
        self, client: httpx.AsyncClient, texts: Sequence[str], until: float
    ) -> tuple[httpx.Response, bytes]:
        """Ask until there is an answer that asking again would not change."""
        for attempt in range(MOST_ATTEMPTS):
            last = attempt == MOST_ATTEMPTS - 1
            pause = min(0.5 * 2**attempt, MOST_PAUSE) * random.uniform(0.75, 1)  # noqa: S311
            try:
                response, body = await self._ask_once(client, texts)
            except httpx.TransportError as error:
                if last or not (self.free or _never_sent(error)):
                    raise self._unanswered(error) from None
            else:
                if last or not _should_retry(response, body):
                    return response, body
                pause = _asked_pause(response) or pause
            if time.monotonic() + pause > until:
                raise RemoteUnavailable(
                    f"{self.destination.host} is overloaded.",
                    "Ask again later; what was embedded before is kept.",
                    retry_after=min(60, max(1, round(pause))),
                )
            await asyncio.sleep(pause)
        raise AssertionError  # pragma: no cover  # the last attempt returns or raises

    async def _ask_once(
        self, client: httpx.AsyncClient, texts: Sequence[str]
    ) -> tuple[httpx.Response, bytes]:
        # `localhost` is often ::1 first, where few servers listen
        *others, last = await self.destination.resolve()
        for address in others:
            try:
                return await self._ask_at(client, texts, address, connect=CONNECT_SECONDS)
            except (httpx.ConnectError, httpx.ConnectTimeout):  # nobody got it, so the next may
                continue
        return await self._ask_at(client, texts, last)

    async def _ask_at(
        self,
        client: httpx.AsyncClient,
        texts: Sequence[str],
        address: str,
        *,
        connect: float | None = None,
    ) -> tuple[httpx.Response, bytes]:
        url = self.destination.url
        pinned = f"[{address}]" if ":" in address else address
        where = url._replace(
            netloc=f"{pinned}:{url.port}" if url.port else pinned, path=f"{url.path}/embeddings"
        )
        request = client.build_request(
            "POST",
            where.geturl(),
            content=orjson.dumps(self._body(texts)),
            headers={
                "Host": url.netloc,
                "Content-Type": "application/json",
                "User-Agent": "likewise",
                **({"Authorization": f"Bearer {self.key}"} if self.key else {}),
            },
            timeout=httpx.Timeout(None, connect=connect),
            # the certificate must be of the name, though the connection goes to the address
            extensions={"sni_hostname": url.hostname or ""},
        )
        response = await client.send(request, stream=True)
        try:
            return response, await _read(response)
        finally:
            await response.aclose()

    def _body(self, texts: Sequence[str]) -> dict[str, Any]:
        form = "base64" if self.base64 else "float"
        return {"model": self.model, "input": list(texts), "encoding_format": form}

    def _unanswered(self, error: httpx.TransportError) -> RemoteError:
        if _never_sent(error):
            return RemoteUnavailable(
                f"{self.destination.host} can't be reached: {why(error)}.",
                "Check the address and the network, then ask again.",
            )
        return RemoteUnavailable(
            f"{self.destination.host} gave no answer ({why(error)}), and may have charged for the "
            "request all the same.",
            "Try again if you accept that; what was embedded before is kept.",
        )

    def _refusal(self, response: httpx.Response, body: bytes, texts: int) -> Exception:
        status = response.status_code
        said = self._said(body)
        host = self.destination.host
        if _quota_is_gone(body):
            return RemoteQuota(
                f"The quota at {host} is used up.", "Look at the account's plan and billing."
            )
        if status in TOO_MUCH:
            if texts > 1:
                return TooMuchAtOnce(f"{host} refused {texts} texts.", said)
            return InvalidInput(f"{host} refused a text: {said}", "Shorten or change it.")
        if 300 <= status < 400:
            return RemoteRefused(
                f"{host} redirects to another address ({status}), which is not followed.",
                "If you trust that address, name it as the provider's.",
            )
        if status < 300 or status in NOT_THERE:
            told = f": {said}" if said != "''" else "."
            return RemoteRefused(
                f"{host} answers {status} at {self.destination.url.path}/embeddings for the model "
                f"{shown(self.model)}{told}",
                "Check the address, which mostly ends in /v1, and the model's name.",
            )
        if status < 500 and status not in RETRIED:
            return RemoteRefused(
                f"{host} refused the key or the model {shown(self.model)} ({status}).",
                "Check both, and whether the account may use the model.",
            )
        return RemoteUnavailable(
            f"{host} could not answer ({status}).",
            "Ask again later; what was embedded before is kept.",
            retry_after=min(60, max(1, round(_asked_pause(response) or 5))),
        )

    def _said(self, body: bytes) -> str:
        """Return the provider's own words, in short, without our key."""
        error = _error(body)
        text = str(error.get("message", "")) if isinstance(error, dict) else str(error or "")
        return self._masked(text)

    def _masked(self, text: str) -> str:
        return shown(text.replace(self.key, "…") if self.key else text, 200)


@lru_cache(maxsize=1)
def certificates() -> ssl.SSLContext:
    """Return the trusted certificates; reading them takes a while, so once."""
    return httpx.create_ssl_context()


async def _read(response: httpx.Response) -> bytes:
    parts = bytearray()
    try:
        async for part in response.aiter_bytes():
            parts += part
            if len(parts) > MOST_ANSWER_BYTES:
                raise defective("far more bytes than the vectors can take")
    except httpx.DecodingError:
        raise defective("bytes that are not compressed as its header says") from None
    return bytes(parts)


def _never_sent(error: httpx.TransportError) -> bool:
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _should_retry(response: httpx.Response, body: bytes) -> bool:
    asked: str | None = response.headers.get("x-should-retry")
    if asked in {"true", "false"}:
        return asked == "true"
    if _quota_is_gone(body):
        return False
    return response.status_code in RETRIED or response.status_code >= 500


def _asked_pause(response: httpx.Response) -> float | None:
    """Return the seconds that the provider asks to wait, None where it says none that can be."""
    try:
        if milliseconds := response.headers.get("retry-after-ms"):
            asked = float(milliseconds) / 1_000
        elif not (after := response.headers.get("retry-after", "")):
            return None
        elif after.replace(".", "", 1).isdecimal():
            asked = float(after)
        else:
            asked = parsedate_to_datetime(after).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return asked if 0 < asked < math.inf else None  # nan, which is neither, would stop the loop


def _error(body: bytes) -> Any:  # noqa: ANN401
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return answer.get("error", answer) if isinstance(answer, dict) else None


def _error_in(body: bytes) -> str:
    """Return what an answer says that holds an error in place of vectors, `""` where none does."""
    if len(body) > MOST_ERROR_BYTES:  # a long answer is read once
        return ""
    error = _error(body)
    if isinstance(error, dict) and "data" not in error:
        error = error.get("message") or error.get("detail")
    return error if isinstance(error, str) else ""


def _quota_is_gone(body: bytes) -> bool:
    error = _error(body)
    return isinstance(error, dict) and "insufficient_quota" in (
        error.get("code"),
        error.get("type"),
    )
