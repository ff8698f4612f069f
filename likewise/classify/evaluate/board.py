"""What leaderboards of all kinds of classifiers have in common.

What is trained is chosen by cross-validation, and a choice flatters whoever makes it. So the whole
procedure, search and choice included, is repeated on the texts beside each held-out part, and what
its choices say of that part is an entry of its own: the honest estimate of the model that is
saved.

Source: Cawley & Talbot 2010, On over-fitting in model selection and subsequent selection bias in
performance evaluation: nested cross-validation.
"""

from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np

from likewise.classify.arrays import Rows
from likewise.classify.design import design_of
from likewise.classify.learn.candidates import TITLES, Samples, Split
from likewise.classify.learn.folds import later
from likewise.classify.learn.search import splits_of
from likewise.types import StageProgress

MANY = 1_000
"""Texts from which on one fifth is held out once; with fewer, each fifth in a round of its own."""

PARTS = 5

PROCEDURE = "the whole procedure, choice included"

EntryKind = Literal["baseline", "candidate", "procedure"]


class Judged(Protocol):
    """Figures of a model on held-out texts."""

    @property
    def chief(self) -> float:
        """The figure that entries are ranked by, higher is better."""

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, ready for JSON."""


class AnEntry(Protocol):
    """One model of a leaderboard."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> EntryKind: ...  # noqa: D102
    @property
    def scores(self) -> Judged: ...  # noqa: D102
    @property
    def interval(self) -> tuple[float, float]: ...  # noqa: D102


AnyEntry = TypeVar("AnyEntry", bound=AnEntry)


@dataclass(frozen=True, eq=False)
class Board(Generic[AnyEntry]):
    """Held-out results of all models.

    held_out: int64, shape (m,), rows of the samples.
    saved: name of the entry of the kind of model that is saved.
    design: how texts were held out, for people.
    """

    entries: tuple[AnyEntry, ...]
    held_out: Rows
    saved: str
    design: str

    def __getitem__(self, name: str) -> AnyEntry:
        """Return the entry of that name."""
        return next(entry for entry in self.entries if entry.name == name)

    @property
    def procedure(self) -> AnyEntry:
        """The honest estimate of what is saved."""
        return self[PROCEDURE]

    @property
    def winner(self) -> AnyEntry:
        """The entry with the highest chief figure; in a draw what is saved, or first."""
        return max(
            (entry for entry in self.entries if entry.kind != "procedure"),
            key=lambda entry: (entry.scores.chief, entry.name == self.saved),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what a report shows, ready for JSON."""
        return {
            "design": self.design,
            "texts": len(self.held_out),
            "saved": self.saved,
            "procedure": PROCEDURE,
            "winner": self.winner.name,
            "entries": [
                {
                    "name": entry.name,
                    "kind": entry.kind,
                    **entry.scores.to_dict(),
                    "interval": list(entry.interval),
                }
                for entry in self.entries
            ],
        }


def outer_splits(samples: Samples) -> tuple[list[Split], str]:
    """Return what is held out to judge models, and how, in words."""
    if samples.times is not None:
        *_, (before, after) = later(samples.times, samples.groups, PARTS)
        splits = [Split(samples, before, after)]
    else:
        different = min(PARTS, len(np.unique(samples.groups)))
        splits = splits_of(samples, max(different, 2), seed=1)
        splits = splits[:1] if len(samples) >= MANY else splits
    design = design_of(
        [split.held_out for split in splits],
        len(samples),
        by_time=samples.times is not None,
        grouped=samples.grouped,
    )
    return splits, design


def kind_of(name: str) -> EntryKind:
    """Return what kind of entry goes by this name."""
    if name == PROCEDURE:
        return "procedure"
    return "candidate" if name in TITLES.values() else "baseline"


def part_of(progress: StageProgress, place: int, parts: int) -> StageProgress:
    """Tell of one part among several: its stages are a part of the whole."""
    if parts == 1:
        return lambda what, done, total: progress(f"Comparing: {what}", done, total)

    def part(what: str, done: int, total: int) -> None:
        progress(f"Comparing, part {place + 1} of {parts}: {what}", place * total + done,
                 parts * total)  # fmt: skip

    return part
