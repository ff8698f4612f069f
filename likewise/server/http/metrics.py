"""Numbers for Prometheus: how much was asked, how long it took, how much waits."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
TOKENS = (8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192)


Labelled = TypeVar("Labelled", Counter, Histogram)


class Waiting(Protocol):
    """How much waits, as the batcher says it."""

    @property
    def waiting_tokens(self) -> int:
        """Tokens that wait for a batch."""

    @property
    def waiting_jobs(self) -> int:
        """Jobs that wait for a batch."""


class Metrics:
    """The server's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._children: dict[tuple[object, tuple[str, ...]], Any] = {}
        own = self._registry
        self._requests = Counter(
            "likewise_requests", "Requests answered.", ["route", "status"], registry=own
        )
        self._seconds = Histogram(
            "likewise_request_seconds",
            "From a request's head to the end of its answer.",
            ["route"],
            buckets=SECONDS,
            registry=own,
        )
        self._texts = Counter(
            "likewise_texts", "Texts answered with a vector.", ["encoder", "source"], registry=own
        )
        self._tokens = Counter("likewise_tokens", "Tokens answered for.", ["encoder"], registry=own)
        self._batch_tokens = Histogram(
            "likewise_batch_tokens", "Tokens in a batch.", buckets=TOKENS, registry=own
        )
        self._batch_seconds = Histogram(
            "likewise_batch_seconds", "Time to encode a batch.", buckets=SECONDS, registry=own
        )
        self._waiting_tokens = Gauge(
            "likewise_waiting_tokens", "Tokens that wait for a batch.", registry=own
        )
        self._waiting_jobs = Gauge(
            "likewise_waiting_jobs", "Jobs that wait for a batch.", registry=own
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is a path as declared, never as asked for."""
        self._of(self._requests, route, str(status)).inc()
        self._of(self._seconds, route).observe(seconds)

    def embedded(self, encoder: str, texts: int, known: int, tokens: int) -> None:
        """Count texts, of which `known` came from the cache, and the tokens of all."""
        if known:
            self._of(self._texts, encoder, "cache").inc(known)
        if known < texts:
            self._of(self._texts, encoder, "computed").inc(texts - known)
        self._of(self._tokens, encoder).inc(tokens)

    def _of(self, metric: Labelled, *labels: str) -> Labelled:
        """Return the child of a metric; the library's own search is slower than a whole request."""
        found: Labelled | None = self._children.get((metric, labels))
        if found is None:
            found = self._children[metric, labels] = metric.labels(*labels)
        return found

    def batch(self, _texts: int, tokens: int, seconds: float) -> None:
        """Count a batch."""
        self._batch_tokens.observe(tokens)
        self._batch_seconds.observe(seconds)

    def watch(self, load: Callable[[], Waiting]) -> None:
        """Ask `load` for what waits whenever metrics are read."""
        self._waiting_tokens.set_function(lambda: load().waiting_tokens)
        self._waiting_jobs.set_function(lambda: load().waiting_jobs)

    def text(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self._registry)
