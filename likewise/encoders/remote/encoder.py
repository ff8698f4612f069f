"""Encoders at a provider that speaks OpenAI's protocol: OpenAI, Ollama, vLLM, TEI and others.

`openai/text-embedding-3-small`, or the provider's address and the model's name together:
`http://localhost:11434/v1/nomic-embed-text`. Answers are handed over batch by batch: with a
vector cache in front, as `likewise.load` puts it there, a long job that breaks off goes on where
it was and nothing is paid for twice.
"""

import asyncio
import operator
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

import httpx
import numpy as np
from pydantic import SecretStr

from likewise.encoders.base import BaseEncoder, Encoder, Sink
from likewise.encoders.column import texts_of
from likewise.encoders.embedding import gather, unique
from likewise.encoders.remote import own_loop
from likewise.encoders.remote.destination import Destination, destination
from likewise.encoders.remote.provider import Provider, TooMuchAtOnce, certificates
from likewise.encoders.remote.provider_answer import Received
from likewise.encoders.remote.spending import KNOWN, Spending, price_of, tokens_at_most
from likewise.errors import (
    InvalidInput,
    InvalidText,
    RemoteDefective,
    RemoteUnavailable,
    UnknownEncoder,
    shown,
    shown_setting,
)
from likewise.settings import Settings, openai_of
from likewise.types import Capabilities, Encoding, Identity, Progress, Runtime, TokenCounts

OPENAI = "openai/"
MOST_TOKENS = 300_000
"""Tokens that OpenAI takes in one request."""

BATCH_ITEMS = 512
"""Texts in a request. OpenAI takes 2,048, but of smaller requests several can run, and less is
lost when one fails."""

CHARACTERS_PER_TOKEN = 4
"""As in English; for what is told before the provider has counted."""

PROBE = "dimensions"
"""Embedded once to learn how many numbers a vector of an unknown model has."""

Take = Callable[[Sequence[int], Encoding], Awaitable[None]]
"""A sink that is waited for without holding up other requests."""


