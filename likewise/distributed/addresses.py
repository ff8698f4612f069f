"""What an address means: a path on this machine, or a file system and a path in it."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from likewise.errors import InvalidOption, shown

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")  # two letters at least: C:\ is a disk
_MISSPELT = re.compile(r"(s3a?|gc?s|abfss?|az|hdfs|https?|ftp|file|memory):", re.IGNORECASE)
"""How an address begins that lacks a slash; a path that begins so can be written with ./."""

_SAID = {"region", "endpoint_override", "scheme"}
"""What an address may say after its question mark; credentials come from the environment."""

_CONTAINED = {"abfs", "abfss"}
"""Where what stands before the @ is no user: abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER,
as Azure's own tools and Hadoop write it."""

_SECONDS = 60
_TRIES = 6


def scheme_of(address: str) -> str:
    """Return what stands before `://`, in small letters; `""` for a path."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def is_local(address: str) -> bool:
    """Return whether an address is of this machine's own file system."""
    return scheme_of(address) in ("", "file")


def located(address: str) -> tuple[Path | None, Any, str]:
    """Return the path of an address on this machine or None, its file system, and its path there.

    Raises:
        InvalidOption: it can't be understood, or holds a password.
    """
    import pyarrow.fs as pf

    if "\0" in address:
        raise InvalidOption(
            f"The address {shown(address, 200)} holds a NUL character.", "Write it without."
        )
    if not address.strip():
        raise InvalidOption("An address is empty.", "Write a path, or s3://BUCKET/FOLDER.")
    if is_local(address):
        path = Path(os.path.abspath(os.path.expanduser(_path_of(address))))  # noqa: PTH100, PTH111
        check_spelling(str(path))
        return path, pf.LocalFileSystem(), str(path)
    check_spelling(address)
    _check(address)
    return None, *_remote(address, scheme_of(address), _endpoint(address))


def check_spelling(said: str) -> None:
    """Refuse bytes that are no text: neither Arrow's file systems nor a plan can hold them.

    Raises:
        InvalidOption: an address, a file's name or an option has some.
    """
    try:
        said.encode()
    except UnicodeEncodeError:
        raise InvalidOption(
            f"{shown(said, 200)} is not UTF-8.", "Rename what is called so, or name another."
        ) from None


def _path_of(address: str) -> str:
    """Return the path of an address on this machine."""
    if not scheme_of(address):
        if _MISSPELT.match(address):
            raise InvalidOption(
                f"{shown(address, 200)} is no path, and as an address it lacks a slash.",
                "Write s3://BUCKET/FOLDER; of a folder of that name, ./NAME.",
                param="address",
            )
        return address
    machine, slash, path = address.partition("://")[2].partition("/")
    if machine not in ("", "localhost"):
        raise InvalidOption(
            f"The address {shown(address, 200)} is of a machine {shown(machine)}.",
            "Write file:///FOLDER with three slashes, or a path.",
            param="address",
        )
    return unquote(slash + path)


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        user = parts.username
    except ValueError:
        raise InvalidOption(
            f"The address {shown(address, 200)} can't be understood.", "Check its brackets."
        ) from None
    said = {key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    known = user in (None, "anonymous") or scheme_of(address) in _CONTAINED
    if parts.password is not None or not known or said - _SAID:
        raise InvalidOption(
            f"The address {shown(address.split('://')[0])}://… holds a user, a password or an "
            f"option that is none of {', '.join(sorted(_SAID))}: it would stand in the plan.",
            "Give credentials in the environment, as the store's own tools take them.",
            param="address",
        )
    if not parts.netloc and scheme_of(address) != "memory":
        raise InvalidOption(
            f"The address {shown(address, 200)} names no bucket.", "Write s3://BUCKET/FOLDER."
        )


@lru_cache(maxsize=16)
def _remote(address: str, scheme: str, endpoint: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    import pyarrow as pa
    import pyarrow.fs as pf

    try:
        if scheme in ("s3", "s3a"):
            return _s3(address, endpoint)
        if scheme in ("gs", "gcs", "hdfs", "viewfs", "abfs", "abfss"):
            fs, path = pf.FileSystem.from_uri(_bounded(address.replace("gcs://", "gs://", 1)))
            return fs, path
        return _fsspec(address, scheme)
    except (pa.ArrowException, OSError, ValueError, ImportError) as error:
        said = " ".join(str(error).split())
        raise InvalidOption(
            f"The address {shown(address, 200)} can't be used: {said[:300]}.",
            "Write a path, s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, or the address of a file "
            "system whose package of fsspec is installed.",
            param="address",
        ) from None


def _bounded(address: str) -> str:
    """Say to Google's store how long it may try again; where nothing is said it is 15 minutes."""
    if not address.startswith("gs://"):
        return address
    return f"{address}{'&' if '?' in address else '?'}retry_limit_seconds={_SECONDS}"


def endpoint_of(address: str) -> str:
    """Return where an object store is that is not Amazon's: HOST:PORT, `""` where nothing says."""
    if scheme_of(address) not in ("s3", "s3a"):
        return ""
    said = _endpoint(address)
    return urlsplit(said if "://" in said else f"https://{said}").netloc.lower()


def _endpoint(address: str) -> str:
    """Return where an object store is that is not Amazon's, as the address or the system says."""
    said = dict(parse_qsl(urlsplit(address).query)).get("endpoint_override", "")
    env = os.environ
    return said or env.get("AWS_ENDPOINT_URL_S3", "") or env.get("AWS_ENDPOINT_URL", "")


def _s3(address: str, endpoint: str) -> tuple[Any, str]:
    import pyarrow.fs as pf

    parts = urlsplit(address)
    said = dict(parse_qsl(parts.query))
    env = os.environ
    options: dict[str, Any] = {}
    if endpoint:
        where = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        options = {"endpoint_override": where.netloc, "scheme": said.get("scheme", where.scheme)}
    region = said.get("region") or env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")
    if region or endpoint:
        options["region"] = region or "us-east-1"
    fs = pf.S3FileSystem(
        **options,
        anonymous=parts.username == "anonymous",
        allow_delayed_open=True,  # a small file is one request
        connect_timeout=10,
        request_timeout=_SECONDS,
        retry_strategy=pf.AwsStandardS3RetryStrategy(max_attempts=_TRIES),
    )
    # not as a URL has it: a key may hold # and %, which mean themselves
    host, _, key = address.partition("?")[0].partition("://")[2].partition("/")
    if "//" in key.strip("/"):
        raise ValueError("there is nothing between two of its slashes")
    return fs, f"{host.rpartition('@')[2]}/{key.strip('/')}".rstrip("/")


def _fsspec(address: str, scheme: str) -> tuple[Any, str]:
    import fsspec
    import pyarrow.fs as pf

    fsspec.get_filesystem_class(scheme)  # raises where there is none
    try:
        fs, path = fsspec.core.url_to_fs(address)
    except (ImportError, OSError, ValueError):
        raise
    except Exception as error:  # each file system raises its own
        raise ValueError(str(error) or type(error).__name__) from None
    return pf.PyFileSystem(pf.FSSpecHandler(fs)), path
