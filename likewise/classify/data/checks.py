"""What a person should know about labelled texts before anything is learnt from them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from likewise.classify.data.labels import Label
from likewise.classify.data.normalise import normalised
from likewise.classify.data.spelling import meant, seen
from likewise.errors import shown

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
    plain = [int(one) if float(one).is_integer() else one for one in numbers]
    found = _repeated(texts, plain, "numbers")
    if len(set(plain)) == 1:
        found.append(
            Finding("constant", f"All numbers are {shown(plain[0])}: there is nothing to learn.")
        )
    return found


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
    rows: defaultdict[Label, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        rows[label].append(row)
    for label in rows:
        if isinstance(label, str):
            alike[meant(label)].add(label)
    found = []
    for shared, names in alike.items():
        if len(names) > 1 and shared != "":
            some = " and ".join(shown(name) for name in sorted(names))
            how = "differ in case, space or hyphens alone"
            if len({seen(name) for name in names}) == 1:
                how = "look the same, but are made of other characters"
            elif not isinstance(shared, str):
                how = "are the same number"
            found.append(Finding(
                "label spelling",
                f"{some} {how}; they are learnt as different.",
                tuple(sorted(row for name in names for row in rows[name])),
            ))  # fmt: skip
    return found


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
    one = len(rows) == 1
    if same == len(rows):
        so = f": results on {'it' if one else 'them'} flatter."
    elif not same:
        which, them = ("another answer", "it") if one else ("other answers", "them")
        so = f", with {which}: results on {them} are worse than on new texts."
    else:
        so = f", {same:,} of them with the same answer: results on these flatter."
    return [Finding(
        "leakage",
        f"{len(rows):,} of {len(test):,} test texts stand{'s' if one else ''} among the training "
        f"texts too, such as {shown(test[rows[0]])}{so}",
        rows,
    )]  # fmt: skip
