"""Predictions as cells of a table."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from likewise.classify.data.labels import spelt
from likewise.classify.explain import Neighbour
from likewise.classify.model import ClassModel, Model, MultiLabelModel, NumberModel
from likewise.classify.predictions import (
    ClassPrediction,
    LabelShare,
    LabelsPrediction,
    NumberPrediction,
    Rejection,
    TextPredictor,
)
from likewise.errors import InvalidOption
from likewise.files.cells import Value

DIGITS = 7
"""Of a number that is written: as many as single precision has, however small it is."""


class Cells(Protocol):
    """Spells predictions as cells of a table."""

    columns: tuple[str, ...]
    note: str | None
    """What must be known of the columns before they are read."""

    def of(self, predictions: Iterator[Any]) -> list[Value]:
        """Return the cells of the next prediction."""


def cells_of(predictor: TextPredictor) -> Cells:
    """Return what spells the predictions of a model."""
    told = predictor.listed is None
    if isinstance(predictor.model, NumberModel):
        return NumberCells(predictor.model, predictor.coverage)
    if isinstance(predictor.model, MultiLabelModel):
        return LabelCells(predictor.model, told)
    return ClassCells(predictor.model, predictor.explained, told)


def check_probabilities(model: Model) -> None:
    """Raise `InvalidOption` unless a model has probabilities of labels."""
    if isinstance(model, NumberModel):
        raise InvalidOption(
            "This model predicts numbers, which have no probabilities.",
            "Leave out --probabilities.",
            param="probabilities",
        )


def _chances(model: ClassModel | MultiLabelModel, shares: Sequence[LabelShare]) -> list[Value]:
    """Return the probability of each label, in the order of the model's labels."""
    by_label = {one.label: round(one.probability, 4) for one in shares}
    return [by_label[label] for label in model.classes]


def _columns_of(model: ClassModel | MultiLabelModel) -> tuple[str, ...]:
    return tuple(f"probability {spelt(label)}" for label in model.classes)


class ClassCells:
    """Spells what a classifier says."""

    note: str | None = None

    def __init__(self, model: ClassModel, explained: bool, told: bool = False) -> None:
        """Make what spells; `told` is whether the probability of every label is told."""
        self.model = model
        self.barred = any("|" in str(name) for name in model.classes)
        self.explained = explained
        self.told = told
        self.columns: tuple[str, ...] = ("label", "probability", "set", "none_of_these")
        if explained:
            self.columns += ("because", "unlike", "words", "rejected_because")
        if told:
            self.columns += _columns_of(model)

    def of(self, predictions: Iterator[ClassPrediction]) -> list[Value]:
        """See `Cells`."""
        said = next(predictions)
        within = self._joined([spelt(label) for label in said.set])
        cells: list[Value] = [said.label, round(said.probability, 4), within, not said.fits]
        cells += self._why(said) if self.explained else []
        return cells + _chances(self.model, said.probabilities) if self.told else cells

    def _joined(self, names: list[str]) -> str:
        """Return a set as `a | b`, or as JSON where a label holds the bar itself."""
        if self.barred:
            return json.dumps(names, ensure_ascii=False)
        return " | ".join(names)

    def _why(self, said: ClassPrediction) -> list[Value]:
        why, rejection = said.explanation, said.rejection
        near = [] if why is None else [*why.same[:1], *why.other[:1]]
        cells = [_near(one) for one in near] + [""] * (2 - len(near))
        words = [] if why is None else [f"{w.word} {w.weight:+.2f}" for w in why.words[:5]]
        return [*cells, ", ".join(words), "" if rejection is None else _far(rejection)]


def _near(neighbour: Neighbour) -> str:
    return f"{neighbour.text} ({spelt(neighbour.label)}, {neighbour.similarity:.2f})"


def _far(rejection: Rejection) -> str:
    """Return how far the nearest training texts are from a text of none of the labels."""
    parts = []
    if rejection.similarity is not None:
        parts.append(
            f"the nearest training texts are at {rejection.similarity:.2f}, usual are "
            f"{rejection.usual:.2f} and more"
        )
    if rejection.nearest:
        parts.append(f"nearest: {_near(rejection.nearest[0])}")
    return "; ".join(parts) or "unlike the training texts"


class LabelCells:
    """Spells what a classifier of several labels says, as labels were written in its training."""

    note: str | None = None

    def __init__(self, model: MultiLabelModel, told: bool) -> None:
        """Make what spells; `told` is whether the probability of every label is told."""
        self.model = model
        self.told = told
        apart = model.spelling.kind == "columns"
        self.columns: tuple[str, ...] = tuple(map(spelt, model.classes)) if apart else ("labels",)
        self.columns += ("set", "none_of_these", *(_columns_of(model) if told else ()))

    def of(self, predictions: Iterator[LabelsPrediction]) -> list[Value]:
        """See `Cells`."""
        said, spelling = next(predictions), self.model.spelling
        cells: list[Value]
        if spelling.kind == "columns":
            cells = [int(label in said.labels) for label in self.model.classes]
        else:
            cells = [spelling.join(map(spelt, said.labels))]
        cells += [spelling.join(map(spelt, said.set)), not said.fits]
        return cells + _chances(self.model, said.probabilities) if self.told else cells


class NumberCells:
    """Spells what a regressor says."""

    def __init__(self, model: NumberModel, coverage: float) -> None:
        """Make what spells."""
        self.note: str | None = None
        self.columns: tuple[str, ...] = ("prediction", "low", "high")
        self.levelled = model.levels is not None
        if self.levelled:
            self.columns += ("level",)
        if coverage > model.most_coverage:
            most = int(model.most_coverage * 1_000) / 1_000
            self.note = (
                f"low and high stay empty: {len(model.residuals):,} examples are too few to "
                f"promise a coverage of {coverage:g}; --coverage {most:g} is the most."
            )

    def of(self, predictions: Iterator[NumberPrediction]) -> list[Value]:
        """See `Cells`."""
        said = next(predictions)
        cells: list[Value] = [
            None if value is None else float(f"{value:.{DIGITS}g}")
            for value in (said.number, said.low, said.high)
        ]
        return [*cells, said.level] if self.levelled else cells
