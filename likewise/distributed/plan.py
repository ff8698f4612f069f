"""The plan of a job: its encoder, its input, and where each shard begins and ends.

It is written once, before the job begins, and never changed: a shard is the same whoever makes it,
and however often. So that nothing else gets in, the plan carries a digest of itself, and each
finished shard carries that digest. Shards are named by their numbers alone; nothing that stands in
a plan becomes the name of a file that is written.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from likewise.collections.storage.manifest import columns_of, types_of
from likewise.distributed.cuts import CutFile
from likewise.distributed.store import JobStore
from likewise.errors import DamagedPlan, FileMissing, InvalidIdentity, shown
from likewise.files.vectors.embeddings import Precision
from likewise.types import Identity

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "plan.json"
VERSION = 1

SHARD = re.compile(r"(\d{6,12})\.parquet", re.ASCII)
"""The names of finished shards."""

_SMALLEST = 12
"""Bytes of the smallest parquet file there is."""

Job = Literal["embed", "predict"]


class InputFile(NamedTuple):
    """A file of the input: its path below the input's folder, its bytes, and what tells its state.

    mark: hash of a parquet file's footer, or of the parts of one that is cut; of other files the
    time of their last change.
    """

    path: str
    size: int
    mark: str


class ShardRange(NamedTuple):
    """What a shard is made of: rows of one file from `start`, or all of it where `rows` is -1."""

    number: int
    file: int
    start: int
    rows: int


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    file: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    coverage: float
    abstain: float


class _Shards(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    file: list[int]
    start: list[int]
    rows: list[int]


class _Reading(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    format: str | None = None
    encoding: str | None = None
    separator: str | None = None
    quotes: str | None = None
    header: bool | None = None
    sheet: str | None = None


class _Stored(BaseModel):
    """The file, checked when it is read: it may have been changed by hand."""

    model_config = ConfigDict(strict=True, extra="forbid")
    likewise: Literal["plan"]
    version: int
    digest: str
    job: Job
    encoder: dict[str, Any]
    model: _Model | None
    input: str
    text: str
    id: str | None
    types: str
    precision: Precision
    reading: _Reading
    files: list[tuple[str, int, str]]
    shards: _Shards
    cuts: list[CutFile] = []


class ModelFile(NamedTuple):
    """The trained model of a job that predicts, and what it is asked for."""

    file: str
    sha256: str
    coverage: float
    abstain: float


@dataclass(frozen=True, eq=False)
class JobPlan:
    """A job in shards.

    job: `embed` or `predict`. identity: the encoder of all vectors. input: address of the folder of
    the files. text, id: columns of the texts and of the ids, None where rows are numbered. columns:
    those that are kept beside, with their types. file, start, rows: int64, shape (shards,); see
    `ShardRange`. model: of a job that predicts. reading: how files other than parquet are read.
    cuts: large files among them, which are cut.
    """

    job: Job
    identity: Identity
    input: str
    text: str
    id: str | None
    columns: Mapping[str, "pa.DataType"]
    files: tuple[InputFile, ...]
    file: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    precision: Precision = "float32"
    model: ModelFile | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    cuts: tuple[CutFile, ...] = ()

    def __len__(self) -> int:
        return len(self.file)

    def shard(self, number: int) -> ShardRange:
        """Return what a shard is made of."""
        at = (self.file[number], self.start[number], self.rows[number])
        return ShardRange(number, *map(int, at))

    def cut(self, shard: ShardRange) -> tuple[CutFile, int] | None:
        """Return how the file of a shard is cut, and which part the shard is; None where not."""
        found = self._cut_files.get(shard.file)
        if found is None:
            return None
        return found, shard.number - int(np.searchsorted(self.file, shard.file))

    @cached_property
    def _cut_files(self) -> dict[int, CutFile]:
        return {one.file: one for one in self.cuts}

    @property
    def known_rows(self) -> int | None:
        """Rows in all, None where a file does not say how many it has."""
        return None if (self.rows < 0).any() else int(self.rows.sum())

    @cached_property
    def digest(self) -> str:
        """64 hexadecimal characters that tell this plan from every other."""
        return _digest(self._members)

    @cached_property
    def _members(self) -> dict[str, Any]:
        cuts = {"cuts": [one.model_dump(mode="json") for one in self.cuts]} if self.cuts else {}
        return {
            "likewise": "plan",
            "version": VERSION,
            "job": self.job,
            "encoder": self.identity.to_dict(),
            "model": self.model._asdict() if self.model else None,
            "input": self.input,
            "text": self.text,
            "id": self.id,
            "types": base64.b64encode(types_of(self.columns)).decode(),
            "precision": self.precision,
            "reading": dict(self.reading),
            "files": [list(one) for one in self.files],
            "shards": {
                "file": self.file.tolist(),
                "start": self.start.tolist(),
                "rows": self.rows.tolist(),
            },
            **cuts,
        }

    def write(self, store: JobStore) -> None:
        """Write the plan; it is there when the function returns."""
        store.write(NAME, orjson.dumps({"digest": self.digest, **self._members}))

    @classmethod
    def read(cls, store: JobStore) -> "JobPlan":
        """Return the plan in a folder.

        Raises:
            FileMissing: there is none.
            DamagedPlan: it was changed, or can't be understood.
        """
        try:
            data = store.read(NAME)
        except FileMissing:
            raise FileMissing(
                f"There is no plan in {shown(store.address, 200)}.",
                "Make one: likewise scale plan INPUT OUT.",
            ) from None
        try:
            members = orjson.loads(data)
            version = members.get("version") if isinstance(members, dict) else None
            if isinstance(version, int) and version > VERSION:
                raise damaged(
                    store, f"it is of version {version}, of a later Likewise; this reads {VERSION}"
                )
            stored = _Stored.model_validate_json(data)
            if stored.version != VERSION:
                raise damaged(store, f"it is of version {stored.version}, not {VERSION}")
            del members["digest"]
            if _digest(members) != stored.digest:
                raise damaged(store, "it was changed after it was made")
            made = _plan(stored)
        except (ValueError, OverflowError, ValidationError, InvalidIdentity):
            raise damaged(store, "it can't be understood") from None
        _check(made, store)
        return made


def damaged(store: JobStore, why: str) -> DamagedPlan:
    """Return what to raise for a plan that is not as it was written."""
    return DamagedPlan(
        f"The plan in {shown(store.address, 200)} can't be used: {why}.",
        "Put the file back as it was, or plan again with another OUT.",
    )


def shard_name(number: int) -> str:
    """Return the name of a finished shard's file."""
    return f"{number:06}.parquet"


