"""Training data that somebody put right or added to, without another table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from likewise.classify.data.labels import spelt
from likewise.classify.training_data import TrainingData, TrainingOptions, checked
from likewise.errors import InvalidOption


def corrected(
    data: TrainingData, labels: Mapping[int, str], options: TrainingOptions
) -> TrainingData:
    """Return the data with other labels in some rows, and what is odd about it then.

    Args:
        data: what `read` or `extended` gave, with one label per text.
        labels: the right label of rows, counted from 1 as in the table, added texts behind its last
            row; those that were not read are passed over.
        options: what is learnt, as it was read with.

    Raises:
        InvalidOption: there is not one label per text.
        InvalidLabels: one class alone is left.
    """
    if data.kind != "classes":
        raise InvalidOption(
            "Labels can be corrected where each text has one.",
            "Correct the table, and give it again.",
            param="corrections",
        )
    own = data.labelled
    known = {spelt(label): label for label in own.answers}  # a label stays the number that it was
    answers = [
        known.get(said, said) if (said := labels.get(own.row(place))) is not None else label
        for place, label in enumerate(own.answers)
    ]
    return checked(replace(own, answers=answers), data.test, options)


def extended(
    data: TrainingData, more: Sequence[tuple[str, str]], options: TrainingOptions
) -> TrainingData:
    """Return the data with more texts and their labels behind its own, and what is odd about it.

    Their rows are counted on from the last row of the table.

    Args:
        data: what `read` gave, with one label per text.
        more: texts and labels; a label may be a new one.
        options: what is learnt, as it was read with.

    Raises:
        InvalidOption: there is not one label per text, or it is known from when or whose texts are.
        InvalidLabels: there are too many different ones.
    """
    own = data.labelled
    if data.kind != "classes" or own.groups is not None or own.times is not None:
        raise InvalidOption(
            "Texts can be added where each has one label, and neither group nor time.",
            "Add them to the table, and give it again.",
            param="added",
        )
    known = {spelt(label): label for label in own.answers}  # a label stays the number that it was
    rows = [own.row(place) for place in range(len(own.texts))]
    last = max(own.last_row, len(own.texts))
    labelled = replace(
        own,
        texts=[*own.texts, *(text for text, _ in more)],
        answers=[*own.answers, *(known.get(label, label) for _, label in more)],
        rows=[*rows, *range(last + 1, last + 1 + len(more))],
        last_row=last + len(more),
        places=lambda row: own.places(row) if row <= last else f"added text {row - last:,}",
    )
    return checked(labelled, data.test, options)
