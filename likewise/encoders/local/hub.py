"""Model files from the Hugging Face hub, and from the cache that its tools keep."""

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from likewise.encoders.catalogue import BytesProgress, Model
from likewise.encoders.local.model_folder import OPTIONAL, REQUIRED
from likewise.errors import DownloadFailed

_SECONDS = 10
"""Wait this long for an answer of the hub."""


def find(repository: str, revision: str) -> Path | None:
    """Return the model's folder in the Hugging Face cache, None where it is not; no network."""
    hub = _library()
    try:
        folder = Path(hub.snapshot_download(repository, revision=revision, local_files_only=True))
    except (OSError, ValueError, RuntimeError):  # the last one: a user without a home folder
        return None
    return folder if all((folder / name).is_file() for name in REQUIRED) else None


def fetch(wanted: Model, folder: Path, progress: BytesProgress | None, hub_address: str) -> None:
    """Fetch the model's files into `folder`.

    Raises:
        DownloadFailed: the hub can't be reached, or has no such model.
    """
    hub = _library()
    try:
        # the library tries an address that can't be reached for half a minute
        hub.get_session().head(hub_address, timeout=_SECONDS)
        hub.snapshot_download(
            wanted.repository,
            revision=wanted.revision,
            local_dir=folder,
            allow_patterns=[*wanted.digests] or [*REQUIRED, *OPTIONAL],
            endpoint=hub_address,
            etag_timeout=_SECONDS,
            tqdm_class=_reporter(progress),
        )
    # the library raises its own errors, those of its HTTP client, and OSError
    except Exception as error:
        raise DownloadFailed(
            f"{hub_address} gave no {wanted.repository} ({_first_line(error)}).",
            "Check the name and the network.",
        ) from None
    missing = [name for name in wanted.digests or REQUIRED if not (folder / name).is_file()]
    if missing:
        raise DownloadFailed(
            f"{wanted.repository} has no {', '.join(missing)}.",
            "Choose a model that is stored as safetensors with a fast tokenizer.",
        )


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


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
