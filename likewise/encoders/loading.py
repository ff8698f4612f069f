"""Opens encoders: by a name, or as the one with which something was made that is opened again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from stat import S_ISREG
from threading import Thread
from typing import Any
from weakref import WeakValueDictionary

from likewise.encoders.base import Encoder
from likewise.encoders.catalogue import Model, model
from likewise.encoders.names import EncoderSource, source_of
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.encoders.wrapped import WrappedEncoder
from likewise.errors import (
    FileMissing,
    IncompatibleVectors,
    InvalidOption,
    UnconfirmedEncoder,
    UnknownEncoder,
    shown,
)
from likewise.settings import Settings
from likewise.settings import settings as process_settings
from likewise.types import Identity, told_apart

_KEPT = 4
"""Encoders that stay loaded in a process; one takes some 200 MB."""

_SETTINGS = (
    *("cache", "cache_bytes", "models", "hub", "offline"),
    *("openai_key", "openai_url", "common_openai_key", "common_openai_url"),
    *("remote_keys", "remote_private", "remote_seconds"),
    *("remote_concurrency", "remote_price", "max_cost"),
)
"""Settings that make another encoder of the same name."""

_LOOKED_AT = 2_000
"""Files of a folder that tell whether somebody changed it."""

_CUT = re.compile(r", first (\d+) of \d+")

_NAME_IT = "Name the encoder that it was made with: --encoder NAME, or encoder= in Python."


@dataclass(frozen=True, eq=False)
class EncoderRequest:
    """What encoder is wanted; of equal ones one is loaded.

    prefix: text before each text or the name of a prompt; None for the model's own.
    exact: `prefix` is the text itself, also where a prompt goes by that name.
    """

    source: EncoderSource
    prefix: str | None
    precision: str
    threads: int
    exact: bool = False
    revision: str = ""
    settings: Settings = field(kw_only=True)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EncoderRequest) and self._key == other._key

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        asked = (self.source, self.prefix, self.precision, self.threads, self.exact, self.revision)
        values = (getattr(self.settings, name) for name in _SETTINGS)
        chosen = (tuple(sorted(v.items())) if isinstance(v, dict) else v for v in values)
        return (*asked, *chosen, _state(self.source.folder))


def _state(folder: Path | None) -> tuple[Any, ...]:
    """Return what tells a folder from what it was before somebody changed a file in it."""
    if folder is None:
        return ()
    paths: list[Path] = []
    with suppress(OSError):  # as the folder of all processes does, it may change meanwhile
        # no deeper: a model's parts lie no deeper, and any folder may be named, `/` too
        paths += islice(chain(folder.glob("*"), folder.glob("*/*")), _LOOKED_AT)
    found = []
    for path in sorted(paths):
        with suppress(OSError):
            state = path.stat()
            if S_ISREG(state.st_mode):
                found.append((str(path), state.st_size, state.st_mtime_ns))
    return tuple(found)


@lru_cache(maxsize=_KEPT)
def open_encoder(request: EncoderRequest) -> Encoder:
    """Return the encoder, fetching its model where it is not on this machine.

    Raises:
        InvalidOption: an encoder that takes no prefix was asked for with one.
        EncoderError: see `likewise.load`.
    """
    source, prefix = request.source, request.prefix
    if source.kind == "provider":
        # heavy: imports the HTTP client
        from likewise.encoders.remote.encoder import RemoteEncoder

        again = partial(reopen_remote, source.name, prefix or "")
        remote = RemoteEncoder(source.name, request.settings, prefix=prefix or "", reopen=again)
        return kept(remote, request.settings)
    if source.kind == "built in":
        if prefix:
            raise InvalidOption(
                f"{source.name} takes no prefix, got {shown(prefix)}.",
                "Leave it out.",
                param="prefix",
            )
        return Sha256Encoder()
    from likewise.encoders.local import weights

    if source.folder is not None:
        folder, revision = source.folder, request.revision
    else:
        wanted = model(source.name, request.revision)
        with _importing_the_engine(wanted):
            folder = weights.fetch(wanted, request.settings)
        revision = wanted.revision
    # heavy: imports the engine
    from likewise.encoders.local.encoder import LocalEncoder
    from likewise.encoders.local.parity import FOLDER

    here = ReopenRequest(
        folder, source, revision, prefix, request.precision, request.threads, exact=request.exact
    )
    as_it_is = (folder, _state(folder), request.precision, request.threads)
    made = LocalEncoder(
        folder,
        name=source.name,
        revision=revision,
        prefix=prefix,
        exact_prefix=request.exact,
        precision=request.precision,
        threads=request.threads,
        parity_cache=request.settings.cache / FOLDER,
        reopen=partial(reopen_local, here),
        like=_compiled.get(as_it_is),
    )
    _loaded[here] = _compiled[as_it_is] = made
    return made


@contextmanager
def _importing_the_engine(wanted: Model) -> Iterator[None]:
    """Import the engine on another core while a model's files are verified on this one."""
    if not wanted.digests:
        yield
        return
    from likewise.encoders.graphs.blocks import import_openvino

    def quietly() -> None:
        with suppress(Exception):  # it is raised where the engine is used
            import_openvino()

    thread = Thread(target=quietly, daemon=True)
    try:
        thread.start()
        yield
    finally:
        _wait_for(thread)


def _wait_for(thread: Thread) -> None:
    """Wait for a thread, also where Ctrl-C would end the wait.

    Python aborts where it ends while a thread imports compiled code.
    """
    try:
        thread.join()
    except KeyboardInterrupt:
        thread.join()
        raise


@dataclass(frozen=True)
class ReopenRequest:
    """What another process needs to open a local encoder: where it is here, and how it is asked.

    folder: of the model's files, which every process of this machine can read.
    """

    folder: Path
    source: EncoderSource
    revision: str
    prefix: str | None
    precision: str
    threads: int
    exact: bool


