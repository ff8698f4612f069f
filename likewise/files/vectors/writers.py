"""Writes embeddings as npy, npz, csv, jsonl or parquet, slice by slice.

Each format holds for every text its `id` (the number of its row in the input), and says
which encoder made the vectors. Only npy has room for vectors alone: there the identity
stands in a file beside it.
"""

import io
import shutil
import tempfile
import zipfile
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import orjson

from likewise.files.cells import Value
from likewise.files.rows import csv_line, json_member, plain_text
from likewise.files.table import Spelling
from likewise.files.vectors.columns import as_array
from likewise.files.vectors.embeddings import (
    Precision,
    embeddings_schema,
    embeddings_writer,
    vector_column,
)
from likewise.files.write import check_beside, replace_keeping

Vectors = npt.NDArray[np.float32]

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time in zip archives, always the same: equal vectors give equal bytes."""


@dataclass(frozen=True, eq=False)
class Embedded:
    """Some texts with their vectors.

    ids: n of them; the numbers of their rows where nothing else is said.
    texts: the n texts.
    columns: n cells of each of the user's columns.
    vectors: float32, shape (n, dims).
    truncated: bool, shape (n,), true if part of the text was not read.
    """

    ids: Sequence[Value]
    texts: Sequence[str]
    vectors: Vectors
    truncated: npt.NDArray[np.bool_]
    columns: Mapping[str, Sequence[Value]] = field(default_factory=dict)


@dataclass(frozen=True)
class Beside:
    """What stands beside the vectors: types that are decided before the first row is written.

    ids: arrow type of the ids; None for the numbers of rows.
    columns: arrow types of the user's columns, in order.
    precision: of vectors in parquet. spelling: how csv is written.
    """

    ids: Any = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    precision: Precision = "float32"
    spelling: Spelling = field(default_factory=Spelling)


PLAIN = Beside()
"""Ids that are numbers of rows, and no columns."""

Write = Callable[[Embedded], None]
"""Appends some texts; they come in the order of their rows."""


def check_identity_file(output: Path, *inputs: str) -> None:
    """Check before the work that `vectors.npy.json` can be written.

    Raises:
        UnwritableFile: it can't become a file, is a link, or is one of the inputs.
    """
    check_beside(_identity_file(output), *inputs)


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
    data = orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return replace_keeping(
        beside, lambda file: file.write(data), wanted=lambda old: not _is_identity(old)
    )


def _identity_file(output: Path) -> Path:
    return output.with_name(f"{output.name}.json")


def _is_identity(path: Path) -> bool:
    with suppress(OSError, ValueError):
        said = orjson.loads(path.read_bytes())
        return isinstance(said, dict) and set(said) == {"vectors", "dims", "encoder"}
    return False


@contextmanager
def npy_vectors(file: BinaryIO, encoder: dict[str, Any], _: Beside = PLAIN) -> Iterator[Write]:
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
def npz_vectors(file: BinaryIO, encoder: dict[str, Any], layout: Beside = PLAIN) -> Iterator[Write]:
    """Arrays `vectors`, `id`, `truncated` and `encoder` (JSON): `numpy.load`, no pickle."""
    ids: list[Value] = []
    truncated: list[npt.NDArray[np.bool_]] = [np.zeros(0, np.bool_)]
    # an archive needs the size of a member first; beside the output there is room for it
    with tempfile.TemporaryFile(dir=Path(str(file.name)).parent) as scratch:
        with npy_vectors(scratch, encoder) as write_vectors:

            def write(part: Embedded) -> None:
                write_vectors(part)
                ids.extend(part.ids)
                truncated.append(part.truncated)

            yield write
        scratch.seek(0)
        with zipfile.ZipFile(file, "w") as archive:
            with archive.open(_member("vectors"), "w", force_zip64=True) as out:
                shutil.copyfileobj(scratch, out, 1 << 20)
            arrays = {
                "id": np.array(ids, np.int64)
                if layout.ids is None
                else np.array([plain_text(value) for value in ids], np.str_),
                "truncated": np.concatenate(truncated),
                "encoder": np.array(orjson.dumps(encoder).decode()),
            }
            for name, array in arrays.items():
                with archive.open(_member(name), "w", force_zip64=True) as out:
                    np.lib.format.write_array(out, array, allow_pickle=False)


@contextmanager
def csv_vectors(file: BinaryIO, encoder: dict[str, Any], layout: Beside = PLAIN) -> Iterator[Write]:
    """Columns id, text, the user's, truncated, encoder (digest), v0, v1 …; safe in a spreadsheet.

    Source: RFC 4180; for the apostrophe before some texts see `likewise.files.guard`.
    """
    names = [f"v{position}" for position in range(int(encoder["dims"]))]
    mark = layout.spelling.separator
    head = csv_line(["id", "text", *layout.columns, "truncated", "encoder", *names], mark)
    file.write(BOM_UTF8 * layout.spelling.mark + head.encode())

    def write(part: Embedded) -> None:
        for row_id, text, others, cut, vector in _rows(part, layout):
            row = (row_id, text, *others, cut, encoder["digest"])
            # numbers need no quoting, and orjson writes them ten times as fast
            numbers = _numbers(vector)[1:-1].replace(b",", mark.encode())
            file.write(csv_line(row, mark).removesuffix("\r\n").encode())
            file.write(mark.encode() + numbers + b"\r\n")

    yield write


@contextmanager
def jsonl_vectors(
    file: BinaryIO, encoder: dict[str, Any], layout: Beside = PLAIN
) -> Iterator[Write]:
    """An object on each line: id, text, the user's columns, truncated, encoder (digest), vector."""

    def write(part: Embedded) -> None:
        for row_id, text, others, cut, vector in _rows(part, layout):
            record = {
                "id": json_member(row_id),
                "text": text,
                **dict(zip(layout.columns, map(json_member, others), strict=True)),
                "truncated": cut,
                "encoder": encoder["digest"],
                "vector": orjson.Fragment(_numbers(vector)),
            }
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    yield write


