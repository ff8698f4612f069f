"""Keeps the rows that a reading sets aside in a file beside what is made of the others."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from shutil import copyfileobj
from typing import IO

from likewise.files.aside import Aside, SetAside
from likewise.files.rows import Write, csv_rows
from likewise.files.write import check_beside, replace_keeping

COLUMNS = ("line", "reason", "row")
_HEAD = ",".join(COLUMNS).encode()


def rejected_path(target: Path) -> Path:
    """Return where the rows go that are not part of `target`."""
    return target.with_name(f"{target.name}.rejected.csv")


@contextmanager
def keeping_rejected(aside: SetAside, target: Path, *inputs: str) -> Iterator[None]:
    """Write the rows that are set aside in the block to `target`.rejected.csv, at its end.

    Args:
        aside: what the reading in the block sets aside.
        target: what is made of the other rows.
        inputs: files that are read, none of which may be written over.

    Raises:
        UnwritableFile: the file can't be written.
    """
    path = check_beside(rejected_path(target), *inputs)
    with ExitStack() as closing:
        kept: list[IO[bytes]] = []
        write: list[Write] = []

        def add(one: Aside) -> None:
            if not kept:
                kept.append(closing.enter_context(tempfile.TemporaryFile()))
                write.append(closing.enter_context(csv_rows(kept[0], COLUMNS)))  # type: ignore[arg-type]
            write[0]([(one.line, one.reason, one.shown)])

        aside.keep = add
        try:
            yield
        finally:
            aside.keep = None
        if not kept:
            if not aside.count:
                _forget(path)
            return
        kept[0].seek(0)
        replace_keeping(
            path,
            lambda file: copyfileobj(kept[0], file),
            links=False,
            wanted=lambda old: not _is_ours(old),
        )
        aside.kept = str(rejected_path(target))


def keeping_if_file(
    aside: SetAside, target: Path | None, *inputs: str
) -> AbstractContextManager[None]:
    """Do so where the output is a file; a pipe has nothing beside it."""
    if target is None or (target.exists() and not target.is_file()):
        return nullcontext()
    return keeping_rejected(aside, target, *inputs)


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.readline(len(_HEAD) + 8).strip().replace(b'"', b"") == _HEAD


def _forget(path: Path) -> None:
    """Remove what an earlier run has kept: this one has set nothing aside."""
    if path.is_file() and not path.is_symlink() and _is_ours(path):
        path.unlink()