def finished(store: JobStore, plan: JobPlan) -> npt.NDArray[np.bool_]:
    """Return which shards are finished, by the names that are there: shape (shards,)."""
    return finished_in(store, "", len(plan))


def finished_in(store: JobStore, folder: str, count: int) -> npt.NDArray[np.bool_]:
    """Return which of so many parts are published in a folder: shape (count,)."""
    done = np.zeros(count, np.bool_)
    for name, entry in store.entries(folder).items():
        found = SHARD.fullmatch(name)
        if found and entry.size >= _SMALLEST and int(found[1]) < count:
            done[int(found[1])] = True
    return done


def _digest(members: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plan(stored: _Stored) -> JobPlan:
    return JobPlan(
        job=stored.job,
        identity=Identity.from_dict(stored.encoder),
        input=stored.input,
        text=stored.text,
        id=stored.id,
        columns=columns_of(stored.types),
        files=tuple(InputFile(*one) for one in stored.files),
        file=np.array(stored.shards.file, np.int64),
        start=np.array(stored.shards.start, np.int64),
        rows=np.array(stored.shards.rows, np.int64),
        precision=stored.precision,
        model=ModelFile(**stored.model.model_dump()) if stored.model else None,
        reading=stored.reading.model_dump(exclude_unset=True),
        cuts=tuple(stored.cuts),
    )


def _check(plan: JobPlan, store: JobStore) -> None:
    """Raise for a plan that leads somewhere else, or whose shards overlap or leave rows out."""
    sound = len(plan.file) == len(plan.start) == len(plan.rows)
    sound = sound and (plan.job == "predict") == (plan.model is not None)
    sound = sound and all(_is_inside(one.path) for one in plan.files)
    if sound and len(plan):
        whole = plan.rows == -1
        sound = np.array_equal(np.unique(plan.file), np.arange(len(plan.files)))
        first = np.diff(plan.file, prepend=-1) != 0
        ends = plan.start + plan.rows
        sound = sound and bool(
            (np.diff(plan.file) >= 0).all()
            and (plan.start[first] == 0).all()
            and (plan.start[1:] == ends[:-1])[~first[1:]].all()
            and ((plan.rows >= 0) | whole).all()
            and (first & np.append(first[1:], True))[whole].all()
        )
    sound = sound and _are_sound(plan)
    if not sound:
        raise damaged(store, "it contradicts itself")


def _are_sound(plan: JobPlan) -> bool:
    """Return whether files that are cut have as many parts as shards, one after another."""
    numbers = [one.file for one in plan.cuts]
    if len(set(numbers)) < len(numbers) or not all(0 <= n < len(plan.files) for n in numbers):
        return False
    shards = np.bincount(plan.file, minlength=len(plan.files))
    return all(one.is_sound(plan.files[one.file].size, int(shards[one.file])) for one in plan.cuts)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    odd = path.startswith("/") or "\\" in path or "\0" in path
    return bool(parts) and not odd and ".." not in parts
