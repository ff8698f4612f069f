"""Writes embeddings as npy, npz, csv, jsonl or parquet, slice by slice.

Each format holds for every text its `id` (the number of its row in the input), and says
which encoder made the vectors. Only npy has room for vectors alone: there the identity
stands in a file beside it.
"""

import csv
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import orjson

from likewise.errors import UnwritableFile, shown
from likewise.files.embeddings import embeddings_schema, embeddings_writer, vector_column
from likewise.files.guard import guard
from likewise.files.write import check_target, keep, replacing

Vectors = npt.NDArray[np.float32]

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time in zip archives, always the same: equal vectors give equal bytes."""


@dataclass(frozen=True, eq=False)
class Embedded:
    """Some texts with their vectors.

    ids: the n numbers of their rows.
    texts: the n texts.
    vectors: float32, shape (n, dims).
    truncated: bool, shape (n,), true where a part of the text was not read.
    """

    ids: list[int]
    texts: list[str]
    vectors: Vectors
    truncated: npt.NDArray[np.bool_]


Write = Callable[[Embedded], None]
"""Appends some texts; they come in the order of their rows."""


def check_identity_file(output: Path, *inputs: str) -> None:
    """Check before the work that `vectors.npy.json` can be written.

    Raises:
        UnwritableFile: it can't become a file, is a link, or is one of the inputs.
    """
    beside = _identity_file(output)
    if beside.is_symlink():  # nobody has named it, so nobody meant what it leads to
        raise UnwritableFile(
            f"{shown(str(beside), 200)} is a link.", "Remove it, or name another output."
        )
    check_target(beside, *inputs)


def write_identity(output: Path, encoder: dict[str, Any], count: int) -> Path | None:
    """Write `vectors.npy.json`, which says what an npy file has no room for.

    Returns:
        The new name of a file of that name that Likewise had not written, None where there is
        none.

    Raises:
        UnwritableFile: no permission or no space.
    """
    check_identity_file(output)
    beside = _identity_file(output)
    said = {"vectors": count, "dims": encoder["dims"], "encoder": encoder}
    with replacing(beside) as file:
        file.write(orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return None if _is_identity(beside) else keep(beside)


def _identity_file(output: Path) -> Path:
    return output.with_name(f"{output.name}.json")


def _is_identity(path: Path) -> bool:
    with suppress(OSError, ValueError):
        said = orjson.loads(path.read_bytes())
        return isinstance(said, dict) and set(said) == {"vectors", "dims", "encoder"}
    return False


@contextmanager
def npy_vectors(file: BinaryIO, encoder: dict[str, Any]) -> Iterator[Write]:
    """One array, float32, shape (n, dims): `numpy.load`."""
    rows = 0

    def write_header() -> None:
        shape = (rows, int(encoder["dims"]))
        description = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, description)

    def write(part: Embedded) -> None:
        nonlocal rows
        rows += len(part.vectors)
        file.write(np.ascontiguousarray(part.vectors, "<f4").data)

    write_header()
    yield write
    # numpy leaves room in the header for a larger number of rows
    file.seek(0)
    write_header()
    file.seek(0, io.SEEK_END)


@contextmanager
def npz_vectors(file: BinaryIO, encoder: dict[str, Any]) -> Iterator[Write]:
    """Arrays `vectors`, `id`, `truncated` and `encoder` (JSON): `numpy.load`, no pickle."""
    ids: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
    truncated: list[npt.NDArray[np.bool_]] = [np.zeros(0, np.bool_)]
    # an archive needs the size of a member first; beside the output there is room for it
    with tempfile.TemporaryFile(dir=Path(str(file.name)).parent) as scratch:
        with npy_vectors(scratch, encoder) as write_vectors:

            def write(part: Embedded) -> None:
                write_vectors(part)
                ids.append(np.asarray(part.ids, np.int64))
                truncated.append(part.truncated)

            yield write
        scratch.seek(0)
        with zipfile.ZipFile(file, "w") as archive:
            with archive.open(_member("vectors"), "w", force_zip64=True) as out:
                shutil.copyfileobj(scratch, out, 1 << 20)
            arrays = {
                "id": np.concatenate(ids),
                "truncated": np.concatenate(truncated),
                "encoder": np.array(orjson.dumps(encoder).decode()),
            }
            for name, array in arrays.items():
                with archive.open(_member(name), "w", force_zip64=True) as out:
                    np.lib.format.write_array(out, array, allow_pickle=False)


@contextmanager
def csv_vectors(file: BinaryIO, encoder: dict[str, Any]) -> Iterator[Write]:
    """Columns id, text, truncated, encoder (digest), v0, v1 …; safe to open in a spreadsheet.

    Source: RFC 4180; for the apostrophe before some texts see `likewise.files.guard`.
    """
    names = [f"v{position}" for position in range(int(encoder["dims"]))]
    file.write(_csv_line(["id", "text", "truncated", "encoder", *names]) + b"\r\n")

    def write(part: Embedded) -> None:
        for row_id, text, cut, vector in _rows(part):
            cells = [str(row_id), guard(text), "true" if cut else "false", encoder["digest"]]
            # numbers need no quoting, and orjson writes them ten times as fast
            file.write(_csv_line(cells) + b"," + _numbers(vector)[1:-1] + b"\r\n")

    yield write


@contextmanager
def jsonl_vectors(file: BinaryIO, encoder: dict[str, Any]) -> Iterator[Write]:
    """An object on each line: id, text, truncated, encoder (digest), vector."""

    def write(part: Embedded) -> None:
        for row_id, text, cut, vector in _rows(part):
            record = {
                "id": row_id,
                "text": text,
                "truncated": cut,
                "encoder": encoder["digest"],
                "vector": orjson.Fragment(_numbers(vector)),
            }
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    yield write


@contextmanager
def parquet_vectors(file: BinaryIO, encoder: dict[str, Any]) -> Iterator[Write]:
    """Columns id, text, truncated, vector; see `likewise.files.embeddings`."""
    import pyarrow as pa

    types = {"id": pa.int64(), "text": pa.string(), "truncated": pa.bool_()}
    schema = embeddings_schema(encoder, types, required=tuple(types))
    with embeddings_writer(file, schema) as append:

        def write(part: Embedded) -> None:
            columns = [
                pa.array(part.ids, pa.int64()),
                pa.array(part.texts, pa.string()),
                pa.array(part.truncated, pa.bool_()),
                vector_column(part.vectors, schema),
            ]
            append(pa.Table.from_arrays(columns, schema=schema))

        yield write


def _rows(part: Embedded) -> Iterator[tuple[int, str, bool, Vectors]]:
    return zip(part.ids, part.texts, part.truncated.tolist(), part.vectors, strict=True)


def _csv_line(cells: list[str]) -> bytes:
    """Return a record without its line end, which the writer has to know: it quotes it in texts."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n").encode()


def _numbers(vector: Vectors) -> bytes:
    """Return a vector as JSON, each number with as few digits as give it back exactly."""
    return orjson.dumps(np.ascontiguousarray(vector), option=orjson.OPT_SERIALIZE_NUMPY)


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(f"{name}.npy", _EPOCH)
