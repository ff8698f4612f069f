"""What a trained model says about texts, as a server or a page shows it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from likewise.classify.explain import explain
from likewise.classify.inputs import label_texts
from likewise.classify.learn.softmax import Floats
from likewise.classify.model import ClassModel, Model, NumberModel
from likewise.encoders.base import Encoder
from likewise.types import Vectors

MOST_LISTED = 10
"""Labels of which the probability is told; nobody reads 150 of them."""

NEIGHBOURS = 3


def answers(
    model: Model,
    texts: Sequence[str],
    encoder: Encoder,
    *,
    coverage: float = 0.95,
    rejected: float = 0.05,
    explained: bool = False,
) -> list[dict[str, Any]]:
    """Return the prediction for each text, ready for JSON.

    Args:
        model: what was trained with `encoder`; the caller has checked that.
        texts: n texts.
        encoder: embeds them.
        coverage: share of texts whose set, or interval, is to hold the truth.
        rejected: share of texts of the known labels that may be called none of these.
        explained: whether to add nearest training texts and the words that decided.

    Raises:
        InvalidOption: a share is not between 0 and 1.
        InvalidText: a text that can't be read.
    """
    vectors = encoder.encode(texts).vectors
    if isinstance(model, NumberModel):
        return _numbers(model, vectors, coverage)
    probabilities = model.probabilities(vectors, texts)
    within = model.sets(probabilities, coverage)
    fits = model.fits(vectors, rejected)
    decided = model.decide(probabilities)
    demo = nearest_names(model, vectors, encoder)
    found = []
    for row, chances in enumerate(probabilities):
        order = np.argsort(-chances, kind="stable")
        said = _class(model, chances, order, int(decided[row]))
        said["set"] = [model.classes[place] for place in order if within[row, place]]
        said["fits"] = bool(fits[row])
        said["demo"] = None if demo is None else _demo(model, demo[row])
        said["explanation"] = (
            explain(model, texts[row], vectors[row], NEIGHBOURS, encoder.encode).to_dict()
            if explained
            else None
        )
        found.append(said)
    return found


def nearest_names(model: ClassModel, vectors: Vectors, encoder: Encoder) -> Vectors | None:
    """Return the cosine of each text to each label's own words: float32, shape (n, k).

    That is the demo which a classifier must beat. None where labels are no words.
    """
    said = label_texts(model.classes, "auto")
    return None if said is None else vectors @ encoder.encode(said).vectors.T


def _class(model: ClassModel, chances: Floats, order: np.ndarray, decided: int) -> dict[str, Any]:
    return {
        # not always the most probable one: a model may have been tuned for another metric
        "label": model.classes[decided],
        "probability": float(chances[decided]),
        "probabilities": [
            {"label": model.classes[place], "probability": float(chances[place])}
            for place in order[:MOST_LISTED]
        ],
    }


def _demo(model: ClassModel, cosines: Vectors) -> dict[str, Any]:
    order = np.argsort(-cosines, kind="stable")[:MOST_LISTED]
    return {
        "label": model.classes[order[0]],
        "similarities": [
            {"label": model.classes[place], "similarity": float(cosines[place])} for place in order
        ],
    }


def _numbers(model: NumberModel, vectors: Vectors, coverage: float) -> list[dict[str, Any]]:
    predicted = model.predictions(vectors)
    ends = model.interval(predicted, coverage)
    return [
        # with too few held-out texts for the promise an interval has no ends
        {"number": float(number), "low": _finite(low), "high": _finite(high)}
        for number, (low, high) in zip(predicted, ends, strict=True)
    ]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
