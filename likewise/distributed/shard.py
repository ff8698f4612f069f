"""Makes one shard of a job: reads its rows, embeds them or predicts, and publishes one file.

It is the same function whoever calls it, in a loop, in a process or on another machine. Doing a
shard twice gives the same file under the same name, so nothing is there twice, whatever fails;
and a row that can't be done stands in its place, with the reason in the column `error`.
"""

import hashlib
import io
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from likewise.collections.storage.shard import GROUP_ROWS
from likewise.distributed.input_rows import InputRow, rows_of
from likewise.distributed.plan import JobPlan, ShardRange, damaged, shard_name
from likewise.distributed.rows import Rows, rows_for
from likewise.distributed.store import JobStore
from likewise.encoders import Encoder
from likewise.errors import (
    EncoderError,
    FileMissing,
    IncompatibleVectors,
    LikewiseError,
    RemoteTimeout,
    RemoteUnavailable,
    StoreUnavailable,
    shown,
)
from likewise.files.vectors.embeddings import embeddings_writer
from likewise.types import check_same

if TYPE_CHECKING:
    from likewise.classify.model import Model

log = logging.getLogger(__name__)

READING = "likewise.reading"
"""Key of a shard's metadata: how the encoder read its texts, as JSON of `Reading`'s members."""

TRIES = 4
_PAUSE = 0.5
_LARGE = 2_000_000
_LARGE_GROUP = 4_096
"""Rows of a shard from which its row groups are larger, for what is said of each is held in memory
until the file's end."""

_PASSING = (StoreUnavailable, RemoteUnavailable, RemoteTimeout)
"""What may be over when it is tried again."""


@dataclass(frozen=True)
class Outcome:
    """What became of a shard, or of another part of a job.

    number: of the shard. rows: in its file. failed: of these, with an error. seconds: it took.
    problem: why there is no file, None where there is one. ours: whether the reason was foreseen.
    reading: how the encoder read its texts, as `Reading`'s members.
    """

    number: int
    rows: int = 0
    failed: int = 0
    seconds: float = 0.0
    problem: str | None = None
    ours: bool = True
    reading: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, which any process understands."""
        return asdict(self)


class ShardWork:
    """Makes shards of one job; pickles as addresses, the encoder's name and options.

    Args:
        out: where the plan is, and where shards are published.
        digest: of the plan.
        encoder: embeds the texts.
        model: file of the trained model, where the job is to predict.
    """

    def __init__(
        self, out: JobStore, digest: str, encoder: Encoder, model: Path | None = None
    ) -> None:
        self._out = out
        self._digest = digest
        self._encoder = encoder
        self._model = model

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was opened."""
        names = ("_out", "_digest", "_encoder", "_model")
        return {name: self.__dict__[name] for name in names}

    def __call__(self, number: int) -> Outcome:
        """Make a shard, trying again where that may help; never raises what is foreseen."""
        began = time.monotonic()
        for tried in range(1, TRIES + 1):
            try:
                rows = self._make(self._plan.shard(number))
            except _PASSING as error:
                if tried == TRIES:
                    return _failed(number, error, began)
                pause = _PAUSE * 4**tried * (0.5 + (number * 0.618) % 1)
                log.warning("%s Shard %d is tried again in %.0f s.", error.problem, number, pause)
                time.sleep(pause)
            except LikewiseError as error:
                return _failed(number, error, began)
            else:
                seconds = time.monotonic() - began
                read = asdict(rows.reading)
                return Outcome(number, rows.done, rows.failed, seconds, reading=read)
        raise AssertionError  # the loop returns

    def prepare(self) -> None:
        """Import and load all that a shard is made with, by making a row that nobody keeps.

        Raises:
            LikewiseError: something is not there, or does not fit; making a shard says so too.
        """
        plan, shard = self._plan, self._plan.shard(0)
        if shard.rows > 0:  # of a file that need not be loaded whole for its first row
            next(rows_of(plan, shard, self._input), None)
        row = InputRow(1, "1-1", "a text", (None,) * len(plan.columns), None)
        asked = 0 if self._encoder.capabilities.remote else 1  # a provider would charge for it
        write_shard(plan, shard, self._rows(), islice([row], asked), io.BytesIO())

    @cached_property
    def _plan(self) -> JobPlan:
        try:
            plan = JobPlan.read(self._out)
        except FileMissing as error:
            raise StoreUnavailable(
                f"{shown(self._out.address, 200)} can't be seen from this machine.",
                "Use a folder that all machines share, or an object store.",
            ) from error
        if plan.digest != self._digest:
            raise damaged(self._out, "it is another one than when the job began")
        check_same(plan.identity, self._encoder.identity)
        return plan

    @cached_property
    def _input(self) -> JobStore:
        return JobStore(self._plan.input)

    @cached_property
    def _learnt(self) -> "Model":
        return load_model(self._plan, self._model)

    def _make(self, shard: ShardRange) -> Rows:
        rows = self._rows()
        source = rows_of(self._plan, shard, self._input)
        with self._out.publish(shard_name(shard.number)) as file:
            write_shard(self._plan, shard, rows, source, file)
        return rows

    def _rows(self) -> Rows:
        learnt = self._learnt if self._plan.job == "predict" else None
        return rows_for(self._plan, self._encoder, learnt)


def write_shard(
    plan: JobPlan, shard: ShardRange, rows: Rows, source: Iterator[InputRow], file: BinaryIO
) -> None:
    """Write a shard to an open file."""
    said = {"likewise.plan": plan.digest, "likewise.shard": str(shard.number)}
    schema = rows.schema.with_metadata({**(rows.schema.metadata or {}), **said})
    group = GROUP_ROWS if shard.rows <= _LARGE else _LARGE_GROUP

    def ending() -> dict[str, str]:
        return {READING: orjson.dumps(asdict(rows.reading)).decode()}

    with embeddings_writer(file, schema, group_rows=group, ending=ending) as write:
        for table in rows.tables(source):
            write(table)


def load_model(plan: JobPlan, path: Path | None) -> "Model":
    """Return the trained model of a job that predicts.

    Raises:
        FileMissing: it is not there.
        IncompatibleVectors: it is another one than when the job was planned.
    """
    from likewise.classify.saved.artifact import load

    assert plan.model is not None  # noqa: S101 - a plan is checked when it is read
    path = path or Path(plan.model.file)
    if not path.exists():
        raise FileMissing(
            f"There is no model {shown(str(path), 200)}.", "Name it: --model FILE.", param="model"
        )
    if model_digest(path) != plan.model.sha256:
        raise IncompatibleVectors(
            f"The model in {shown(str(path), 200)} is not the one that the job was planned with.",
            "Name that one: --model FILE, or plan again with another OUT.",
            param="model",
        )
    return load(path)


def model_digest(path: Path) -> str:
    """Return a hash of a trained model: of its file, or of all files in its folder."""
    digest = hashlib.sha256()
    for part in _parts(path):
        name = part.relative_to(path).as_posix().encode()
        digest.update(len(name).to_bytes(8, "little") + name)
        data = part.read_bytes()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _parts(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(part for part in path.rglob("*") if part.is_file())
    else:
        yield path


def _failed(number: int, error: LikewiseError, began: float) -> Outcome:
    helped = isinstance(error, EncoderError)
    said = error.problem if not helped else str(error)
    return Outcome(number, seconds=time.monotonic() - began, problem=said)
