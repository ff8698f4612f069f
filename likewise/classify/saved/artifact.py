"""One file for a trained model: a zip of JSON and safetensors, no code in it.

`model.json` says what the model is, `arrays.safetensors` holds its numbers, and both their
SHA-256 digests stand in `digests.json`. Members are stored, not compressed, so that a small
file can't unfold into a large one.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from likewise.classify.model import Model
from likewise.classify.saved.checked import Retired
from likewise.classify.saved.members import members_of, model_of
from likewise.errors import FileMissing, InvalidIdentity, UnreadableFile, shown
from likewise.files.raw.opening import unopened
from likewise.files.write import replace_keeping

FORMAT = "likewise model"
VERSION = 4
"""The newest that is read. Raised when an older Likewise could misread a file; new fields alone
don't raise it, and a file says the oldest that holds all that it has.

2 has offsets of the classes, without which other labels would be answered. 3 tells texts of none
of the classes by several detectors, of which 1 and 2 had one. 4 may have several labels per text.
"""

_JSON, _ARRAYS, _DIGESTS = "model.json", "arrays.safetensors", "digests.json"

_DAMAGE = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, OSError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile),
)
"""What the readers of zip, JSON and arrays raise over a file that is not what it should be."""


def save(model: Model, path: Path) -> Path | None:
    """Write a model whole or not at all, and keep an older one under another name.

    Returns:
        Where the older model is now, None where there was none.

    Raises:
        UnwritableFile: no permission, no space, or no such folder.
    """
    from safetensors.numpy import save as to_bytes

    fields, arrays = members_of(model)
    fields = {"format": FORMAT, "version": 4 if fields["task"] == "multi-label" else 3, **fields}
    members = {
        _JSON: json.dumps(fields, ensure_ascii=False, indent=1).encode("utf-8"),
        _ARRAYS: to_bytes({name: np.ascontiguousarray(array) for name, array in arrays.items()}),
    }
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    members[_DIGESTS] = json.dumps(digests).encode()

    def fill(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name), data)

    return replace_keeping(path, fill)


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        FileMissing: there is no such file.
        UnreadableFile: it may not be read, is not a model, damaged, changed by hand, or of a newer
            Likewise.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    with _open(path) as file:
        try:
            members = _members(file, path)
            fields = json.loads(members[_JSON])
            json.dumps(fields, ensure_ascii=False).encode()  # half a character is in no text
            _check_version(fields, path)
            model = model_of(fields, from_bytes(members[_ARRAYS]))
        except InvalidIdentity as error:
            raise _damaged(path, error.problem) from None
        except Retired as error:
            raise UnreadableFile(
                f"{shown(str(path))} {error}.", "Train it again from its texts."
            ) from None
        except (*_DAMAGE, SafetensorError) as error:
            raise _damaged(path, f"{error}" or type(error).__name__) from None
    return model


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_file() or path.is_dir():  # a pipe would be waited for
            return path.open("rb")
    except OSError as error:
        raise unopened(shown(str(path)), error) from None
    raise FileMissing(f"There is no model {shown(str(path))}.", "Make one with `likewise train`.")


def _members(file: BinaryIO, path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        if sorted(infos) != sorted([_JSON, _ARRAYS, _DIGESTS]) or len(archive.infolist()) != 3:
            raise _damaged(path, f"it holds {', '.join(map(shown, list(infos)[:5])) or 'nothing'}")
        size = path.stat().st_size
        for info in infos.values():
            if info.compress_type != zipfile.ZIP_STORED or info.file_size > size:
                raise _damaged(path, f"{info.filename} is compressed, which Likewise never does")
        members = {name: archive.read(name) for name in infos}
    digests = json.loads(members[_DIGESTS])
    for name in (_JSON, _ARRAYS):
        if hashlib.sha256(members[name]).hexdigest() != digests[name]:
            raise _damaged(path, f"{name} does not have the digest that it must have")
    return members


def _check_version(fields: dict[str, Any], path: Path) -> None:
    if fields.get("format") != FORMAT or not isinstance(fields["version"], int):
        raise _damaged(path, "its format is not named")
    if fields["version"] > VERSION:
        raise UnreadableFile(
            f"{shown(str(path))} has version {fields['version']} of the model format; this "
            f"Likewise reads up to {VERSION}.",
            "Update Likewise: pip install -U likewise.",
        )


def _damaged(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"{shown(str(path))} is not a whole Likewise model: {why[:200]}.",
        "Copy it again from where it came from, or train it again.",
    )
