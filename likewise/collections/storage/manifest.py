"""What a collection consists of: one small file that is replaced whole, and is the truth.

A shard that the manifest does not name is not there, whatever lies in the folder. So a change is
made by writing new files beside the old, and then the manifest: a crash at any moment leaves the
collection as it was before the change or as it is after.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from likewise.errors import DamagedCollection, InvalidIdentity, shown
from likewise.files.vectors.embeddings import Precision
from likewise.files.write import replacing
from likewise.types import Identity

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "manifest.json"
VERSION = 1

_OWN = {"id", "text", "truncated", "_content", "vector"}
"""Columns that no user's is named like."""

_NUMBER = re.compile(r"\d{6,12}", re.ASCII)
_DELETED = re.compile(r"\d{6,12}-\d{1,12}", re.ASCII)
"""Names of files, which a manifest that was changed by hand must not lead elsewhere."""


class _StoredShard(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    name: str
    rows: int
    deleted: str | None = None
    alive: int


class _Stored(BaseModel):
    """The file, checked when it is read: it may have been changed by hand."""

    model_config = ConfigDict(strict=True)
    likewise: str
    version: int
    uid: str
    generation: int
    encoder: dict[str, Any]
    precision: Precision
    types: str
    columns: dict[str, str]
    rows: int
    next_shard: int
    shards: list[_StoredShard]


@dataclass(frozen=True)
class ShardEntry:
    """A shard as the manifest names it.

    name: of its file, without the ending.
    rows: in the file, those that were deleted since included.
    alive: rows that were not.
    deleted: name of the file that says which ones, None where there are none.
    """

    name: str
    rows: int
    alive: int
    deleted: str | None = None


@dataclass(frozen=True)
class Manifest:
    """A collection at one moment.

    identity: the encoder of all its vectors.
    columns: the user's columns and their types, in order.
    precision: of the vectors on the disk.
    generation: rises with every change.
    next_shard: the number of the next shard; none is used twice.
    uid: tells the collection from one that has its name later.
    """

    identity: Identity
    columns: Mapping[str, "pa.DataType"]
    precision: Precision = "float32"
    generation: int = 0
    next_shard: int = 0
    shards: tuple[ShardEntry, ...] = ()
    uid: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def alive(self) -> int:
        """Rows that are there."""
        return sum(shard.alive for shard in self.shards)

    def changed(self, **fields: Any) -> "Manifest":  # noqa: ANN401
        """Return the next manifest, which differs in these fields."""
        return replace(self, generation=self.generation + 1, **fields)

    def write(self, folder: Path) -> None:
        """Make this the truth; it is on the disk when the function returns.

        Raises:
            UnwritableFile: no space or no permission; the truth is as before.
        """
        stored = {
            "likewise": "collection",
            "version": VERSION,
            "uid": self.uid,
            "generation": self.generation,
            "encoder": self.identity.to_dict(),
            "precision": self.precision,
            "columns": {name: str(type_) for name, type_ in self.columns.items()},
            "types": base64.b64encode(types_of(self.columns)).decode(),
            "rows": self.alive,
            "next_shard": self.next_shard,
            "shards": [
                {"name": s.name, "rows": s.rows, "alive": s.alive, "deleted": s.deleted}
                for s in self.shards
            ],
        }
        with replacing(folder / NAME, links=False) as file:
            file.write(orjson.dumps(stored, option=orjson.OPT_INDENT_2))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Return the manifest of the collection in a folder.

        Raises:
            FileNotFoundError: there is none.
            DamagedCollection: it can't be read, or contradicts itself.
        """
        data = (folder / NAME).read_bytes()
        try:
            read = orjson.loads(data)
            if isinstance(read, dict) and "likewise" not in read:
                raise damaged(folder, f"its {NAME} is none of a collection")
            stored = _Stored.model_validate(read)
            identity = Identity.from_dict(stored.encoder)
            columns = columns_of(stored.types)
        except (ValueError, ValidationError, InvalidIdentity) as error:
            raise damaged(folder, f"its {NAME} can't be understood") from error
        if stored.likewise != "collection":
            raise damaged(folder, f"its {NAME} is none of a collection")
        if stored.version != VERSION:
            raise DamagedCollection(
                f"The collection in {shown(str(folder), 200)} is of version {stored.version}.",
                f"This Likewise reads version {VERSION}: install the one that made it.",
            )
        shards = tuple(ShardEntry(s.name, s.rows, s.alive, s.deleted) for s in stored.shards)
        _check(folder, stored, shards)
        return cls(
            identity,
            columns,
            stored.precision,
            stored.generation,
            stored.next_shard,
            shards,
            stored.uid,
        )


def damaged(folder: Path, why: str) -> DamagedCollection:
    """Return what to raise for a collection that is not as it was written."""
    return DamagedCollection(
        f"The collection in {shown(str(folder), 200)} is damaged: {why}.",
        "Take it from a backup, or make it again with `likewise add`.",
    )


def types_of(columns: Mapping[str, "pa.DataType"]) -> bytes:
    """Return names and types of columns as bytes, which `columns_of` reads."""
    import pyarrow as pa

    made: bytes = pa.schema(list(columns.items())).serialize().to_pybytes()
    return made


def columns_of(types: str) -> dict[str, "pa.DataType"]:
    """Return the columns of `types_of`, given in base64; raises `ValueError`."""
    import pyarrow as pa

    try:
        schema = pa.ipc.read_schema(pa.BufferReader(base64.b64decode(types, validate=True)))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from None
    if len(set(schema.names)) < len(schema) or set(schema.names) & _OWN:
        raise ValueError("a column's name is that of another")
    return {column.name: column.type for column in schema}


def _check(folder: Path, stored: _Stored, shards: tuple[ShardEntry, ...]) -> None:
    names = [shard.name for shard in shards]
    sound = (
        len(set(names)) == len(names)
        and all(_NUMBER.fullmatch(name) and int(name) < stored.next_shard for name in names)
        and all(0 < shard.alive <= shard.rows for shard in shards)
        and all(s.deleted is None or _DELETED.fullmatch(s.deleted) for s in shards)
        and sum(shard.alive for shard in shards) == stored.rows
    )
    if not sound:
        raise damaged(folder, f"its {NAME} contradicts itself")
