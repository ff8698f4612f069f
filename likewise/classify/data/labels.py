"""Labels that can be learnt, in their order, or why they can't."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np

from likewise.classify.data.spelling import meant
from likewise.errors import InvalidLabels, shown
from likewise.files.places import begun

Label = str | int | float | bool


def spelt(label: Label) -> str:
    """Return a label as tables, and all that is said about it, spell it: `true`, not `True`."""
    return str(label).lower() if isinstance(label, bool) else str(label)


def _row(place: int) -> str:
    return f"row {place + 1:,}"


def classes_of(
    labels: Sequence[Any], row: Callable[[int], str] = _row
) -> tuple[list[Label], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return the different labels in order, and the place of each row's label among them.

    Args:
        labels: one of each text.
        row: names the row of a label, counted from 0, in messages.

    Raises:
        InvalidLabels: a label is missing or no label, kinds are mixed, or there is one class.
    """
    plain = [_plain(label, place, row) for place, label in enumerate(labels)]
    kinds = {type(label) for label in plain}
    if len(kinds - {int, float}) > (0 if kinds & {int, float} else 1):
        first = {kind: [type(label) for label in plain].index(kind) for kind in kinds}
        named = ", ".join(
            f"{kind.__name__} in {row(place)}"
            for kind, place in sorted(first.items(), key=lambda one: one[1])
        )
        raise InvalidLabels(
            f"The labels are of several kinds: {named}.",
            "Make all of them strings.",
            param="labels",
        )
    classes = sorted(set(plain))
    if len(classes) < 2:
        what = f"is only one label, {shown(classes[0])}" if classes else "are no labels"
        raise InvalidLabels(f"There {what}.", "At least two are needed.", param="labels")
    place = {label: index for index, label in enumerate(classes)}
    return classes, np.array([place[label] for label in plain], np.int64)


def _plain(label: Any, place: int, row: Callable[[int], str]) -> Label:  # noqa: ANN401
    value = label.item() if isinstance(label, np.generic) else label
    missing = value is None or (isinstance(value, str) and not value.strip())
    missing = missing or (isinstance(value, float) and not isfinite(value))
    if missing or not isinstance(value, str | int | float | bool):
        what = "missing" if missing else f"a {type(value).__name__}, {shown(value)}"
        raise InvalidLabels(
            f"The label of {row(place)} is {what}.",
            "Fill it in or leave the row out; write dates as text.",
            param="labels",
        )
    return str(value) if isinstance(value, str) else value  # a cell of a table is a str, too


MANY_CLASSES = 200
"""Classes up to which each may have a single text: its name then helps to learn it."""

MOST_CELLS = 20_000_000
"""Texts × classes: so many probabilities are held in memory several times over."""


def check_classes(classes: int, texts: int, most: int = MOST_CELLS) -> None:
    """Raise `InvalidLabels` where there are too many classes to learn, or to hold in memory.

    Args:
        classes: how many different labels there are.
        texts: how many texts.
        most: texts × classes that there is memory for.
    """
    if classes > MANY_CLASSES and classes > texts / 2:
        raise InvalidLabels(
            f"There are {classes:,} different labels for {texts:,} texts: too few texts for each.",
            "Choose a column whose labels repeat, or give at least two texts for each label.",
            param="label",
        )
    if classes * texts > most:
        raise InvalidLabels(
            f"{texts:,} texts with {classes:,} labels are more than the memory of a training is "
            f"made for: texts times labels may be {most:,}.",
            "Join labels, leave out texts, or choose another column of labels.",
            param="label",
        )


def check_known(
    labels: Sequence[Any],
    classes: Sequence[Label],
    at: int | None = None,
    row: Callable[[int], str] = _row,
) -> list[Any]:
    """Return the labels as plain Python values; raise `InvalidLabels` for one that is unknown.

    Labels are of a row each, or all of the row `at`; `row` names it in messages.
    """
    known = set(classes)
    plain = [label.item() if isinstance(label, np.generic) else label for label in labels]
    for place, value in enumerate(plain):
        if value not in known:
            where = row(place if at is None else at)
            said = meant(str(value))
            alike = [shown(one) for one in classes if said != "" and meant(str(one)) == said]
            raise InvalidLabels(
                f"{begun(where)} has the label {shown(value)}, which the model has not learned.",
                f"It has learned {alike[0]}: spell it alike."
                if alike
                else "Leave such rows out, or train with examples of it.",
                param="y",
            )
    return plain
