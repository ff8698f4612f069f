"""Every setting, in one place.

Each one is read from the environment variable `LIKEWISE_<NAME>`. Command-line options
with the same name win over the environment. What a variable says is judged before any work:
one that is set but blank is a mistake wherever a default would open more than was meant.
"""

import os
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self, get_args

from platformdirs import user_cache_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from likewise.errors import InvalidOption, lower_first, shown, shown_setting
from likewise.settings.kinds import (
    MOST,
    Database,
    Dollars,
    EncoderName,
    EncoderNames,
    EncodersByName,
    Folder,
    Host,
    Hosts,
    Key,
    KeysByHost,
    Networks,
    Origins,
    Seconds,
    Secret,
    Secrets,
    Url,
    sent_key,
)

Precision = Literal["auto", "bf16", "f16", "f32"]

_OTHER_VARIABLES = {"LIKEWISE_DEBUG", "LIKEWISE_PYTHON"}
"""Of ours, and no settings: one shows tracebacks, the other is of the build."""


def _own_cache() -> Path:
    try:
        folder = user_cache_path("likewise")
    except RuntimeError:  # a service's user may have no home
        folder = Path("~")
    if not folder.is_absolute():  # so older versions of platformdirs say the same
        raise InvalidOption(
            "This user has no home folder in which a cache could be kept.",
            "Name a folder in LIKEWISE_CACHE, or set HOME.",
            param="LIKEWISE_CACHE",
        )
    return folder


