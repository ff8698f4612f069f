"""The encoders that a server offers, each loaded when it is first asked for."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from cachetools import LRUCache

from likewise import encoders
from likewise.encoders.base import Encoder
from likewise.encoders.catalogue import BUILT_IN, CATALOGUE, LABELS, SUGGESTED
from likewise.encoders.names import source_of
from likewise.encoders.prompted import prompted
from likewise.encoders.shortened import ShortenedEncoder
from likewise.errors import (
    EncoderError,
    InvalidDimensions,
    LikewiseError,
    UnknownEncoder,
    is_failure,
    shown,
)
from likewise.server.engine.offered import PROMPT, offered, without_prompt
from likewise.server.engine.runner import Runner
from likewise.server.engine.visitors import only_owner
from likewise.settings import Settings
from likewise.types import Identity, check_same

log = logging.getLogger(__name__)

MOST_OPENED = 4
"""Encoders that the owner may have opened beside those of the settings; one takes some 200 MB."""

LOADING_THREADS = 4
"""Encoders that are loaded at a time; a provider that does not answer holds up no other."""


class EncoderRegistry:
    """Encoders by name. A visitor can name only what the operator put here, never a path.

    `encoder`, where given, stands first and is the default. The owner, where nobody else can ask,
    may put others here with `open`; nothing else does, so a link to the page never fetches a model.
    """

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        """Judge what is to be offered.

        Raises:
            InvalidOption: a setting names what can't be.
        """
        self._loaded = {} if encoder is None else {encoder.identity.name: encoder}
        self.default = settings.encoder if encoder is None else encoder.identity.name
        self._configured = offered(settings, encoder)
        self._opened: list[str] = []
        self.opens = only_owner(settings)
        self._settings = settings
        self._aliases = settings.aliases
        self._shortenable = frozenset(settings.matryoshka)
        self._reopened: LRUCache[str, Encoder] = LRUCache(MOST_OPENED)
        self._shortened: dict[tuple[str, int], Encoder] = {}
        self._loading: dict[str, asyncio.Task[Encoder]] = {}
        self._threads = Runner("encoders", threads=LOADING_THREADS, waiting=100)
        self.failure: LikewiseError | None = None
        """Why the default encoder could not be loaded when that was tried last."""
        self.warm = False
        """Whether the default encoder has done its first work, set by who gives it."""

    @property
    def names(self) -> tuple[str, ...]:
        """What is offered, the default first."""
        return (*self._configured, *self._opened)

    def check(self, name: str | None, *, param: str = "encoder") -> str:
        """Return the name of what is offered as `name`, the default's for None.

        Raises:
            UnknownEncoder: nothing is.
        """
        chosen = self.default if name is None else self._aliases.get(name, name)
        if chosen in self.names:
            return chosen
        base, prompt = self._split(chosen)
        if prompt is None or PROMPT in base or base not in self.names:
            raise self._unknown(chosen, param)
        if base in self._loaded:
            _check_declared(self._loaded[base], base, prompt, param)
        return f"{base}{PROMPT}{prompt}"

    def _split(self, name: str) -> tuple[str, str | None]:
        """Return the encoder that a name means, and the prompt behind it, None where it has none.

        What the settings name as a whole, with a text of the operator's, has none.
        """
        base, mark, prompt = name.rpartition(PROMPT)
        if not mark or name in self.names:
            return name, None
        return self._aliases.get(base, base), prompt

    def _unknown(self, name: str, param: str) -> UnknownEncoder:
        return UnknownEncoder(
            f"This server has no encoder {shown(name)}.",
            f"It has {', '.join(self.names)}.",
            param=param,
        )

    async def get(self, name: str | None = None, *, param: str = "encoder") -> Encoder:
        """Return the encoder, loading it if need be.

        Raises:
            UnknownEncoder: it is not offered here.
            EncoderError: it can't be loaded.
        """
        chosen = self.check(name, param=param)
        base, prompt = self._split(chosen)
        if base not in self._loaded:
            self._loaded[base] = await self._load_once(base, lambda: self._load(base))
        encoder = self._loaded[base]
        if prompt is None:
            return encoder
        _check_declared(encoder, base, prompt, param)
        return await self.get_as(prompted(encoder, encoder.capabilities.prompts[prompt]))

    async def get_as(self, identity: Identity) -> Encoder:
        """Return the offered encoder with which something was made that was saved.

        Raises:
            UnknownEncoder: none of its name is offered here.
            IncompatibleVectors: what is offered by its name is another one; says what differs.
            EncoderError: it can't be loaded.
        """
        for loaded in (*self._loaded.values(), *self._reopened.values()):
            if loaded.identity.digest == identity.digest:
                return loaded
        bases = [without_prompt(name) for name in self.names]
        base = next((name for name in bases if _same(name, identity.name)), None)
        if base is None and self._aliases.get(identity.name, identity.name) not in self.names:
            raise self._unknown(name_for_visitors(identity.name), "encoder")
        if base in self._loaded and not _loads(str(base)):
            check_same(identity, self._loaded[str(base)].identity)
        found = await self._load_once(
            identity.digest,
            lambda: encoders.load_as(identity, encoder=base, settings=self._settings),
        )
        self._reopened[identity.digest] = found
        return found

    async def open(self, name: str) -> str:
        """Load a model folder or a model of the hub and offer it; gives the name that it goes by.

        Of more than `MOST_OPENED` the one opened first is let go.

        Raises:
            UnknownEncoder: strangers can ask this server, or no local model goes by that name.
            FileMissing, EncoderError: it can't be loaded.
        """
        chosen = name.strip()
        if chosen in self.names:
            return chosen
        if not self.opens:
            raise UnknownEncoder(
                "This server opens no other encoders, because strangers can reach it.",
                f"Choose one of {', '.join(self.names)}, or run `likewise play` on your own "
                "machine.",
                param="name",
            )
        if source_of(chosen).kind == "provider":
            raise UnknownEncoder(
                f"{shown(chosen)} is at a provider, which may cost money.",
                "Name it in LIKEWISE_ENCODERS and start again.",
                param="name",
            )
        self._loaded[chosen] = await self._load_once(chosen, lambda: self._load(chosen))
        if chosen in self.names:  # another who asked for it at the same time was told first
            return chosen
        self._opened.append(chosen)
        for dropped in self._opened[:-MOST_OPENED]:
            self._opened.remove(dropped)
            self._loaded.pop(dropped, None)
        return chosen

    async def get_shortened(self, name: str, dims: int) -> Encoder:
        """Return the encoder with vectors of `dims` numbers.

        Raises:
            UnknownEncoder, EncoderError: as `get` does.
            InvalidDimensions: it does not give so many.
        """
        encoder = await self.get(name, param="model")
        own, chosen = encoder.identity.dims, self.check(name)
        if dims == own:
            return encoder
        if (
            self._split(chosen)[0] not in self._shortenable
            and dims not in encoder.capabilities.widths
        ):
            raise InvalidDimensions(
                f"This model does not support specifying dimensions: {chosen} gives {own}.",
                "Leave dimensions out.",
                param="dimensions",
            )
        key = (chosen, dims)
        if key not in self._shortened:
            self._shortened[key] = ShortenedEncoder(encoder, dims)
        return self._shortened[key]

    async def _load_once(self, key: str, load: Callable[[], Encoder]) -> Encoder:
        """Load an encoder; who asks for it meanwhile waits for the same."""
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._try_to_load(key, load))
            task.add_done_callback(lambda done: self._no_longer_loading(key, done))
        # it goes on when one who waits has gone: others may wait too, or will ask soon
        return await asyncio.shield(task)

    def _no_longer_loading(self, key: str, task: asyncio.Task[Encoder]) -> None:
        self._loading.pop(key, None)
        if not task.cancelled():
            task.exception()  # told to those who wait; there may be none of them left

    async def _try_to_load(self, key: str, load: Callable[[], Encoder]) -> Encoder:
        failure: LikewiseError | None = None
        try:
            return await self._threads.run(load)
        except LikewiseError as error:
            failure = error
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            # of a kind that nobody thought of: the folder's content, or a defect of ours
            log.exception("an encoder could not be loaded")
            failure = EncoderError(
                f"{shown(key)} could not be loaded ({type(error).__name__}).",
                "Check that its folder holds a complete model; the server's log says where it "
                "failed.",
            )
            raise failure from None
        finally:
            if key == self.default:
                self.failure = failure

    def stop(self) -> None:
        """Load nothing more."""
        self._threads.stop()

    def _load(self, name: str) -> Encoder:
        _, mark, prompt = name.rpartition(PROMPT)
        base = without_prompt(name)
        encoder = encoders.load(base, prefix=prompt if mark else None, settings=self._settings)
        can = encoder.capabilities
        taken_literally = mark and encoder.identity.prefix == prompt != ""
        if taken_literally and not can.remote:
            _check_declared(encoder, base, prompt, "model")
        return encoder

    @property
    def ready(self) -> bool:
        """Whether the default encoder is loaded."""
        return self.default in self._loaded

    async def suggestions(self) -> list[dict[str, Any]]:
        """Return models that the owner may want to open, and whether each is on this machine.

        None where strangers can ask: they can't open any.
        """
        if not self.opens:
            return []
        return await self._threads.run(lambda: _suggested(self._settings))

    def describe(self, name: str) -> dict[str, Any]:
        """Return what an offered encoder is, with identity and runtime once it is loaded."""
        encoder = self._loaded.get(name)
        return {
            "name": name,
            "label": LABELS.get(name, name),
            "ready": encoder is not None,
            "description": _description(name),
            "identity": encoder.identity.to_dict() if encoder else None,
            "runtime": encoder.runtime.to_dict() if encoder else None,
            "prompts": dict(encoder.capabilities.prompts) if encoder else {},
            "widths": list(encoder.capabilities.widths) if encoder else [],
        }


def _check_declared(encoder: Encoder, name: str, prompt: str, param: str) -> None:
    """Raise `UnknownEncoder` unless the model declares the prompt."""
    prompts = encoder.capabilities.prompts
    if prompt not in prompts:
        raise UnknownEncoder(
            f"{name} declares no prompt {shown(prompt)}.",
            f"It declares {', '.join(sorted(prompts)) or 'none'}.",
            param=param,
        )


def _suggested(settings: Settings) -> list[dict[str, Any]]:
    return [
        {**wanted.to_dict(), "here": source_of(name).is_here(settings)}
        for name, wanted in SUGGESTED.items()
    ]


def name_for_visitors(saved: str) -> str:
    """Return the name in a saved identity without the folders of the machine that made it."""
    return PurePath(saved).name if PurePath(saved).is_absolute() else saved


def _same(name: str, saved: str) -> bool:
    """Whether an offered name is that of a saved identity, which has a folder's absolute path."""
    try:
        return saved in {name, source_of(name).name}
    except LikewiseError:
        return False


def _loads(name: str) -> bool:
    """Whether a name is one that can be loaded, and not that of a ready-made encoder."""
    try:
        source_of(name)
    except LikewiseError:
        return False
    return True


_KINDS = {
    "folder": "the model in the folder",
    "hub": "the Hugging Face hub’s",
    "provider": "a provider’s",
}
"""What an encoder is of which no more is known than where it comes from."""


def _description(name: str) -> str:
    if name in BUILT_IN:
        return BUILT_IN[name]
    known = CATALOGUE.get(name) or SUGGESTED.get(name)
    if known:
        return known.description
    try:
        kind = source_of(name).kind
    except LikewiseError:
        return name
    return f"{_KINDS[kind]} {name}" if kind in _KINDS else name
