"""What a person should know about labelled texts before anything is learnt from them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from likewise.classify.data.normalise import normalised
from likewise.errors import InvalidLabels, shown
from likewise.files.places import begun

Label = str | int | float | bool

FEW_EXAMPLES = 2
IMBALANCE = 50
"""Times that the largest class may be larger than the smallest before it is said."""


@dataclass(frozen=True)
class Finding:
    """One thing about the data: `rows` (counted from 0) where it shows, and a sentence."""

    kind: str
    message: str
    rows: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""
        return {"kind": self.kind, "message": self.message, "rows": list(self.rows)}


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
    plain = [_plain(label, row(place)) for place, label in enumerate(labels)]
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
        what = f"only one label, {shown(classes[0])}" if classes else "no labels"
        raise InvalidLabels(f"There is {what}.", "At least two are needed.", param="labels")
    place = {label: index for index, label in enumerate(classes)}
    return classes, np.array([place[label] for label in plain], np.int64)


def _plain(label: Any, row: str) -> Label:  # noqa: ANN401
    value = label.item() if isinstance(label, np.generic) else label
    missing = value is None or (isinstance(value, str) and not value.strip())
    missing = missing or (isinstance(value, float) and not isfinite(value))
    if missing or not isinstance(value, str | int | float | bool):
        what = "missing" if missing else f"a {type(value).__name__}, {shown(value)}"
        raise InvalidLabels(
            f"The label of {row} is {what}.",
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
            raise InvalidLabels(
                f"{begun(where)} has the label {shown(value)}, which the model has not learned.",
                "Leave such rows out, or train with examples of it.",
                param="y",
            )
    return plain


def check_table(texts: Sequence[str], labels: Sequence[Label]) -> list[Finding]:
    """Return what is odd about labelled texts; nothing is changed."""
    return [
        *_repeated(texts, labels, "labels"),
        *_rare(labels),
        *_misspelt(labels),
    ]


def check_sets(
    texts: Sequence[str], answers: Sequence[Label], sets: Sequence[Sequence[str]]
) -> list[Finding]:
    """Return what is odd about texts with several labels each; `answers` spell their sets."""
    rows = [row for row, labels in enumerate(sets) for _ in labels]
    labels = [label for labels in sets for label in labels]
    found = [*_repeated(texts, answers, "sets of labels"), *_rare(labels), *_misspelt(labels)]
    # what was found about a label stands in the rows of the texts that have it
    found = [
        one if one.kind in ("duplicate", "contradiction")
        else replace(one, rows=tuple(sorted({rows[place] for place in one.rows})))
        for one in found
    ]  # fmt: skip
    everywhere = [label for label, count in Counter(labels).items() if count == len(sets)]
    if everywhere:
        found.append(Finding(
            "constant",
            f"All texts have {' and '.join(map(shown, sorted(everywhere)[:5]))}: there is nothing "
            "to learn about that.",
        ))  # fmt: skip
    if none := tuple(row for row, labels in enumerate(sets) if not labels):
        found.append(Finding(
            "no label",
            f"{len(none):,} text{'s have' if len(none) > 1 else ' has'} none of the labels, which "
            "is learnt, too.",
            none,
        ))  # fmt: skip
    return found


FEW_TEXTS = 40
"""Texts under which held-out figures are mostly accident, and no learning curve is drawn."""


def few(texts: int) -> list[Finding]:
    """Return that there are few texts, if there are.

    The reach is twice the standard error of a share of one half, which is the most it can be.
    """
    if texts >= FEW_TEXTS:
        return []
    reach = 100 * texts**-0.5
    return [Finding(
        "few",
        f"{texts:,} texts are few: what is right of held-out ones may be off by {reach:.0f} points "
        "by accident.",
    )]  # fmt: skip


def no_better_than_guessing(log_loss: float, guessing: float) -> list[Finding]:
    """Return that probabilities are worth nothing, if they are not.

    Args:
        log_loss: of held-out probabilities.
        guessing: of the shares of the labels, the same for every text.
    """
    if log_loss < guessing:
        return []
    return [Finding(
        "probabilities",
        f"Its probabilities are no better than guessing by how frequent labels are: log-loss "
        f"{log_loss:.3f} against {guessing:.3f} on held-out texts. Don't rely on them.",
    )]  # fmt: skip


def check_numbers(texts: Sequence[str], numbers: Sequence[Label]) -> list[Finding]:
    """Return what is odd about texts with numbers; nothing is changed."""
    return _repeated(texts, numbers, "numbers")


def _repeated(texts: Sequence[str], labels: Sequence[Label], what: str) -> list[Finding]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        places[normalised(text)].append(row)
    twice = [rows for rows in places.values() if len(rows) > 1]
    against = [rows for rows in twice if len({labels[row] for row in rows}) > 1]
    same = [rows for rows in twice if len({labels[row] for row in rows}) == 1]
    found = []
    if same:
        count = sum(len(rows) - 1 for rows in same)
        found.append(Finding(
            "duplicate",
            f"{count:,} row{'s repeat' if count > 1 else ' repeats'} an earlier text; repeated "
            "texts are never split between learning and testing.",
            tuple(row for rows in same for row in rows[1:]),
        ))  # fmt: skip
    if against:
        text = shown(texts[against[0][0]])
        given = ", ".join(sorted({shown(labels[row]) for row in against[0]}))
        count = len(against)
        found.append(Finding(
            "contradiction",
            f"{count:,} text{'s have' if count > 1 else ' has'} several {what}, such as {text}: "
            f"{given}.",
            tuple(row for rows in against for row in rows),
        ))  # fmt: skip
    return found


def _rare(labels: Sequence[Label]) -> list[Finding]:
    counts = Counter(labels)
    found = []
    rare = [label for label, count in counts.items() if count < FEW_EXAMPLES]
    if rare:
        some = ", ".join(shown(label) for label in rare[:5]) + (" …" if len(rare) > 5 else "")
        found.append(Finding(
            "rare",
            f"{len(rare):,} label{'s have' if len(rare) > 1 else ' has'} one example only: {some}. "
            "What is said about held-out texts leaves them out or gets them wrong.",
            tuple(row for row, label in enumerate(labels) if label in set(rare)),
        ))  # fmt: skip
    most, least = max(counts.values()), min(counts.values())
    if most >= IMBALANCE * least:
        largest = max(counts, key=counts.__getitem__)
        found.append(Finding(
            "imbalance",
            f"{shown(largest)} has {most:,} examples and the rarest label {least:,}: look at "
            "macro-F1 rather than accuracy.",
        ))  # fmt: skip
    return found


def _misspelt(labels: Sequence[Label]) -> list[Finding]:
    alike: defaultdict[str | float, set[str]] = defaultdict(set)
    for label in labels:
        if isinstance(label, str):
            alike[_meant(label)].add(label)
    found = []
    for meant, names in alike.items():
        if len(names) > 1:
            some = " and ".join(shown(name) for name in sorted(names))
            how = (
                "differ in case, space or hyphens alone"
                if isinstance(meant, str)
                else "are the same number"
            )
            found.append(Finding(
                "label spelling",
                f"{some} {how}; they are learnt as different.",
                tuple(row for row, label in enumerate(labels) if label in names),
            ))  # fmt: skip
    return found


def _meant(label: str) -> str | float:
    """Return what labels share that are probably one and the same: "1" and "1.0", "Ok" and "ok"."""
    plain = normalised(label.replace("_", " ").replace("-", " "))
    try:
        number = float(label.replace("_", " "))  # Python alone reads 1_0 as ten
    except ValueError:
        return plain
    return number if isfinite(number) else plain


def leakage(
    train: Sequence[str],
    test: Sequence[str],
    answers: Sequence[Label] = (),
    tested: Sequence[Label] = (),
) -> list[Finding]:
    """Return test texts that stand among the training texts too, case and space aside.

    Args:
        train: the texts that are learnt from.
        test: the texts that are tested on.
        answers: the answers of `train`; with `tested`, those of `test`, they tell whether the model
            has seen the same answers, which flatters, or others, which does the reverse.
        tested: the answers of `test`.
    """
    known: defaultdict[str, set[Label]] = defaultdict(set)
    for row, text in enumerate(train):
        known[normalised(text)].add(answers[row] if answers else "")
    rows = tuple(row for row, text in enumerate(test) if normalised(text) in known)
    if not rows:
        return []
    same = sum(not tested or tested[row] in known[normalised(test[row])] for row in rows)
    if same == len(rows):
        so = ": results on them flatter."
    elif not same:
        so = ", with other answers: results on them are worse than on new texts."
    else:
        so = f", {same:,} of them with the same answer: results on these flatter."
    return [Finding(
        "leakage",
        f"{len(rows):,} of {len(test):,} test texts stand among the training texts too, such as "
        f"{shown(test[rows[0]])}{so}",
        rows,
    )]  # fmt: skip
