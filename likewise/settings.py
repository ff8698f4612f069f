"""Every setting, in one place.

Each one is read from the environment variable `LIKEWISE_<NAME>`. Command-line options
with the same name win over the environment.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Precision = Literal["auto", "bf16", "f16", "f32"]


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(env_prefix="LIKEWISE_", extra="ignore")

    encoder: str = "minilm"
    """Encoder that is used where none is named."""
    models: Path | None = None
    """Folder that is searched first for model folders."""
    cache: Path = Field(default_factory=lambda: user_cache_path("likewise"))
    """Folder for fetched models, cached vectors and made scales."""
    cache_bytes: int = Field(default=2_000_000_000, ge=0)
    """Size at which the vector cache begins to evict; 0 turns the cache off."""
    offline: bool = False
    """Never touch the network, not even to fetch a model."""
    hub: str = Field(default="https://huggingface.co", pattern=r"^https?://")
    """Where model files are fetched from first."""
    precision: Precision = "auto"
    """Arithmetic of the local engine: `auto` takes the fastest that passes the parity check."""
    threads: int = Field(default=0, ge=0)
    """Threads of the local engine; 0 means all cores that the process may use."""
    encoders: list[str] = ["minilm", "sha256"]
    """Encoders that the server offers beside the default one."""
    max_body_bytes: int = Field(default=4_000_000, ge=1_000)
    """Size of a request above which the server refuses it."""
    host: str = "127.0.0.1"
    """Address that the server listens on."""
    port: int = Field(default=8337, ge=0, le=65_535)
    """Port that the server listens on; 0 takes a free one."""
    allowed_hosts: list[str] = ["localhost", "127.0.0.1", "[::1]"]
    """Values of the Host header that the server answers to."""


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
        name = f"LIKEWISE_{'_'.join(str(part) for part in first['loc'][:1]).upper()}"
        raise InvalidOption(
            f"{name} can't be {shown(first['input'])}: {first['msg'].lower()}.",
            f"Set {name} to a value that its setting allows, or unset it.",
            param=name,
        ) from None
