"""Kinds of values that settings have, each with what it refuses."""

import errno
import json
import re
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from likewise.errors import shown_setting

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_-]+)*\.?", re.I)
"""A name of a host, as DNS and containers have them."""


def _wrong(why: str) -> PydanticCustomError:
    return PydanticCustomError("likewise", "{why}", {"why": why})


def _split(value: object) -> object:
    """Take `a,b` from the environment as well as a sequence from Python."""
    return (
        tuple(part.strip() for part in value.split(",") if part.strip())
        if isinstance(value, str)
        else value
    )


def _split_keys(value: object) -> object:
    """Take keys as `_split` does; that there are none is said by leaving the variable out."""
    keys = _split(value)
    if isinstance(value, str) and not keys:
        raise _wrong("it is set, but holds no key")
    return keys


def _parse(value: object) -> object:
    """Take JSON from the environment as well as a mapping from Python."""
    try:
        return json.loads(value or "{}") if isinstance(value, str) else value
    except json.JSONDecodeError as error:  # says where, but nothing of the value
        raise _wrong(f"it is not JSON ({error})") from None
    except (RecursionError, ValueError):  # a number of thousands of digits
        raise _wrong("it is not JSON that can be read") from None


def _not_blank(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise _wrong("it is blank; unset it to have none")
    return value


def _folder(value: object) -> object:
    """Take `~`, and no blank: that would be the current folder."""
    if isinstance(value, str | Path):
        _not_blank(str(value))
        try:
            (folder := Path(value).expanduser()).exists()
        except RuntimeError:
            raise _wrong("there is no such user's home") from None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:  # what else is wrong is said where it is used
                raise _wrong("no folder can have so long a name") from None
        return folder
    return value


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(text.removeprefix("[").removesuffix("]")))
    return False


def _host(value: str) -> str:
    if _is_address(value):
        return value
    if not value.strip():
        raise _wrong("it is blank; 0.0.0.0 listens on all networks")
    # with a number at its end the system takes it for an address: 0x0 is 0.0.0.0
    if not _NAME.fullmatch(value) or re.search(r"(^|\.)(\d+|0x[0-9a-f]*)\.?$", value, re.I):
        raise _wrong("it is neither an address nor a host's name")
    return value


def _hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value != "*" and not _is_address(value) and not _NAME.fullmatch(value):
            raise _wrong(
                f"{shown_setting(value)} is not a host's name, which has neither scheme nor port "
                "(embed.example.org; xn--… for other letters)"
            )
    return values


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value != "*" and not re.fullmatch(r"https?://[^/?#@\s]+", value):
            raise _wrong(f"{shown_setting(value)} is not an origin, such as https://example.org")
    return values


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            raise _wrong(
                f"{shown_setting(value)} is neither an address nor a network, "
                "e.g. 127.0.0.1,10.0.0.0/8"
            ) from None
    return values


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise _wrong("it is not a web address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value):
        raise _wrong("it is not a web address, such as https://example.org")
    return value


def _keyed_by_host(values: dict[str, SecretStr]) -> dict[str, SecretStr]:
    if not all(re.fullmatch(r"[^/\s@]+", host) for host in values):
        raise _wrong("a key is for a host, as in gpu.example.org:8080, not for an address")
    return values


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split_keys)]
"""From the environment as `a,b,c`."""

NamesByName = Annotated[dict[str, str], NoDecode, BeforeValidator(_parse)]
Secret = Annotated[SecretStr, BeforeValidator(_not_blank)]
SecretsByName = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_parse)]
"""From the environment as JSON."""

Folder = Annotated[Path, BeforeValidator(_folder)]
Url = Annotated[str, AfterValidator(_url)]
EncoderName = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Seconds = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
MOST = 10**15
"""Bytes, tokens and the like: above all that a machine has."""

Host = Annotated[str, AfterValidator(_host)]
Hosts = Annotated[Names, AfterValidator(_hosts)]
Origins = Annotated[Names, AfterValidator(_origins)]
Networks = Annotated[Names, AfterValidator(_networks)]
KeysByHost = Annotated[SecretsByName, AfterValidator(_keyed_by_host)]
