"""Labelling by hand: which text is next."""

from collections import Counter
from collections.abc import Collection

import numpy as np

from likewise.classify.arrays import Rows
from likewise.classify.inputs import label_texts
from likewise.classify.label.active import ENOUGH, at_random, by_margin
from likewise.classify.label.answer_log import AnswerLog
from likewise.classify.learn.candidates import Samples, Setting, Split
from likewise.classify.learn.softmax import FeatureBlocks, softmax
from likewise.encoders.base import Encoder
from likewise.errors import DefectiveVectors, InvalidText
from likewise.types import Vectors

MOST_ASKED = 20_000
"""Unlabelled texts among which the next one is sought."""


class Labelling:
    """A session: asks for the most useful text, learns from every answer.

    Random texts are asked for until there are two labels with two texts each; from then on the
    text about which a model, trained on all answers so far, hesitates most. Equal texts are asked
    once: their answer is that of all.
    """

    def __init__(
        self,
        log: AnswerLog,
        encoder: Encoder,
        vectors: Vectors,
        left_out: Collection[int] = (),
    ) -> None:
        """Begin with the answers in the log.

        Args:
            log: the n texts and what was answered.
            encoder: embeds the labels.
            vectors: of the texts, float32, shape (n, dims).
            left_out: rows that have no vector; they are not asked for, and nothing is learnt from
                their answers.
        """
        self.log = log
        self.encoder = encoder
        self.vectors = vectors
        self._left_out = frozenset(left_out)
        computed = [row for row in range(len(vectors)) if row not in self._left_out]
        self._random = at_random(np.array(computed, np.int64))
        self._skipped: set[int] = set()
        self._names: dict[str, Vectors] = {}

    @property
    def labels(self) -> list[str]:
        """Labels given so far, in alphabetical order."""
        return sorted(set(self.log.answers.values()))

    def next(self) -> tuple[int, dict[str, float]] | None:
        """Return the row to label next, and the probability of each label where known.

        None where every row is labelled or skipped.
        """
        done = {self.log.groups[row] for row in (*self.log.answers, *self._skipped)}
        left = np.array([r for r in self._random if self.log.groups[r] not in done], np.int64)
        # of equal texts the first in the order stands for all
        _, first = np.unique(self.log.groups[left], return_index=True)
        left = left[np.sort(first)]
        if not len(left):
            return None
        counts = Counter(self._known().values())
        if len(counts) < 2 or min(counts.values()) < ENOUGH:
            return int(left[0]), {}
        left = left[:MOST_ASKED]
        probabilities = self._probabilities(left)
        row = int(by_margin(probabilities, left)[0])
        chances = probabilities[int(np.flatnonzero(left == row)[0])]
        return row, dict(zip(sorted(counts), chances.tolist(), strict=True))

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
        self.log.answer(row, label.strip())

    def _known(self) -> dict[int, str]:
        """Return the answers that there is something to learn from."""
        return {row: label for row, label in self.log.answers.items() if row not in self._left_out}

    def _probabilities(self, rows: Rows) -> np.ndarray:
        answers = self._known()
        known = np.array(list(answers), np.int64)
        labels = sorted(set(answers.values()))
        place = {label: index for index, label in enumerate(labels)}
        classes = np.array([place[label] for label in answers.values()], np.int64)
        samples = Samples(
            self.vectors[known],
            classes,
            np.arange(len(known)),
            len(place),
            label_vectors=self._label_vectors(labels),
        )
        everything = np.arange(len(known))
        setting = Setting("embeddings", label_names=float(samples.label_vectors is not None))
        head = Split(samples, everything, everything[:0]).fit(setting, tolerance=1e-4).head
        return softmax(head.logits(FeatureBlocks(self.vectors[rows])))

    def _label_vectors(self, labels: list[str]) -> Vectors | None:
        said = label_texts(labels, "auto")
        if said is None:
            return None
        try:
            for name in said:
                if name not in self._names:
                    self._names[name] = self.encoder.encode([name]).vectors
        except DefectiveVectors:  # the texts teach enough without the names
            return None
        return np.concatenate([self._names[name] for name in said])
