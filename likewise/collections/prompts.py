"""What is put before texts and before queries, where a model was trained with different words.

sentence-transformers calls them prompts and does the same in `encode_document` and `encode_query`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from likewise.encoders.prompted import prompted

if TYPE_CHECKING:
    from likewise.encoders import Encoder
    from likewise.types import Identity


def document_prompt(encoder: "Encoder") -> str:
    """Return what the model's authors put before a text that is to be found, mostly nothing."""
    prompts = encoder.capabilities.prompts
    return prompts.get("document") or prompts.get("passage") or ""


def document_identity(encoder: "Encoder") -> "Identity":
    """Return that of an encoder with the prompt for documents, where it has no prefix yet."""
    return prompted(encoder, encoder.identity.prefix or document_prompt(encoder))


def query_identity(encoder: "Encoder", identity: "Identity") -> "Identity":
    """Return that of the encoder for queries to texts of an identity.

    It has the model's prompt for queries where the texts have the one for documents, else what the
    texts have themselves.
    """
    prompts = encoder.capabilities.prompts
    if identity.prefix != document_prompt(encoder) or "query" not in prompts:
        return identity
    asking = prompted(encoder, prompts["query"])
    return replace(identity, prefix=asking.prefix, pooling=asking.pooling)
