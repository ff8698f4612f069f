"""What a model file holds of "none of these"."""

from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.learn.heads import Head
from likewise.classify.learn.novelty import DETECTORS, Detector, Novelty
from likewise.classify.model import Examples
from likewise.classify.saved.checked import (
    Arrays,
    Fields,
    dims_of,
    head_in,
    in_order,
    named,
    number_in,
    shaped,
    units,
    width_of,
)


def novelty_arrays(novelty: Novelty, examples: Examples | None) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of what tells texts of none of the labels."""
    found: dict[str, npt.NDArray[Any]] = {"novelty.combined": novelty.combined}
    for name, reference in novelty.references.items():
        found[f"novelty.reference.{name}"] = reference
    if novelty.means is not None and novelty.whitening is not None:
        found |= {"novelty.means": novelty.means, "novelty.whitening": novelty.whitening}
    if novelty.cautious is not None:
        found |= named("cautious", novelty.cautious)
    shares = examples is not None and novelty.neighbours is not None
    if novelty.neighbours is not None and not (
        shares and len(novelty.neighbours) == len(examples.vectors)  # type: ignore[union-attr]
    ):
        found["novelty.neighbours"] = novelty.neighbours.astype(np.float16)
    return found


def novelty_in(
    fields: Fields, arrays: Arrays, dims: int, n_classes: int | None, examples: Examples | None
) -> Novelty:
    """Return what `novelty_arrays` was given; raises what `model_of` raises.

    n_classes: of the head whose confidence is asked; None where it has its own.
    """
    if "novelty" not in fields:  # versions 1 and 2 had the one detector
        return _old_novelty(fields, arrays, dims, n_classes or 0)
    said = fields["novelty"]["weights"]
    if not isinstance(said, dict) or not set(said) <= set(DETECTORS):
        raise ValueError("its detectors are unknown")
    weights: dict[Detector, float] = {
        name: number_in("weight of a detector", said[name], 0.0, 1.0)
        for name in DETECTORS
        if name in said
    }
    combined = in_order("novelty.combined", arrays["novelty.combined"], high=0.0)
    references = {
        name: in_order(f"reference of {name}", arrays[f"novelty.reference.{name}"])
        .astype(np.float32)
        for name in weights
    }  # fmt: skip
    if any(len(one) != len(combined) for one in references.values()):
        raise ValueError("its detectors were not tried on the same texts")
    parts: dict[str, Any] = {}
    if "neighbours" in weights:
        given = arrays.get("novelty.neighbours")
        own = None if examples is None else examples.vectors
        parts["neighbours"] = own if given is None else units(given, dims)
    if "density" in weights:
        parts["means"] = shaped("means", arrays["novelty.means"], (None, dims))
        parts["whitening"] = shaped("whitening", arrays["novelty.whitening"], (dims, dims))
    if "confidence" in weights:
        parts["cautious"] = _cautious("cautious", "linear", arrays, dims, n_classes)
    if any(
        part is None or (isinstance(part, np.ndarray) and not len(part)) for part in parts.values()
    ):
        raise ValueError("a detector lacks its numbers")
    if len(combined) and not weights:
        raise ValueError("it has no detector")
    return Novelty(weights, references, combined, **parts)


def _old_novelty(fields: Fields, arrays: Arrays, dims: int, n_classes: int) -> Novelty:
    """Return what versions 1 and 2 had: the confidence of a cautious head alone."""
    reference = in_order("confidences", arrays["confidences"]).astype(np.float32)
    if not len(reference):
        return Novelty({}, {}, np.empty(0))
    ranks = np.searchsorted(reference, reference, side="right")
    combined = np.log((ranks + 1) / (len(reference) + 1))
    cautious = _cautious("scope", fields["scope"], arrays, dims, n_classes)
    return Novelty({"confidence": 1.0}, {"confidence": reference}, combined, cautious=cautious)


def _cautious(prefix: str, kind: Any, arrays: Arrays, dims: int, n_classes: int | None) -> Head:  # noqa: ANN401
    head = head_in(prefix, kind, arrays)
    if dims_of(head) != dims or n_classes not in (None, width_of(head)):
        raise ValueError("its cautious head does not fit its classes")
    return head