OPENAI = "https://api.openai.com/v1"


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(env_prefix="LIKEWISE_", extra="ignore", populate_by_name=True)

    encoder: EncoderName = "minilm"
    """Encoder that is used where none is named."""
    models: Folder | None = None
    """Folder that is searched first for model folders."""
    cache: Folder = Field(default_factory=_own_cache)
    """Folder for fetched models, cached vectors and made scales."""
    cache_bytes: int = Field(default=2_000_000_000, ge=0, le=MOST)
    """Size at which the vector cache begins to evict; 0 turns the cache off."""
    collections: Folder | None = None
    """Folder for collections that go by a name; by default in the user's folder for data."""
    collections_database: Database | None = None
    """PostgreSQL with pgvector for named collections: `postgresql://user:password@host/database`."""
    offline: bool = False
    """Never touch the network, not even to fetch a model."""
    hub: Url = "https://huggingface.co"
    """Where model files are fetched from first."""
    precision: Precision = "auto"
    """Arithmetic of the local engine: `auto` takes the fastest that passes the parity check."""
    threads: int = Field(default=0, ge=0, le=1_024)
    """Threads of the local engine; 0 means all cores that the process may use."""
    openai_key: Key | None = None
    """Key for the encoders `openai/…`; without it that of OPENAI_API_KEY."""
    openai_url: Url | None = None
    """Where the encoders `openai/…` are asked; by default at OPENAI_BASE_URL, or else at OpenAI."""
    # what other programs are told by too; no settings of ours, so they stand in no table
    common_openai_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    common_openai_url: str = Field(default="", validation_alias="OPENAI_BASE_URL")
    remote_keys: KeysByHost = {}
    """Keys for other providers, as JSON by host: `{"gpu.example.org:8080": "…"}`."""
    remote_private: bool = False
    """Let a provider's name lead to a private address, as names of containers do."""
    remote_seconds: Seconds = 120
    """Seconds after which a request to a provider is given up, all attempts together."""
    remote_concurrency: int = Field(default=4, ge=1, le=64)
    """Requests to a provider at a time."""
    remote_price: Dollars | None = None
    """Dollars for a million tokens, where the provider's price is not the known one; 0 if it is
    free."""
    max_cost: Dollars | None = None
    """Dollars that this process may spend at all providers together."""
    daily_budget: Dollars = 0
    """Dollars a day that visitors without an API key may spend at providers."""
    host: Host = "127.0.0.1"
    """Address that the server listens on."""
    port: int = Field(default=8337, ge=0, le=65_535)
    """Port that the server listens on; 0 takes a free one."""
    encoders: EncoderNames = ("minilm", "sha256")
    """Encoders that the server offers beside the default one, each with the prompts that it
    declares: `name#query` is `name` with its prompt `query` before each text."""
    aliases: EncodersByName = {}
    """Other names under which /v1 offers an encoder, as JSON: `{"asked for": "encoder"}`."""
    matryoshka: EncoderNames = ()
    """Encoders that were trained to be shortened, beside those that declare it; no others take
    `dimensions`."""
    classifiers: Folder | None = None
    """Folder of trained models, `NAME.likewise`, that `POST /api/classify/NAME` offers."""
    training: bool | None = None
    """Let visitors of the page train classifiers; by default only where nobody but you can ask."""
    page: bool | None = None
    """Serve the page and what it asks; by default unless API keys are set."""
    allowed_hosts: Hosts = ()
    """Values of the Host header that the server answers to, beside this machine's own names;
    `*` for any."""
    public: bool = False
    """Visitors may be strangers, who never spend the operator's money without a budget;
    `likewise serve` sets it."""
    cors_origins: Origins = ()
    """Origins whose pages may call the server, e.g. `https://example.org`."""
    api_keys: Secrets = ()
    """Keys of which /v1 and /metrics want one; none means that anyone may ask."""
    trusted_proxies: Networks = ()
    """Addresses or networks of reverse proxies whose X-Forwarded-For is believed."""
    rate_requests: str = ""
    """Requests that a client may make, e.g. `60/minute`; empty for any number."""
    rate_tokens: str = ""
    """Tokens that a client may have encoded, e.g. `100000/minute`; empty for any number."""
    rate_store: str = "memory://"
    """Where rates are counted: `memory://`, or `redis://host` where several servers share them."""
    max_connections: int = Field(default=4_096, ge=8, le=MOST)
    """Open connections above which only /health and /ready are answered; above twice as many none
    is accepted."""
    max_requests: int = Field(default=4_096, ge=4, le=MOST)
    """Requests in hand above which the server refuses more; one client may have a quarter."""
    max_held_bytes: int = Field(default=100_000_000, ge=20_000_000, le=MOST)
    """Bytes of requests in hand and of unread answers above which the server refuses more."""
    max_upload_bytes: int = Field(default=200_000_000, ge=1_000, le=MOST)
    """Size of a file that a visitor of the page may send to make a collection of; the disk may
    hold four times as much of them."""
    max_upload_rows: int = Field(default=1_000_000, ge=1, le=MOST)
    """Rows of such a file."""
    max_kept_bytes: int = Field(default=600_000_000, ge=1_000_000, le=MOST)
    """Memory that visitors' tables and trainings may take; one visitor may have half of it."""
    max_body_bytes: int = Field(default=4_000_000, ge=1_000, le=MOST)
    """Size of a request above which the server refuses it."""
    max_request_tokens: int = Field(default=300_000, ge=1, le=MOST)
    """Tokens of all texts of a request above which the server refuses it."""
    max_queue_tokens: int = Field(default=100_000, ge=1, le=MOST)
    """Tokens before a request in the queue above which the server refuses it."""
    batch_tokens: int = Field(default=2_048, ge=1, le=MOST)
    """Tokens that are encoded at a time: nobody waits longer than that behind a long request."""
    max_wait: Seconds = 10
    """Seconds of work before a request above which the server refuses it, by its pace of now; what
    has waited half as long again, because the machine became slower, is refused too."""
    deadline: Seconds = 300
    """Seconds after which the server gives a request up."""
    receipt_seconds: Seconds = 20
    """Seconds in which a request's head, and its body, must come, and part of an answer be read."""
    memory_cache_bytes: int = Field(default=100_000_000, ge=0, le=MOST)
    """Size of the server's cache of vectors in memory; 0 turns it off."""
    log_requests: bool = False
    """Write a line for each request: sizes and times, never a text."""
    log_addresses: bool = False
    """Write clients' addresses into these lines, in place of a keyed hash."""
    log_key: Secret | None = None
    """Key of the hash; by default a new one for each process, so that runs can't be linked."""

    def __init__(self, **values: Any) -> None:  # noqa: ANN401
        """Judge all values.

        Raises:
            InvalidOption: one that its setting can't have.
        """
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _refusal(error) from None

    def but(self, **changes: Any) -> Self:  # noqa: ANN401
        """Return these settings with some changed, judged as all are.

        Raises:
            InvalidOption: a value that its setting can't have.
        """
        judged = type(self)(**({"cache": self.cache} | changes))
        return self.model_copy(update={name: getattr(judged, name) for name in changes})