@contextmanager
def parquet_vectors(
    file: BinaryIO, encoder: dict[str, Any], layout: Beside = PLAIN
) -> Iterator[Write]:
    """Columns id, text, the user's, truncated, vector; see `likewise.files.vectors.embeddings`."""
    import pyarrow as pa

    types = {
        "id": layout.ids or pa.int64(),
        "text": pa.string(),
        **layout.columns,
        "truncated": pa.bool_(),
    }
    # numbers of rows are never missing, which tells them from ids that mean something
    required = ("text", "truncated", *(("id",) if layout.ids is None else ()))
    schema = embeddings_schema(encoder, types, precision=layout.precision, required=required)
    with embeddings_writer(file, schema) as append:

        def write(part: Embedded) -> None:
            columns = [
                as_array(part.ids, types["id"]),
                pa.array(part.texts, pa.string()),
                *(as_array(part.columns[name], type_) for name, type_ in layout.columns.items()),
                pa.array(part.truncated, pa.bool_()),
                vector_column(part.vectors, schema),
            ]
            append(pa.Table.from_arrays(columns, schema=schema))

        yield write


def _rows(
    part: Embedded, layout: Beside
) -> Iterator[tuple[Value, str, tuple[Value, ...], bool, Vectors]]:
    cells = [part.columns[name] for name in layout.columns]
    others = zip(*cells, strict=True) if cells else iter([()] * len(part.texts))
    return zip(part.ids, part.texts, others, part.truncated.tolist(), part.vectors, strict=True)


def _numbers(vector: Vectors) -> bytes:
    """Return a vector as JSON, each number with as few digits as give it back exactly."""
    return orjson.dumps(np.ascontiguousarray(vector), option=orjson.OPT_SERIALIZE_NUMPY)


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(f"{name}.npy", _EPOCH)
