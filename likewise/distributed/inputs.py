"""The files of an input, wherever they are: which there are, and how each is opened."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from likewise.distributed.addresses import endpoint_of, is_local, scheme_of
from likewise.distributed.store import JobStore, StoreEntry
from likewise.errors import FileMissing, UnreadableFile, UnwritableFile, shown
from likewise.files.formats import is_table, read_format
from likewise.files.raw.packed import stem
from likewise.files.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Footer:
    """What the end of a parquet file says: rows of each group, types, and a hash of it all."""

    groups: tuple[int, ...]
    schema: "pa.Schema"
    mark: str


def found_files(address: str) -> tuple[JobStore, list[tuple[str, int, str]]]:
    """Return the folder of an input, and its tables: path below it, bytes, and time of change.

    Args:
        address: a file, or a folder, which is searched with all below it.

    Raises:
        FileMissing: there is nothing.
        UnreadableFile: the folder holds no table.
    """
    single = single_file(address)
    if single is not None:
        folder, name, entry = single
        return folder, [(name, entry.size, str(entry.changed))]
    folder = JobStore(address)
    if folder.local is not None:
        folder = JobStore(str(folder.local))
    listed = folder.entries(recursive=True)
    names = sorted(name for name in listed if _is_input(name))
    if listed and not names:
        raise UnreadableFile(
            f"{shown(address, 200)} holds no tables.", "Name a folder with tables, or a file."
        )
    if not names:
        remedy = "Check the address."
        # at an object store a ? begins what the address says of it
        if set(address if is_local(address) else address.partition("?")[0]) & set("*?["):
            remedy = "Name one file, or the folder of several: * and ? stand for themselves."
        raise FileMissing(f"There is nothing at {shown(address, 200)}.", remedy)
    return folder, [(name, listed[name].size, str(listed[name].changed)) for name in names]


def single_file(address: str) -> tuple[JobStore, str, StoreEntry] | None:
    """Return the folder, the name and the state of an input that is one file, None of a folder.

    A folder may be called `reviews.parquet`, as Spark calls those that it writes.
    """
    if is_local(address):
        path = JobStore(address).local
        assert path is not None  # noqa: S101 - it is local
        if not path.is_file():
            return None
        folder, name = JobStore(str(path.parent)), path.name
    else:
        before, _, query = address.partition("?")
        parent, _, name = before.rstrip("/").rpartition("/")
        if not read_format(stem(name)) or parent.endswith(":/"):  # that is a bucket's name
            return None
        folder = JobStore(f"{parent}?{query}" if query else parent)
    entry = folder.entry(name)
    return None if entry is None else (folder, name, entry)


def _is_input(name: str) -> bool:
    hidden = any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)
    return not hidden and not name.endswith(".rejected.csv") and is_table(name)


def is_parquet(path: str) -> bool:
    """Return whether a file is cut by its footer."""
    return read_format(path) == "parquet"


def footer(folder: JobStore, path: str, size: int) -> Footer:
    """Return what the footer of a parquet file says, reading nothing else.

    Raises:
        UnreadableFile: it is not a parquet file.
    """
    import pyarrow.parquet as pq

    with reading_input(folder, path), folder.open(path) as file:
        file.seek(max(0, size - 8))
        end = file.read(8)
        length = int.from_bytes(end[:4], "little")
        if end[4:] != b"PAR1" or length + 8 > size:
            raise _damaged(path)
        file.seek(size - 8 - length)
        mark = hashlib.sha256(file.read(length)).hexdigest()
        said = pq.ParquetFile(file)
        rows = (said.metadata.row_group(at).num_rows for at in range(said.num_row_groups))
        return Footer(tuple(rows), said.schema_arrow, mark)


@contextmanager
def reading_input(folder: JobStore, path: str) -> Iterator[None]:
    """Tell a store that does not answer from a file that is damaged."""
    import pyarrow as pa

    try:
        with folder.asking("be read", path):
            try:
                yield
            except OSError as error:
                if "thrift" in str(error):  # of a footer that can't be understood
                    raise _damaged(path) from None
                raise
    except pa.ArrowException:
        raise _damaged(path) from None
    except UnwritableFile:
        raise _damaged(path) from None


@contextmanager
def opened_table(folder: JobStore, path: str, reading: Any) -> Iterator[Table]:  # noqa: ANN401
    """Open a table that is read from its beginning; one of another machine is copied here."""
    from likewise.files.read import open_table

    if folder.local is not None:
        yield open_table(folder.local / path, name=path, columns=True, **reading)
        return
    with tempfile.TemporaryDirectory(prefix="likewise-") as aside:
        copy = Path(aside) / f"input{''.join(PurePosixPath(path).suffixes)[-40:]}"
        with copy.open("wb") as out:
            folder.copied(path, out)
        yield open_table(copy, name=path, columns=True, **reading)


def lies_within(inner: str, outer: str) -> bool:
    """Return whether one address is that of a folder within the other, or the same."""
    if _kind(inner) != _kind(outer) or endpoint_of(inner) != endpoint_of(outer):
        return False
    one, other = (JobStore(a).path("") for a in (inner, outer))
    if is_local(inner):
        one, other = os.path.realpath(one), os.path.realpath(other)
    return f"{one.rstrip('/')}/".startswith(f"{other.rstrip('/')}/")


def _kind(address: str) -> str:
    return "" if is_local(address) else scheme_of(address).replace("s3a", "s3").replace("gcs", "gs")


def _damaged(path: str) -> UnreadableFile:
    return UnreadableFile(
        f"{shown(path, 200)} is not a parquet file, or is damaged.",
        "Leave it out of the input, or take it from a backup.",
    )
