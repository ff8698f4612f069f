"""Every kind of encoder that there is, small enough to be made anew for each module of tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import likewise
from likewise.encoders import load_as
from likewise.encoders.base import Encoder
from likewise.encoders.cached import CachedEncoder
from likewise.encoders.remote.encoder import RemoteEncoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.encoders.vector_cache import VectorCache
from likewise.server.engine.batching import Batcher
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.embedder import Embedder
from likewise.server.engine.memory import MemoryCache
from likewise.server.engine.queued import QueuedEncoder
from likewise.server.engine.retrying import RetryingEncoder
from likewise.settings import Settings
from tests.encoders.models import write_model
from tests.http.provider import providing

Make = Callable[[Path, ExitStack], Encoder]


def tiny(folder: Path, **options) -> Encoder:
    """A folder with random weights."""
    path = folder / "model"
    if not path.exists():
        write_model(path, prompts={"query": "w7 "})
    return likewise.load(str(path), **options)


def queued(folder: Path, stack: ExitStack) -> Encoder:
    """What a server's code encodes with."""
    settings = Settings(cache=folder / "cache", encoder="sha256")
    embedder = Embedder(Batcher(), MemoryCache(1_000_000), DailyBudget(settings))
    stack.callback(embedder.stop)
    return QueuedEncoder(tiny(folder), embedder, "somebody")


def remote(folder: Path, stack: ExitStack) -> Encoder:
    """A model at a provider that is not far away."""
    provider = stack.enter_context(providing())
    settings = Settings(cache=folder / "cache", offline=False, remote_seconds=20)
    return RemoteEncoder(f"{provider.url}/model", settings)


def cached(folder: Path, encoder: Encoder) -> Encoder:
    """Any encoder with a cache in front."""
    return CachedEncoder(encoder, VectorCache(folder / "vectors.sqlite3"))


KINDS: dict[str, Make] = {
    "minilm": lambda *_: likewise.load("minilm"),
    "sha256": lambda *_: likewise.load("sha256"),
    "folder": lambda folder, _: tiny(folder),
    "fastest": lambda folder, _: tiny(folder, settings=Settings(precision="auto", threads=1)),
    "prompt": lambda folder, _: tiny(folder, prefix="query"),
    "cached": lambda folder, _: cached(folder, tiny(folder)),
    "shortened": lambda folder, _: ShortenedEncoder(tiny(folder), 16),
    "shortened twice": lambda folder, _: ShortenedEncoder(tiny(folder, dims=24), 16),
    "shortened and cached": lambda folder, _: cached(folder, tiny(folder, dims=16)),
    "queued": queued,
    "retrying": lambda folder, _: RetryingEncoder(tiny(folder), lambda: None),
    "remote": remote,
    "remote and cached": lambda folder, stack: cached(folder, remote(folder, stack)),
    "opened again": lambda folder, _: load_as(tiny(folder, prefix="query", dims=16).identity),
}


@contextmanager
def made(kind: str, folder: Path) -> Iterator[Encoder]:
    """An encoder of that kind."""
    with ExitStack() as stack:
        yield KINDS[kind](folder, stack)
