"""Files that nobody wishes for, and trouble that comes to a collection: a table for every door.

A door is the library, the command line, the server or the page. Whatever comes through one is
right or refused in a sentence, and what was there before is there after.
"""

import csv
import errno
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from likewise.collections import Collection
from likewise.collections.storage.writer import Writer
from likewise.encoders.sha256 import Sha256Encoder
from likewise.settings import Settings


def table(*rows: Sequence[object]) -> bytes:
    """Return rows as a csv file."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@dataclass(frozen=True)
class BadFile:
    """A file, and what becomes of it.

    text, id: columns that are named. said: what the refusal says; None where it is taken.
    texts: what is kept then, by id; `twice` of them need not be.
    """

    content: bytes
    text: str = "body"
    id: str | None = None
    said: str | None = None
    texts: tuple[tuple[str, str], ...] = ()
    twice: int = 0


HEAD = ("key", "body")
WICKED = "</script><script>alert(1)</script>"
FORMULAS = (("1", WICKED), ("2", "=1+1"), ("3", "@SUM(A1)"), ("4", "[red]markup[/red]"))
HUGE = "x" * 1_000_000
SAME = tuple((str(n), "same") for n in range(20))
TENS = tuple((str(n), f"text {n % 10}") for n in range(40))

FILES = {
    "empty": BadFile(b"", said="is empty"),
    "blank": BadFile(b" \n\n\t\n", said=""),
    "header only": BadFile(table(HEAD), said="holds no text"),
    "blank texts": BadFile(table(HEAD, (1, " "), (2, "")), said="holds no text"),
    "no text at all": BadFile(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", said=""),
    "same ids": BadFile(table(HEAD, (1, "a"), (1, "b")), id="key", said="have the same id '1'"),
    "an id missing": BadFile(table(HEAD, (1, "a"), ("", "b")), id="key", said="(line 3) has no id"),
    "no such text": BadFile(table(HEAD, (1, "a")), "nope", said="no column 'nope'"),
    "no such ids": BadFile(table(HEAD, (1, "a")), id="nope", said="no column 'nope'"),
    "one row": BadFile(table(HEAD, (1, "a")), texts=(("1", "a"),)),
    "two rows": BadFile(table(HEAD, (1, "a"), (2, "b")), texts=(("1", "a"), ("2", "b"))),
    "same ids, not named": BadFile(table(("no", "body"), (1, "a"), (1, "b")), texts=()),
    "mixed types": BadFile(
        table((*HEAD, "n"), (1, "a", 1), (2, "b", "007"), (3, "c", "yes"), (4, "d", "")),
        texts=(("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")),
    ),
    "markup and formulas": BadFile(table((*HEAD, WICKED), *((*row, 1) for row in FORMULAS)),
                                   texts=FORMULAS),
    "a huge cell": BadFile(table(HEAD, (1, HUGE), (2, "b")), texts=(("1", HUGE), ("2", "b"))),
    "all the same": BadFile(table(HEAD, *SAME), texts=SAME, twice=19),
    "ten texts repeated": BadFile(table(HEAD, *TENS), texts=TENS, twice=30),
}  # fmt: skip


@contextmanager
def another_writer(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have another one change the collection, and nobody wait for it."""
    patch.setattr("likewise.collections.collection.WAIT_SECONDS", 0.0)
    with Writer(folder):
        yield


@contextmanager
def full_disk(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have no room for anything that is made to last in the collection."""
    real = os.fsync

    def inside(descriptor: int) -> bool:
        here = os.fstat(descriptor)
        return any(os.path.samestat(here, one.stat()) for one in [folder, *folder.iterdir()])

    def full(descriptor: int) -> None:
        if inside(descriptor):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    patch.setattr("os.fsync", full)
    yield


def _spoilt(change: Callable[[Path], object]) -> Callable[..., Iterator[None]]:
    """Return trouble that is made by a change of the folder, and is undone again."""

    @contextmanager
    def trouble(folder: Path, _: pytest.MonkeyPatch) -> Iterator[None]:
        before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        change(folder)
        yield
        for path, raw in before.items():
            path.write_bytes(raw)

    return trouble


def _manifest(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        path = folder / "manifest.json"
        said = json.loads(path.read_text())
        change(said)
        path.write_text(json.dumps(said))

    return changed


OTHER = replace(Sha256Encoder.identity, graph="another").to_dict()

TROUBLE = {
    "another writer": (another_writer, "Another process is changing"),
    "a full disk": (full_disk, "the disk is full"),
    "a deleted shard": (_spoilt(lambda at: next(at.glob("0*.parquet")).unlink()), "is missing"),
    "half a manifest": (_spoilt(lambda at: (at / "manifest.json").write_text("{")), "understood"),
    "another number of rows": (
        _spoilt(_manifest(lambda said: said["shards"][0].update(rows=3, alive=3))), "damaged",
    ),
    "another encoder": (_spoilt(_manifest(lambda said: said.update(encoder=OTHER))), "encoder"),
}  # fmt: skip

FILTERS = {
    "year = 1; drop table x": "can't be understood",
    "1 = 1": "can't be understood",
    "body in (select 1)": "can't be understood",
    "year = 1 or 1=1 --": "can't be understood",
    "colour = 'red'": "no column 'colour'",
    "key = 'x' union select 1": "can't be understood",
}

KEPT = ("kept", "what was there")
"""The text that is in the collection before anything comes."""


def kept(name: str, settings: Settings) -> Collection:
    """Make a collection that holds a text."""
    made = Collection.create(name, Sha256Encoder(), settings=settings)
    made.add([KEPT[1]], ids=[KEPT[0]])
    return made
