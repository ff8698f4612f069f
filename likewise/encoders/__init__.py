"""Text to vectors: `load` returns an encoder by name."""

import os
from functools import lru_cache
from pathlib import Path

from likewise.encoders.base import Encoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import FileMissing, InvalidOption, shown
from likewise.types import Encoding, Identity, Runtime

__all__ = ["Encoder", "Encoding", "Identity", "Runtime", "folder_of", "is_remote", "load"]

_KEPT = 4
"""Encoders that stay loaded in a process; one takes some 200 MB."""


def load(
    name: str | None = None,
    *,
    prefix: str | None = None,
    precision: str | None = None,
    threads: int | None = None,
) -> Encoder:
    """Return the encoder of that name, fetching its model where it is not on this machine.

    Asking twice gives the same object.

    Args:
        name: `minilm`, `sha256`, a folder of a sentence-transformers model, or its name on the
            Hugging Face hub (`BAAI/bge-small-en-v1.5`), or a provider's model
            (`openai/text-embedding-3-small`, `http://localhost:11434/v1/nomic-embed-text`).
            Default: `LIKEWISE_ENCODER`.
        prefix: text to put before each text, or the name of a prompt of the model (`query`,
            `passage`). Default: what the model's own configuration says, mostly nothing.
        precision: `auto`, `bf16`, `f16` or `f32`. Default: `LIKEWISE_PRECISION`.
        threads: threads of the engine, 0 for all cores. Default: `LIKEWISE_THREADS`.

    Raises:
        UnknownEncoder: no encoder goes by that name.
        FileMissing: `name` is a path at which there is nothing.
        WeightsMissing, DownloadFailed: the model is not here and can't be fetched.
        WeightsCorrupt: a file does not have the digest that it must have.
        UnsupportedModel: the model is of a kind that Likewise can't run.
        RemoteError: the provider does not answer.
    """
    from likewise.settings import settings

    configured = settings()
    return _load(
        configured.encoder if name is None else name,
        prefix,
        configured.precision if precision is None else precision,
        configured.threads if threads is None else threads,
    )


@lru_cache(maxsize=_KEPT)
def _load(name: str, prefix: str | None, precision: str, threads: int) -> Encoder:
    if is_remote(name):
        # heavy: imports the HTTP client
        from likewise.encoders.remote.encoder import RemoteEncoder
        from likewise.settings import settings

        return RemoteEncoder(name, settings(), prefix=prefix or "")
    if name == "sha256":
        if prefix:
            raise InvalidOption(
                f"sha256 takes no prefix, got {shown(prefix)}.", "Leave it out.", param="prefix"
            )
        return Sha256Encoder()
    # heavy: imports the engine
    from likewise.encoders.local import weights
    from likewise.encoders.local.encoder import LocalEncoder

    folder = folder_of(name)
    if folder is not None:
        return LocalEncoder(folder, name=name, prefix=prefix, precision=precision, threads=threads)
    wanted = weights.model(name)
    return LocalEncoder(
        weights.fetch(name),
        name=name,
        revision=wanted.revision,
        prefix=prefix,
        precision=precision,
        threads=threads,
    )


def is_remote(name: str) -> bool:
    """Whether `name` is that of an encoder at a provider, which is asked over the network."""
    return name.startswith(("openai/", "http://", "https://"))


def folder_of(name: str) -> Path | None:
    """Return the folder that `name` is the path of, None where it reads as a model's name.

    Raises:
        FileMissing: it reads as a path, and there is no folder.
    """
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - Path's own fails for an unknown user
    if path.is_dir() and path.name != name:
        return path.resolve()
    if name.startswith(("/", "./", "../", "~", ".\\")) or path.is_absolute():
        raise FileMissing(
            f"There is no folder {shown(name)}.",
            "Name a folder that holds a sentence-transformers model.",
            param="encoder",
        )
    return None