_compiled: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()
"""The encoder of a folder that was opened last: with another prefix it is the same model, which
takes its time and memory once."""

_loaded: WeakValueDictionary[ReopenRequest, Encoder] = WeakValueDictionary()
"""Encoders that this process has, which a forked one has too: there none needs to be opened."""


def reopen_local(request: ReopenRequest) -> Encoder:
    """Return an encoder that another process had: from its folder, else by its name.

    On another machine the model is looked for, and fetched, by the settings of that process.
    """
    found = _loaded.get(request)
    if found is None:
        # as one of a folder it is looked for nowhere else; its name is what it was
        here = (
            replace(request.source, folder=request.folder)
            if request.folder.is_dir()
            else request.source
        )
        found = open_encoder(
            EncoderRequest(
                here,
                request.prefix,
                request.precision,
                request.threads,
                request.exact,
                request.revision,
                settings=process_settings(),
            )
        )
    return found


def reopen_remote(name: str, prefix: str) -> Encoder:
    """Return an encoder at a provider that another process had, by the settings of this one."""
    request = EncoderRequest(source_of(name), prefix, "auto", 0, settings=process_settings())
    opened = open_encoder(request)
    return opened.encoder if isinstance(opened, WrappedEncoder) else opened


def open_as(
    identity: Identity,
    settings: Settings,
    *,
    encoder: str | Encoder | None = None,
    precision: str,
    threads: int,
) -> Encoder:
    """Return the encoder of that identity; see `likewise.encoders.load_as`."""
    if encoder is not None and not isinstance(encoder, str):
        found = encoder
    else:
        source = confirmed(identity, settings, encoder)
        found = open_encoder(
            EncoderRequest(
                source,
                None if source.kind == "built in" else identity.prefix,
                precision,
                threads,
                exact=True,
                revision=identity.revision if source.kind == "hub" else "",
                settings=settings,
            )
        )
        found = _cut_as(found, identity)
    if found.identity.digest != identity.digest:
        raise IncompatibleVectors(
            f"{shown(found.identity.name)} is not the encoder that it was made with "
            f"({identity.digest[:12]}, {shown(identity.name)}): "
            f"{told_apart(identity, found.identity)}.",
            _NAME_IT,
        )
    return found


def kept(encoder: Encoder, settings: Settings) -> Encoder:
    """Return the encoder with the vector cache in front, where there is not one and it is worth it.

    One cache holds for all that this process does with the folder of these settings.
    """
    can = encoder.capabilities
    if can.cheap or can.cached or not settings.cache_bytes:
        return encoder
    from likewise.encoders.cached import CachedEncoder

    return CachedEncoder(encoder, _cache(settings.cache, settings.cache_bytes, can.remote))


@lru_cache(maxsize=16)
def _cache(folder: Path, most_bytes: int, durable: bool) -> Any:  # noqa: ANN401
    from likewise.encoders.vector_cache import VectorCache

    return VectorCache(folder / "vectors.sqlite3", max_bytes=most_bytes, durable=durable)


def confirmed(identity: Identity, settings: Settings, encoder: str | None) -> EncoderSource:
    """Return where the encoder of a saved identity is: as the user names it, or as was saved.

    Raises:
        UnconfirmedEncoder, FileMissing: what was saved needs the user's own word.
        UnknownEncoder: what the user says is the name of nothing.
    """
    return _harmless(identity, settings) if encoder is None else source_of(encoder)


def _harmless(identity: Identity, settings: Settings) -> EncoderSource:
    """Return where the encoder is found again without anybody being asked for it.

    What was saved may come from a stranger, so it decides neither where texts are sent nor what
    is fetched: that takes the word of whoever opens it.

    Raises:
        UnconfirmedEncoder: it would have to be asked for over the network.
        FileMissing: its folder is not there.
    """
    name = identity.name
    if name.startswith(("//", "\\\\")):  # a share of another machine
        raise UnconfirmedEncoder(
            f"It was made with a model in {shown(name, 200)}, on another machine.",
            f"If that may be asked for it, name it: --encoder {shown(name, 200)}.",
            param="encoder",
        )
    try:
        source = source_of(name)
    except FileMissing:
        raise FileMissing(
            f"It was made with the model in {shown(name, 200)}, and there is no such folder.",
            "If the model lies elsewhere now, name it: --encoder FOLDER, or encoder= in Python.",
            param="encoder",
        ) from None
    except UnknownEncoder:
        raise UnconfirmedEncoder(
            f"It was made with an encoder {shown(name)}, which Likewise can't open by name.",
            _NAME_IT,
            param="encoder",
        ) from None
    if source.kind == "provider":
        raise UnconfirmedEncoder(
            f"It was made with {shown(name, 200)}, so texts would be sent there. Nothing was sent.",
            f"If they may go there, say so: --encoder {shown(name, 200)}, or encoder= in Python.",
            param="encoder",
        )
    if not source.is_here(settings):
        raise UnconfirmedEncoder(
            f"It was made with {shown(name)}, which is not on this machine.",
            f"Run `likewise models fetch {name}`, or name the encoder: --encoder {shown(name)}.",
            param="encoder",
        )
    return source


def _cut_as(encoder: Encoder, identity: Identity) -> Encoder:
    """Return the encoder with vectors as short as those of `identity`."""
    own = encoder.identity.graph
    if not identity.graph.startswith(own):
        return encoder
    for dims in _CUT.findall(identity.graph.removeprefix(own)):
        if int(dims) > encoder.identity.dims:
            return encoder  # it is another one, as its digest tells
        encoder = ShortenedEncoder(encoder, int(dims))
    return encoder
