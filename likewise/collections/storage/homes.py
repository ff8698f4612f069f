"""Where collections are: by name in one folder of the user's, or anywhere by path."""

import os
import re
import secrets
import shutil
from pathlib import Path

import orjson
from platformdirs import user_data_path

from likewise.collections.storage.lock import NAME as LOCK
from likewise.collections.storage.lock import locked
from likewise.collections.storage.manifest import NAME, Manifest
from likewise.errors import (
    CollectionExists,
    CollectionMissing,
    InvalidOption,
    UnwritableFile,
    shown,
)
from likewise.files.names import listed
from likewise.files.write import writing
from likewise.settings import Settings

_OWN = re.compile(
    r"manifest\.json|lock|scale\.json|recall\.json|words\.sqlite3(-\w+)?|maps|beside"
    r"|\d{6,12}(-\d{1,12})?\.(parquet|npy|codes)|\.likewise-.*|plan\.json|_\w+"
    r"|\.DS_Store|Thumbs\.db|desktop\.ini",
    re.ASCII,
)
"""What stands in a collection's folder; results of `likewise scale` have a plan beside it."""

_NAME = re.compile(r"\w[\w.+-]{0,99}")


def home(settings: Settings) -> Path:
    """Return the folder of all collections that go by a name.

    Raises:
        InvalidOption: this user has none.
    """
    if settings.collections is not None:
        return settings.collections.absolute()
    try:
        folder = user_data_path("likewise")
    except RuntimeError:  # a service's user may have no home
        folder = Path("~")
    if not folder.is_absolute():  # so older versions of platformdirs say the same
        raise InvalidOption(
            "This user has no home folder to keep collections in.",
            "Name a folder in LIKEWISE_COLLECTIONS, or set HOME.",
            param="LIKEWISE_COLLECTIONS",
        )
    return folder / "collections"


def is_name(name: str) -> bool:
    """Return whether a collection may go by this name; a path or an address is none."""
    return _NAME.fullmatch(name) is not None


def is_path(name: str | Path) -> bool:
    """Return whether this is a path, not the name of a collection."""
    return isinstance(name, Path) or os.sep in name or name.startswith((".", "~"))


def folder_of(name: str | Path, settings: Settings) -> Path:
    """Return the folder that a collection of this name, or at this path, is or will be in.

    Raises:
        InvalidOption: it can be neither.
    """
    if "://" in str(name):  # as a path it would be a folder, named by a password at worst
        raise InvalidOption(
            f"A collection can't be at an address that begins with {shown(_scheme(name))}.",
            "An address begins with postgresql://; a new name is a name alone.",
            param="collection",
        )
    if is_path(name):
        return Path(os.path.expanduser(name)).absolute()  # noqa: PTH111 - as for encoders
    if not is_name(str(name)):
        raise InvalidOption(
            f"A collection can't be named {shown(name)}.",
            "Use letters, digits and . + - _; a path begins with ./ or /.",
            param="collection",
        )
    return home(settings) / name


def _scheme(name: str | Path) -> str:
    return str(name).partition("://")[0] + "://"


def existing(name: str | Path, settings: Settings) -> Path:
    """Return the folder of a collection that is there.

    Raises:
        CollectionMissing: there is none.
    """
    folder = folder_of(name, settings)
    if (folder / NAME).is_file():
        return folder
    names = all_names(settings)
    known = f"There are: {', '.join(names)}." if names else "There is none yet."
    raise CollectionMissing(
        f"There is no collection {shown(str(name), 200)}.",
        f"{known} `likewise add FILE --collection NAME` makes one.",
        param="collection",
    )


def all_names(settings: Settings) -> list[str]:
    """Return the names of all collections in the user's folder."""
    folder = home(settings)
    if not folder.is_dir():
        return []
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if _NAME.fullmatch(entry.name) and (entry / NAME).is_file()
    )


def make(folder: Path, manifest: Manifest) -> None:
    """Make the folder of a new collection.

    Raises:
        CollectionExists: there is one.
        UnwritableFile: the folder can't be made, or holds something else.
    """
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_free(folder)
        with locked(folder):
            _check_free(folder)  # another may have been quicker
            manifest.write(folder)


def _check_free(folder: Path) -> None:
    names = {entry.name for entry in folder.iterdir()} - {LOCK}
    if NAME in names:
        raise CollectionExists(
            f"There is a collection {shown(folder.name)} already.",
            "Open it, or choose another name.",
        )
    if names:
        raise CollectionExists(
            f"{shown(str(folder), 200)} holds something that is not a collection.",
            "Name a folder that is empty or not there yet.",
        )


def rename(folder: Path, target: Path) -> None:
    """Give a collection another name, once nobody is changing it.

    Raises:
        CollectionBusy: another process goes on changing it.
        CollectionExists: there is something of that name.
    """
    if target.exists():
        raise CollectionExists(
            f"There is {shown(str(target.name))} already.", "Choose another name, or delete it."
        )
    with writing(target), locked(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)


def remove(folder: Path) -> None:
    """Remove a collection for ever; half of one is never left under its name.

    Raises:
        UnwritableFile: there is something in the folder that is not the collection's.
        CollectionBusy: another process goes on changing it.
    """
    if folder.exists():  # where it is not, the lock says so
        _check_own(folder)
    aside = folder.with_name(f".{folder.name}-removed")
    if os.path.lexists(aside) and (aside.is_symlink() or _strange(aside)):
        aside = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}-removed")
    with writing(folder), locked(folder):
        if aside.exists():
            shutil.rmtree(aside)
        folder.rename(aside)
    with writing(folder):
        shutil.rmtree(aside)


def _check_own(folder: Path) -> None:
    """Raise where something in the folder is not the collection's: it would be lost with it."""
    strange = _strange(folder)
    try:
        about = orjson.loads((folder / NAME).read_bytes())
        if not isinstance(about, dict) or about.get("likewise") != "collection":
            strange.append(NAME)  # as other programs have one
    except (OSError, ValueError):
        pass  # a damaged collection can be removed
    if strange:
        raise UnwritableFile(
            f"{shown(str(folder), 200)} holds {listed(strange)}, which is not a collection's.",
            "Take it out of the folder first, or delete the folder yourself.",
        )


def _strange(folder: Path) -> list[str]:
    """Return the names of what no collection has in its folder."""
    if not folder.is_dir():
        return [folder.name]
    with writing(folder):
        return sorted(one.name for one in folder.iterdir() if not _OWN.fullmatch(one.name))
