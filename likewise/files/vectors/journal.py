"""One output that is made slice by slice, and can be stopped and resumed meanwhile.

While `out.npy` is being made there is a folder `out.npy.part` with a file for each finished
slice; see `likewise.files.vectors.shards`. The same command run again reads the same input, takes
finished slices from there, and goes on behind them. What a slice was made from is hashed in its
file, so neither changed texts nor another encoder can get into one output.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from likewise.errors import UnreadableFile
from likewise.files.temporary import open_new
from likewise.files.vectors.embeddings import (
    VECTOR,
    EmbeddingsFile,
    embeddings_schema,
    embeddings_writer,
    vector_column,
    vectors_of,
)
from likewise.files.vectors.shards import Shards
from likewise.files.write import check_target, publish, writing
from likewise.types import Encoding

_TEXTS = "likewise.texts"
"""Where a slice says what texts it was made from."""


class Journal:
    """The unfinished work of one output; a context manager.

    On the way out it is removed where the output was published or nothing is finished, and
    kept for the next run otherwise.

    Args:
        output: the file that is being made.
        encoder: the identity of the encoder, with `digest`.
        job: what else must be the same when the work goes on, such as where slices end.
        restart: forget what an earlier run has finished.

    Raises:
        ResumeMismatch: an earlier run was another job.
        UnwritableFile: the folder can't be made or is not ours, or another process is at work.
    """

    def __init__(
        self,
        output: Path,
        encoder: dict[str, Any],
        job: dict[str, Any] | None = None,
        *,
        restart: bool = False,
    ) -> None:
        self._output = output
        self._target = check_target(output)
        self._encoder = encoder
        folder = self._target.with_name(f"{self._target.name}.part")
        self._shards = Shards(folder, encoder, job, restart=restart, name=f"{output}.part")
        self._published = False

    def __enter__(self) -> "Journal":
        self._shards.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._scratch.unlink(missing_ok=True)
            if self._published or not self.finished:
                self._shards.remove()
        finally:
            self._shards.__exit__(kind, error, trace)

    @property
    def folder(self) -> Path:
        """Where finished slices are kept."""
        return self._shards.folder

    @property
    def finished(self) -> int:
        """How many slices need not be made again."""
        return len(self._shards.done())

    def kept(self, number: int, texts: Sequence[str]) -> Encoding | None:
        """Return slice `number` as it was added, None where it has to be made.

        Raises:
            ResumeMismatch: the slice is there but was made from other texts.
        """
        path = self._shards.path(number)
        if not path.exists():
            return None
        try:
            with EmbeddingsFile(path) as file:
                made_from = (file.schema.metadata or {}).get(_TEXTS.encode())
                table = file.table()
        except UnreadableFile:
            return None  # damaged, so it has to be made again
        if made_from != _digest(texts).encode():
            raise self._shards.mismatch("the texts have changed since then")
        columns = {name: table[name].to_numpy() for name in table.column_names if name != VECTOR}
        return Encoding(vectors=vectors_of(table[VECTOR]), **columns)

    def add(self, number: int, texts: Sequence[str], encoding: Encoding) -> None:
        """Keep a finished slice.

        Raises:
            UnwritableFile: no space or no permission.
        """
        import pyarrow as pa

        others = {
            field.name: pa.array(getattr(encoding, field.name))
            for field in fields(encoding)
            if field.name != "vectors"
        }
        types = {name: column.type for name, column in others.items()}
        schema = embeddings_schema(self._encoder, types, metadata={_TEXTS: _digest(texts)})
        columns = [*others.values(), vector_column(encoding.vectors, schema)]
        with (
            self._shards.publish(number) as file,
            embeddings_writer(file, schema) as write,
        ):
            write(pa.Table.from_arrays(columns, schema=schema))

    @contextmanager
    def output(self) -> Iterator[BinaryIO]:
        """Open the output; it takes its place, and the journal ends, when the block is left.

        Raises:
            UnwritableFile: no space or no permission.
        """
        with writing(self._output):
            self._scratch.unlink(missing_ok=True)
            with open_new(self._scratch, self._target) as file:
                yield file
            publish(self._scratch, self._target)
            self._published = True

    @property
    def _scratch(self) -> Path:
        return self.folder / "output"


def _digest(texts: Sequence[str]) -> str:
    """Return a hash of the texts that tells where one ends and the next begins."""
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()