class RemoteEncoder(BaseEncoder):
    """A provider's model; safe to share between threads.

    Its vectors are made unit length where the provider does not do so. Token counts of single
    texts are shares of what the provider counted for a whole request.
    """

    spending: Spending

    def __init__(
        self,
        name: str,
        settings: Settings,
        *,
        prefix: str = "",
        reopen: Callable[[], Encoder] | None = None,
    ) -> None:
        """Reach for the model that `name` says.

        Raises:
            InvalidOption: the address in `name` is not one that may be asked.
            UnknownEncoder: `name` holds no model.
            RemoteError: the provider does not answer.
        """
        self._reopen = reopen
        if settings.offline:
            raise RemoteUnavailable(
                f"{shown_setting(name)} needs the network, which LIKEWISE_OFFLINE forbids.",
                "Unset LIKEWISE_OFFLINE, or use a local encoder.",
            )
        at_openai = name.startswith(OPENAI)
        where, base, model, openai_key = address_of(name, settings)
        known = KNOWN.get(model) if at_openai else None
        secret = openai_key if at_openai else settings.remote_keys.get(where.host)
        key = secret.get_secret_value() if secret else None
        price = price_of(settings, known, keyed=key is not None)
        self.spending = Spending(name, price, settings.max_cost)
        self._provider = Provider(
            where,
            model,
            key,
            settings.remote_seconds,
            base64=known is not None,
            free=price == 0,
        )
        self._concurrency = settings.remote_concurrency
        self._answers_as = ""
        self.capabilities = Capabilities(
            remote=True,
            price=price,
            counts_exactly=False,
            widths=known.widths if known else (),
        )
        dims = known.dims if known else self._probe()
        self.identity = Identity(
            name=name,
            revision="",
            weights=f"{base} {model}",
            tokenizer="",
            graph="remote",
            dims=dims,
            max_tokens=known.max_tokens if known else 0,
            pooling="none",
            prefix=prefix,
        )
        self.runtime = Runtime(
            engine=f"remote {where.host}", precision="unknown", parity=None, threads=0
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as a name: the other process has settings, and keys, of its own."""
        return operator.call, (self._reopen,)

    def __repr__(self) -> str:
        return f"RemoteEncoder({self.identity.name!r}, {self.identity.dims} dims)"

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Ask for the vectors, of equal texts once; see `Encoder.encode`.

        Raises:
            RemoteError: the provider did not give them all.
            InvalidText, InvalidInput: a text is empty, or the provider refused it.
        """
        every = texts_of(texts)

        def report(done: int, of: int) -> None:
            if progress:
                progress(done * len(every) // of, len(every))

        def compute(different: list[str], sink: Sink) -> None:
            self.encode_to(different, sink, progress=report)

        return gather(every, self.identity.dims, compute)

    def encode_to(
        self, texts: Iterable[str], sink: Sink, *, progress: Progress | None = None
    ) -> None:
        """Ask for the vectors and hand over each answer at once; see `Encoder.encode_to`.

        Raises:
            RemoteError: the provider did not give them all; what it gave was handed over.
            InvalidText, InvalidInput: a text is empty, or the provider refused it.
        """
        every = texts_of(texts)
        _check_not_empty(every)
        own_loop.run(self._fetch(every, sink, progress))

    def cost(self, texts: Iterable[str]) -> float | None:
        """Return about how many dollars embedding `texts` will cost, equal ones once.

        None where nobody knows the price.
        """
        return self.spending.expected(unique(texts_of(texts))[0])

    def count_tokens(self, texts: Iterable[str]) -> TokenCounts:
        """Estimate tokens from characters: the provider's tokenizer is not here."""
        lengths = np.array([len(text) for text in texts_of(texts)], np.int32)
        nothing = np.zeros(len(lengths), np.int32)
        return TokenCounts(lengths // CHARACTERS_PER_TOKEN + 1, nothing.astype(np.bool_), nothing)

    async def _fetch(self, texts: list[str], sink: Sink, progress: Progress | None) -> None:
        """Ask for vectors, several requests at a time; hand each answer over at once.

        After a failure nothing new is begun, but what is under way, and will be charged, is
        waited for and handed over.
        """
        done = 0
        batches = iter(_batches(texts))
        failures: list[Exception] = []
        handing_over = asyncio.Lock()

        async def take(places: Sequence[int], encoding: Encoding) -> None:
            nonlocal done
            async with handing_over:  # who takes the rows need not be safe between threads
                await asyncio.to_thread(sink, places, encoding)
                done += len(places)
                if progress:
                    progress(done, len(texts))

        async def work(client: httpx.AsyncClient) -> None:
            for places in batches:
                if failures:
                    return
                try:
                    await self._embed(client, places, [texts[place] for place in places], take)
                except Exception as error:
                    failures.append(error)
                    return

        async with _client(self._concurrency) as client:
            await asyncio.gather(*(work(client) for _ in range(self._concurrency)))
        if failures:
            raise failures[0]

    async def _embed(
        self, client: httpx.AsyncClient, places: list[int], texts: list[str], take: Take
    ) -> None:
        """Ask for one batch, in halves where the provider refuses it whole."""
        expected = self.spending.expected(texts)
        self.spending.reserve(expected)
        answer: Received | None = None
        prefix = self.identity.prefix
        try:
            answer = await self._provider.embed(
                client, [prefix + text for text in texts], self.identity.dims
            )
        except TooMuchAtOnce:
            half = len(texts) // 2
            await self._embed(client, places[:half], texts[:half], take)
            await self._embed(client, places[half:], texts[half:], take)
            return
        except InvalidInput as error:
            error.which = places[0]  # more than one would have been tried in halves
            raise
        finally:
            self.spending.settle(expected, None if answer is None else answer.tokens)
        self._check_model(answer)
        await take(places, _encoding(answer, texts))

    def _check_model(self, answer: Received) -> None:
        """Raise where another model answers than before, as behind a proxy that falls back."""
        before = self._answers_as = self._answers_as or answer.model
        if answer.model and answer.model != before:
            raise RemoteDefective(
                f"The provider answered with vectors of the model {shown(answer.model)}, before of "
                f"{shown(before)}: they can't be compared.",
                "Let it, or the proxy before it, not fall back to another model.",
            )

    def _probe(self) -> int:
        """Return how many numbers the model's vectors have."""

        async def ask() -> Received:
            async with _client(1) as client:
                return await self._provider.embed(client, [PROBE], None)

        expected = self.spending.expected([PROBE])
        self.spending.reserve(expected)
        answer: Received | None = None
        try:
            answer = own_loop.run(ask())
        finally:
            self.spending.settle(expected, None if answer is None else answer.tokens)
        self._check_model(answer)
        return int(answer.vectors.shape[1])


def address_of(name: str, settings: Settings) -> tuple[Destination, str, str, SecretStr | None]:
    """Return where an encoder is asked: the destination, its address, the model, and OpenAI's key.

    Raises:
        InvalidOption: the address in `name` is not one that may be asked.
        UnknownEncoder: `name` holds no model.
    """
    openai_url, key = openai_of(settings) if name.startswith(OPENAI) else ("", None)
    base, model = split_name(name, openai_url)
    return destination(base, private=settings.remote_private), base, model, key


def split_name(name: str, openai_url: str) -> tuple[str, str]:
    """Return the provider's base address and the model's name.

    The model begins after the path's version, `/v1/`, or after the last slash.

    Raises:
        UnknownEncoder: there is no model in `name`.
    """
    if name.startswith(OPENAI):
        base, model = openai_url, name.removeprefix(OPENAI)
    else:
        found = re.match(r"(https?://[^/]+(?:/[^/]+)*?/v\d+)/(.+)", name) or re.match(
            r"(https?://[^/]+(?:/[^/]+)*)/([^/]+)$", name
        )
        base, model = found.groups() if found else (name, "")
    if not model:
        raise UnknownEncoder(
            f"{shown_setting(name)} names a provider, but no model.",
            "Write both: http://localhost:11434/v1/nomic-embed-text.",
            param="encoder",
        )
    return base, model


def _client(connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=certificates(),
        follow_redirects=False,  # a redirect could lead anywhere, and take the key along
        trust_env=False,  # connections go to the checked address, not through a proxy
        timeout=None,  # noqa: S113  # the provider's total deadline holds for everything
        limits=httpx.Limits(max_connections=connections, keepalive_expiry=2),
    )


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the places of texts that go into a request together."""
    batch: list[int] = []
    tokens = 0
    for place, text in enumerate(texts):
        if batch and (len(batch) == BATCH_ITEMS or tokens + tokens_at_most(text) > MOST_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(place)
        tokens += tokens_at_most(text)
    if batch:
        yield batch


def _check_not_empty(texts: Sequence[str]) -> None:
    if "" in texts:
        raise InvalidText(
            "It is empty, and providers do not embed that.",
            "Leave it out.",
            which=texts.index(""),
        )


def _encoding(answer: Received, texts: Sequence[str]) -> Encoding:
    """Return an answer with its tokens shared out by length, each text at least one."""
    lengths = np.array([len(text.encode()) for text in texts], np.float64)
    shares = np.floor(np.cumsum(lengths) / lengths.sum() * answer.tokens)
    tokens = np.diff(shares, prepend=0).astype(np.int32)
    nothing = np.zeros(len(texts), np.int32)
    return Encoding(answer.vectors, tokens, nothing.astype(np.bool_), nothing)
