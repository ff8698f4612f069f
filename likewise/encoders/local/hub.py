"""Model files from the Hugging Face hub, and from the cache that its tools keep."""

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from likewise.encoders.catalogue import BytesProgress, Model
from likewise.encoders.local.files import FIRST_FILES, absent_files, is_whole, named_files
from likewise.encoders.local.tensors import other_form_among
from likewise.encoders.network_errors import is_of_the_disk, why
from likewise.errors import DownloadFailed, LikewiseError, UnknownEncoder, UnsupportedModel

_COPY = "copy the model's folder to this machine and name its parent in LIKEWISE_MODELS."
_REACH = f"Check the network, or {_COPY}"
_AGAIN = f"Try again, or {_COPY}"

_NOT_THERE = (401, 403, 404)
"""What hubs answer about a model that there is not, or not for everybody: 401 says no more."""

_SECONDS = 10
"""Wait this long for an answer of the hub."""


def find(repository: str, revision: str) -> Path | None:
    """Return the model's folder in the Hugging Face cache, None where it is not; no network."""
    hub = _library()
    try:
        folder = Path(hub.snapshot_download(repository, revision=revision, local_files_only=True))
    except (OSError, ValueError, RuntimeError):  # the last one: a user without a home folder
        return None
    return folder if is_whole(folder) else None


def fetch(wanted: Model, folder: Path, progress: BytesProgress | None, hub_address: str) -> None:
    """Fetch the model's files into `folder`.

    Raises:
        DownloadFailed: the hub can't be reached.
        UnknownEncoder: it has no such model.
        UnsupportedModel: what it has is not a model that can be read.
    """
    hub = _library()

    def snapshot(names: list[str]) -> None:
        hub.snapshot_download(
            wanted.repository,
            revision=wanted.revision,
            local_dir=folder,
            allow_patterns=names,
            endpoint=hub_address,
            token=_token(hub_address),
            etag_timeout=_SECONDS,
            tqdm_class=_reporter(progress),
        )

    _reach(hub, hub_address)
    try:
        if wanted.digests:
            snapshot([*wanted.digests])
            files = [*wanted.digests]
        else:
            files = _files(hub, wanted, hub_address)
            # what these files name is known only when they are here
            wanted_files = [*FIRST_FILES]
            asked: set[str] = set()
            while wanted_files:
                snapshot(wanted_files)
                asked.update(wanted_files)
                wanted_files = [f for f in named_files(folder, files) if f not in asked]
    except LikewiseError:
        raise
    # the library raises its own errors, those of its HTTP client, and OSError
    except Exception as error:
        if (full := is_of_the_disk(error)) is not None:
            raise full from None
        raise DownloadFailed(
            f"{hub_address} did not give all of {wanted.repository}: {why(error)}.", _AGAIN
        ) from None
    _check(wanted, folder, files)


def _reach(hub: ModuleType, hub_address: str) -> None:
    """Look whether the hub is there: the library tries for half a minute."""
    try:
        hub.get_session().head(hub_address, timeout=_SECONDS)
    except Exception as error:  # its own errors, and those of its HTTP client
        raise DownloadFailed(f"{hub_address} can't be reached: {why(error)}.", _REACH) from None


def _files(hub: ModuleType, wanted: Model, hub_address: str) -> list[str]:
    """Return the names of all files that the hub has of the model.

    Raises:
        UnknownEncoder: it has none of that name, or not for everybody.
    """
    try:
        information = hub.HfApi(endpoint=hub_address, token=_token(hub_address)).model_info(
            wanted.repository, revision=wanted.revision, timeout=_SECONDS
        )
    except hub.errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", 0)
        if status not in _NOT_THERE:
            raise
        if isinstance(error, hub.errors.GatedRepoError):
            raise UnknownEncoder(
                f"{wanted.repository} is given only to those who ask its authors.",
                f"Ask at {hub_address}/{wanted.repository}, then set HF_TOKEN.",
                param="encoder",
            ) from None
        raise UnknownEncoder(
            f"{hub_address} has no model {wanted.repository} that is open to all ({status}).",
            "Check the spelling of its name; for one of your own set HF_TOKEN.",
            param="encoder",
        ) from None
    return [sibling.rfilename for sibling in information.siblings or []]


def _check(wanted: Model, folder: Path, files: list[str]) -> None:
    """Raise `UnsupportedModel` where the model isn't whole, and say in which form it is there."""
    absent = [name for name in wanted.digests if not (folder / name).is_file()]
    absent = absent or absent_files(folder)
    if not absent:
        return
    safe = any(folder.rglob("*.safetensors"))
    if not wanted.digests and not safe and (other := other_form_among(files)):
        problem, remedy = other
        raise UnsupportedModel(f"{wanted.repository} can't be run: {problem}.", remedy)
    raise UnsupportedModel(
        f"{wanted.repository} has no {', '.join(absent)}.",
        "Choose a model that is stored as safetensors with a fast tokenizer.",
    )


def _token(hub_address: str) -> bool | None:
    """Return what tells the library to send the user's token (None), or not to (False).

    HF_TOKEN is a key to huggingface.co, or to what HF_ENDPOINT names; LIKEWISE_HUB may be any.
    """
    own = urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    asked = urlsplit(hub_address)
    same = (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
    return None if same else False


def _library() -> ModuleType:
    # read by the library when it is imported
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    return importlib.import_module("huggingface_hub")


def _reporter(progress: BytesProgress | None) -> type[Any]:
    """Return a class that hands the library's progress on instead of drawing a bar."""
    tqdm = importlib.import_module("tqdm")

    class Reporter(tqdm.tqdm):  # type: ignore[misc, name-defined]
        def __init__(self, *args: object, **options: Any) -> None:  # noqa: ANN401
            options.pop("name", None)
            self.in_bytes = options.get("unit") == "B"
            super().__init__(*args, **{**options, "disable": True})
            self.done = 0

        def update(self, n: float | None = 1) -> None:
            self.done += int(n or 0)
            if progress and self.in_bytes and self.total:
                progress(self.done, int(self.total))

    return Reporter
