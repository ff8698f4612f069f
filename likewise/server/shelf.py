"""The encoders that a server offers, each loaded when it is first asked for."""

from typing import Any

from likewise import encoders
from likewise.encoders.base import Encoder
from likewise.errors import UnknownEncoder, shown
from likewise.settings import Settings

DESCRIPTIONS = {
    "minilm": "all-MiniLM-L6-v2: meaning, 384 numbers, runs on this machine",
    "sha256": "SHA-256: 256 bits of a hash, which know nothing of meaning; the contrast",
}


class Shelf:
    """Encoders by name. A visitor can name only what the operator put here, never a path.

    `encoder`, where given, stands first and is the default.
    """

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self._loaded = {} if encoder is None else {encoder.identity.name: encoder}
        self.default = settings.encoder if encoder is None else encoder.identity.name
        self.names = tuple(dict.fromkeys([self.default, *settings.encoders]))
        self._settings = settings

    def check(self, name: str | None) -> str:
        """Return `name`, or the default for None; raise `UnknownEncoder` if it is not offered."""
        chosen = self.default if name is None else name
        if chosen not in self.names:
            raise UnknownEncoder(
                f"This server has no encoder {shown(chosen)}.",
                f"It has {', '.join(self.names)}.",
                param="encoder",
            )
        return chosen

    def get(self, name: str | None = None) -> Encoder:
        """Return the encoder, loading it if need be: that can take seconds.

        Raises:
            UnknownEncoder: it is not offered here.
            EncoderError: it can't be loaded.
        """
        chosen = self.check(name)
        if chosen not in self._loaded:
            self._loaded[chosen] = encoders.load(chosen)
        return self._loaded[chosen]

    def describe(self) -> list[dict[str, Any]]:
        """Return what is offered, with identity and runtime of what is loaded."""
        return [self._describe(name) for name in self.names]

    def _describe(self, name: str) -> dict[str, Any]:
        encoder = self._loaded.get(name)
        return {
            "name": name,
            "ready": encoder is not None,
            "description": DESCRIPTIONS.get(name, name),
            "identity": encoder.identity.to_dict() if encoder else None,
            "runtime": encoder.runtime.to_dict() if encoder else None,
        }
