"""What a model file holds of a model of several labels per text."""

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.classify.arrays import Floats
from likewise.classify.data.label_sets import LabelSpelling
from likewise.classify.evaluate.thresholds import LABEL_METRICS
from likewise.classify.learn.candidates import FittedCandidate
from likewise.classify.learn.heads import Head
from likewise.classify.model import MultiLabelModel
from likewise.classify.saved.checked import Arrays, Fields, dims_of, in_order, named, width_of
from likewise.classify.saved.head_members import classes_in, setting_in, words_in
from likewise.classify.saved.novelty_members import novelty_arrays, novelty_in

MOST_MARK = 20
"""Characters of what stands between labels."""


def label_members(model: MultiLabelModel) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return the fields and arrays that such a model alone has."""
    words = model.fitted.words
    fields: dict[str, Any] = {
        "task": "multi-label",
        "classes": list(model.classes),
        "setting": asdict(model.setting),
        "head": model.fitted.head.kind,
        "metric": model.metric,
        "at_least_one": model.at_least_one,
        "spelling": asdict(model.spelling),
        "terms": None if words is None else words.terms.tolist(),
        "novelty": {"weights": dict(model.novelty.weights)},
    }
    arrays: dict[str, npt.NDArray[Any]] = {
        "thresholds": model.thresholds,
        "scores": np.concatenate([np.empty(0), *model.scores]),
        "score_counts": np.array([len(one) for one in model.scores], np.float64),
        **named("head", model.fitted.head),
        **novelty_arrays(model.novelty, model.examples),
    }
    return fields, arrays if words is None else {**arrays, "idf": words.idf}


def label_model(
    fields: Fields, arrays: Arrays, head: Head, common: dict[str, Any]
) -> MultiLabelModel:
    """Return the model that `label_members` was given; raises what `model_of` raises.

    common: what all kinds of models have, read already.
    """
    classes = classes_in(fields["classes"])
    thresholds, counts = arrays["thresholds"], arrays["score_counts"]
    if not (len(classes),) == thresholds.shape == counts.shape or width_of(head) != len(classes):
        raise ValueError("its head does not fit its classes")
    if fields["metric"] not in LABEL_METRICS:
        raise ValueError("its metric is unknown")
    if not ((thresholds > 0) & (thresholds < 1)).all():
        raise ValueError("its thresholds are out of range")
    if not isinstance(fields["at_least_one"], bool):
        raise TypeError("whether there is a label for each text is not said")
    return MultiLabelModel(
        classes=classes,
        setting=setting_in(fields["setting"]),
        fitted=FittedCandidate(head, words_in(fields["terms"], arrays, head)),
        novelty=novelty_in(fields, arrays, dims_of(head), None, common["examples"]),
        thresholds=thresholds.astype(np.float64),
        at_least_one=fields["at_least_one"],
        scores=_scores(arrays["scores"], counts),
        metric=fields["metric"],
        spelling=_spelling(fields["spelling"]),
        **common,
    )


def _spelling(said: Any) -> LabelSpelling:  # noqa: ANN401
    spelling = LabelSpelling(**said)
    mark = spelling.separator
    if spelling.kind not in ("separator", "list", "columns"):
        raise ValueError("how its labels are written is unknown")
    if not isinstance(mark, str) or not 0 < len(mark.strip(" ")) <= MOST_MARK:
        raise ValueError("what stands between its labels is unknown")
    return spelling


def _scores(scores: npt.NDArray[Any], counts: npt.NDArray[Any]) -> tuple[Floats, ...]:
    whole = counts.astype(np.int64)
    if (whole != counts).any() or (whole < 0).any() or whole.sum() != scores.size:
        raise ValueError("its scores do not fit its labels")
    parts = np.split(scores.reshape(-1), whole.cumsum()[:-1])
    return tuple(in_order("scores", part, low=0.0, high=1.0) for part in parts)
