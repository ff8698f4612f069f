"""Text to vectors: `load` returns an encoder by name."""

from likewise.encoders.base import Encoder
from likewise.settings import Settings
from likewise.settings import settings as process_settings
from likewise.types import Encoding, Identity, Runtime

__all__ = ["Encoder", "Encoding", "Identity", "Runtime", "load", "load_as", "resolve", "with_cache"]


def load(
    name: str | None = None,
    *,
    prefix: str | None = None,
    dims: int | None = None,
    precision: str | None = None,
    threads: int | None = None,
    settings: Settings | None = None,
) -> Encoder:
    """Return the encoder with this name, downloading its model if it is not on this machine.

    Asking for the same encoder twice gives the same object.

    Args:
        name: `minilm`, `sha256`, a folder of a sentence-transformers model, or its name on the
            Hugging Face hub (`BAAI/bge-small-en-v1.5`), or a provider's model
            (`openai/text-embedding-3-small`, `http://localhost:11434/v1/nomic-embed-text`).
            Default: `LIKEWISE_ENCODER`.
        prefix: text to put before each text, or the name of one of the model's prompts (`query`,
            `passage`). Default: what the model's configuration says, usually nothing.
        dims: numbers per vector, if you want fewer than the model gives; for models that were
            trained for it (Matryoshka).
        precision: `auto`, `bf16`, `f16` or `f32`. Default: `LIKEWISE_PRECISION`.
        threads: threads of the engine, 0 for all cores. Default: `LIKEWISE_THREADS`.
        settings: where models and vectors are kept, the keys of providers, and so on. Default:
            those of the process, read from the environment.

    Raises:
        UnknownEncoder: no encoder goes by that name.
        FileMissing: `name` is a path, and there is nothing at it.
        WeightsMissing, DownloadFailed: the model is not on this machine and can't be downloaded.
        WeightsCorrupt: a file does not have the digest that it must have.
        UnsupportedModel: Likewise can't run models of this kind.
        InvalidDimensions: the model does not offer that many numbers.
        RemoteError: the provider does not answer.
    """
    from likewise.encoders.loading import EncoderRequest, open_encoder
    from likewise.encoders.names import source_of
    from likewise.encoders.shortened import ShortenedEncoder

    chosen = settings or process_settings()
    encoder = open_encoder(
        EncoderRequest(
            source_of(chosen.encoder if name is None else name),
            prefix,
            chosen.precision if precision is None else precision,
            chosen.threads if threads is None else threads,
            settings=chosen,
        )
    )
    return encoder if dims in (None, encoder.identity.dims) else ShortenedEncoder(encoder, dims)


def load_as(
    identity: Identity,
    *,
    encoder: str | Encoder | None = None,
    precision: str | None = None,
    threads: int | None = None,
    settings: Settings | None = None,
) -> Encoder:
    """Return the encoder with which something was made that is opened again.

    It has the prefix and the width that it had, and its digest is the saved one. What was saved
    never decides by itself where texts are sent, nor what is fetched: a provider and a model that
    is not on this machine have to be named in `encoder`.

    Args:
        identity: the saved identity.
        encoder: the encoder itself, or the name that it goes by here: another folder, or a
            provider that may be asked. Default: the saved name.
        precision: as for `load`.
        threads: as for `load`.
        settings: as for `load`.

    Raises:
        UnconfirmedEncoder: it would have to be asked for over the network.
        IncompatibleVectors: what goes by this name is another encoder; says what differs.
        FileMissing: its folder is not there.
        EncoderError: as for `load`.
    """
    from likewise.encoders.loading import open_as

    chosen = settings or process_settings()
    return open_as(
        identity,
        chosen,
        encoder=encoder,
        precision=chosen.precision if precision is None else precision,
        threads=chosen.threads if threads is None else threads,
    )


def resolve(
    encoder: Encoder | str | None = None,
    *,
    identity: Identity | None = None,
    cached: bool = False,
    settings: Settings | None = None,
) -> Encoder:
    """Return an encoder from what a caller may name one by.

    Args:
        encoder: an encoder, which stays as it is, or a name; None for the one of the settings.
        identity: what it must be, where something saved is opened again; see `load_as`.
        cached: put the vector cache in front of a named one, where it is worth it.
        settings: as for `load`.

    Raises:
        EncoderError, FileMissing, IncompatibleVectors: as for `load` and `load_as`.
    """
    chosen = settings or process_settings()
    if identity is not None:
        found = load_as(identity, encoder=encoder, settings=chosen)
    elif encoder is None or isinstance(encoder, str):
        found = load(encoder, settings=chosen)
    else:
        found = encoder
    ready_made = encoder is not None and not isinstance(encoder, str)
    return with_cache(found, settings=chosen) if cached and not ready_made else found


def with_cache(encoder: Encoder, *, settings: Settings | None = None) -> Encoder:
    """Return the encoder with the vector cache in front, so that no text is computed twice.

    It stays as it is where it has one, where it costs next to nothing, and where
    `LIKEWISE_CACHE_BYTES` is 0.
    """
    from likewise.encoders.loading import kept

    return kept(encoder, settings or process_settings())
