"""Several labels per text: one model for each label against the rest, calibrated out of fold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Classes, Floats, Rows
from likewise.classify.learn.calibration import COLDEST, HOTTEST
from likewise.classify.learn.candidates import FittedCandidate, Samples, Setting, Split
from likewise.classify.learn.heads import LinearHead
from likewise.classify.learn.ood import FittedNovelty, fit_novelty
from likewise.classify.learn.search import Scored, Search, fit_all
from likewise.classify.learn.sigmoid import Members, binary_losses, sigmoid
from likewise.classify.learn.softmax import Linear
from likewise.types import Vectors

PULL = 2.0
"""How strongly a label's own calibration is pulled to that of all labels together."""

STEPS = 25


def strata(members: Members) -> Classes:
    """Return what folds are dealt by: the rarest label of each text, int64 (n,).

    Rare labels then go to all folds alike, as Sechidis et al. 2011, On the stratification of
    multi-label data, ask for; a text without a label is of a stratum of its own, the last.
    """
    counts = members.sum(axis=0)
    rarity = np.where(members, counts, len(members) + 1)
    found: Classes = rarity.argmin(axis=1).astype(np.int64)
    found[~members.any(axis=1)] = members.shape[1]
    return found


@dataclass(frozen=True, eq=False)
class LabelCalibration:
    """Platt scaling of each label: scales and shifts of its logits, float64 (k,)."""

    scales: Floats
    shifts: Floats

    def __call__(self, logits: npt.NDArray[np.floating]) -> Floats:
        """Return calibrated logits: float64, shape (n, k)."""
        found: Floats = logits.astype(np.float64) * self.scales + self.shifts
        return found


def calibrate(logits: npt.NDArray[np.floating], members: Members) -> LabelCalibration:
    """Fit the calibration of each label to held-out logits, shape (m, k).

    A label with few texts is calibrated as all labels are together.

    Source: Platt 1999, Probabilistic outputs for support vector machines, with its targets and
    with a normal prior around what suits all labels.
    """
    scale = 1 / common_temperature(logits, members)
    points = logits.astype(np.float64) * scale
    there = members.sum(axis=0)
    targets = np.where(members, (there + 1) / (there + 2), 1 / (len(members) - there + 2))
    slopes, shifts = np.ones(members.shape[1]), np.zeros(members.shape[1])
    for _ in range(STEPS):
        chances = sigmoid(slopes * points + shifts)
        errors, curves = chances - targets, chances * (1 - chances)
        by_slope = (errors * points).sum(axis=0) + PULL * (slopes - 1)
        by_shift = errors.sum(axis=0) + PULL * shifts
        a = (curves * points * points).sum(axis=0) + PULL
        b, c = (curves * points).sum(axis=0), curves.sum(axis=0) + PULL
        determinant = a * c - b * b
        step = (c * by_slope - b * by_shift) / determinant
        slopes -= np.clip(step, -0.5, 0.5)
        shifts -= np.clip((a * by_shift - b * by_slope) / determinant, -2, 2)
        if np.abs(step).max() < 1e-7:
            break
    return LabelCalibration(np.maximum(slopes, 0.05) * scale, shifts)


def common_temperature(logits: npt.NDArray[np.floating], members: Members) -> float:
    """Return the one temperature that makes held-out logits of all labels most likely."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log: float(binary_losses(logits / np.exp(log), members).mean()),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return float(np.exp(found.x))


class MultiLabelSearch(Search):
    """Cross-validation of settings by the log-loss of all labels."""

    def _scored(self, setting: Setting, rows: Rows, logits: Vectors) -> Scored:
        members = members_of(self.samples)[rows]
        temperature = common_temperature(logits, members)
        losses = binary_losses(logits / np.float32(temperature), members)
        return Scored(setting, rows, logits, temperature, losses)


@dataclass(frozen=True, eq=False)
class FittedLabels:
    """A model of several labels, and what held-out rows say about it.

    fitted: the head, its calibration folded in. held_out: int64 (m,), rows that were scored by
    models that had not seen them. probabilities: float64 (m, k), calibrated, of these rows.
    """

    setting: Setting
    fitted: FittedCandidate
    novelty: FittedNovelty
    held_out: Rows
    probabilities: Floats


def fit_labels(
    search: MultiLabelSearch,
    setting: Setting,
    *,
    far: Mapping[str, Vectors] | None = None,
    keep_vectors: bool = True,
) -> FittedLabels:
    """Fit a setting on all samples, and on each fold for what it says about unseen texts.

    `far` and `keep_vectors` are for `likewise.classify.learn.ood.fit_novelty`.
    """
    samples, splits = search.samples, search.splits
    fitted, parts = fit_all(search, setting)
    novelty = _novelty(search, far, keep_vectors)
    for split in splits:
        split.forget()
    held_out = np.concatenate([np.empty(0, np.int64), *(split.held_out for split in splits)])
    logits = np.concatenate(parts)
    if splits:
        calibration = calibrate(logits, members_of(samples)[held_out])
    else:
        calibration = LabelCalibration(np.ones(samples.n_classes), np.zeros(samples.n_classes))
    return FittedLabels(
        setting, calibrated(fitted, calibration), novelty, held_out, sigmoid(calibration(logits))
    )


def calibrated(fitted: FittedCandidate, calibration: LabelCalibration) -> FittedCandidate:
    """Return a candidate whose logits are calibrated already."""
    if not isinstance(fitted.head, LinearHead):
        raise TypeError(f"{type(fitted.head).__name__} is not a linear head")
    linear = fitted.head.linear
    scales, shifts = (a.astype(np.float32) for a in (calibration.scales, calibration.shifts))
    sparse = None if linear.sparse is None else linear.sparse * scales
    bias = linear.bias * scales + shifts
    return replace(fitted, head=LinearHead(Linear(linear.dense * scales, sparse, bias)))


def members_of(samples: Samples) -> Members:
    """Return which labels each text has; only of samples with several labels per text."""
    if samples.members is None:
        raise TypeError("the samples have one label per text")
    return samples.members


def _novelty(
    search: MultiLabelSearch, far: Mapping[str, Vectors] | None, keep_vectors: bool
) -> FittedNovelty:
    """Fit what tells texts of none of the labels; it sees one label per text, the rarest."""
    samples = search.samples
    present, place = np.unique(samples.classes, return_inverse=True)
    if len(present) < 2:
        return fit_novelty(samples, [])
    single = replace(
        samples, classes=place.astype(np.int64), n_classes=len(present), members=None, counts=None
    )
    splits = [Split(single, split.train, split.held_out) for split in search.splits]
    return fit_novelty(single, splits, far=far, keep_vectors=keep_vectors, progress=search.progress)
