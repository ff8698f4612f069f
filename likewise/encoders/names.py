"""What the name of an encoder stands for, before anything is loaded."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from likewise.encoders.catalogue import BUILT_IN, model
from likewise.errors import FileMissing, UnknownEncoder, shown_setting
from likewise.settings import Settings

Kind = Literal["built in", "folder", "hub", "provider"]

_HUB_PAGE = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+)(?:[/?#].*)?\Z", re.I
)
"""An address that people copy; to ask it for vectors would send it their texts in vain."""


@dataclass(frozen=True)
class EncoderSource:
    """Where an encoder comes from.

    name: as it is stored with what was made; a folder's is its absolute path.
    kind: `built in` needs nothing; `hub` is a model that is on this machine or can be fetched;
        `provider` is asked over the network.
    folder: of a `folder`; None otherwise.
    """

    name: str
    kind: Kind
    folder: Path | None = None

    def is_here(self, settings: Settings) -> bool:
        """Whether it can be loaded without fetching anything; no network is used to tell."""
        if self.kind != "hub":
            return True
        from likewise.encoders.local import weights

        return weights.find(model(self.name), settings) is not None


def source_of(name: str) -> EncoderSource:
    """Return what `name` stands for.

    Raises:
        FileMissing: it is a path at which there is no folder.
        UnknownEncoder: it is the name of nothing.
    """
    if name in BUILT_IN:
        return EncoderSource(name, "built in")
    if page := _HUB_PAGE.match(name):
        raise UnknownEncoder(
            f"{shown_setting(name, 200)} is a page of the Hugging Face hub, not a provider.",
            f"Name the model as the hub does: {page[1]}.",
            param="encoder",
        )
    if name.startswith(("openai/", "http://", "https://")):
        return EncoderSource(name, "provider")
    folder = _folder(name)
    if folder is not None:
        return EncoderSource(str(folder), "folder", folder)
    try:
        model(name)
    except UnknownEncoder as error:
        if name.strip() and _is_folder(name):
            raise UnknownEncoder(
                error.problem,
                f"If you mean the folder of that name, write ./{name}.",
                param="encoder",
            ) from None
        raise
    return EncoderSource(name, "hub")


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _folder(name: str) -> Path | None:
    """Return the folder that `name` is the path of, None where it reads as a model's name.

    What exists here is never looked for elsewhere.

    Raises:
        FileMissing: it reads as a path, and there is no folder.
    """
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - Path's own fails for an unknown user
    reads_as_path = name.startswith(("/", "./", "../", "~", ".\\")) or path.is_absolute()
    try:
        if path.is_dir() and path.name != name:
            return path.resolve()
        reads_as_path |= path.name != name and path.exists()
    except (OSError, ValueError):  # too long, or a character that no path can have
        pass
    if reads_as_path:
        raise FileMissing(
            f"There is no folder {shown_setting(name)}.",
            "Name a folder that holds a sentence-transformers model.",
            param="encoder",
        )
    return None
