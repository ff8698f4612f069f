"""What every encoder is that stands before another one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from likewise.encoders.base import Encoder, Places, Sink, TokenParts, in_parts
from likewise.types import Capabilities, Encoding, Identity, Progress, Runtime, TokenCounts

if TYPE_CHECKING:
    from likewise.encoders.remote.spending import Spending


class WrappedEncoder:
    """All of the contract, handed on to the encoder behind; a wrapper changes what it is about.

    Nothing of the contract can get lost on the way: a test holds that each member of `Encoder`
    is here.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    @property
    def identity(self) -> Identity:
        """The identity of the encoder behind."""
        return self.encoder.identity

    @property
    def runtime(self) -> Runtime:
        """The runtime of the encoder behind."""
        return self.encoder.runtime

    @property
    def capabilities(self) -> Capabilities:
        """The capabilities of the encoder behind."""
        return self.encoder.capabilities

    @property
    def spending(self) -> "Spending | None":
        """What is spent through the encoder behind."""
        return self.encoder.spending

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Encode as the encoder behind does; see `Encoder.encode`."""
        return self.encoder.encode(texts, progress=progress)

    def encode_to(
        self, texts: Iterable[str], sink: Sink, *, progress: Progress | None = None
    ) -> None:
        """Encode part by part; see `Encoder.encode_to`.

        By this wrapper's own `encode`, so that none can be passed by.
        """
        in_parts(self.encode, texts, sink, progress)

    def count_tokens(self, texts: Iterable[str]) -> TokenCounts:
        """Count as the encoder behind does; see `Encoder.count_tokens`."""
        return self.encoder.count_tokens(texts)

    def token_parts(self, texts: Iterable[str]) -> list[TokenParts] | None:
        """Split as the encoder behind does; see `Encoder.token_parts`."""
        return self.encoder.token_parts(texts)

    def token_places(self, texts: Iterable[str]) -> list[Places] | None:
        """Say as the encoder behind does; see `Encoder.token_places`."""
        return self.encoder.token_places(texts)

    def cost(self, texts: Iterable[str]) -> float | None:
        """Return what the encoder behind expects; see `Encoder.cost`."""
        return self.encoder.cost(texts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.encoder!r})"
