"""Answers of a person, each kept on the disk the moment it is given."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson

from likewise.classify.data.normalise import groups_of
from likewise.errors import UnreadableFile, UnwritableFile, shown
from likewise.files.write import writing

_ANSWER = {"row", "text", "label"}
_LINES = (b'{"row":', b'{"written":')
"""How a line begins."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep the answers at `path` to this process in the block.

    Raises:
        UnwritableFile: another process labels into them, or the folder can't be written to.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(f".{path.name}.lock"))
    with writing(path):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise UnwritableFile(
                f"Another process is labelling into {shown(str(path), 200)}.",
                "Go on there, stop it, or name another output.",
            ) from None
    try:
        yield
    finally:
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


class AnswerLog:
    """Answers in the order in which they were given, one JSON object a line.

    A line is on the disk before the next text is shown. An undone answer is one more line, so that
    nothing is ever erased; so is the digest of each table that was written from the answers. What
    a crash or a full disk left of a line is cut off before the next one is written; a line that
    is damaged all the same is passed over, and its text is asked for again.

    Attributes:
        answers: the label of each row that was answered.
        order: answered rows, the latest answer last.
        written: digests of the tables that were written.
        base: labels of the rows in the latest of them.
        groups: int64, shape (n,): equal texts, which one answer is for, have the same number.
        damaged: how many lines could not be read.
    """

    def __init__(self, path: Path, texts: Sequence[str]) -> None:
        """Read what was answered before.

        Raises:
            UnreadableFile: it is not a log of answers, or one of other texts.
        """
        self.path = path
        self.texts = texts
        self.groups = groups_of(texts)
        self.answers: dict[int, str] = {}
        self.order: list[int] = []
        self.written: set[str] = set()
        self.base: dict[int, str] = {}
        self.damaged = 0
        self._by_group: dict[int, int] = {}
        self._erased: set[int] = set()
        self._torn_at: int | None = None
        if path.exists():
            for line in self._lines():
                self._apply(line)

    def label_of(self, row: int) -> str | None:
        """Return the label of a row: its own answer, or that of an equal text."""
        if row in self.answers:
            return self.answers[row]
        like = self._by_group.get(int(self.groups[row]))
        return None if like is None or row in self._erased else self.answers[like]

    def labelled(self) -> dict[int, str]:
        """Return the label of each row that has one."""
        found = {row: self.label_of(row) for row in range(len(self.texts))}
        return {row: label for row, label in found.items() if label is not None}

    def answer(self, row: int, label: str) -> None:
        """Keep the label of a row.

        Raises:
            UnwritableFile: no permission or no space; the answers are as they were.
        """
        self._append(self._line(row, label))

    def erase(self, row: int) -> None:
        """Keep that a row has no label, whatever equal texts have; raises as `answer`."""
        self._append({**self._line(row, None), "erased": True})

    def mark(self, digest: str) -> None:
        """Keep the digest of a table that was written from the answers; raises as `answer`."""
        self._append({"written": digest})

    def undo(self) -> int | None:
        """Take the last answer back; return its row, None where there is none."""
        if not self.order:
            return None
        row = self.order[-1]
        self._append(self._line(row, None))
        return row

    def _line(self, row: int, label: str | None) -> dict[str, object]:
        return {"row": row, "text": _digest(self.texts[row]), "label": label}

    def _append(self, line: dict[str, object]) -> None:
        with writing(self.path):
            self._mend()
            with self.path.open("ab") as file:
                before = file.seek(0, os.SEEK_END)
                try:
                    file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    self._torn_at = before
                    raise
        self._apply(line)

    def _mend(self) -> None:
        """Cut off what a failed write has left; the next line must not join it."""
        if self._torn_at is not None and self.path.exists():
            os.truncate(self.path, self._torn_at)
        self._torn_at = None

    def _apply(self, line: dict[str, object]) -> None:
        if _is_mark(line):
            self.written.add(str(line["written"]))
            self.base = self.labelled()
            return
        row, label = line["row"], line["label"]
        if not isinstance(row, int) or not 0 <= row < len(self.texts):
            raise self._foreign()
        if line["text"] != _digest(self.texts[row]):
            raise self._foreign()
        group = int(self.groups[row])
        if row in self.answers:
            self.order.remove(row)
            del self.answers[row]
            if self._by_group.get(group) == row:
                del self._by_group[group]
        self._erased.discard(row)
        if isinstance(label, str):
            self.answers[row] = label
            self.order.append(row)
            self._by_group[group] = row
        elif line.get("erased"):
            self._erased.add(row)

    def _lines(self) -> list[dict[str, object]]:
        raw = self.path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):  # a crash cut the last line
            if not _is_torn(raw[len(whole) :]):
                raise self._foreign()
            self._torn_at = len(whole)
        found = []
        for line in whole.splitlines():
            try:
                said = orjson.loads(line)
            except orjson.JSONDecodeError:
                self.damaged += 1
                continue
            if not isinstance(said, dict) or not (set(said) >= _ANSWER or _is_mark(said)):
                raise self._foreign()
            found.append(said)
        if self.damaged and not found:
            raise self._foreign()
        return found

    def _foreign(self) -> UnreadableFile:
        return UnreadableFile(
            f"{shown(str(self.path))} does not hold answers to these texts.",
            "Name another output, or go on with the file that was labelled before.",
        )


def _is_torn(end: bytes) -> bool:
    """Whether the end of a file is one of our lines in part, or room that a crash left empty."""
    end = end.rstrip(b"\0")
    return any(end.startswith(line) or line.startswith(end) for line in _LINES)


def _is_mark(line: dict[str, object]) -> bool:
    return isinstance(line.get("written"), str)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
