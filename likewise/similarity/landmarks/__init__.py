"""Landmarks: which cosines an encoder gives to strangers, to one subject and to one meaning.

A percentile among unrelated pairs says whether two texts have anything to do with each other, and
nothing beyond. So each encoder also gets two distributions of related pairs: sentences on the
*same subject* that say different things, and sentences with the *same meaning* in other words.
`triples.txt` holds them, three on each of 40 subjects, one `subject<TAB>sentence<TAB>the same in
other words<TAB>another on its subject` a line, written for Likewise and given away as CC0.

Two cosines part the three kinds. They are those at which the kinds are told apart best, by the
mean of both hit rates, on the triples of 30 subjects; how well they do is measured on the other
ten. An encoder that does not tell two kinds apart gets no line between them.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.encoders.base import Encoder
from likewise.settings import Settings
from likewise.similarity.cosine import pair_cosines
from likewise.similarity.measured import Measured
from likewise.similarity.percentiles import LEVELS, Scale
from likewise.types import Identity

Cosines = npt.NDArray[np.float64]
Triple = tuple[str, str, str]

KINDS = ("strangers", "same subject", "same meaning")
"""What two texts can be to each other, from the least alike to the most."""

SHOWN = np.linspace(0, 100, 21)
"""Percentages at which the distributions are handed out."""

HELD_OUT_EVERY = 4
"""Each fourth subject has no part in the lines, and tells how good they are."""

LEAST_APART = 0.65
"""Mean hit rate on held-out pairs below which a line says nothing; 0.5 is guessing."""

SHIPPED = "minilm.json"
DECIMALS = 4


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Three distributions of cosines and the lines between them, for one encoder.

    digest: identity digest of the encoder.
    subject, meaning: float64, shape (120,): cosines of the pairs, in the order of the triples.
    strangers: float64, shape (120,): cosines of sentences of different triples.
    cuts: cosine between strangers and one subject, and between one subject and one meaning; None
        where the encoder does not tell the two apart.
    apart: mean hit rate of each cut on held-out pairs, 0.5 (guessing) to 1.
    """

    digest: str
    strangers: Cosines
    subject: Cosines
    meaning: Cosines
    cuts: tuple[float | None, float | None]
    apart: tuple[float, float]

    def likeness(self, cosine: float) -> str | None:
        """Return which of `KINDS` two texts of this cosine are most like.

        "related" where the encoder tells strangers from related texts and no more; None where it
        does not even do that.
        """
        low, high = self.cuts
        if low is None:
            return None
        if cosine < low:
            return KINDS[0]
        if high is None:
            return "related"
        return KINDS[1] if cosine < high else KINDS[2]

    def to_dict(self) -> dict[str, Any]:
        """Return the lines, and each kind's quantiles at 0, 5, … 100 per cent, ready for JSON."""
        kinds = zip(KINDS, (self.strangers, self.subject, self.meaning), strict=True)
        return {
            "cuts": [None if cut is None else round(cut, DECIMALS) for cut in self.cuts],
            "apart": [round(rate, DECIMALS) for rate in self.apart],
            "kinds": [
                {
                    "name": name,
                    "pairs": len(cosines),
                    "quantiles": np.percentile(cosines, SHOWN).round(DECIMALS).tolist(),
                }
                for name, cosines in kinds
            ],
        }

    def examples(self) -> list[dict[str, Any]]:
        """Return all pairs of all kinds with their cosines, ready for JSON."""
        found = []
        all_cosines = (self.strangers, self.subject, self.meaning)
        for name, pairs, cosines in zip(KINDS, pairs_of_kinds(), all_cosines, strict=True):
            found += [
                {"kind": name, "one": one, "other": other, "similarity": round(float(value), 4)}
                for (one, other), value in zip(pairs, cosines, strict=True)
            ]
        return found


def landmarks(encoder: Encoder, scale: Scale, settings: Settings) -> Landmarks:
    """Return the landmarks of an encoder.

    They are looked for in memory, in the package and in the cache folder. Where there are none,
    or broken ones, they are made, which takes about as long as embedding 360 short texts.

    Args:
        encoder: the encoder that the cosines are of.
        scale: its scale of unrelated pairs, which the first line is drawn against.
        settings: where the cache folder is.
    """
    return KEPT.known_or_made(encoder.identity, settings, lambda: make(encoder, scale))


def known(identity: Identity, settings: Settings) -> Landmarks | None:
    """Return the landmarks of an encoder, None where they would have to be made first."""
    return KEPT.known(identity, settings)


