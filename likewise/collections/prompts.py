"""What is put before texts and before queries, where a model was trained with different words.

sentence-transformers calls them prompts and does the same in `encode_document` and `encode_query`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from likewise.encoders import Encoder
    from likewise.types import Identity


def document_prompt(encoder: "Encoder") -> str:
    """Return what the model's authors put before a text that is to be found, mostly nothing."""
    prompts = encoder.capabilities.prompts
    return prompts.get("document") or prompts.get("passage") or ""


def query_prompt(encoder: "Encoder", identity: "Identity") -> str:
    """Return what to put before a query to texts of that identity.

    It is the model's prompt for queries where the texts have the one for documents, else what the
    texts have themselves.
    """
    if identity.prefix != document_prompt(encoder):
        return identity.prefix
    return encoder.capabilities.prompts.get("query", identity.prefix)
