"""Every setting, in one place.

Each one is read from the environment variable `LIKEWISE_<NAME>`. Command-line options
with the same name win over the environment.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from platformdirs import user_cache_path
from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Precision = Literal["auto", "bf16", "f16", "f32"]


def _split(value: object) -> object:
    """Take `a,b` from the environment as well as a sequence from Python."""
    return (
        tuple(part.strip() for part in value.split(",") if part.strip())
        if isinstance(value, str)
        else value
    )


def _parse(value: object) -> object:
    """Take JSON from the environment as well as a mapping from Python."""
    try:
        return json.loads(value or "{}") if isinstance(value, str) else value
    except json.JSONDecodeError as error:  # says where, but nothing of the value
        raise PydanticCustomError("json", "it is not JSON ({at})", {"at": str(error)}) from None


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]
"""From the environment as `a,b,c`."""

NamesByName = Annotated[dict[str, str], NoDecode, BeforeValidator(_parse)]
SecretsByName = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_parse)]
"""From the environment as JSON."""


def _own_cache() -> Path:
    from likewise.errors import InvalidOption

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


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(env_prefix="LIKEWISE_", extra="ignore", populate_by_name=True)

    encoder: str = "minilm"
    """Encoder that is used where none is named."""
    models: Path | None = None
    """Folder that is searched first for model folders."""
    cache: Path = Field(default_factory=_own_cache)
    """Folder for fetched models, cached vectors and made scales."""
    cache_bytes: int = Field(default=2_000_000_000, ge=0)
    """Size at which the vector cache begins to evict; 0 turns the cache off."""
    collections: Path | None = None
    """Folder for collections that go by a name; by default in the user's folder for data."""
    offline: bool = False
    """Never touch the network, not even to fetch a model."""
    hub: str = Field(default="https://huggingface.co", pattern=r"^https?://")
    """Where model files are fetched from first."""
    precision: Precision = "auto"
    """Arithmetic of the local engine: `auto` takes the fastest that passes the parity check."""
    threads: int = Field(default=0, ge=0)
    """Threads of the local engine; 0 means all cores that the process may use."""
    openai_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("LIKEWISE_OPENAI_KEY", "OPENAI_API_KEY")
    )
    """Key for the encoders `openai/…`; also read from OPENAI_API_KEY."""
    openai_url: str = Field(default="https://api.openai.com/v1", pattern=r"^https?://")
    """Where the encoders `openai/…` are asked."""
    remote_keys: SecretsByName = {}
    """Keys for other providers, as JSON by host: `{"gpu.example.org:8080": "…"}`."""
    remote_private: bool = False
    """Let a provider's name lead to a private address, as names of containers do."""
    remote_seconds: float = Field(default=120, gt=0)
    """Seconds after which a request to a provider is given up, all attempts together."""
    remote_concurrency: int = Field(default=4, ge=1, le=64)
    """Requests to a provider at a time."""
    remote_price: float | None = Field(default=None, ge=0)
    """Dollars for a million tokens, where the provider's price is not the known one; 0 if it is
    free."""
    max_cost: float | None = Field(default=None, ge=0)
    """Dollars that this process may spend at all providers together."""
    daily_budget: float = Field(default=0, ge=0)
    """Dollars a day that visitors without an API key may spend at providers."""
    host: str = "127.0.0.1"
    """Address that the server listens on."""
    port: int = Field(default=8337, ge=0, le=65_535)
    """Port that the server listens on; 0 takes a free one."""
    encoders: Names = ("minilm", "sha256")
    """Encoders that the server offers beside the default one; `name#query` is `name` with the
    prompt `query` before each text."""
    aliases: NamesByName = {}
    """Other names under which /v1 offers an encoder, as JSON: `{"asked for": "encoder"}`."""
    matryoshka: Names = ()
    """Encoders that were trained to be shortened; only they take `dimensions`."""
    classifiers: Path | None = None
    """Folder of trained models, `NAME.likewise`, that `POST /api/classify/NAME` offers."""
    training: bool | None = None
    """Let visitors of the page train classifiers; by default only where nobody but you can ask."""
    page: bool | None = None
    """Serve the page and what it asks; by default unless API keys are set."""
    allowed_hosts: Names = ()
    """Values of the Host header that the server answers to, beside this machine's own names;
    `*` for any."""
    public: bool = False
    """Visitors may be strangers, who never spend the operator's money without a budget;
    `likewise serve` sets it."""
    cors_origins: Names = ()
    """Origins whose pages may call the server, e.g. `https://example.org`."""
    api_keys: Secrets = ()
    """Keys of which /v1 and /metrics want one; none means that anyone may ask."""
    trusted_proxies: Names = ()
    """Addresses or networks of reverse proxies whose X-Forwarded-For is believed."""
    rate_requests: str = ""
    """Requests that a client may make, e.g. `60/minute`; empty for any number."""
    rate_tokens: str = ""
    """Tokens that a client may have encoded, e.g. `100000/minute`; empty for any number."""
    rate_store: str = "memory://"
    """Where rates are counted: `memory://`, or `redis://host` where several servers share them."""
    max_connections: int = Field(default=4_096, ge=8)
    """Open connections above which only /health and /ready are answered; above twice as many none
    is accepted."""
    max_requests: int = Field(default=4_096, ge=4)
    """Requests in hand above which the server refuses more; one client may have a quarter."""
    max_held_bytes: int = Field(default=100_000_000, ge=20_000_000)
    """Bytes of requests in hand and of unread answers above which the server refuses more."""
    max_kept_bytes: int = Field(default=600_000_000, ge=1_000_000)
    """Memory that visitors' tables and trainings may take; one visitor may have half of it."""
    max_body_bytes: int = Field(default=4_000_000, ge=1_000)
    """Size of a request above which the server refuses it."""
    max_request_tokens: int = Field(default=300_000, ge=1)
    """Tokens of all texts of a request above which the server refuses it."""
    max_queue_tokens: int = Field(default=100_000, ge=1)
    """Tokens before a request in the queue above which the server refuses it."""
    batch_tokens: int = Field(default=2_048, ge=1)
    """Tokens that are encoded at a time: nobody waits longer than that behind a long request."""
    max_wait: float = Field(default=10, gt=0)
    """Seconds of work before a request in the queue above which the server refuses it."""
    deadline: float = Field(default=300, gt=0)
    """Seconds after which the server gives a request up."""
    receipt_seconds: float = Field(default=20, gt=0)
    """Seconds in which a request's head, and its body, must come, and part of an answer be read."""
    memory_cache_bytes: int = Field(default=100_000_000, ge=0)
    """Size of the server's cache of vectors in memory; 0 turns it off."""
    log_requests: bool = False
    """Write a line for each request: sizes and times, never a text."""
    log_addresses: bool = False
    """Write clients' addresses into these lines, in place of a keyed hash."""
    log_key: SecretStr | None = None
    """Key of the hash; by default a new one for each process, so that runs can't be linked."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once from the environment.

    Raises:
        InvalidOption: a variable has a value that its setting can't have.
    """
    from pydantic import ValidationError

    from likewise.errors import InvalidOption, shown

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]).lower().removeprefix("likewise_")
        name = f"LIKEWISE_{field.upper()}"
        value = "what it is (a secret)" if _is_secret(field) else shown(first["input"])
        raise InvalidOption(
            f"{name} can't be {value}: {first['msg'].lower()}.",
            f"Set {name} to a value that its setting allows, or unset it.",
            param=name,
        ) from None


def _is_secret(field: str) -> bool:
    """Whether the values of a setting may never be shown; so of one that nobody knows."""
    known = Settings.model_fields.get(field)
    return known is None or _holds_secrets(known.annotation)


def _holds_secrets(kind: Any) -> bool:  # noqa: ANN401
    return kind is SecretStr or any(map(_holds_secrets, get_args(kind)))
