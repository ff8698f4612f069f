"""The encoders that a server offers, each loaded when it is first asked for."""

import asyncio
from typing import Any

from likewise import encoders
from likewise.encoders.base import Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.errors import InvalidDimensions, UnknownEncoder, shown
from likewise.settings import Settings

DESCRIPTIONS = {
    "minilm": "all-MiniLM-L6-v2: meaning, 384 numbers, runs on this machine",
    "sha256": "SHA-256: 256 bits of a hash, which know nothing of meaning; the contrast",
}

PROMPT = "#"
"""`name#prompt`: an encoder with a prompt before each text; an identity of its own."""


class Shelf:
    """Encoders by name. A visitor can name only what the operator put here, never a path.

    `encoder`, where given, stands first and is the default.
    """

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self._loaded = {} if encoder is None else {encoder.identity.name: encoder}
        self.default = settings.encoder if encoder is None else encoder.identity.name
        self.names = tuple(dict.fromkeys([self.default, *settings.encoders]))
        self._aliases = settings.aliases
        self._shortenable = frozenset(settings.matryoshka)
        self._shortened: dict[tuple[str, int], Encoder] = {}
        self._loading = asyncio.Lock()

    def check(self, name: str | None, *, param: str = "encoder") -> str:
        """Return the name of what is offered as `name`, the default's for None.

        Raises:
            UnknownEncoder: nothing is.
        """
        chosen = self.default if name is None else self._aliases.get(name, name)
        if chosen not in self.names:
            raise UnknownEncoder(
                f"This server has no encoder {shown(chosen)}.",
                f"It has {', '.join(self.names)}.",
                param=param,
            )
        return chosen

    async def get(self, name: str | None = None, *, param: str = "encoder") -> Encoder:
        """Return the encoder, loading it if need be.

        Raises:
            UnknownEncoder: it is not offered here.
            EncoderError: it can't be loaded.
        """
        chosen = self.check(name, param=param)
        if chosen not in self._loaded:
            async with self._loading:
                if chosen not in self._loaded:
                    self._loaded[chosen] = await asyncio.to_thread(_load, chosen)
        return self._loaded[chosen]

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
        if chosen not in self._shortenable:
            raise InvalidDimensions(
                f"This model does not support specifying dimensions: {chosen} gives {own}.",
                "Leave dimensions out.",
                param="dimensions",
            )
        key = (chosen, dims)
        if key not in self._shortened:
            self._shortened[key] = ShortenedEncoder(encoder, dims)
        return self._shortened[key]

    @property
    def ready(self) -> bool:
        """Whether the default encoder is loaded."""
        return self.default in self._loaded

    def describe(self, name: str) -> dict[str, Any]:
        """Return what an offered encoder is, with identity and runtime once it is loaded."""
        encoder = self._loaded.get(name)
        return {
            "name": name,
            "ready": encoder is not None,
            "description": DESCRIPTIONS.get(name, name),
            "identity": encoder.identity.to_dict() if encoder else None,
            "runtime": encoder.runtime.to_dict() if encoder else None,
        }


def is_remote(encoder: Encoder) -> bool:
    """Whether the encoder is at a provider, which may charge."""
    while isinstance(encoder, ShortenedEncoder):
        encoder = encoder.encoder
    return bool(getattr(encoder, "is_remote", False))


def _load(name: str) -> Encoder:
    base, mark, prompt = name.rpartition(PROMPT)
    return encoders.load(base, prefix=prompt) if mark else encoders.load(name)
