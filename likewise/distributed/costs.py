"""What a job will take: measured on a few of its texts, and modelled for a billion and more."""

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from likewise.collections.storage.shard import GROUP_ROWS
from likewise.distributed.input_rows import InputRow
from likewise.distributed.plan import JobPlan
from likewise.distributed.rows import Rows
from likewise.encoders import Encoder
from likewise.files.vectors.embeddings import embeddings_writer

_SECONDS = 4.0
_WARM = 16
_MOST = 512
_MOST_REMOTE = 32
"""Texts of a sample; a provider charges for them."""


@dataclass(frozen=True)
class Sampled:
    """What a short run over the first texts has shown.

    texts: how many. seconds: they took. tokens: of a text. bytes: of a row of the results. price:
    dollars for a million tokens, None where nobody knows.
    """

    texts: int
    seconds: float
    tokens: float
    bytes: float
    price: float | None

    @property
    def rate(self) -> float:
        """Texts in a second, of one worker like this process."""
        return self.texts / self.seconds if self.seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {**asdict(self), "rate": self.rate}


def sampled(plan: JobPlan, rows: Rows, encoder: Encoder, texts: Sequence[str]) -> Sampled:
    """Make a small shard of the first texts, in memory, and return what that took.

    Args:
        plan: of the job.
        rows: makes its rows.
        encoder: of the plan.
        texts: the first of the input.
    """
    remote = encoder.capabilities.remote
    some = list(texts[: _MOST_REMOTE if remote else _MOST])
    if not remote and some:
        encoder.encode(some[:_WARM])  # a graph is compiled with its first batch
    file = io.BytesIO()
    nothing = (None,) * len(plan.columns)
    done, began = 0, time.monotonic()
    with embeddings_writer(file, rows.schema, group_rows=GROUP_ROWS) as write:
        while done < len(some) and time.monotonic() - began < _SECONDS:
            part = some[done : done + (len(some) if remote else max(_WARM, len(some) // 8))]
            for table in rows.tables(_as_rows(part, done, nothing)):
                write(table)
            done += len(part)
    seconds = time.monotonic() - began
    counted = encoder.count_tokens(some[:done]).tokens if done else [0]
    return Sampled(
        done,
        seconds,
        float(sum(map(int, counted))) / max(1, done),
        file.getbuffer().nbytes / max(1, done),
        encoder.capabilities.price,
    )


def _as_rows(texts: Sequence[str], before: int, nothing: Any) -> Iterator[InputRow]:  # noqa: ANN401
    for number, text in enumerate(texts, before + 1):
        yield InputRow(number, f"1-{number}", text, nothing, None)


@dataclass(frozen=True)
class Capacity:
    """What a job of so many texts takes, with the arithmetic.

    All of it follows from the arguments: nothing is measured here.
    """

    texts: float
    lines: tuple[tuple[str, str, str], ...]
    """What, how it is computed, and what comes out."""


@dataclass(frozen=True)
class Assumed:
    """What a capacity is computed from.

    dims: numbers in a vector. tokens: of a text. rate: texts a second of one worker. hourly:
    dollars of a worker for an hour. used: share of the time in which a worker works, for stragglers
    and starts. million: dollars of a provider for a million tokens. hours: in which the job is to
    end. shard_rows: rows of a shard.
    """

    dims: int = 384
    tokens: float = 100
    rate: float = 15
    hourly: float = 0.05
    used: float = 0.75
    million: float = 0.01
    hours: float = 24
    shard_rows: int = 65_536


def capacity(texts: float, by: Assumed) -> Capacity:
    """Return what so many texts take, line by line with how it is computed."""
    n, each = _count(texts), _count
    hours = texts / (by.rate * 3600 * by.used)
    workers = hours / by.hours
    shards = -(-texts // by.shard_rows)
    minutes = by.shard_rows / by.rate / 60
    lines = [
        ("vectors, float32", f"{n} × {by.dims} × 4 B", _bytes(texts * by.dims * 4)),
        ("vectors, float16", f"{n} × {by.dims} × 2 B", _bytes(texts * by.dims * 2)),
        ("codes, int8", f"{n} × {by.dims} × 1 B", _bytes(texts * by.dims)),
        ("codes, 1 bit", f"{n} × {by.dims} / 8 B", _bytes(texts * by.dims / 8)),
        ("shards", f"{n} / {by.shard_rows:,} rows", each(shards)),
        ("a shard takes", f"{by.shard_rows:,} / {by.rate:g}/s", f"{minutes:,.1f} min"),
        (
            "worker-hours",
            f"{n} / ({by.rate:g}/s × 3600 s × {by.used:g} in use)",
            f"{hours:,.0f} h",
        ),
        ("workers", f"{hours:,.0f} h / {by.hours:g} h", each(max(1, -(-workers // 1)))),
        ("machines cost", f"{hours:,.0f} h × ${by.hourly:g}", f"${hours * by.hourly:,.0f}"),
        (
            "or a provider costs",
            f"{n} × {by.tokens:g} tokens × ${by.million:g} / 1 M",
            f"${texts * by.tokens * by.million / 1e6:,.0f}",
        ),
        (
            "exact search, one query",
            f"{n} × {by.dims} × 4 B / 10 GB/s a core",
            f"{texts * by.dims * 4 / 1e10:,.1f} core-s",
        ),
    ]
    return Capacity(texts, tuple(lines))


def _count(number: float) -> str:
    for size, letter in ((1e9, " B"), (1e6, " M")):
        if number >= size:
            return f"{number / size:,.4g}{letter}"
    return f"{number:,.0f}"


def _bytes(size: float) -> str:
    for unit, letter in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if size >= unit:
            return f"{size / unit:,.3g} {letter}"
    return f"{size / 1e3:,.3g} kB"
