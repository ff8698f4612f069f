"""Long work that can be stopped and resumed: finished slices are kept beside the output.

While `out.npy` is being made there is a folder `out.npy.part` with a manifest and a file
for each finished slice. The same command run again reads the same input, takes finished
slices from there, and goes on behind them. What a slice was made from is hashed in its file,
so neither changed texts nor another encoder can get into one output.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy.typing as npt
import orjson

from likewise.errors import ResumeMismatch, UnwritableFile, shown
from likewise.files.read import Text
from likewise.files.write import check_target, publish, replacing, writing

Arrays = dict[str, npt.NDArray[Any]]

SLICE_TEXTS = 4_096
SLICE_CHARACTERS = 1_000_000
"""A slice ends at either: texts of like length fill batches, and a stop costs one slice."""

_VERSION = 1


def slices(texts: Iterable[Text]) -> Iterator[list[Text]]:
    """Yield texts in slices that depend on nothing but the texts, so that a rerun has the same."""
    part: list[Text] = []
    characters = 0
    for text in texts:
        part.append(text)
        characters += len(text.text)
        if len(part) >= SLICE_TEXTS or characters >= SLICE_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


class Journal:
    """The unfinished work of one output; a context manager.

    On the way out it is removed where the output was published or nothing is finished, and
    kept for the next run otherwise.

    Args:
        output: the file that is being made.
        encoder: the identity of the encoder, with `digest`.
        restart: forget what an earlier run has finished.

    Raises:
        ResumeMismatch: an earlier run used another encoder.
        UnwritableFile: the folder can't be made, or another process is at work in it.
    """

    def __init__(self, output: Path, encoder: dict[str, Any], *, restart: bool = False) -> None:
        self._output = output
        self._target = check_target(output)
        self._folder = self._target.with_name(f"{self._target.name}.part")
        self._manifest: dict[str, Any] = {
            "version": _VERSION,
            "slice": [SLICE_TEXTS, SLICE_CHARACTERS],
            "encoder": encoder,
        }
        self._restart = restart
        self._published = False

    def __enter__(self) -> "Journal":
        from filelock import FileLock, Timeout

        with writing(self._output):
            self._folder.mkdir(exist_ok=True)
            self._lock = FileLock(self._folder / "lock")
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise UnwritableFile(
                    f"Another process is writing {shown(str(self._output), 200)}.",
                    "Wait for it, stop it, or name another output.",
                ) from None
        try:
            self._resume()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._scratch.unlink(missing_ok=True)
        self._lock.release()
        if self._published or not self.finished:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def finished(self) -> int:
        """Slices that need not be made again, counted from the first."""
        # asked of the disk: a stop may come between a file's arrival and any counter
        number = 0
        while self._path(number).exists():
            number += 1
        return number

    def kept(self, number: int, texts: Sequence[str]) -> Arrays | None:
        """Return the arrays of slice `number` as they were added, None where it has to be made.

        Raises:
            ResumeMismatch: the slice is there but was made from other texts.
        """
        from safetensors import SafetensorError, safe_open  # slow to import

        path = self._path(number)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="numpy") as file:
                made_from = (file.metadata() or {}).get("texts")
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, ValueError):
            return None  # damaged, so it has to be made again
        if made_from != _digest(texts):
            raise self._mismatch("the texts have changed since then")
        return arrays

    def add(self, number: int, texts: Sequence[str], arrays: Arrays) -> None:
        """Keep the arrays of a finished slice.

        Raises:
            UnwritableFile: no space or no permission.
        """
        from safetensors.numpy import save

        with replacing(self._path(number)) as file:
            file.write(save(arrays, {"texts": _digest(texts)}))

    @contextmanager
    def output(self) -> Iterator[BinaryIO]:
        """Open the output; it takes its place, and the journal ends, when the block is left.

        Raises:
            UnwritableFile: no space or no permission.
        """
        with writing(self._output):
            with self._scratch.open("w+b") as file:
                yield file
            publish(self._scratch, self._target)
            self._published = True

    @property
    def _scratch(self) -> Path:
        return self._folder / "output"

    def _resume(self) -> None:
        path = self._folder / "manifest.json"
        known = _read_manifest(path)
        if known is not None and not self._restart:
            self._check(known)
        else:
            for old in self._folder.glob("*.safetensors"):
                old.unlink()
            with replacing(path) as file:
                file.write(orjson.dumps(self._manifest, option=orjson.OPT_INDENT_2))

    def _check(self, known: dict[str, Any]) -> None:
        before, now = known.get("encoder", {}), self._manifest["encoder"]
        if before.get("digest") != now["digest"]:
            raise self._mismatch(f"its encoder is {before.get('name')}, not {now['name']}")
        if {**known, "encoder": None} != {**self._manifest, "encoder": None}:
            raise self._mismatch("another version of Likewise made it")

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.safetensors"

    def _mismatch(self, why: str) -> ResumeMismatch:
        return ResumeMismatch(
            f"The unfinished work in {shown(str(self._output) + '.part', 200)} "
            f"does not fit: {why}.",
            "Add --restart to begin again, or name another output.",
        )


def _read_manifest(path: Path) -> dict[str, Any] | None:
    """Return the manifest, None where there is none that can be read."""
    with suppress(OSError, ValueError):
        value = orjson.loads(path.read_bytes())
        if isinstance(value, dict):
            return value
    return None


def _digest(texts: Sequence[str]) -> str:
    """Return a hash of the texts that tells where one ends and the next begins."""
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()
