"""Labelling by hand: which text is next, and every answer kept the moment it is given."""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson

from likewise.classify.inputs import label_texts
from likewise.classify.label.active import ENOUGH, at_random, by_margin
from likewise.classify.learn.candidates import Bench, Samples, Setting
from likewise.classify.learn.folds import Rows
from likewise.classify.learn.softmax import Blocks, softmax
from likewise.encoders.base import Encoder
from likewise.errors import InvalidText, UnreadableFile, shown
from likewise.files.write import writing
from likewise.types import Vectors

MOST_ASKED = 20_000
"""Unlabelled texts among which the next one is sought."""

_ANSWER = {"row", "text", "label"}


class Journal:
    """Answers in the order in which they were given, one JSON object a line.

    A line is on the disk before the next text is shown. A last line that was cut by a crash is
    dropped; an undone answer is one more line, so that nothing is ever erased. So is the digest of
    each table that was written from the answers.

    Attributes:
        answers: the label of each labelled row.
        order: labelled rows, the latest answer last.
        written: digests of the tables that were written.
        base: the answers in the latest of them.
    """

    def __init__(self, path: Path, texts: Sequence[str]) -> None:
        """Read what was answered before.

        Raises:
            UnreadableFile: it is no journal, or one of other texts.
        """
        self.path = path
        self.texts = texts
        self.answers: dict[int, str] = {}
        self.order: list[int] = []
        self.written: set[str] = set()
        self.base: dict[int, str] = {}
        if path.exists():
            for line in self._lines():
                self._apply(line)

    def answer(self, row: int, label: str) -> None:
        """Keep the label of a row.

        Raises:
            UnwritableFile: no permission or no space.
        """
        self.put(row, label)

    def put(self, row: int, label: str | None) -> None:
        """Keep the label of a row, or with None that it has none; raises as `answer`."""
        self._append({"row": row, "text": _digest(self.texts[row]), "label": label})

    def mark(self, digest: str) -> None:
        """Keep the digest of a table that was written from the answers; raises as `answer`."""
        self._append({"written": digest})

    def undo(self) -> int | None:
        """Take the last answer back; return its row, None where there is none."""
        if not self.order:
            return None
        row = self.order[-1]
        self.put(row, None)
        return row

    def _append(self, line: dict[str, object]) -> None:
        with writing(self.path), self.path.open("ab") as file:
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        self._apply(line)

    def _apply(self, line: dict[str, object]) -> None:
        if _is_mark(line):
            self.written.add(str(line["written"]))
            self.base = dict(self.answers)
            return
        row, label = line["row"], line["label"]
        if not isinstance(row, int) or not 0 <= row < len(self.texts):
            raise self._foreign()
        if line["text"] != _digest(self.texts[row]):
            raise self._foreign()
        if row in self.answers:
            self.order.remove(row)
            del self.answers[row]
        if isinstance(label, str):
            self.answers[row] = label
            self.order.append(row)

    def _lines(self) -> list[dict[str, object]]:
        raw = self.path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):  # a crash cut the last line: the next must not join it
            with writing(self.path), self.path.open("r+b") as file:
                file.truncate(len(whole))
        try:
            lines = [orjson.loads(line) for line in whole.splitlines()]
        except orjson.JSONDecodeError:
            raise self._foreign() from None
        if not all(isinstance(line, dict) and (set(line) >= _ANSWER or _is_mark(line))
                   for line in lines):  # fmt: skip
            raise self._foreign()
        return lines

    def _foreign(self) -> UnreadableFile:
        return UnreadableFile(
            f"{shown(str(self.path))} does not hold answers to these texts.",
            "Name another output, or go on with the file that was labelled before.",
        )


class Labelling:
    """A session: asks for the most useful text, learns from every answer.

    Random texts are asked for until there are two labels with two texts each; from then on the
    text about which a model, trained on all answers so far, hesitates most.
    """

    def __init__(self, journal: Journal, encoder: Encoder, vectors: Vectors) -> None:
        self.journal = journal
        self.encoder = encoder
        self.vectors = vectors
        self._random = at_random(np.arange(len(vectors)))
        self._skipped: set[int] = set()
        self._names: dict[str, Vectors] = {}

    @property
    def labels(self) -> list[str]:
        """Labels given so far, in alphabetical order."""
        return sorted(set(self.journal.answers.values()))

    def next(self) -> tuple[int, dict[str, float]] | None:
        """Return the row to label next, and the probability of each label where known.

        None where every row is labelled or skipped.
        """
        left = np.array(
            [r for r in self._random if r not in self.journal.answers and r not in self._skipped],
            np.int64,
        )
        if not len(left):
            return None
        counts = Counter(self.journal.answers.values())
        if len(counts) < 2 or min(counts.values()) < ENOUGH:
            return int(left[0]), {}
        left = left[:MOST_ASKED]
        probabilities = self._probabilities(left)
        row = int(by_margin(probabilities, left)[0])
        chances = probabilities[int(np.flatnonzero(left == row)[0])]
        return row, dict(zip(self.labels, chances.tolist(), strict=True))

    def skip(self, row: int) -> None:
        """Don't ask for a row again in this session."""
        self._skipped.add(row)

    def answer(self, row: int, label: str) -> None:
        """Keep an answer.

        Raises:
            InvalidText: the label is blank.
        """
        if not label.strip():
            raise InvalidText("The label is blank.", "Type a label.", param="label")
        self.journal.answer(row, label.strip())

    def _probabilities(self, rows: Rows) -> np.ndarray:
        known = np.array(list(self.journal.answers), np.int64)
        place = {label: index for index, label in enumerate(self.labels)}
        classes = np.array([place[label] for label in self.journal.answers.values()], np.int64)
        samples = Samples(
            self.vectors[known],
            classes,
            np.arange(len(known)),
            len(place),
            label_vectors=self._label_vectors(),
        )
        everything = np.arange(len(known))
        setting = Setting("embeddings", label_names=samples.label_vectors is not None)
        head = Bench(samples, everything, everything[:0]).fit(setting, tolerance=1e-4).head
        return softmax(head.logits(Blocks(self.vectors[rows])))

    def _label_vectors(self) -> Vectors | None:
        said = label_texts(self.labels, "auto")
        if said is None:
            return None
        for name in said:
            if name not in self._names:
                self._names[name] = self.encoder.encode([name]).vectors
        return np.concatenate([self._names[name] for name in said])


def _is_mark(line: dict[str, object]) -> bool:
    return isinstance(line.get("written"), str)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