def openai_of(settings: Settings) -> tuple[str, SecretStr | None]:
    """Return where the encoders `openai/…` are asked, and the key for that address.

    Raises:
        InvalidOption: an address and a key that were not set together: the key could go where it
            was not meant to; or a key that can't be sent.
    """
    addresses = (settings.openai_url or "", settings.common_openai_url)
    # where requests go in the end is often given for the address that all of them share
    own, common = (one.strip().rstrip("/").removesuffix("/embeddings") for one in addresses)
    own_key, common_key = settings.openai_key, _common_key(settings)
    if own and common and own != common and common_key and not own_key:
        raise InvalidOption(
            f"OPENAI_API_KEY is meant for OPENAI_BASE_URL {shown_setting(common)}, and "
            f"LIKEWISE_OPENAI_URL is {shown_setting(own)}: the key is not sent there.",
            "Set LIKEWISE_OPENAI_KEY to the key for LIKEWISE_OPENAI_URL, or unset one address.",
            param="LIKEWISE_OPENAI_URL",
        )
    if own_key and common and not own and common != OPENAI:
        raise InvalidOption(
            "LIKEWISE_OPENAI_KEY is set without LIKEWISE_OPENAI_URL, and OPENAI_BASE_URL names "
            f"{shown_setting(common)}: the key is not sent there.",
            "Set LIKEWISE_OPENAI_URL to the address that the key is for.",
            param="LIKEWISE_OPENAI_URL",
        )
    return own or common or OPENAI, own_key or common_key


def _common_key(settings: Settings) -> SecretStr | None:
    """Return the key that other programs are told too: for many of them a blank one is none."""
    key = settings.common_openai_key
    if key is None or not key.get_secret_value().strip():
        return None
    try:
        return sent_key(key)
    except PydanticCustomError as error:
        raise InvalidOption(
            f"OPENAI_API_KEY can't be what it is (a secret): {error.message()}.",
            "Set it to the whole key, or unset it.",
            param="OPENAI_API_KEY",
        ) from None


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once from the environment.

    Raises:
        InvalidOption: a variable has a value that its setting can't have, or is misspelt.
    """
    known = {f"LIKEWISE_{name.upper()}" for name in Settings.model_fields} | _OTHER_VARIABLES
    for name in os.environ:
        loud = name.upper()  # as which settings are read
        if loud.startswith("LIKEWISE_") and loud not in known:
            close = get_close_matches(loud, known, 1, 0.85)
            if close:  # unheard, LIKEWISE_API_KEY would leave a server open to all
                raise InvalidOption(
                    f"There is no setting {shown(name)}.", f"Name it {close[0]}.", param=close[0]
                )
    return Settings()


def _refusal(error: ValidationError) -> InvalidOption:
    """Return what is wrong with a value in one sentence, without secrets."""
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0]).lower().removeprefix("likewise_")
    name = f"LIKEWISE_{field.upper()}"
    value = "what it is (a secret)" if _is_secret(field) else shown_setting(first["input"])
    return InvalidOption(
        f"{name} can't be {value}: {lower_first(first['msg'])}.",
        f"Set {name} to a value that its setting allows, or unset it.",
        param=name,
    )


def _is_secret(field: str) -> bool:
    """Whether the values of a setting may never be shown; so of one that nobody knows."""
    known = Settings.model_fields.get(field)
    return known is None or _holds_secrets(known.annotation)


def _holds_secrets(kind: Any) -> bool:  # noqa: ANN401
    return kind is SecretStr or any(map(_holds_secrets, get_args(kind)))
