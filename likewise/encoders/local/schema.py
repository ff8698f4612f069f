"""The JSON files of a model folder, read through declared tables of their members.

A member that changes vectors and is not read is a wrong answer that nobody notices. So each
file has a `Members` class that says of every member what becomes of it: a field is *computed
with*, `FIXED` members are refused unless they have a value under which nothing changes, and
`HARMLESS` ones have no effect on a vector. What no table knows is refused in the files of
pooling and other modules, and noted elsewhere.
"""

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, ValidationError

from likewise.errors import UnsupportedModel, WeightsCorrupt, WeightsMissing, lower_first, shown

MOST_BYTES = 64 << 20
"""A configuration file beyond this size is none."""

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""How JSON writes a half of a character; without its other half no text may hold it."""

_LFS = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS has not fetched yet."""


class Members(BaseModel):
    """What becomes of every member of one kind of file; the fields are computed with."""

    # of all tables a model needs few: each is built when it is first used
    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True
    )

    FIXED: ClassVar[Mapping[str, tuple[object, ...]]] = {}
    """Members that are refused unless they are absent, null, or one of these values."""
    WHY: ClassVar[Mapping[str, str]] = {}
    """What another value of a fixed member means, where its name doesn't tell."""
    HARMLESS: ClassVar[frozenset[str]] = frozenset()
    """Members without an effect on a vector."""
    REFUSES_UNKNOWN: ClassVar[bool] = False

    @classmethod
    def computed(cls) -> frozenset[str]:
        """Return the names, in the file, of the members that are computed with."""
        return frozenset(name for names in _names(cls).values() for name in names)

    @classmethod
    def read(cls, folder: Path, file: str, notes: list[str]) -> Self:
        """Return the members of a file; all have their defaults where there is no such file.

        Args:
            folder: the model's folder.
            file: the file's path inside it, with `/`.
            notes: gets a sentence about members that no table knows.

        Raises:
            WeightsCorrupt: the file is not a JSON object.
            UnsupportedModel: a member has a type or value that can't be computed with.
        """
        return cls.understood(folder, file, read_object(folder / file), notes)

    @classmethod
    def understood(
        cls, folder: Path, file: str, content: Mapping[str, Any], notes: list[str]
    ) -> Self:
        """Return the members of a file that was read; see `read`."""
        stated = {name: value for name, value in content.items() if value is not None}
        for name, allowed in cls.FIXED.items():
            if name in stated and not any(_same(stated[name], value) for value in allowed):
                said = f"{file} says {name} = {_brief(stated[name])}"
                why = cls.WHY.get(name)
                raise unsupported(folder, f"{why} ({said})" if why else said)
        known = cls.computed()
        unknown = sorted(stated.keys() - known - cls.FIXED.keys() - cls.HARMLESS)
        if unknown and cls.REFUSES_UNKNOWN:
            raise unsupported(folder, f"{file} has a member that is not known: {shown(unknown[0])}")
        if unknown:
            notes.append(f"Not used of {file}: {_few(unknown)}.")
        _check_twice(cls, folder, file, stated)
        try:
            return cls.model_validate({n: v for n, v in stated.items() if n in known})
        except ValidationError as error:
            raise unsupported(folder, f"{file} has no usable {_first(error)}") from None
        except (OverflowError, RecursionError) as error:
            raise unsupported(folder, f"{file} has a number out of all bounds ({error})") from None


def listed(names: str) -> frozenset[str]:
    """Return the names in a text, one after another."""
    return frozenset(names.split())


def unsupported(folder: Path, why: str, remedy: str = "") -> UnsupportedModel:
    """Return the error that says why the model in `folder` can't be run."""
    return UnsupportedModel(
        f"Likewise can't run the model in {shown(str(folder), 200)}: {why}.",
        remedy or "Choose another model, or restore the file from its source if it was changed.",
    )


def missing(folder: Path, file: str, namer: str = "") -> WeightsMissing:
    """Return the error for a file that is not there and that `namer` names."""
    because = f", which {namer} names" if namer else ""
    return WeightsMissing(
        f"The folder {shown(str(folder), 200)} has no {file}{because}.",
        "Copy the whole folder of the model, its subfolders too, or fetch it again.",
    )


def corrupt(path: Path, why: str) -> WeightsCorrupt:
    """Return the error for a file that is not what its name says."""
    if is_pointer(path):
        return WeightsCorrupt(
            f"{shown(str(path), 200)} is a pointer of Git LFS, not the file itself.",
            "Run `git lfs pull` where the model was cloned, or fetch it again.",
        )
    return WeightsCorrupt(
        f"{shown(str(path), 200)} {why}.",
        "Fetch the model again, or restore the file from its source.",
    )


def is_pointer(path: Path) -> bool:
    """Whether Git LFS has not fetched the file yet: what stands there only says what it is."""
    return _head(path).startswith(_LFS)


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():  # to open a pipe is to wait for who writes to it
            return b""
        with path.open("rb") as file:
            return file.read(len(_LFS))
    except OSError:
        return b""


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, an empty one where there is no file.

    Raises:
        WeightsCorrupt: the file holds something else.
    """
    if not os.path.lexists(path):
        return {}
    value = read_json(path)
    if not isinstance(value, dict):
        raise corrupt(path, "is not the JSON file that it should be")
    return value


def read_json(path: Path) -> object:
    """Return what a JSON file holds.

    Raises:
        WeightsCorrupt: it is not a file of a bounded size, or no JSON.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise corrupt(path, "is not a file")
        if found.st_size > MOST_BYTES:
            raise corrupt(path, f"is {found.st_size:,} bytes long, too long for a configuration")
        text = path.read_text(encoding="utf-8-sig")
        value: object = json.loads(text)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # fails for half a character
    except (ValueError, OSError, RecursionError):
        raise corrupt(path, "is not the JSON file that it should be") from None
    return value


def _names(cls: type[Members]) -> dict[str, tuple[str, ...]]:
    """Return the names that each field has in the file."""
    names = {}
    for field, info in cls.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            names[field] = tuple(str(choice) for choice in alias.choices)
        else:
            names[field] = (alias if isinstance(alias, str) else field,)
    return names


def _check_twice(cls: type[Members], folder: Path, file: str, stated: Mapping[str, Any]) -> None:
    """Refuse a file that gives one thing two values under two names."""
    for names in _names(cls).values():
        there = [name for name in names if name in stated]
        if any(not _same(stated[name], stated[there[0]]) for name in there[1:]):
            both = " and ".join(f"{name} = {_brief(stated[name])}" for name in there)
            raise unsupported(folder, f"{file} contradicts itself: {both}")


def _same(one: object, other: object) -> bool:
    """Equality that tells true from 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    # pydantic adds which of several types was tried
    tried = {"int", "float", "str", "bool"}
    parts = [str(part) for part in first["loc"] if str(part) not in tried]
    where = ".".join(part for part in parts if part.isalnum() or part.isidentifier())
    what = lower_first(first["msg"])
    if first["type"] == "value_error":  # one of ours, about members that don't go together
        return first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        return f"{where}: there is none"
    return f"{where}: {what}, got {_brief(first['input'])}"


def _brief(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
        # half a character can't be printed
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else f"{text[:59]}…"


def _few(names: list[str]) -> str:
    shown_names = [shown(name, 60) for name in names[:5]]
    more = len(names) - len(shown_names)
    return ", ".join(shown_names) + (f" and {more} more" if more else "")
