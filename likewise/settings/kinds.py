"""Kinds of values that settings have, each with what it refuses."""

import errno
import json
import re
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
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

_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_-]+)*\.?", re.I | re.A
)
"""A name of a host, as DNS and containers have them."""
_NUMBERED = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)\.?\Z", re.I | re.A)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_MAPPED_BITS = 96
"""Bits before an IPv4 address in the IPv6 address that stands for it."""


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
        _plain(str(value))
        if "://" in str(value):  # as a path it would be made, named by a password at worst
            raise _wrong("it is an address; a folder is on this machine")
        try:
            folder = Path(value).expanduser()
            is_file = folder.exists() and not folder.is_dir()
        except RuntimeError:
            raise _wrong("there is no such user's home") from None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:  # what else is wrong is said where it is used
                raise _wrong("no folder can have so long a name") from None
            is_file = False
        if is_file:
            raise _wrong("it is a file; a folder is wanted")
        return folder
    return value


def _address(text: str) -> IPv4Address | IPv6Address | None:
    with suppress(ValueError):
        found = ip_address(text.removeprefix("[").removesuffix("]"))
        # the library takes anything at all for the zone of a link's address
        if re.fullmatch(r"[\w.-]*", getattr(found, "scope_id", None) or "", re.A):
            return found
    return None


def _is_name(text: str) -> bool:
    # with a number at its end the system takes it for an address: 0x0 is 0.0.0.0
    return bool(_NAME.fullmatch(text)) and not _NUMBERED.search(text)


def _host(value: str) -> str:
    address = _address(value)
    if address is not None:
        return str(address)
    if not value.strip():
        raise _wrong("it is blank; 0.0.0.0 listens on all networks")
    if not _is_name(value):
        raise _wrong("it is neither an address nor a host's name")
    return value


def _as_sent(text: str) -> str | None:
    """Return a host as browsers and other clients write it, None where it is none."""
    address = _address(text)
    if address is None:
        return text.lower() if _is_name(text) else None
    if isinstance(address, IPv6Address):
        return f"[{str(address).partition('%')[0]}]"  # no client sends the zone (RFC 6874, 3)
    return str(address)


def _allowed_host(value: str) -> str:
    sent = "*" if value == "*" else _as_sent(value)
    if sent is None:
        raise _wrong(
            f"{shown_setting(value)} is not a host's name, which has neither scheme nor port "
            "(embed.example.org; xn--… for other letters)"
        )
    return sent


def _origin(value: str) -> str:
    """Return an origin as browsers send it: in small letters, without the port of its scheme."""
    if value == "*":
        return value
    with suppress(ValueError):
        parts = urlsplit(value)
        sent = _as_sent(parts.hostname or "")
        if sent is not None and re.fullmatch(r"https?://[^/?#@\s]+", value, re.I):
            usual = {"http": 80, "https": 443}[parts.scheme]
            port = "" if parts.port in (None, usual) else f":{parts.port}"
            return f"{parts.scheme}://{sent}{port}"
    raise _wrong(f"{shown_setting(value)} is not an origin, such as https://example.org")


def _network(value: str) -> str:
    with suppress(ValueError):
        network = ip_network(value, strict=False)
        if "%" not in value:
            first = network.network_address
            mapped = first.ipv4_mapped if isinstance(first, IPv6Address) else None
            # of a server on :: the log has IPv4 addresses in this form; here they are plain ones
            within = mapped is not None and network.prefixlen >= _MAPPED_BITS
            return f"{mapped}/{network.prefixlen - _MAPPED_BITS}" if within else str(network)
    raise _wrong(
        f"{shown_setting(value)} is neither an address nor a network, e.g. 127.0.0.1,10.0.0.0/8"
    )


def _each(judge: Callable[[str], str]) -> AfterValidator:
    """Judge each of several values."""
    return AfterValidator(lambda values: tuple(map(judge, values)))


def _plain(value: str) -> str:
    """Refuse control characters, such as other systems have at the ends of lines."""
    if found := _CONTROL.search(value):
        raise _wrong(f"it holds the character {found[0]!a}, which nobody can see")
    return value


def _encoder_name(value: str) -> str:
    """Refuse control characters, but not in what is put before texts: that may have lines."""
    _plain(value.rpartition("#")[0] or value)
    return value


def sent_key(value: SecretStr) -> SecretStr:
    """Return a provider's key without blanks around it.

    Raises:
        PydanticCustomError: no header can hold it, as where a page showed … for a part of it.
    """
    own = value.get_secret_value().strip()
    if not own:
        raise _wrong("it is blank; unset it to have none")
    if not re.fullmatch(r"[!-~]+", own):
        raise _wrong("a key that can be sent has neither blanks nor letters beyond ASCII")
    return SecretStr(own)


def _url(value: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(value)
        _ = parts.port
        if parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s?#]", value):
            return value
    raise _wrong("it is not a plain web address, such as https://example.org")


def _sendable(value: SecretStr) -> SecretStr:
    """Refuse a client's key that no header can hold."""
    _plain(value.get_secret_value())
    return value


def _database(value: SecretStr) -> SecretStr:
    if not re.match(r"postgres(ql)?://", value.get_secret_value()):
        raise _wrong("it is no address of PostgreSQL, such as postgresql://user@host/database")
    return value


def _keyed_by_host(values: dict[str, SecretStr]) -> dict[str, SecretStr]:
    if not all(re.fullmatch(r"[^/\s@]+", host) for host in values):
        raise _wrong("a key is for a host, as in gpu.example.org:8080, not for an address")
    return values


EncoderName = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000), AfterValidator(_encoder_name)
]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
EncoderNames = Annotated[tuple[EncoderName, ...], NoDecode, BeforeValidator(_split)]
Hosts = Annotated[Names, _each(_allowed_host)]
Origins = Annotated[Names, _each(_origin)]
Networks = Annotated[Names, _each(_network)]
Secrets = Annotated[
    tuple[Annotated[SecretStr, AfterValidator(_sendable)], ...],
    NoDecode,
    BeforeValidator(_split_keys),
]
"""From the environment as `a,b,c`."""

EncodersByName = Annotated[dict[str, EncoderName], NoDecode, BeforeValidator(_parse)]
Key = Annotated[SecretStr, AfterValidator(sent_key)]
KeysByHost = Annotated[
    dict[str, Key], NoDecode, BeforeValidator(_parse), AfterValidator(_keyed_by_host)
]
"""From the environment as JSON."""

Secret = Annotated[SecretStr, BeforeValidator(_not_blank)]
Database = Annotated[Secret, AfterValidator(_database)]
Folder = Annotated[Path, BeforeValidator(_folder)]
Host = Annotated[str, AfterValidator(_host)]
Url = Annotated[str, AfterValidator(_plain), AfterValidator(_url)]
Seconds = Annotated[float, Field(ge=0.001, le=10_000_000, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
MOST = 10**15
"""Bytes, tokens and the like: above all that a machine has."""