def make(encoder: Encoder, scale: Scale) -> Landmarks:
    """Embed the triples and draw the lines."""
    _, triples = subjects_and_triples()
    vectors = encoder.encode([text for triple in triples for text in triple]).vectors
    one, same, other = vectors[0::3], vectors[1::3], vectors[2::3]
    strangers, subject, meaning = (
        pair_cosines(one, others).astype(np.float64).round(DECIMALS)
        for others in (np.roll(one, -_FURTHER, axis=0), other, same)
    )
    return _drawn(encoder.identity.digest, strangers, subject, meaning, scale)


_FURTHER = 37
"""Triples between the two sentences of a pair of strangers: they are of different subjects."""


@lru_cache(maxsize=1)
def subjects_and_triples() -> tuple[list[str], list[Triple]]:
    """Return the subject of each triple, and the triples."""
    lines = [line.split("\t") for line in _read("triples.txt").splitlines()]
    return [line[0] for line in lines], [(line[1], line[2], line[3]) for line in lines]


def pairs_of_kinds() -> tuple[list[tuple[str, str]], ...]:
    """Return the pairs of each of `KINDS`, in the order of their cosines."""
    _, triples = subjects_and_triples()
    further = triples[_FURTHER:] + triples[:_FURTHER]
    strangers = [
        (one, next_one) for (one, _, _), (next_one, _, _) in zip(triples, further, strict=True)
    ]
    return (
        strangers,
        [(one, other) for one, _, other in triples],
        [(one, same) for one, same, _ in triples],
    )


@lru_cache(maxsize=1)
def held_out() -> npt.NDArray[np.bool_]:
    """Return which triples the lines are tried on, shape (120,)."""
    subjects, _ = subjects_and_triples()
    number = {subject: index for index, subject in enumerate(dict.fromkeys(subjects))}
    return np.array([number[it] % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 for it in subjects])


@lru_cache(maxsize=1)
def triples_digest() -> str:
    """Return the SHA-256 of the triples: landmarks that were made from others are out of date."""
    return hashlib.sha256(_read("triples.txt").encode()).hexdigest()


def _drawn(
    digest: str, strangers: Cosines, subject: Cosines, meaning: Cosines, scale: Scale
) -> Landmarks:
    out = held_out()
    # thousands of unrelated pairs are known; each counts with its share
    unrelated = np.interp(np.linspace(0, 100, 2_001), LEVELS, scale.quantiles)
    lines = [
        _line(unrelated, subject[~out], unrelated, subject[out]),
        _line(subject[~out], meaning[~out], subject[out], meaning[out]),
    ]
    cuts = [cut if rate >= LEAST_APART else None for cut, rate in lines]
    apart = (lines[0][1], lines[1][1])
    return Landmarks(digest, strangers, subject, meaning, (cuts[0], cuts[1]), apart)


def _line(
    low: Cosines, high: Cosines, other_low: Cosines, other_high: Cosines
) -> tuple[float, float]:
    """Return the cosine that parts `low` from `high` best, and its mean hit rate on the others."""
    tried = np.unique(np.concatenate([low, high]))
    middle = (tried[1:] + tried[:-1]) / 2
    below = np.searchsorted(np.sort(low), middle) / len(low)
    above = 1 - np.searchsorted(np.sort(high), middle) / len(high)
    cut = float(middle[int(np.argmax(below + above))]) if len(middle) else 0.0
    return cut, float(((other_low < cut).mean() + (other_high >= cut).mean()) / 2)


def dumps(found: Landmarks) -> str:
    """Return landmarks as JSON."""
    return json.dumps(
        {
            "digest": found.digest,
            "triples": triples_digest(),
            "cuts": [None if cut is None else round(cut, 6) for cut in found.cuts],
            "apart": [round(rate, 6) for rate in found.apart],
            "strangers": found.strangers.tolist(),
            "subject": found.subject.tolist(),
            "meaning": found.meaning.tolist(),
        }
    )


def loads(text: str, identity: Identity) -> Landmarks | None:
    """Return the landmarks in `text`; None unless whole, up to date and of this encoder."""
    count = len(subjects_and_triples()[1])
    try:
        fields: dict[str, Any] = json.loads(text)
        current = fields["triples"] == triples_digest() and fields["digest"] == identity.digest
        kinds = [np.array(fields[kind], np.float64) for kind in ("strangers", "subject", "meaning")]
        low, high = (None if cut is None else float(cut) for cut in fields["cuts"])
        one, other = (float(rate) for rate in fields["apart"])
    except (ValueError, KeyError, TypeError):
        return None
    whole = all(cosines.shape == (count,) and np.isfinite(cosines).all() for cosines in kinds)
    if not (current and whole):
        return None
    return Landmarks(identity.digest, kinds[0], kinds[1], kinds[2], (low, high), (one, other))


def _read(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")


KEPT = Measured("landmarks", lambda: _read(SHIPPED), dumps, loads)
"""The landmarks that were made, and those that come with the package."""
