"""What an encoder is with another text before each text."""

from dataclasses import replace

from likewise.encoders.base import Encoder
from likewise.types import Identity

WITHOUT_PREFIX = " without the prefix"
"""Ends the pooling of an identity where the tokens of the prefix are read, but not pooled."""


def prompted(encoder: Encoder, prefix: str) -> Identity:
    """Return the identity of `encoder` with another prefix."""
    identity = encoder.identity
    pooling = identity.pooling.removesuffix(WITHOUT_PREFIX)
    if prefix and not encoder.capabilities.pools_prefix:
        pooling += WITHOUT_PREFIX
    return replace(identity, prefix=prefix, pooling=pooling)
